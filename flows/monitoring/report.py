"""The report of a week, and what in it asks for attention. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from flows.documents import MISSING, markdown_table, percent
from flows.metrics import wilson_interval
from flows.monitoring.drift import Drift
from serving.store.monitoring import DayOfLabels

COLUMNS_SHOWN = 8
LEARNED_FROM = "that the model learned from"
EARLIER = "of the windows before"


class Outcome(StrEnum):
    """Of the whole report."""

    FINE = "fine"
    ATTENTION = "attention"


@dataclass(frozen=True, slots=True)
class Bars:
    """What asks for attention. Ratios are 0 to 1; fewer than ``min_rows`` are shown, not judged."""

    min_rows: int
    moderate_psi: float
    major_psi: float
    max_failed_ratio: float


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed prediction."""

    prediction_id: str
    request_id: str
    version: str
    arm: str
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class ModelWeek:
    """What happened to one model.

    ``drift_from`` says what drift was measured from, ``drift_note`` what else there is to know, or why there is none.
    """

    model: str
    champion: str | None
    target: float
    answered: int
    failed: int
    mean_confidence: float | None
    days: Sequence[DayOfLabels]
    questions: Sequence[Drift]
    answers: Sequence[Drift]
    failures: Sequence[Failure]
    drift_note: str = ""
    drift_from: str = LEARNED_FROM

    @property
    def labelled(self) -> int:
        """Answers that the engine has judged."""
        return sum(day.labelled for day in self.days)

    @property
    def correct(self) -> int:
        """Answers that the engine found right."""
        return sum(day.correct for day in self.days)

    @property
    def accuracy(self) -> float | None:
        """Share of the judged answers that were right."""
        return self.correct / self.labelled if self.labelled else None

    @property
    def confirmed_wrong(self) -> int:
        """Wrong answers that clients reported and reviewers confirmed; no share: only errors are reported."""
        return sum(day.confirmed_wrong for day in self.days)

    @property
    def failed_ratio(self) -> float | None:
        """Share of the questions on which the model failed."""
        asked = self.answered + self.failed
        return self.failed / asked if asked else None


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a window of time."""

    since: datetime
    until: datetime
    models: Sequence[ModelWeek]
    concerns: Mapping[str, Sequence[str]]
    ledger: str
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def outcome(self) -> Outcome:
        """Whether anything asks for attention."""
        return Outcome.ATTENTION if any(self.concerns.values()) else Outcome.FINE

    def to_json(self) -> dict[str, Any]:
        """Return plain values; times as text."""
        models = [asdict(week) | {"accuracy": week.accuracy, "labelled": week.labelled} for week in self.models]
        return {**asdict(self), "models": models, "outcome": self.outcome.value}


def concerns_of(week: ModelWeek, bars: Bars) -> list[str]:
    """Return what in a model's week asks for attention, in words."""
    found = []
    if week.accuracy is not None and week.labelled >= bars.min_rows:
        _, high = wilson_interval(week.correct, week.labelled)
        if high < week.target:
            found.append(
                f"accuracy {percent(week.accuracy)} of {week.labelled:,} answers judged by the engine, "
                f"beyond doubt below the target of {percent(week.target)}"
            )
    ratio = week.failed_ratio
    if ratio is not None and week.answered + week.failed >= bars.min_rows and ratio > bars.max_failed_ratio:
        found.append(f"{week.failed:,} of {week.answered + week.failed:,} predictions failed ({percent(ratio)})")
    for what, drifts in (("questions", week.questions), ("answers", week.answers)):
        major = [drift for drift in drifts if drift.psi > bars.major_psi and drift.rows >= bars.min_rows]
        if major:
            told = ", ".join(f"{drift.column} (PSI {drift.psi:.2f})" for drift in major)
            found.append(f"{what} are no longer those {week.drift_from}: {told}")
    return found


def page(report: Report, bars: Bars) -> str:
    """Return the report as Markdown."""
    head = f"# Monitoring {report.since:%Y-%m-%d %H:%M} to {report.until:%Y-%m-%d %H:%M} UTC: {report.outcome}\n\n"
    rows = [
        (
            week.model,
            week.champion or MISSING,
            f"{week.answered:,}",
            f"{week.failed:,}",
            f"{percent(week.accuracy)} of {week.labelled:,}" if week.labelled else "not judged",
            percent(week.target),
            week.confirmed_wrong,
            MISSING if week.mean_confidence is None else f"{week.mean_confidence:.3f}",
        )
        for week in report.models
    ]
    heads = ("model", "champion", "answered", "failed", "accuracy", "target", "reported wrong", "mean confidence")
    body = head + markdown_table(heads, rows)
    concerns = [f"- {model}: {text}\n" for model, texts in report.concerns.items() for text in texts]
    body += "\n## Asks for attention\n\n" + ("".join(concerns) or "Nothing.\n")
    body += "".join(f"\n{note}\n" for note in report.notes)
    for week in report.models:
        body += _section(week, bars)
    return body + f"\n## Promotion ledger\n\n{report.ledger}\n"


def _section(week: ModelWeek, bars: Bars) -> str:
    text = f"\n## {week.model}\n\n"
    days = [
        (f"{day.day:%Y-%m-%d}", f"{day.labelled:,}", percent(day.correct / day.labelled) if day.labelled else MISSING)
        for day in week.days
    ]
    by_day = markdown_table(("24 h from", "judged by the engine", "accuracy"), days)
    text += by_day if week.labelled else "No answer was judged by the engine.\n"
    text += f"\n{week.drift_note}\n" if week.drift_note else ""
    drifts = [("question", drift) for drift in week.questions] + [("answer", drift) for drift in week.answers]
    shown = sorted(drifts, key=lambda item: -item[1].psi)[:COLUMNS_SHOWN]
    if shown:
        rows = [
            (
                kind,
                drift.column,
                f"{drift.psi:.3f}",
                MISSING if drift.ks is None else f"{drift.ks:.3f}",
                _reading(drift, bars),
                drift.example,
            )
            for kind, drift in shown
        ]
        text += "\n" + markdown_table(("of", "column", "PSI", "KS", "reading", "most of it"), rows)
    if week.failures:
        failures = [
            (f"{item.at:%Y-%m-%d %H:%M:%S}", item.prediction_id, item.request_id, item.version, item.arm, item.error)
            for item in week.failures
        ]
        heads = ("failed at (UTC)", "prediction", "request", "version", "arm", "error")
        text += "\n" + markdown_table(heads, failures)
    return text


def _reading(drift: Drift, bars: Bars) -> str:
    if drift.rows < bars.min_rows:
        return f"only {drift.rows} questions"
    if drift.psi > bars.major_psi:
        return "major"
    return "moderate" if drift.psi > bars.moderate_psi else "stable"
