"""``sdai schedule``: what runs by the clock."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from configs.operations_settings import ScheduleSettings


def schedule(
    only_list: Annotated[bool, typer.Option("--list", help="show what runs when, and start nothing")] = False,
) -> None:
    """Run the flows by the clock until stopped: alarms, weekly monitoring, monthly retraining, quarterly expansion.

    Prefect's pages are on the port of the settings while it runs, unless PREFECT_API_URL names another server. A run
    does not overlap with one of its own kind; one that fails is tried again and then told of.
    """
    import os

    from configs import load_settings
    from flows.cli.running import show_progress_lines
    from flows.environment import prepare_environment
    from flows.prefect_server import prefect_server

    settings = load_settings()
    prepare_environment(settings)
    if only_list:
        _show(settings.schedule)
        return
    show_progress_lines()
    with prefect_server(schedules_on=settings.schedule.server_port):
        from flows.scheduled import deployments, schedule_environment

        os.environ.update(schedule_environment(settings.schedule))
        from prefect import serve

        show_progress_lines()
        _show(settings.schedule)
        # Prefect takes Ctrl-C well only once its runner is up; before that it would end as an interrupted command.
        with suppress(KeyboardInterrupt):
            typer.echo(f"Prefect on {os.environ['PREFECT_API_URL'].removesuffix('/api')} (stop with Ctrl-C)", err=True)
            serve(*deployments(settings.schedule), print_starting_message=False)


def expand() -> None:
    """Grow the dataset by 100,000 entries, try variants of the models behind the same gates, report the cost.

    A killed run is taken up where it was by the same command.
    """
    from configs import load_settings
    from flows.cli.running import show_progress_lines, told_when_stopped
    from flows.environment import prepare_environment
    from flows.prefect_server import prefect_server

    settings = load_settings()
    prepare_environment(settings)
    show_progress_lines()
    with prefect_server():
        from flows.cli.screen import show_run
        from flows.promotion import versions_in_service
        from flows.quarterly_expansion import expand as run_expansion

        show_progress_lines()
        with told_when_stopped("`sdai expand` goes on where this was"):
            record = run_expansion()
    show_run(record, versions_in_service(settings))


def _show(settings: "ScheduleSettings") -> None:
    from datetime import UTC, datetime

    from rich.table import Table

    from flows.cli.screen import console
    from flows.scheduled import next_start, schedules

    now = datetime.now(UTC)
    table = Table()
    for head in ("flow", f"cron ({settings.timezone})", "next (UTC)", "what for"):
        table.add_column(head)
    for item in schedules(settings):
        table.add_row(item.name, item.cron, f"{next_start(item, settings, now):%Y-%m-%d %H:%M}", item.purpose)
    console().print(table)
