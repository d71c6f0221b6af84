"""Signings know who signed and witnessed, and have a photo."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("signings") as table:
        table.add_column(sa.Column("signatories", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("witnesses", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("photo_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_signings_photo_id_documents"), "documents", ["photo_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("signings") as table:
        table.drop_constraint(op.f("fk_signings_photo_id_documents"), type_="foreignkey")
        table.drop_column("photo_id")
        table.drop_column("witnesses")
        table.drop_column("signatories")
