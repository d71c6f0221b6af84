"""What a statement says without its rows, so that its page need not read them."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("statements", sa.Column("summary", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("statements", "summary")
