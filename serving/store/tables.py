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
    sa.Column("previous_sha256", sa.String(64), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.CheckConstraint("action IN ('promote', 'refuse', 'rollback')", name="ck_promotion_ledger_action"),
    # A chain cannot fork: no two entries follow the same one.
    sa.Index("uq_promotion_ledger_previous_sha256", "previous_sha256", unique=True),
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

PREDICTIONS = sa.Table(
    "predictions",
    METADATA,
    sa.Column("id", sa.String(160), primary_key=True),
    sa.Column("model_id", sa.Integer, sa.ForeignKey("models.id", name="fk_predictions_model")),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("model_version", sa.String(64), nullable=False),
    sa.Column("arm", sa.String(32)),
    sa.Column("client_id", sa.String(255), nullable=False),
    sa.Column("request_id", sa.String(128), nullable=False),
    sa.Column("item_index", sa.Integer),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("input_hash", sa.String(64), nullable=False),
    sa.Column("input", sa.JSON(none_as_null=True)),
    sa.Column("output", sa.JSON(none_as_null=True)),
    sa.Column("confidence", sa.Float),
    sa.Column("execution_time_ms", sa.Float, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_predictions_model_id", "model_id", "created_at"),
    sa.Index("ix_predictions_model", "model", "created_at"),
    sa.Index("ix_predictions_created_at", "created_at"),
)
"""Answers given. ``model_id`` is none for a version that was never registered; ``input`` and ``output`` are none when
they were not to be stored or too large."""

FEEDBACK = sa.Table(
    "feedback",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    # No foreign key: feedback may reach the database before the prediction that it is about, and outlives it.
    sa.Column("prediction_id", sa.String(160), nullable=False),
    sa.Column("client_id", sa.String(255), nullable=False),
    sa.Column("model", sa.String(64)),
    sa.Column("input", sa.JSON(none_as_null=True)),
    sa.Column("predicted", sa.JSON(none_as_null=True)),
    sa.Column("actual", sa.JSON, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("reviewer", sa.String(128)),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("reviewed_at", UtcDateTime),
    sa.CheckConstraint("status IN ('pending', 'accepted', 'rejected')", name="ck_feedback_status"),
    sa.Index("ix_feedback_status", "status", "created_at"),
    sa.Index("ix_feedback_prediction", "prediction_id"),
)

IDEMPOTENCY_KEYS = sa.Table(
    "idempotency_keys",
    METADATA,
    sa.Column("client_id", sa.String(255), primary_key=True),
    sa.Column("route", sa.String(128), primary_key=True),
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("response", sa.LargeBinary),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("lease_until", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Index("ix_idempotency_keys_expires_at", "expires_at"),
)
"""Requests that must not be done twice. Without a ``status`` the first one is still being answered."""

JOBS = sa.Table(
    "jobs",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("client_id", sa.String(255), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("request", sa.JSON, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("max_attempts", sa.Integer, nullable=False),
    sa.Column("progress", sa.Float),
    sa.Column("worker", sa.String(128)),
    sa.Column("lease_until", UtcDateTime),
    sa.Column("result", sa.JSON(none_as_null=True)),
    sa.Column("error", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="ck_jobs_state"),
    sa.Index("ix_jobs_state", "state", "created_at"),
    sa.Index("ix_jobs_client", "client_id", "created_at"),
)
