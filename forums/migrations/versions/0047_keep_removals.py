"""Who was taken off a list is kept as they were, to be put back."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contact_removals") as batch:
        batch.add_column(sa.Column("organisation", sa.String(length=160), server_default="", nullable=False))
        batch.add_column(sa.Column("title", sa.String(length=80), server_default="", nullable=False))
        batch.add_column(sa.Column("language", sa.String(length=2), server_default="zh", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("contact_removals") as batch:
        for name in ("language", "title", "organisation"):
            batch.drop_column(name)
