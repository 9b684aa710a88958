"""Whether answers were right: labels that the engine or a reviewed report gave, one a prediction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from serving.store.database import begin_append, insert_for
from serving.store.tables import PREDICTION_LABELS
from structural.problems import PROBLEM_NAMES


class LabelSource(StrEnum):
    """Who says whether an answer was right."""

    ENGINE = "engine"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Label:
    """One row of ``prediction_labels``. ``is_correct`` is None where the engine cannot say; ``truth`` is JSON-ready."""

    prediction_id: str
    model: str
    version: str
    arm: str | None
    is_correct: bool | None
    truth: Any
    source: LabelSource
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LabelCount:
    """Labels of one version in one arm: ``labelled`` with a yes or no, ``correct`` of these, ``unknown`` without."""

    model: str
    version: str
    arm: str | None
    labelled: int
    correct: int
    unknown: int


def insert_labels(connection: Connection, labels: Sequence[Label]) -> None:
    """Put labels in, inside the caller's transaction; a prediction keeps a label that says whether it was right."""
    if not labels:
        return
    rows = [
        {name: getattr(label, name) for name in label.__dataclass_fields__} | {"source": label.source.value}
        for label in labels
    ]
    columns, insert = PREDICTION_LABELS.c, insert_for(connection, PREDICTION_LABELS)
    # What the engine could not decide, a reviewed report may.
    insert = insert.on_conflict_do_update(
        index_elements=[columns.prediction_id],
        set_={name: insert.excluded[name] for name in Label.__dataclass_fields__ if name != "prediction_id"},
        where=columns.is_correct.is_(None),
    )
    connection.execute(insert, rows)


def find_label(engine: Engine, prediction_id: str) -> Label | None:
    """Return the label of a prediction, or None."""
    query = sa.select(PREDICTION_LABELS).where(PREDICTION_LABELS.c.prediction_id == prediction_id)
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    return Label(**values | {"source": LabelSource(values["source"])})


def count_labels(
    engine: Engine,
    since: datetime,
    until: datetime | None = None,
    model: str | None = None,
    source: LabelSource | None = None,
) -> list[LabelCount]:
    """Count labels made at or after ``since`` and before ``until`` by model, version and arm, sorted.

    ``source`` counts those of one source, None all.
    """
    columns = PREDICTION_LABELS.c
    group = (columns.model, columns.version, columns.arm)
    known = columns.is_correct.is_not(None)
    query = sa.select(
        *group,
        _count_if(known).label("labelled"),
        _count_if(columns.is_correct.is_(True)).label("correct"),
        _count_if(~known).label("unknown"),
    )
    query = query.where(columns.created_at >= since).group_by(*group)
    if until is not None:
        query = query.where(columns.created_at < until)
    if model is not None:
        query = query.where(columns.model == model)
    if source is not None:
        query = query.where(columns.source == source.value)
    with engine.connect() as connection:
        counts = [LabelCount(**row._mapping) for row in connection.execute(query)]
    return sorted(counts, key=lambda count: (count.model, count.version, count.arm or ""))


def _count_if(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def purge_labels(engine: Engine, before: datetime, limit: int) -> int:
    """Delete the oldest labels that the engine gave before an instant, at most ``limit``; return how many went.

    Those of reviewed reports stay, as the reports do.
    """
    columns = PREDICTION_LABELS.c
    old = (
        sa.select(columns.prediction_id)
        # All models by name: the index begins with the model.
        .where(columns.model.in_(PROBLEM_NAMES), columns.created_at < before)
        .where(columns.source == LabelSource.ENGINE.value)
        .order_by(columns.created_at)
        .limit(limit)
    )
    with begin_append(engine) as connection:
        gone = connection.execute(sa.delete(PREDICTION_LABELS).where(columns.prediction_id.in_(old.scalar_subquery())))
        return int(gone.rowcount)
