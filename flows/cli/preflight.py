"""``sdai preflight``: the launch checklist."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.preflight.items import Item

STYLES = {"passed": "green", "failed": "red", "open": "yellow"}


def preflight(
    url: Annotated[str | None, typer.Option(help="the service; default: this machine's port of the settings")] = None,
    backup_age_h: Annotated[float, typer.Option(min=0.1, help="hours that the last backup may be old")] = 24.0,
    look_age_min: Annotated[float, typer.Option(min=1, help="minutes since the last look at the alarms")] = 15.0,
    plan: Annotated[Path | None, typer.Option(help="planned infrastructure, of `terraform show -json PLAN`")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable, for scripts")] = False,
) -> None:
    """Go through the launch checklist: every item answered by evidence, open, or named as one for people.

    Changes nothing. Exit code 0 when nothing failed, 3 otherwise; what is open or for people is never counted as
    passed.
    """
    from configs import load_settings
    from flows.environment import prepare_environment
    from flows.preflight.checklist import Wish, check_everything
    from flows.preflight.items import exit_code

    settings = load_settings()
    prepare_environment(settings)
    address = url or settings.serving.local_url
    ages = timedelta(hours=backup_age_h), timedelta(minutes=look_age_min)
    items = check_everything(
        settings, Wish(address, datetime.now(UTC), *ages, plan), lambda text: typer.echo(f"… {text}", err=True)
    )
    if as_json:
        content = {"nothing_failed": exit_code(items) == 0, "items": [item.to_json() for item in items]}
        typer.echo(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        _show(items)
    raise typer.Exit(exit_code(items))


def _show(items: "Sequence[Item]") -> None:
    from rich.markup import escape
    from rich.table import Table

    from flows.cli.screen import console

    table = Table(title="Launch checklist", title_justify="left")
    for head in ("area", "item", "outcome", "found"):
        table.add_column(head)
    for item in items:
        style = STYLES.get(item.outcome.value, "default")
        told = f"{item.found}\n→ {item.mend}" if item.mend and style != "green" else item.found
        table.add_row(item.area, escape(item.name), f"[{style}]{item.outcome.value}[/]", escape(told))
    screen = console()
    screen.print(table)
    counts = {outcome: sum(item.outcome == outcome for item in items) for outcome in {i.outcome for i in items}}
    screen.print(", ".join(f"{count} {outcome.value}" for outcome, count in sorted(counts.items())))
