"""Collecting a week: what was asked and answered, and beside it what the champion learned from."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Engine

from configs import Settings
from flows.environment import PROGRESS_LOGGER
from flows.monitoring.drift import Drift, measure_drift
from flows.monitoring.report import EARLIER, LEARNED_FROM, Bars, Failure, ModelWeek, Report, concerns_of
from flows.monitoring.whole_models import answered_columns, asked_columns
from flows.questions import ASKED_WHOLE, read_question
from flows.tracking import Tracker
from serving.errors import RequestError
from serving.store.ledger import current_champions, verify_ledger
from serving.store.monitoring import Sampled, Span, count_asked, labels_by_day, list_failures, sample_answers
from structural.errors import StructuralError
from structural.problem import Kind, Problem, Role
from structural.problems import PROBLEM_NAMES, load_problem
from structural.tables import Table, concatenate

log = logging.getLogger(PROGRESS_LOGGER)
REFERENCE_ROWS = 20_000
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "connection_designer": {"connection_type": "connection_type", "capacity_kips": "capacity_kips"},
    "section_optimizer": {"weight_per_foot": "weight_lb_ft", "depth": "depth_in"},
    "compliance_checker": {"compliant": "compliant"},
    "risk_analyzer": {"overall_risk": "overall_risk", "risk_score": "risk_score"},
}
"""Fields of an answer that drift is measured on, and the label columns that hold the same in the dataset."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a report is collected from: settings, database, MLflow."""

    settings: Settings
    engine: Engine
    tracker: Tracker


def collect(sources: Sources, until: datetime, window: timedelta) -> Report:
    """Return the report of the window that ends at ``until`` (aware)."""
    settings = sources.settings
    since = until - window
    champions = current_champions(sources.engine)
    weeks = []
    for name in PROBLEM_NAMES:
        log.info("monitoring: %s", name)
        row = champions.get(name)
        weeks.append(_week(sources, Span(name, since, until), row.version if row else None))
    bars = bars_of(settings)
    chain = verify_ledger(sources.engine)
    ledger = f"{chain.entries} entries hold; digest of the last: `{chain.head_sha256}`"
    concerns = {week.model: concerns_of(week, bars) for week in weeks}
    if chain.broken is not None:
        ledger = f"broken at entry {chain.broken.entry_id}: {chain.broken.reason}"
        concerns["promotion ledger"] = [ledger]
    return Report(since, until, weeks, concerns, ledger)


def bars_of(settings: Settings) -> Bars:
    """Return what asks for attention, by the settings."""
    bars = settings.monitoring
    return Bars(bars.min_rows, bars.moderate_psi, bars.major_psi, bars.max_failed_ratio)


def _week(sources: Sources, span: Span, champion: str | None) -> ModelWeek:
    settings, engine = sources.settings, sources.engine
    asked = count_asked(engine, span)
    failures = [
        Failure(row.id, row.request_id, row.model_version, row.arm or "", row.created_at, _error(row.output))
        for row in list_failures(engine, span, settings.monitoring.failures_listed)
    ]
    is_whole = span.model in ASKED_WHOLE
    shifts = _since_training(sources, span, champion) if is_whole else _since_earlier(sources, span)
    return ModelWeek(
        model=span.model,
        champion=champion,
        target=settings.gates.targets[span.model],
        answered=asked.answered,
        failed=asked.failed,
        mean_confidence=asked.mean_confidence,
        days=labels_by_day(engine, span),
        questions=shifts.questions,
        answers=shifts.answers,
        failures=failures,
        drift_note=shifts.note,
        drift_from=LEARNED_FROM if is_whole else EARLIER,
    )


@dataclass(frozen=True, slots=True)
class _Shifts:
    questions: Sequence[Drift] = ()
    answers: Sequence[Drift] = ()
    note: str = ""


def _since_training(sources: Sources, span: Span, champion: str | None) -> _Shifts:
    """Compare a window's questions and answers with the entries that the champion learned from."""
    sampled = sample_answers(sources.engine, span, sources.settings.monitoring.sample_rows)
    file = _dataset_file(sources.tracker, span.model, champion)
    if file is None:
        return _Shifts(note="Drift is not measured: the dataset that the champion was trained on is gone.")
    if not sampled:
        return _Shifts()
    problem = load_problem(span.model)
    try:
        reference = reference_rows(problem, file)
    except (OSError, ValueError, KeyError) as error:  # Arrow's errors are among these
        # Damaged, or of a version that was trained before the contract had all of today's columns.
        log.warning("monitoring: %s cannot be read: %s", file, error)
        told = str(error).partition("\n")[0]
        return _Shifts(note=f"Drift is not measured: the dataset of the champion cannot be read ({told}).")
    return _Shifts(*_drifts(problem, sampled, reference))


