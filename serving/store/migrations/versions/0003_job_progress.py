"""How far a job is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("jobs") as table:
        table.add_column(sa.Column("progress", sa.Float))


def downgrade() -> None:
    with op.batch_alter_table("jobs") as table:
        table.drop_column("progress")
