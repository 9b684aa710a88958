"""``sdai alarms``: one look at the four alarms."""

import json
from typing import Annotated

import typer

RAISED_EXIT = 3


def alarms(as_json: Annotated[bool, typer.Option("--json", help="machine-readable, for scripts")] = False) -> None:
    """Look at the four alarms once and do what they ask for; exit code 3 while one stands.

    Accuracy below 95 % and errors above 1 % page, a p95 above 2 s scales up, GPU use above 90 % alerts; so does a
    service that does not answer (page). An alarm is raised and cleared after several looks in a row.
    """
    from configs import load_settings
    from flows.alarms.watch import look_once

    look = look_once(load_settings())
    if as_json:
        typer.echo(json.dumps({"states": [state.to_json() for state in look.states], "done": look.done}, indent=2))
    else:
        for state in look.states:
            since = f"raised {state.raised_at:%Y-%m-%d %H:%M} UTC" if state.raised_at else f"seen {state.over} times"
            typer.echo(f"{state.alarm.message} ({state.alarm.action.value}; {since})")
        for text in look.done:
            typer.echo(f"done: {text}")
        if not look.states:
            typer.echo("no alarm")
    if look.raised:
        raise typer.Exit(RAISED_EXIT)
