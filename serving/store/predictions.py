"""Answers that were given: put in by the batch, found by id, by model and time, counted by version."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, Engine

from serving.store.database import RawJson, begin_append, insert_for
from serving.store.tables import MODELS, PREDICTIONS

MAX_ROWS = 1_000
"""Rows that one call of a query returns at most."""

LOOKED_THROUGH = 20
"""Predictions that are read for each different question that is wanted."""


class PredictionStatus(StrEnum):
    """What came of a question: an answer, or a failure whose reason is the output."""

    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StoredPrediction:
    """One row of ``predictions``.

    ``execution_time_ms`` >= 0; ``confidence`` is a probability or None; ``is_cached`` is None where it was not noted.
    """

    id: str
    model_id: int | None
    model: str
    model_version: str
    arm: str | None
    client_id: str
    request_id: str
    item_index: int | None
    status: str
    input_hash: str
    input: Any
    output: Any
    confidence: float | None
    execution_time_ms: float
    created_at: datetime
    is_cached: bool | None = None


@dataclass(frozen=True, slots=True)
class VersionCount:
    """How many predictions a version has answered (``answered``) and failed on (``failed``)."""

    model: str
    model_version: str
    arm: str | None
    answered: int
    failed: int


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """Which answer it is, who gave it and when; what was asked and said is found by its id."""

    id: str
    request_id: str
    item_index: int | None
    model: str
    model_version: str
    arm: str | None
    status: str
    created_at: datetime


def insert_predictions(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Put rows in, without ``model_id``, which is looked up; those whose id is there already are passed over.

    ``rows`` are keyed by column. Runs inside the caller's transaction (`begin_append`).
    """
    if not rows:
        return
    ids = _model_ids(connection, {(row["model"], row["model_version"]) for row in rows})
    filled = [{**row, "model_id": ids.get((row["model"], row["model_version"]))} for row in rows]
    if connection.dialect.name == "postgresql":
        connection.execute(_insert_of_one_text(), {"rows": _as_one_text(filled)})
    else:
        connection.execute(insert_for(connection, PREDICTIONS).on_conflict_do_nothing(), filled)


def find_prediction(engine: Engine, prediction_id: str) -> StoredPrediction | None:
    """Return the prediction of this id; None when there is none, or it has not reached the database yet."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(PREDICTIONS).where(PREDICTIONS.c.id == prediction_id)).one_or_none()
    return None if row is None else StoredPrediction(**row._mapping)


def find_answers(engine: Engine, any_id: str, limit: int = 100) -> list[StoredPrediction]:
    """Return the prediction of this id, or those of this request id (a batch has several), oldest first."""
    columns = PREDICTIONS.c
    query = (
        sa.select(PREDICTIONS)
        .where(sa.or_(columns.id == any_id, columns.request_id == any_id))
        .order_by(columns.created_at, columns.item_index, columns.id)
        .limit(max(1, min(limit, MAX_ROWS)))
    )
    with engine.connect() as connection:
        return [StoredPrediction(**row._mapping) for row in connection.execute(query)]


def answers_of(
    engine: Engine, versions: Sequence[tuple[str, str]], limit: int, before: StoredPrediction | None = None
) -> list[GivenAnswer]:
    """Return what some versions (model and version) were asked, newest first, at most ``limit`` (1 to 1,000).

    ``before`` is the last of the page before; None begins with the newest.
    """
    columns = PREDICTIONS.c
    own = [sa.and_(columns.model == model, columns.model_version == version) for model, version in versions]
    query = sa.select(*(columns[name] for name in GivenAnswer.__dataclass_fields__)).where(sa.or_(sa.false(), *own))
    if before is not None:
        same_instant = (columns.created_at == before.created_at) & (columns.id < before.id)
        query = query.where((columns.created_at < before.created_at) | same_instant)
    query = query.order_by(columns.created_at.desc(), columns.id.desc()).limit(max(1, min(limit, MAX_ROWS)))
    with engine.connect() as connection:
        return [GivenAnswer(**row._mapping) for row in connection.execute(query)]


def recent_predictions(engine: Engine, model: str, since: datetime, limit: int = 100) -> list[StoredPrediction]:
    """Return a model's predictions made at or after an instant, newest first, at most ``limit`` (1 to 1,000)."""
    columns = PREDICTIONS.c
    query = (
        sa.select(PREDICTIONS)
        .where(columns.model == model, columns.created_at >= since)
        .order_by(columns.created_at.desc(), columns.id.desc())
        .limit(max(1, min(limit, MAX_ROWS)))
    )
    with engine.connect() as connection:
        return [StoredPrediction(**row._mapping) for row in connection.execute(query)]


