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
    sa.Column("is_cached", sa.Boolean),
    sa.Index("ix_predictions_model_id", "model_id", "created_at"),
    sa.Index("ix_predictions_model", "model", "created_at"),
    sa.Index("ix_predictions_created_at", "created_at"),
    sa.Index("ix_predictions_request_id", "request_id"),
)
"""Answers given. ``model_id`` is none for a version that was never registered; ``input`` and ``output`` are none when
they were not to be stored or too large; ``is_cached`` is none where it was not noted. ``arm`` is champion, canary or
shadow: a shadow's answer was sent to no one, and its ``request_id`` is that of the request it mirrors."""

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
    sa.Column("review_reason", sa.Text),
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

_OPEN = sa.text("ended_at IS NULL")

ROLLOUTS = sa.Table(
    "rollouts",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("champion_version", sa.String(64), nullable=False),
    sa.Column("candidate_version", sa.String(64), nullable=False),
    sa.Column("candidate_tag", sa.String(255), nullable=False),
    sa.Column("candidate_sha256", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("weight", sa.Integer, nullable=False),
    sa.Column("shadow_share", sa.Float, nullable=False),
    sa.Column("salt", sa.String(64), nullable=False),
    sa.Column("is_paused", sa.Boolean, nullable=False),
    sa.Column("paused_at", UtcDateTime),
    sa.Column("policy", sa.JSON, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("step_started_at", UtcDateTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.String(128), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.CheckConstraint("kind IN ('canary', 'ab')", name="ck_rollouts_kind"),
    sa.CheckConstraint(
        "state IN ('pending', 'shadow', 'canary', 'baking', 'promoted', 'rolled_back', 'aborted', 'completed')",
        name="ck_rollouts_state",
    ),
    sa.CheckConstraint("weight BETWEEN 0 AND 10000", name="ck_rollouts_weight"),
    sa.CheckConstraint("shadow_share BETWEEN 0 AND 1", name="ck_rollouts_shadow_share"),
    sa.Index("uq_rollouts_open", "model", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    sa.Index("ix_rollouts_model", "model", "created_at"),
)
"""Rollouts of candidate versions, at most one open one a model. ``weight`` is in ten-thousandths; ``revision`` grows
with every change, so that of two who change the same row one is told that it was late."""

ROLLOUT_EVENTS = sa.Table(
    "rollout_events",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("rollout_id", sa.String(64), sa.ForeignKey("rollouts.id", name="fk_rollout_events"), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("reading", sa.JSON, nullable=False),
    sa.Column("actor", sa.String(128), nullable=False),
    sa.Index("ix_rollout_events_rollout", "rollout_id", "id"),
)
"""What happened in rollouts: steps, readings, verdicts, faults. The database refuses changes."""

PREDICTION_LABELS = sa.Table(
    "prediction_labels",
    METADATA,
    # No foreign key: a label may reach the database before its prediction, and outlives it.
    sa.Column("prediction_id", sa.String(160), primary_key=True),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("arm", sa.String(32)),
    sa.Column("is_correct", sa.Boolean),
    sa.Column("truth", sa.JSON(none_as_null=True)),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("source IN ('engine', 'feedback')", name="ck_prediction_labels_source"),
    sa.Index("ix_prediction_labels_model", "model", "created_at"),
)
"""Whether an answer was right. ``is_correct`` is none where the engine cannot say."""
