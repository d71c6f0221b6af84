"""Amounts that follow-up reports, checked by two more people before the ledger has them."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "amount_reports",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=30), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("qualifier", sa.String(length=10), nullable=False),
        sa.Column("source_text", sa.String(length=200), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_by_id IS NOT NULL)", name=op.f("ck_amount_reports_approved_by")
        ),
        sa.CheckConstraint("(state = 'approved') = (entry_id IS NOT NULL)", name=op.f("ck_amount_reports_entered")),
        sa.CheckConstraint(
            "basis IN ('contracted_inbound', 'paid_in', 'completed')", name=op.f("ck_amount_reports_basis")
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'verified', 'approved', 'returned', 'withdrawn')",
            name=op.f("ck_amount_reports_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('verified', 'approved') OR verified_by_id IS NOT NULL",
            name=op.f("ck_amount_reports_verified_by"),
        ),
        sa.CheckConstraint("approved_by_id <> recorded_by_id", name=op.f("ck_amount_reports_approver_is_not_reporter")),
        sa.CheckConstraint("approved_by_id <> verified_by_id", name=op.f("ck_amount_reports_approver_is_not_verifier")),
        sa.CheckConstraint("fen > 0", name=op.f("ck_amount_reports_positive")),
        sa.CheckConstraint("verified_by_id <> recorded_by_id", name=op.f("ck_amount_reports_verifier_is_not_reporter")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_amount_reports_agreement_id_agreements")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["accounts.id"], name=op.f("fk_amount_reports_approved_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_amount_reports_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["amount_entries.id"], name=op.f("fk_amount_reports_entry_id_amount_entries")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_amount_reports_project_id_projects")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["accounts.id"], name=op.f("fk_amount_reports_recorded_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["amount_reports.id"], name=op.f("fk_amount_reports_reverses_id_amount_reports")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["accounts.id"], name=op.f("fk_amount_reports_verified_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amount_reports")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_amount_reports_entry_id")),
        sa.UniqueConstraint("key", name=op.f("uq_amount_reports_key")),
    )
    op.create_index(op.f("ix_amount_reports_project_id"), "amount_reports", ["project_id"], unique=False)
    op.add_column("amount_entries", sa.Column("reported", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("amount_entries") as table:
        table.drop_column("reported")
    op.drop_table("amount_reports")
