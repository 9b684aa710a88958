"""``sdai feedback``: what clients reported, what the engine says of it, and what becomes training data."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.models import known_model

if TYPE_CHECKING:
    from configs import Settings
    from flows.feedback.desk import Desk, Outcome
    from flows.feedback.findings import Finding

app = typer.Typer(
    no_args_is_help=True, help="Review what clients reported on answers; accepted reports are trained on."
)

STATUSES = ("pending", "accepted", "rejected", "all")
SHOWN = 100
Model = Annotated[str | None, typer.Option(help="one model; default: all")]
Reason = Annotated[str, typer.Option(help="why; kept with the report. Default: what the engine found")]
Id = Annotated[str, typer.Argument(help="feedback_id of a report")]
Clusters = Annotated[list[str], typer.Argument(help="names of clusters, see `sdai feedback cluster`")]


@app.command("list")
def list_reports(
    status: Annotated[str, typer.Option(help=f"one of {', '.join(STATUSES)}")] = "pending",
    model: Model = None,
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable, for scripts")] = False,
) -> None:
    """List reports, oldest first, with what the engine says of each."""
    from flows.cli.feedback_screen import show_findings

    with _desk() as (desk, _):
        findings = desk.findings(_status(status), known_model(model) if model else None)
    if as_json:
        typer.echo(json.dumps([_to_json(finding) for finding in findings], indent=2, default=str))
        return
    show_findings(findings[:SHOWN])
    if len(findings) > SHOWN:
        typer.echo(f"… and {len(findings) - SHOWN} more; `sdai feedback cluster` shows them together, --json all")


@app.command()
def show(feedback_id: Id) -> None:
    """Show one report whole: question, answer, what was reported, the engine's opinion, the review."""
    from flows.cli.screen import printable

    with _desk() as (desk, _):
        finding = desk.finding(feedback_id)
    typer.echo(printable(json.dumps(_to_json(finding), indent=2, default=str, ensure_ascii=False)))


@app.command()
def accept(feedback_id: Id, reason: Reason = "") -> None:
    """Accept a report: it is trained on from the next run on. Exit code 1 where it must not be, and why."""
    with _desk() as (desk, settings):
        _accept(desk, settings, [desk.finding(feedback_id)], reason)


@app.command()
def reject(feedback_id: Id, reason: Reason = "") -> None:
    """Reject a report."""
    with _desk() as (desk, _):
        _tell(desk.reject([desk.finding(feedback_id)], _reviewer(), reason), "rejected")


@app.command()
def cluster(
    model: Model = None,
    by: Annotated[
        str | None,
        typer.Option(help="slice whose groups tell clusters apart, for example steel_grade; default: the first"),
    ] = None,
) -> None:
    """Show the pending reports by model, kind of error and corner of the questions, the largest cluster first."""
    from flows.cli.feedback_screen import show_clusters
    from flows.feedback.clusters import cluster as clusters_of

    with _desk() as (desk, _):
        show_clusters(clusters_of(desk.findings(model=known_model(model) if model else None), by))


@app.command()
def accept_cluster(names: Clusters, reason: Reason = "") -> None:
    """Accept every report of these clusters that may be trained on, and tell of the others why not."""
    with _desk() as (desk, settings):
        _accept(desk, settings, _members(desk, names), reason)


@app.command()
def reject_cluster(names: Clusters, reason: Reason = "") -> None:
    """Reject every report of these clusters."""
    with _desk() as (desk, _):
        _tell(desk.reject(_members(desk, names), _reviewer(), reason), "rejected")


@contextmanager
def _desk() -> "Iterator[tuple[Desk, Settings]]":
    from configs import load_settings
    from flows.feedback.desk import open_desk
    from serving.store import open_database

    settings = load_settings()
    engine = open_database(settings.store_url)
    try:
        yield open_desk(settings, engine), settings
    finally:
        engine.dispose()


def _accept(desk: "Desk", settings: "Settings", findings: "Sequence[Finding]", reason: str) -> None:
    from flows.feedback.desk import latest_holdout

    _tell(desk.accept(findings, latest_holdout(settings), _reviewer(), reason), "accepted")


def _members(desk: "Desk", names: Sequence[str]) -> "Sequence[Finding]":
    from flows.feedback.clusters import members

    return members(desk.findings(), names)


def _reviewer() -> str:
    from flows.actors import hand_actor

    return hand_actor("review")


def _status(text: str) -> Any:
    from flows.errors import FlowError
    from serving.store.feedback import FeedbackStatus

    if text not in STATUSES:
        raise FlowError(f"there is no status {text!r}; use one of {', '.join(STATUSES)}")
    return None if text == "all" else FeedbackStatus(text)


def _tell(outcomes: "Sequence[Outcome]", verdict: str) -> None:
    from flows.cli.screen import printable

    refused = [outcome for outcome in outcomes if outcome.refusal is not None]
    typer.echo(f"{verdict} {len(outcomes) - len(refused)} of {len(outcomes)}")
    for outcome in refused[:SHOWN]:
        typer.echo(f"not {verdict}: {outcome.report.id}: {printable(str(outcome.refusal))}", err=True)
    if refused and len(refused) == len(outcomes):
        raise typer.Exit(1)


def _to_json(finding: "Finding") -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **asdict(finding.report),
        "engine": {"opinion": finding.opinion.value, "reason": finding.reason, "truth": finding.truth},
        "given": finding.given,
        "reported": finding.reported,
        "groups": dict(finding.groups or {}),
    }