def recorded_questions(engine: Engine, model: str, limit: int, before: datetime) -> dict[str, dict[str, Any]]:
    """Return the newest different questions that clients asked a model before an instant, newest first, by their hash.

    At most ``limit``, and only those whose input was kept; of the last `LOOKED_THROUGH` times ``limit`` predictions.
    """
    columns = PREDICTIONS.c
    query = (
        sa.select(columns.input_hash, columns.input)
        .where(
            columns.model == model,
            columns.created_at < before,
            columns.status == PredictionStatus.ANSWERED.value,
            columns.input.is_not(None),
        )
        .order_by(columns.created_at.desc(), columns.id.desc())
        .limit(LOOKED_THROUGH * limit)
    )
    found: dict[str, dict[str, Any]] = {}
    with engine.connect() as connection:
        for row in connection.execute(query):
            if len(found) == limit:
                break
            if isinstance(row.input, dict):
                found.setdefault(row.input_hash, row.input)
    return found


def asked_since(engine: Engine, model: str, since: datetime) -> set[tuple[str, str]]:
    """Return hash and arm of every question that a model was asked at or after an instant, answered or not."""
    columns = PREDICTIONS.c
    query = sa.select(columns.input_hash, columns.arm).distinct()
    query = query.where(columns.model == model, columns.created_at >= since, columns.arm.is_not(None))
    with engine.connect() as connection:
        return {(row.input_hash, row.arm) for row in connection.execute(query)}


def count_by_model_version(engine: Engine, since: datetime, model: str | None = None) -> list[VersionCount]:
    """Count predictions made at or after an instant by model, version and arm, sorted; of one model or of all."""
    columns = PREDICTIONS.c
    group = (columns.model, columns.model_version, columns.arm)
    failed = sa.func.sum(sa.case((columns.status == PredictionStatus.FAILED.value, 1), else_=0))
    query = sa.select(*group, (sa.func.count() - failed).label("answered"), failed.label("failed"))
    query = query.where(columns.created_at >= since).group_by(*group)
    if model is not None:
        query = query.where(columns.model == model)
    with engine.connect() as connection:
        counts = [VersionCount(**row._mapping) for row in connection.execute(query)]
    return sorted(counts, key=lambda count: (count.model, count.model_version, count.arm or ""))


def purge_predictions(engine: Engine, before: datetime, limit: int = 10_000) -> int:
    """Delete the oldest predictions made before an instant, at most ``limit``, and return how many went."""
    columns = PREDICTIONS.c
    old = sa.select(columns.id).where(columns.created_at < before).order_by(columns.created_at).limit(limit)
    with begin_append(engine) as connection:
        return int(connection.execute(sa.delete(PREDICTIONS).where(columns.id.in_(old.scalar_subquery()))).rowcount)


@cache
def _insert_of_one_text() -> postgresql.Insert:
    """Return an INSERT whose rows are one JSON text.

    psycopg2 sends a statement a row, which costs this process 47 µs a row; this one costs 8 µs.
    """
    given = sa.func.json_to_recordset(sa.bindparam("rows", type_=sa.JSON)).table_valued(
        *(sa.column(column.name, column.type) for column in PREDICTIONS.columns)
    )
    given = given.render_derived(name="given", with_types=True)
    names = [column.name for column in PREDICTIONS.columns]
    return postgresql.insert(PREDICTIONS).from_select(names, sa.select(*given.columns)).on_conflict_do_nothing()


def _as_one_text(rows: Sequence[dict[str, Any]]) -> RawJson:
    return RawJson(f"[{','.join(map(_as_text, rows))}]")


def _as_text(row: dict[str, Any]) -> str:
    payloads = {name: row[name] for name in ("input", "output")}
    flat = to_json({name: value for name, value in row.items() if name not in payloads}, inf_nan_mode="constants")
    spliced = (
        f',"{name}":{value if isinstance(value, RawJson) else to_json(value).decode()}'
        for name, value in payloads.items()
    )
    return f"{flat[:-1].decode()}{''.join(spliced)}}}"


def _model_ids(connection: Connection, versions: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    query = sa.select(MODELS.c.id, MODELS.c.name, MODELS.c.version).where(
        sa.or_(*(sa.and_(MODELS.c.name == name, MODELS.c.version == version) for name, version in versions))
    )
    return {(row.name, row.version): row.id for row in connection.execute(query)}
