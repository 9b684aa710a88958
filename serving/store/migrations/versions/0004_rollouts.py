"""Rollouts, their events, labels of predictions, and whether an answer came from a cache."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Kept here as literals: a migration must go on meaning what it meant, whatever the code calls these today.
KINDS = "'canary', 'ab'"
STATES = "'pending', 'shadow', 'canary', 'baking', 'promoted', 'rolled_back', 'aborted', 'completed'"
SOURCES = "'engine', 'feedback'"
SQLITE_GUARD = (
    "CREATE TRIGGER rollout_events_no_{verb} BEFORE {verb} ON rollout_events "
    "BEGIN SELECT RAISE(ABORT, 'rollout_events is append-only'); END"
)
POSTGRESQL_REFUSAL = (
    "CREATE FUNCTION refuse_rollout_event_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'rollout_events is append-only'; END $$"
)
POSTGRESQL_GUARD = (
    "CREATE TRIGGER rollout_events_append_only BEFORE UPDATE OR DELETE ON rollout_events "
    "FOR EACH ROW EXECUTE FUNCTION refuse_rollout_event_change()"
)


def upgrade() -> None:
    _create_rollouts()
    _create_events()
    _create_labels()
    # Not in batch mode, which would copy the table: a database in service may hold millions of predictions.
    op.add_column("predictions", sa.Column("is_cached", sa.Boolean))


def _create_rollouts() -> None:
    op.create_table(
        "rollouts",
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
        sa.Column("paused_at", sa.DateTime(timezone=True)),
        sa.Column("policy", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("step_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="ck_rollouts_kind"),
        sa.CheckConstraint(f"state IN ({STATES})", name="ck_rollouts_state"),
        sa.CheckConstraint("weight BETWEEN 0 AND 10000", name="ck_rollouts_weight"),
        sa.CheckConstraint("shadow_share BETWEEN 0 AND 1", name="ck_rollouts_shadow_share"),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_rollouts_open", "rollouts", ["model"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("ix_rollouts_model", "rollouts", ["model", "created_at"])


def _create_events() -> None:
    op.create_table(
        "rollout_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rollout_id", sa.String(64), sa.ForeignKey("rollouts.id", name="fk_rollout_events"), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("reading", sa.JSON, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
    )
    op.create_index("ix_rollout_events_rollout", "rollout_events", ["rollout_id", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_REFUSAL)
        op.execute(POSTGRESQL_GUARD)
    else:
        op.execute(SQLITE_GUARD.format(verb="UPDATE"))
        op.execute(SQLITE_GUARD.format(verb="DELETE"))


def _create_labels() -> None:
    op.create_table(
        "prediction_labels",
        sa.Column("prediction_id", sa.String(160), primary_key=True),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("arm", sa.String(32)),
        sa.Column("is_correct", sa.Boolean),
        sa.Column("truth", sa.JSON(none_as_null=True)),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"source IN ({SOURCES})", name="ck_prediction_labels_source"),
    )
    op.create_index("ix_prediction_labels_model", "prediction_labels", ["model", "created_at"])


def downgrade() -> None:
    op.drop_column("predictions", "is_cached")
    op.drop_table("prediction_labels")
    op.drop_table("rollout_events")
    op.drop_table("rollouts")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_rollout_event_change()")
