"""A series makes its own ways to count, in versions, and chooses one."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "counting_definitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=300), server_default="", nullable=False),
        sa.Column("name_en", sa.String(length=300), server_default="", nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["accounts.id"], name=op.f("fk_counting_definitions_made_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_counting_definitions_series_id_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counting_definitions")),
        sa.UniqueConstraint(
            "series_id", "code", "version", name=op.f("uq_counting_definitions_series_id_code_version")
        ),
    )
    op.create_table(
        "chosen_definitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("chosen_at", moment, nullable=False),
        sa.Column("chosen_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chosen_by_id"], ["accounts.id"], name=op.f("fk_chosen_definitions_chosen_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_chosen_definitions_series_id_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chosen_definitions")),
    )
    op.create_index(op.f("ix_chosen_definitions_series_id"), "chosen_definitions", ["series_id"])


def downgrade() -> None:
    op.drop_table("chosen_definitions")
    op.drop_table("counting_definitions")