def _since_earlier(sources: Sources, span: Span) -> _Shifts:
    """Compare a window's checks of whole models with those of the windows before."""
    wanted = sources.settings.monitoring
    earlier = Span(span.model, span.since - wanted.reference_windows * (span.until - span.since), span.since)
    before, now = (sample_answers(sources.engine, of, wanted.sample_rows) for of in (earlier, span))
    told = f"the {len(before):,} checks of the {wanted.reference_windows} windows before"
    if len(before) < wanted.min_rows:
        return _Shifts(note=f"Drift is not measured: {told} are fewer than {wanted.min_rows}.")
    questions = measure_drift(asked_columns(before), asked_columns(now))
    answers = measure_drift(answered_columns(before), answered_columns(now))
    return _Shifts(questions, answers, f"A row is a check of a whole model, compared with {told}.")


def _error(output: Any) -> str:
    return str(output.get("error", "")) if isinstance(output, Mapping) else ""


def _dataset_file(tracker: Tracker, model: str, champion: str | None) -> Path | None:
    origin = tracker.origins(model).get(champion or "")
    if origin is None or origin.dataset_path is None:
        return None
    path = Path(origin.dataset_path)
    return path if path.is_file() else None


def _drifts(problem: Problem, sampled: Sequence[Sampled], reference: Table) -> tuple[list[Drift], list[Drift]]:
    asked = [question for item in sampled if (question := _question(problem, item)) is not None]
    current = concatenate(asked) if asked else {}
    names = problem.names(Role.QUESTION)
    questions = measure_drift(_comparable(problem, reference, names), _comparable(problem, current, names))
    fields = ANSWERS[problem.name]
    given = {name: _given([item.output for item in sampled], name) for name in fields}
    labels = {name: _shown(problem, reference, column) for name, column in fields.items()}
    return questions, measure_drift(labels, {name: values for name, values in given.items() if len(values)})


def _question(problem: Problem, item: Sampled) -> Table | None:
    """Return the question of a sample; None for one of an earlier contract."""
    with suppress(ValueError, TypeError, RequestError, StructuralError):
        return read_question(problem.name, item.input)
    return None


def reference_rows(problem: Problem, file: Path) -> Table:
    """Return up to `REFERENCE_ROWS` training entries of a dataset file, spread over it evenly."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from data_validation.contract import SPLIT, TRAIN, column_from_arrow

    wanted = [column for column in problem.columns if column.role is not Role.PROVENANCE]
    names = [column.name for column in wanted]
    rows = pq.read_table(file, columns=names, filters=pc.field(SPLIT) == TRAIN)
    step = max(1, -(-len(rows) // REFERENCE_ROWS))
    rows = rows.take(np.arange(0, len(rows), step))
    return {column.name: column_from_arrow(column, rows[column.name]) for column in wanted}


def _comparable(problem: Problem, table: Table, names: Sequence[str]) -> Table:
    """Return columns as drift compares them: of free texts their length, of all others the values."""
    free = {column.name for column in problem.columns if column.kind is Kind.TEXT and column.name == "document"}
    found: Table = {}
    for name in names:
        if name not in table:
            continue
        if name in free:
            found["document_characters"] = np.char.str_len(np.asarray(table[name], dtype=np.str_)).astype(float)
        else:
            found[name] = table[name]
    return found


def _given(outputs: Sequence[Any], name: str) -> NDArray:
    values = [output[name] for output in outputs if isinstance(output, Mapping) and output.get(name) is not None]
    return np.asarray(values)


def _shown(problem: Problem, table: Table, column: str) -> NDArray:
    """Return a label column as answers write it."""
    if problem.name == "connection_designer" and column == problem.answer_column:
        from structural.problems.connection_designer.catalogue import DISPLAY_NAMES

        return np.array([DISPLAY_NAMES[name] for name in table[column].tolist()])
    return table[column]
