"""What is known of trained versions: the table `models`, and which data their holdout figures were taken on."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from serving.store.tables import FEEDBACK, HOLDOUT_USES, MODELS, PREDICTIONS


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One row of ``models``; accuracies are ratios (0 to 1) on the sealed holdout."""

    id: int
    name: str
    version: str
    accuracy: float
    target_accuracy: float
    training_time_seconds: float
    model_path: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class VersionUse:
    """What a version was asked: answers, failures, when, and the reports of clients on its answers."""

    answered: int
    failed: int
    first_at: datetime | None
    last_at: datetime | None
    feedback: int


def list_versions(engine: Engine, model: str | None = None, version: str | None = None) -> list[StoredVersion]:
    """Return trained versions, oldest first: all, or those of a model, of a version's name, or of both."""
    query = sa.select(MODELS).order_by(MODELS.c.id)
    if model is not None:
        query = query.where(MODELS.c.name == model)
    if version is not None:
        query = query.where(MODELS.c.version == version)
    with engine.connect() as connection:
        return [StoredVersion(**row._mapping) for row in connection.execute(query)]


def version_use(engine: Engine, model: str, version: str) -> VersionUse:
    """Return what was asked of a version, by whatever arm."""
    columns = PREDICTIONS.c
    own = (columns.model == model, columns.model_version == version)
    failed = sa.func.count().filter(columns.status == "failed")
    query = sa.select(sa.func.count(), failed, sa.func.min(columns.created_at), sa.func.max(columns.created_at))
    reports = sa.select(sa.func.count()).select_from(FEEDBACK.join(PREDICTIONS, FEEDBACK.c.prediction_id == columns.id))
    with engine.connect() as connection:
        count, failures, first, last = connection.execute(query.where(*own)).one()
        feedback = connection.execute(reports.where(*own)).scalar_one()
    return VersionUse(count - failures, failures, first, last, feedback)


def holdout_datasets(engine: Engine, model: str, artifact_sha256: str) -> list[str]:
    """Return the digests of the data files on whose holdout an artifact was measured."""
    uses = HOLDOUT_USES.c
    query = (
        sa.select(uses.dataset_sha256).distinct().where(uses.model == model, uses.artifact_sha256 == artifact_sha256)
    )
    with engine.connect() as connection:
        return sorted(connection.execute(query).scalars())
