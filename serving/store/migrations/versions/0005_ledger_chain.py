"""The promotion ledger becomes a hash chain; answers are found by request id; why a report was judged as it was."""

import json
from datetime import UTC
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Kept here as literals, like all that a migration does: see 0001.
CHAIN_START = "0" * 64
UNIQUE = "uq_promotion_ledger_previous_sha256"
DIGESTS = ("previous_sha256", "sha256")
COVERED = (
    "created_at",
    "model",
    "action",
    "version",
    "model_tag",
    "previous_version",
    "reason",
    "evidence",
    "actor",
)
SQLITE_GUARD = (
    "CREATE TRIGGER promotion_ledger_no_{verb} BEFORE {verb} ON promotion_ledger "
    "BEGIN SELECT RAISE(ABORT, 'promotion_ledger is append-only'); END"
)
# An INSERT with an id of its own could replace an entry without any of the other triggers being asked.
SQLITE_REPLACE_GUARD = (
    "CREATE TRIGGER promotion_ledger_no_replace BEFORE INSERT ON promotion_ledger "
    "WHEN EXISTS (SELECT 1 FROM promotion_ledger WHERE id = NEW.id OR previous_sha256 = NEW.previous_sha256) "
    "BEGIN SELECT RAISE(ABORT, 'promotion_ledger is append-only'); END"
)
POSTGRESQL_GUARD = (
    "CREATE TRIGGER promotion_ledger_append_only BEFORE UPDATE OR DELETE ON promotion_ledger "
    "FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()"
)
POSTGRESQL_TRUNCATE_GUARD = (
    "CREATE TRIGGER promotion_ledger_no_truncate BEFORE TRUNCATE ON promotion_ledger "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()"
)
LEDGER = sa.table(
    "promotion_ledger",
    sa.column("id", sa.Integer),
    sa.column("created_at", sa.DateTime(timezone=True)),
    *(sa.column(name, sa.Text) for name in COVERED if name not in ("created_at", "evidence")),
    sa.column("evidence", sa.JSON),
    sa.column("previous_sha256", sa.String),
    sa.column("sha256", sa.String),
)


def upgrade() -> None:
    _drop_guards()
    for name in DIGESTS:
        # A plain ADD COLUMN: a copied table would lose its CHECK constraint on SQLite.
        op.add_column("promotion_ledger", sa.Column(name, sa.String(64), nullable=False, server_default=""))
    _chain_what_is_there()
    op.create_index(UNIQUE, "promotion_ledger", ["previous_sha256"], unique=True)
    if _is_postgresql():
        for name in DIGESTS:
            op.alter_column("promotion_ledger", name, server_default=None)
    _guard()
    op.create_index("ix_predictions_request_id", "predictions", ["request_id"])
    op.add_column("feedback", sa.Column("review_reason", sa.Text))


def downgrade() -> None:
    op.drop_column("feedback", "review_reason")
    op.drop_index("ix_predictions_request_id", "predictions")
    _drop_guards()
    op.drop_index(UNIQUE, "promotion_ledger")
    for name in DIGESTS:
        op.drop_column("promotion_ledger", name)
    if _is_postgresql():
        op.execute(POSTGRESQL_GUARD)
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(SQLITE_GUARD.format(verb=verb))


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _drop_guards() -> None:
    if _is_postgresql():
        for name in ("append_only", "no_truncate"):
            op.execute(f"DROP TRIGGER IF EXISTS promotion_ledger_{name} ON promotion_ledger")
        return
    for verb in ("UPDATE", "DELETE", "replace"):
        op.execute(f"DROP TRIGGER IF EXISTS promotion_ledger_no_{verb}")


def _guard() -> None:
    if _is_postgresql():
        op.execute(POSTGRESQL_GUARD)
        op.execute(POSTGRESQL_TRUNCATE_GUARD)
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(SQLITE_GUARD.format(verb=verb))
    op.execute(SQLITE_REPLACE_GUARD)


def _chain_what_is_there() -> None:
    connection, last = op.get_bind(), CHAIN_START
    for row in connection.execute(sa.select(LEDGER).order_by(LEDGER.c.id)).all():
        digest = _digest(dict(row._mapping), last)
        values = {"previous_sha256": last, "sha256": digest}
        connection.execute(sa.update(LEDGER).where(LEDGER.c.id == row.id).values(values))
        last = digest


def _digest(row: dict[str, Any], previous_sha256: str) -> str:
    values = {name: row[name] for name in COVERED}
    made = row["created_at"]
    made = made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)
    values["created_at"] = made.isoformat(timespec="microseconds")
    text = json.dumps([previous_sha256, values], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
