"""Registers of what was signed, as sheets; and what a project builds."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("projects") as batch:
        batch.add_column(sa.Column("content", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "register_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sheet", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("applied_at", moment, nullable=True),
        sa.Column("undone_at", moment, nullable=True),
        sa.Column("undone_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_register_imports_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_register_imports_series_id_series")),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_register_imports_by_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_imports")),
    )
    op.create_index(op.f("ix_register_imports_edition_id"), "register_imports", ["edition_id"])
    op.create_index("ix_register_imports_remembered", "register_imports", ["series_id", "fingerprint"])
    op.create_table(
        "register_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("formulas", sa.JSON(), nullable=False),
        sa.Column("joined", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("warned", sa.Boolean(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=10), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("known_id", sa.Integer(), nullable=True),
        sa.Column("agreement_id", sa.Integer(), nullable=True),
        sa.Column("made", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "verdict IN ('new', 'further', 'same', 'conflict', 'repeat', 'wrong', 'total', 'remark', 'heading')",
            name=op.f("ck_register_rows_verdict"),
        ),
        sa.CheckConstraint(
            "choice IN ('', 'keep', 'again', 'increase', 'apart', 'skip')", name=op.f("ck_register_rows_choice")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["register_imports.id"],
            name=op.f("fk_register_rows_batch_id_register_imports"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["known_id"], ["agreements.id"], name=op.f("fk_register_rows_known_id_agreements"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreements.id"],
            name=op.f("fk_register_rows_agreement_id_agreements"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_rows")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_register_rows_batch_id_number")),
    )
    op.create_index("ix_register_rows_verdict", "register_rows", ["batch_id", "verdict", "done"])
    op.create_index(op.f("ix_register_rows_known_id"), "register_rows", ["known_id"])
    op.create_index(op.f("ix_register_rows_agreement_id"), "register_rows", ["agreement_id"])


def downgrade() -> None:
    op.drop_table("register_rows")
    op.drop_table("register_imports")
    with op.batch_alter_table("projects") as batch:
        batch.drop_column("content")
