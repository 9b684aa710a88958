"""Reports and clusters of reports as tables."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from flows.cli.screen import console, shown

if TYPE_CHECKING:
    from flows.feedback.clusters import Cluster
    from flows.feedback.findings import Finding


def show_findings(findings: "Sequence[Finding]") -> None:
    """Print a line for each report."""
    table = Table()
    for head in ("feedback_id", "when (UTC)", "model", "by", "given", "reported", "the engine", "status"):
        table.add_column(head, overflow="fold", no_wrap=head == "feedback_id")
    for finding in findings:
        report = finding.report
        cells = (
            report.id,
            f"{report.created_at:%Y-%m-%d %H:%M}",
            report.model or "—",
            report.client_id,
            finding.given,
            finding.reported,
            f"{finding.opinion.value}: {finding.reason}",
            report.status.value,
        )
        table.add_row(*map(shown, cells))
    console().print(table if findings else "there is no such report")


def show_clusters(clusters: "Sequence[Cluster]") -> None:
    """Print a line for each cluster."""
    table = Table()
    for head in ("cluster", "reports", "clients", "model", "the engine", "error", "where", "shared by nearly all"):
        table.add_column(head, overflow="fold", justify="right" if head in ("reports", "clients") else "left")
    for item in clusters:
        shared = "; ".join(f"{name} = {group}" for name, group in item.shared.items())
        counts = (str(len(item.findings)), str(item.clients))
        cells = (item.name, *counts, item.model, item.opinion.value, item.kind_of_error, item.corner, shared)
        table.add_row(*map(shown, cells))
    console().print(table if clusters else "there is no pending report")
