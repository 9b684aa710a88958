"""Rollouts and A/B reports on the screen."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from flows.cli.screen import console
from flows.rollout.ab_report import AbReport
from flows.rollout.story import effect_rows, evidence_rows, headline, step_rows
from serving.store.rollouts import Rollout, RolloutEvent, RolloutState

STYLES = {
    RolloutState.PROMOTED: "green",
    RolloutState.ROLLED_BACK: "red",
    RolloutState.ABORTED: "yellow",
    RolloutState.COMPLETED: "green",
}


def show_rollout(rollout: Rollout, events: Sequence[RolloutEvent], with_readings: bool = False) -> None:
    """Print where a rollout stands, its steps, and the last evidence that was kept."""
    screen = console()
    screen.print(f"\n{escape(headline(rollout))}", style=STYLES.get(rollout.state, "bold"), highlight=False)
    screen.print(f"{rollout.id}, by {rollout.actor}", style="dim", highlight=False)
    screen.print(_table("steps (UTC)", step_rows(events, with_readings)))
    held = events[-1] if events and events[-1].verdict == "hold" else None
    if held is not None and rollout.is_open:
        screen.print(f"held: {escape(held.reason)}", highlight=False)
    rows = next((found for event in reversed(events) if (found := evidence_rows(event.reading))), [])
    if rows:
        screen.print(_table("evidence: bad events, and how much it speaks (e-values)", rows))


def show_report(rollout: Rollout, report: AbReport) -> None:
    """Print the report of an A/B or of a rollout's arms."""
    screen = console()
    clients = ", ".join(f"{count} of the {arm}" for arm, count in report.clients.items())
    screen.print(f"\n{escape(headline(rollout))}\nclients: {clients}", highlight=False)
    screen.print(_table("difference: candidate minus champion, 95 % intervals", effect_rows(report)))
    screen.print(report.latency.told(), highlight=False)


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left")
    for head in rows[0] if rows else ():
        table.add_column(head, overflow="fold", no_wrap=head in ("when", "event", "weight"))
    for row in rows:
        table.add_row(*(escape(str(value)) for value in row.values()))
    return table
