"""Which version of which model answers, and why: registered models, the promotion ledger, uses of the holdout.

The ledger is append-only (the database itself refuses changes), a hash chain (`serving.store.chain`), and what decides
who the champion is: the last promotion or rollback of a model.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from serving.store.chain import CHAIN_START, COVERED, Chained, ChainReport, entry_sha256, verify_chain
from serving.store.database import begin_write, insert_for
from serving.store.tables import HOLDOUT_USES, MODELS, PROMOTION_LEDGER


class Action(StrEnum):
    """What happened to a version."""

    PROMOTE = "promote"
    REFUSE = "refuse"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Promotion:
    """A decision to be recorded.

    ``version`` is the version promoted, refused, or gone back *to*; ``model_tag`` names it in the model store;
    ``evidence`` is JSON-ready (figures, gate verdicts); ``actor`` is the person or program that decided.
    """

    model: str
    action: Action
    version: str
    model_tag: str
    reason: str
    actor: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One entry of the ledger. ``previous_version`` was the champion when the decision was made, if there was one.

    ``sha256`` is the digest of the entry, ``previous_sha256`` that of the one before it, whatever its model.
    """

    id: int
    created_at: datetime
    model: str
    action: Action
    version: str
    model_tag: str
    previous_version: str | None
    reason: str
    evidence: dict[str, Any]
    actor: str
    previous_sha256: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A trained version of a model; accuracies are ratios (0 to 1) on the sealed holdout."""

    name: str
    version: str
    accuracy: float
    target_accuracy: float
    training_time_seconds: float
    model_path: str


@dataclass(frozen=True, slots=True)
class HoldoutUse:
    """One look at the sealed holdout. ``purpose`` says why, for example ``"gate"``."""

    model: str
    dataset_sha256: str
    artifact_sha256: str
    purpose: str
    accuracy: float
    holdout_n: int


def record_promotion(engine: Engine, promotion: Promotion, now: datetime) -> LedgerRow:
    """Append a decision and return its row.

    Repeating the model's last entry (same action, version and tag) writes nothing and returns that entry, so a task
    that is tried again does no harm. ``now`` must be an aware datetime.
    """
    with begin_write(engine) as connection:
        rows = _read_ledger(connection, promotion.model)
        if rows and _same_decision(rows[-1], promotion):
            return rows[-1]
        return append_promotion(connection, promotion, now)


def append_promotion(connection: Connection, promotion: Promotion, now: datetime) -> LedgerRow:
    """Append a decision inside the caller's transaction, which must be one of `begin_write`, and return its row.

    So what led to the decision and the decision itself are written together or not at all. Who calls sees to it that a
    decision is written once.
    """
    champions = _champion_stack(_read_ledger(connection, promotion.model))
    values = {
        **asdict(promotion),
        "action": promotion.action.value,
        "evidence": _as_read_back(promotion.evidence),
        "created_at": now,
        "previous_version": champions[-1].version if champions else None,
        "previous_sha256": _last_sha256(connection),
    }
    values["sha256"] = entry_sha256(values, values["previous_sha256"])
    inserted = connection.execute(sa.insert(PROMOTION_LEDGER).values(values).returning(PROMOTION_LEDGER)).one()
    return _ledger_row(inserted)


def read_ledger(engine: Engine, model: str | None = None) -> list[LedgerRow]:
    """Return the entries of one model, or of all, oldest first."""
    with engine.connect() as connection:
        return _read_ledger(connection, model)


def verify_ledger(engine: Engine, known_sha256: str | None = None) -> ChainReport:
    """Check the whole ledger's chain; see `verify_chain`."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(PROMOTION_LEDGER).order_by(PROMOTION_LEDGER.c.id)).all()
    return verify_chain(map(_chained, rows), known_sha256)


def newest_entry(engine: Engine) -> int | None:
    """Return the number of the last entry, or None of an empty ledger: cheap, and another whenever one was added."""
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.max(PROMOTION_LEDGER.c.id))).scalar_one_or_none()


def current_champions(engine: Engine) -> dict[str, LedgerRow]:
    """Return, by model, the entry that put its champion in place; models never promoted are absent."""
    by_model: dict[str, LedgerRow] = {}
    for row in read_ledger(engine):
        if row.action is not Action.REFUSE:
            by_model[row.model] = row
    return by_model


