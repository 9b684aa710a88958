"""Answers of the service as tables, for people."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from flows.cli.screen import console

if TYPE_CHECKING:
    from serving.client.errors import ProblemError

MOST_ROWS = 20
MOST_COLUMNS = 8
MAIN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "connection_designer": ("connection_type", "capacity_kips", "cost_usd", "confidence"),
    "section_optimizer": ("recommended_section", "weight_per_foot", "utilization_ratio", "confidence"),
    "clash_detector": ("total_clashes", "connections_count", "members", "confidence"),
    "compliance_checker": ("compliant", "checks_passed", "checks_total", "confidence"),
    "risk_analyzer": ("overall_risk", "risk_score", "confidence"),
}
"""What a batch shows of each answer."""


def show_call(problem: str, answer: Mapping[str, Any], elapsed_ms: float) -> None:
    """Print an answer: its values in one table, then a table for each list of it."""
    show_object(f"{problem} ({elapsed_ms:.0f} ms)", answer)


def show_object(title: str, content: Mapping[str, Any]) -> None:
    """Print a JSON object."""
    values = Table(title=escape(title), title_justify="left", show_header=False)
    lists = []
    for name, value in content.items():
        if isinstance(value, Sequence) and not isinstance(value, str) and value and isinstance(value[0], Mapping):
            lists.append((name, value))
            values.add_row(name, f"{len(value)}, below")
        else:
            values.add_row(escape(name), escape(_said(value)))
    screen = console()
    screen.print(values)
    for name, rows in lists:
        screen.print(_rows(name, rows))
        if len(rows) > MOST_ROWS:
            screen.print(f"… and {len(rows) - MOST_ROWS} more; --json prints all")


def show_batch(problem: str, results: "Sequence[Mapping[str, Any] | ProblemError]") -> None:
    """Print a line for each result of a batch."""
    names = MAIN_FIELDS[problem]
    table = Table(title=problem, title_justify="left")
    for head in ("item", *names, "problem"):
        table.add_column(head, overflow="fold")
    for number, result in enumerate(results, start=1):
        if isinstance(result, Mapping):
            table.add_row(str(number), *(escape(_said(result.get(name))) for name in names), "")
        else:
            table.add_row(str(number), *([""] * len(names)), f"[red]{escape(str(result))}[/red]")
    console().print(table)


def _rows(name: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title=escape(name), title_justify="left")
    heads = [head for head in rows[0] if not all(row.get(head) in (None, "", []) for row in rows)][:MOST_COLUMNS]
    for head in heads:
        table.add_column(escape(head), overflow="fold")
    for row in rows[:MOST_ROWS]:
        table.add_row(*(escape(_said(row.get(head))) for head in heads))
    return table


def _said(value: Any) -> str:
    """Return a value as a person would write it."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1_000 else f"{value:,.0f}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(item)}" for name, item in value.items()) or "—"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(_said, value)) or "none"
    return str(value)
