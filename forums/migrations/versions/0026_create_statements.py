"""Statements: tallies frozen as of a moment, numbered and approved by a second person."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "statements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("as_of", moment, nullable=False),
        sa.Column("basis", sa.String(length=30), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("definition", sa.String(length=60), nullable=False),
        sa.Column("projects", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("drafted_at", moment, nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", moment, nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", moment, nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_statements_number")),
        sa.CheckConstraint("state IN ('draft', 'approved', 'withdrawn')", name=op.f("ck_statements_state")),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name=op.f("ck_statements_approver_is_not_drafter")),
        sa.CheckConstraint(
            "(approved_by_id IS NULL) = (approved_at IS NULL)", name=op.f("ck_statements_approved_when")
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR approved_by_id IS NOT NULL", name=op.f("ck_statements_approved_by_somebody")
        ),
        sa.CheckConstraint(
            "state <> 'draft' OR approved_by_id IS NULL", name=op.f("ck_statements_draft_is_not_approved")
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_by_id IS NOT NULL AND withdrawn_at IS NOT NULL)",
            name=op.f("ck_statements_withdrawn_when"),
        ),
        sa.CheckConstraint("state <> 'withdrawn' OR withdrawn_reason <> ''", name=op.f("ck_statements_withdrawn_why")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_statements_series_id_series")),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_statements_edition_id_editions")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["accounts.id"], name=op.f("fk_statements_drafted_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["accounts.id"], name=op.f("fk_statements_approved_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["accounts.id"], name=op.f("fk_statements_withdrawn_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("key", name=op.f("uq_statements_key")),
        sa.UniqueConstraint("series_id", "year", "number", name=op.f("uq_statements_series_id_year_number")),
    )


def downgrade() -> None:
    op.drop_table("statements")
