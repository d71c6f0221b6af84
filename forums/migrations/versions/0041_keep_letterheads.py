"""Letterheads of formal letters, by revision."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts = [
        sa.Column(f"{name}_{language}", sa.String(length=300), nullable=False)
        for name in ("organisation", "signer", "post", "contact")
        for language in ("zh", "en")
    ]
    op.create_table(
        "letterheads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        *texts,
        sa.Column("logo_id", sa.Integer(), nullable=True),
        sa.Column("seal_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_letterheads_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["logo_id"], ["documents.id"], name=op.f("fk_letterheads_logo_id_documents")),
        sa.ForeignKeyConstraint(["seal_id"], ["documents.id"], name=op.f("fk_letterheads_seal_id_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letterheads")),
        sa.UniqueConstraint("edition_id", "revision", name=op.f("uq_letterheads_edition_id_revision")),
    )


def downgrade() -> None:
    op.drop_table("letterheads")
