"""Models, promotion ledger, holdout uses."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Kept here as literals: a migration must go on meaning what it meant, whatever the code calls these today.
ACTIONS = "'promote', 'refuse', 'rollback'"
SQLITE_GUARD = (
    "CREATE TRIGGER promotion_ledger_no_{verb} BEFORE {verb} ON promotion_ledger "
    "BEGIN SELECT RAISE(ABORT, 'promotion_ledger is append-only'); END"
)
POSTGRESQL_REFUSAL = (
    "CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'promotion_ledger is append-only'; END $$"
)
POSTGRESQL_GUARD = (
    "CREATE TRIGGER promotion_ledger_append_only BEFORE UPDATE OR DELETE ON promotion_ledger "
    "FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()"
)


def upgrade() -> None:
    op.create_table(
        "models",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("accuracy", sa.Float, nullable=False),
        sa.Column("target_accuracy", sa.Float, nullable=False),
        sa.Column("training_time_seconds", sa.Float, nullable=False),
        sa.Column("model_path", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("name", "version", name="uq_models_name_version"),
    )
    op.create_table(
        "promotion_ledger",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("model_tag", sa.String(255), nullable=False),
        sa.Column("previous_version", sa.String(64)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.CheckConstraint(f"action IN ({ACTIONS})", name="ck_promotion_ledger_action"),
    )
    op.create_index("ix_promotion_ledger_model", "promotion_ledger", ["model", "id"])
    op.create_table(
        "holdout_uses",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("dataset_sha256", sa.String(64), nullable=False),
        sa.Column("artifact_sha256", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(64), nullable=False),
        sa.Column("accuracy", sa.Float, nullable=False),
        sa.Column("holdout_n", sa.Integer, nullable=False),
        sa.UniqueConstraint("artifact_sha256", "dataset_sha256", "purpose", "model", name="uq_holdout_uses_what"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_REFUSAL)
        op.execute(POSTGRESQL_GUARD)
    else:
        op.execute(SQLITE_GUARD.format(verb="UPDATE"))
        op.execute(SQLITE_GUARD.format(verb="DELETE"))


def downgrade() -> None:
    op.drop_table("holdout_uses")
    op.drop_table("promotion_ledger")
    op.drop_table("models")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_ledger_change()")
