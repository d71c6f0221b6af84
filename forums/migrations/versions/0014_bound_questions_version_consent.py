"""Bounds of numbers and files that questions ask for, and the versions of an edition's consent text."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("questions") as batch_op:
        batch_op.add_column(sa.Column("least", sa.String(length=24), server_default="", nullable=False))
        batch_op.add_column(sa.Column("most", sa.String(length=24), server_default="", nullable=False))
    op.create_table(
        "consent_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("text_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("text_en", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_consent_texts_version")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_consent_texts_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_texts")),
        sa.UniqueConstraint("edition_id", "version", name=op.f("uq_consent_texts_edition_id_version")),
    )


def downgrade() -> None:
    op.drop_table("consent_texts")
    with op.batch_alter_table("questions") as batch_op:
        batch_op.drop_column("most")
        batch_op.drop_column("least")
