"""What the command line shows: tables and answers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.documents import COLUMNS_HEAD, MISSING, accuracy_with_interval, columns_row, milliseconds, percent
from serving.store.ledger import LedgerRow
from structural.problems import PROBLEM_NAMES

if TYPE_CHECKING:
    from data_validation.columns import ColumnFacts

WIDEST_PIPE = 140
"""Columns assumed when the output is not a terminal, so that logs keep whole cells."""
ANSWER_CHARACTERS = 600
STYLES = {"pass": "green", "near": "yellow", "fail": "red"}


def console() -> Console:
    """Return a console for standard output."""
    found = Console()
    return found if found.is_terminal else Console(width=max(found.width, WIDEST_PIPE))


def printable(text: str) -> str:
    """Return text of people so that no character of it steers the terminal; JSON stays the same JSON."""
    return "".join(sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in text)


def shown(text: str) -> str:
    """Return text of people for a table: printable, and what looks like markup is none."""
    return escape(printable(text))


def show_run(record: Mapping[str, Any], in_service: Mapping[str, str]) -> None:
    """Print the gate table, the reasons, and the seconds of every stage.

    ``in_service`` names the version that answers for each model today.
    """
    screen = console()
    dataset = record["dataset"]
    entries = f"{dataset['entries']:,} entries" if dataset.get("entries") else "no dataset"
    screen.print(f"\nRun {record['run_id']}: {record['state']}, {entries}, sha256 {str(dataset.get('sha256'))[:16]}")
    if "error" in record:
        screen.print(f"[red]{record['error']}[/red]", highlight=False)
    screen.print(_gate_table(record["models"]))
    screen.print(_robustness_table(record["models"]))
    screen.print(f"In service: {_serving(in_service)}", highlight=False)
    for name in PROBLEM_NAMES:
        for reason in record["models"].get(name, {}).get("reasons") or ():
            screen.print(f"  {name}: {reason}", highlight=False)
    screen.print(_stage_table(record))


def _serving(in_service: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {in_service.get(name, 'none (503)')}" for name in PROBLEM_NAMES)


def _gate_table(models: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title="Gates", title_justify="left")
    for head in (
        "model",
        "target",
        "holdout accuracy [95 %]",
        "baseline",
        "served",
        "verdict",
        "version",
        "training s",
    ):
        table.add_column(head, justify="left" if head in ("model", "verdict", "version") else "right", no_wrap=True)
    for name in PROBLEM_NAMES:
        facts = models.get(name, {})
        verdict = str(facts.get("verdict") or "—")
        seconds = facts.get("training_seconds")
        table.add_row(
            name,
            percent(facts.get("target")),
            accuracy_with_interval(facts),
            percent(facts.get("baseline_accuracy")),
            percent(facts.get("served_accuracy")),
            f"[{STYLES.get(verdict, 'default')}]{verdict}[/] {facts.get('decision') or ''}".strip(),
            str(facts.get("version") or MISSING),
            "—" if seconds is None else f"{seconds:.1f}",
        )
    return table


def _robustness_table(models: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return the worst slice that is judged and the time of the model alone, one row a model."""
    table = Table(title="Worst slice; the model alone, one thread", title_justify="left")
    for head in ("model", "slice", "group", "entries", "accuracy", "questions", "p95", "limit"):
        table.add_column(head, justify="left" if head in ("model", "slice", "group") else "right", no_wrap=True)
    for name in PROBLEM_NAMES:
        facts = models.get(name, {})
        lowest = facts.get("worst_slice") or {}
        table.add_row(
            name,
            escape(str(lowest.get("name", MISSING))),
            escape(str(lowest.get("group", MISSING))),
            str(lowest.get("count", MISSING)),
            percent(lowest.get("accuracy")),
            str(facts.get("inference_questions") or MISSING),
            milliseconds(facts.get("inference_p95_ms")),
            milliseconds(facts.get("inference_limit_ms")),
        )
    return table


def _stage_table(record: Mapping[str, Any]) -> Table:
    table = Table(title="Seconds", title_justify="left")
    for head in ("stage", "seconds", ""):
        table.add_column(head, justify="right" if head == "seconds" else "left")
    for name, stage in record["stages"].items():
        table.add_row(name, f"{stage['seconds']:.1f}", "done before" if stage["cached"] else "")
    table.add_row("total", f"{record['total_seconds']:.1f}", f"this time {record['wall_seconds']:.1f}")
    return table


def show_answer(route: str, request: Mapping[str, Any], status: int, body: Any, elapsed_ms: float) -> None:
    """Print one request and its answer."""
    text = json.dumps(body, ensure_ascii=False) if not isinstance(body, str) else body
    shown = text if len(text) <= ANSWER_CHARACTERS else f"{text[:ANSWER_CHARACTERS]}…"
    _print_plain(f"\nPOST {route} {json.dumps(dict(request), ensure_ascii=False)}")
    _print_plain(f"  {status} in {elapsed_ms:.0f} ms: {shown}")


def show_samples_file(file: Path) -> None:
    """Say where the sample requests and answers are kept whole."""
    _print_plain(f"\nRequests and answers in full: {file}")


def _print_plain(text: str) -> None:
    """Print text as it is, so that JSON and paths can be copied: no colours, no line breaks of our own."""
    console().print(text, highlight=False, markup=False, soft_wrap=True)


def show_health(health: Any) -> None:
    """Print what the service says of itself."""
    text = json.dumps(health, ensure_ascii=False)
    _print_plain(f"\nGET /api/v1/health\n  {text}")


def show_versions(versions: Mapping[str, Sequence[Mapping[str, Any]]], champions: Mapping[str, LedgerRow]) -> None:
    """Print registered versions, newest first."""
    table = Table()
    for head in ("model", "version", "aliases", "serves", "gate", "holdout", "target", "reasons"):
        table.add_column(head, overflow="fold")
    for name, rows in versions.items():
        serving = champions[name].version if name in champions else None
        for row in rows:
            tags = row["tags"]
            version = tags.get("sdai.version", str(row["number"]))
            table.add_row(
                name,
                version,
                ", ".join(row["aliases"]),
                "yes" if version == serving else "",
                tags.get("sdai.gate", "—"),
                _percent_of(tags.get("sdai.holdout_accuracy")),
                _percent_of(tags.get("sdai.target")),
                shown(tags.get("sdai.reasons", "")),
            )
    console().print(table if table.row_count else "no version is registered yet; start a run with `sdai run`")


def _percent_of(ratio: str | None) -> str:
    """Return a ratio kept as text in percent; a dash where none was measured."""
    return MISSING if ratio in (None, "None") else percent(float(ratio))


def show_ledger(rows: Sequence[LedgerRow]) -> None:
    """Print ledger entries, oldest first."""
    table = Table()
    for head in ("when (UTC)", "model", "action", "version", "before", "by", "reason"):
        table.add_column(head, overflow="fold")
    for row in rows:
        when = f"{row.created_at:%Y-%m-%d %H:%M:%S}"
        before = row.previous_version or "—"
        cells = (when, row.model, row.action.value, row.version, before, row.actor, row.reason)
        table.add_row(*map(shown, cells))
    console().print(table if rows else "the ledger is empty; start a run with `sdai run`")


def show_columns(problem: str, columns: "Sequence[ColumnFacts]") -> None:
    """Print the columns of one problem's file."""
    table = Table(title=problem, title_justify="left")
    for head in COLUMNS_HEAD:
        table.add_column(head, overflow="fold")
    for column in columns:
        table.add_row(*map(escape, columns_row(column)))
    console().print(table)
