"""The tables of the project's own database, as SQLAlchemy Core sees them. `migrations` is what creates them."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()


class UtcDateTime(sa.types.TypeDecorator):
    """A point in time: only aware datetimes go in, UTC comes out (SQLite forgets the zone, so it is put back)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"datetime {value.isoformat()} has no time zone; pass an aware one, e.g. in UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


MODELS = sa.Table(
    "models",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("accuracy", sa.Float, nullable=False),
    sa.Column("target_accuracy", sa.Float, nullable=False),
    sa.Column("training_time_seconds", sa.Float, nullable=False),
    sa.Column("model_path", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("name", "version", name="uq_models_name_version"),
)

PROMOTION_LEDGER = sa.Table(
    "promotion_ledger",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("model_tag", sa.String(255), nullable=False),
    sa.Column("previous_version", sa.String(64)),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("actor", sa.String(128), nullable=False),
    sa.CheckConstraint("action IN ('promote', 'refuse', 'rollback')", name="ck_promotion_ledger_action"),
    sa.Index("ix_promotion_ledger_model", "model", "id"),
)

HOLDOUT_USES = sa.Table(
    "holdout_uses",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("dataset_sha256", sa.String(64), nullable=False),
    sa.Column("artifact_sha256", sa.String(64), nullable=False),
    sa.Column("purpose", sa.String(64), nullable=False),
    sa.Column("accuracy", sa.Float, nullable=False),
    sa.Column("holdout_n", sa.Integer, nullable=False),
    sa.UniqueConstraint("artifact_sha256", "dataset_sha256", "purpose", "model", name="uq_holdout_uses_what"),
)
