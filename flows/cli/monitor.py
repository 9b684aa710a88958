"""``sdai monitor``: the weekly report by hand."""

from typing import Annotated

import typer

ATTENTION_EXIT = 3


def monitor(
    days: Annotated[
        int | None, typer.Option(min=1, max=366, help="days looked back on; default: the settings'")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
) -> None:
    """Report what was asked and answered: accuracy by day, drift, failures. Exit code 3 when it asks for attention."""
    import json
    from datetime import UTC, datetime

    from configs import load_settings
    from flows.environment import prepare_environment

    settings = load_settings()
    prepare_environment(settings)
    from flows.monitoring.collecting import bars_of
    from flows.monitoring.report import Outcome, page
    from flows.weekly_monitoring import make_report, publish

    report = make_report(settings, datetime.now(UTC), days)
    text = page(report, bars_of(settings))
    file = publish(settings, report, text)
    typer.echo(json.dumps(report.to_json(), indent=2, default=str) if as_json else text)
    typer.echo(f"report: {file}", err=True)
    if report.outcome is Outcome.ATTENTION:
        raise typer.Exit(ATTENTION_EXIT)
