"""The weekly look: what was asked and answered, accuracy by day, drift, failures; a report, and word where it matters.

``sdai monitor`` makes one by hand. The report lies in ``<work>/reports/monitoring``, in MLflow's experiment
``monitoring`` and, when a flow made it, among Prefect's artifacts.
"""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from configs import Settings, load_settings
from flows.environment import PROGRESS_LOGGER
from flows.monitoring.collecting import Sources, bars_of, collect
from flows.monitoring.report import Outcome, Report, page
from flows.notify import Level, Notice, Notifier, on_failure
from flows.records import write_json
from flows.tracking import Tracker
from serving.store.database import open_database

log = logging.getLogger(PROGRESS_LOGGER)
ARTIFACT_KEY = "weekly-monitoring"


@flow(name="weekly-monitoring", on_failure=[on_failure], on_crashed=[on_failure])
def weekly_monitoring(days: int | None = None) -> dict[str, Any]:
    """Make the report of the last days (default: the settings'), publish it, tell people what asks for attention."""
    settings = load_settings()
    report = make_report(settings, datetime.now(UTC), days)
    text = page(report, bars_of(settings))
    create_markdown_artifact(text, key=ARTIFACT_KEY, description=f"{report.outcome.value}, {report.until:%Y-%m-%d}")
    file = publish(settings, report, text)
    Notifier(settings.notify).tell(notice_of(report, file))
    return {"outcome": report.outcome.value, "report": str(file), "concerns": dict(report.concerns)}


def make_report(settings: Settings, until: datetime, days: int | None = None) -> Report:
    """Collect the report of the window that ends at ``until``."""
    window = timedelta(days=days or settings.monitoring.window_days)
    engine = open_database(settings.store_url)
    try:
        return collect(Sources(settings, engine, Tracker(settings)), until, window)
    finally:
        engine.dispose()


def publish(settings: Settings, report: Report, text: str) -> Path:
    """Write the report as page and as JSON, and log it to MLflow; returns the page's file."""
    folder = settings.paths.work / "reports" / "monitoring"
    # A look by hand over other days is not to take the place of the week's report.
    days = (report.until - report.since).days
    name = f"{report.until:%Y-%m-%d}" + ("" if days == settings.monitoring.window_days else f"-{days}-days")
    content: dict[str, Any] = json.loads(json.dumps(report.to_json(), default=str))
    write_json(folder / f"{name}.json", content)
    file = folder / f"{name}.md"
    file.write_text(text, encoding="utf-8")
    _log_to_mlflow(settings, report, text)
    log.info("monitoring: %s, %s", report.outcome.value, file)
    return file


def _log_to_mlflow(settings: Settings, report: Report, text: str) -> None:
    tracking = settings.tracking.model_copy(update={"experiment": settings.monitoring.experiment})
    tracker = Tracker(replace(settings, tracking=tracking))
    name = f"monitoring {report.until:%Y-%m-%d}"
    tags = {"sdai.outcome": report.outcome.value}
    run = str(tracker.client.create_run(tracker.experiment_id, tags=tags, run_name=name).info.run_id)
    tracker.log_figures(run, figures_of(report))
    tracker.log_text(run, text, "monitoring.md")
    tracker.log_text(run, json.dumps(report.to_json(), default=str, indent=2), "monitoring.json")
    tracker.finish(run)


def figures_of(report: Report) -> dict[str, float]:
    """Return the figures that are followed from week to week."""
    figures: dict[str, float] = {}
    for week in report.models:
        figures[f"answered.{week.model}"] = week.answered
        figures[f"failed.{week.model}"] = week.failed
        figures[f"reported_wrong.{week.model}"] = week.confirmed_wrong
        if week.accuracy is not None:
            figures[f"accuracy.{week.model}"] = week.accuracy
        for what, drifts in (("questions", week.questions), ("answers", week.answers)):
            if drifts:
                figures[f"psi_{what}.{week.model}"] = max(drift.psi for drift in drifts)
    return figures


def notice_of(report: Report, file: Path) -> Notice:
    """Return what people are told of a report."""
    texts = [f"- {model}: {text}" for model, found in report.concerns.items() for text in found]
    body = "\n".join([*(texts or ["Nothing asks for attention."]), "", f"Report: {file}", report.ledger])
    level = Level.ALERT if report.outcome is Outcome.ATTENTION else Level.INFO
    return Notice(f"Weekly monitoring: {report.outcome.value}", body, level)
