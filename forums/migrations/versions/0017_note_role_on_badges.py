"""Badges remember whether they said companion or driver."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("badge_prints") as batch_op:
        batch_op.add_column(sa.Column("role", sa.String(length=12), server_default="attendee", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("badge_prints") as batch_op:
        batch_op.drop_column("role")
