"""Badges remember how their category was named and coloured."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("badge_prints") as batch_op:
        batch_op.add_column(sa.Column("standing", sa.String(length=400), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("badge_prints") as batch_op:
        batch_op.drop_column("standing")