def read_champion(connection: Connection, model: str) -> LedgerRow | None:
    """Return the entry that put a model's champion in place, inside the caller's transaction; None without one."""
    query = (
        sa.select(PROMOTION_LEDGER)
        .where(PROMOTION_LEDGER.c.model == model, PROMOTION_LEDGER.c.action != Action.REFUSE.value)
        .order_by(PROMOTION_LEDGER.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _ledger_row(row)


def previous_champion(engine: Engine, model: str) -> LedgerRow | None:
    """Return the entry a rollback of this model would go back to, or None.

    Promotions pile up and rollbacks take off, so going back twice goes back two versions, not to and fro.
    """
    champions = _champion_stack(read_ledger(engine, model))
    return champions[-2] if len(champions) > 1 else None


def record_model(engine: Engine, model: ModelVersion, now: datetime) -> int:
    """Store a trained version and return its id; the same name and version again updates its figures."""
    values = asdict(model)
    changes = {key: value for key, value in values.items() if key not in ("name", "version")} | {"updated_at": now}
    with begin_write(engine) as connection:
        statement = insert_for(connection, MODELS).values(values | {"created_at": now, "updated_at": now})
        statement = statement.on_conflict_do_update(index_elements=["name", "version"], set_=changes)
        return int(connection.execute(statement.returning(MODELS.c.id)).scalar_one())


def find_model(engine: Engine, name: str, version: str) -> ModelVersion | None:
    """Return a stored version of a model, or None."""
    columns = MODELS.c
    names = [columns[field] for field in ModelVersion.__dataclass_fields__]
    query = sa.select(*names).where(columns.name == name, columns.version == version)
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else ModelVersion(**row._mapping)


def record_holdout_use(engine: Engine, use: HoldoutUse, now: datetime) -> bool:
    """Count one use of the holdout; False when this artifact was already counted for this data and purpose."""
    with begin_write(engine) as connection:
        statement = insert_for(connection, HOLDOUT_USES).values(asdict(use) | {"created_at": now})
        return connection.execute(statement.on_conflict_do_nothing()).rowcount == 1


def holdout_use_count(engine: Engine, model: str, dataset_sha256: str | None = None) -> int:
    """Return how many times the holdout of this dataset (none given: of any) has been used for this model."""
    uses = HOLDOUT_USES.c
    query = sa.select(sa.func.count()).where(uses.model == model)
    if dataset_sha256 is not None:
        query = query.where(uses.dataset_sha256 == dataset_sha256)
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def _read_ledger(connection: Connection, model: str | None) -> list[LedgerRow]:
    query = sa.select(PROMOTION_LEDGER).order_by(PROMOTION_LEDGER.c.id)
    if model is not None:
        query = query.where(PROMOTION_LEDGER.c.model == model)
    return [_ledger_row(row) for row in connection.execute(query)]


def _as_read_back(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the database will give for this JSON, which is what the digest has to cover."""
    content: dict[str, Any] = json.loads(json.dumps(dict(evidence)))
    return content


def _last_sha256(connection: Connection) -> str:
    newest = sa.select(PROMOTION_LEDGER.c.sha256).order_by(PROMOTION_LEDGER.c.id.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none() or CHAIN_START


def _chained(row: sa.Row) -> Chained:
    values = dict(row._mapping)
    content = {name: values[name] for name in COVERED}
    return Chained(values["id"], content, values["previous_sha256"], values["sha256"])


def _ledger_row(row: sa.Row) -> LedgerRow:
    values = dict(row._mapping)
    return LedgerRow(**values | {"action": Action(values["action"])})


def _same_decision(row: LedgerRow, promotion: Promotion) -> bool:
    return (row.action, row.version, row.model_tag) == (promotion.action, promotion.version, promotion.model_tag)


def _champion_stack(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    stack: list[LedgerRow] = []
    for row in rows:
        if row.action is Action.PROMOTE and (not stack or stack[-1].version != row.version):
            stack.append(row)
        elif row.action is Action.ROLLBACK:
            while stack and stack[-1].version != row.version:
                stack.pop()
            stack = stack or [row]
    return stack
