"""What each revision changed, comments on fields, one part per person, and what two people decide."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

REVIEWERS = {f"{base}_where": sa.text("part <> 'drafts'") for base in ("sqlite", "postgresql")}
OPEN = {f"{base}_where": sa.text("outcome = 'open'") for base in ("sqlite", "postgresql")}


def upgrade() -> None:
    with op.batch_alter_table("projects") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    with op.batch_alter_table("agreements") as batch:
        batch.add_column(sa.Column("document_on", sa.Date(), nullable=True))
    with op.batch_alter_table("review_steps") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("changes", sa.JSON(), server_default="{}", nullable=False))
        batch.add_column(sa.Column("comments", sa.JSON(), server_default="{}", nullable=False))
    with op.batch_alter_table("amount_entries") as batch:
        batch.add_column(sa.Column("source_page", sa.String(length=40), server_default="", nullable=False))
        batch.add_column(sa.Column("unit", sa.String(length=40), server_default="", nullable=False))
        batch.add_column(sa.Column("evidence_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("step_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_amount_entries_evidence_id_documents"), "documents", ["evidence_id"], ["id"])
        batch.create_foreign_key(op.f("fk_amount_entries_step_id_review_steps"), "review_steps", ["step_id"], ["id"])
    op.create_table(
        "review_hands",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.CheckConstraint("part IN ('drafts', 'verifies', 'approves')", name=op.f("ck_review_hands_part")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_review_hands_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreements.id"],
            name=op.f("fk_review_hands_agreement_id_agreements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agreement_id", "account_id", name=op.f("pk_review_hands")),
    )
    op.create_index("uq_review_hands_reviewer", "review_hands", ["agreement_id", "part"], unique=True, **REVIEWERS)
    op.execute(
        "INSERT INTO review_hands (agreement_id, account_id, part) SELECT id, verified_by_id, 'verifies' "
        "FROM agreements WHERE verified_by_id IS NOT NULL"
    )
    op.execute(
        "INSERT INTO review_hands (agreement_id, account_id, part) SELECT id, approved_by_id, 'approves' "
        "FROM agreements WHERE approved_by_id IS NOT NULL"
    )
    op.execute(
        "INSERT INTO review_hands (agreement_id, account_id, part) SELECT DISTINCT agreement_id, account_id, 'drafts' "
        "FROM review_steps WHERE step IN ('drafted', 'revised', 'submitted', 'scanned', 'corrected') "
        "AND NOT EXISTS (SELECT 1 FROM review_hands AS other "
        "WHERE other.agreement_id = review_steps.agreement_id AND other.account_id = review_steps.account_id)"
    )
    op.create_table(
        "agreement_proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'open') = (decided_by_id IS NULL)", name=op.f("ck_agreement_proposals_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "outcome <> 'withdrawn' OR decided_by_id = proposed_by_id",
            name=op.f("ck_agreement_proposals_withdrawn_by_its_author"),
        ),
        sa.CheckConstraint(
            "outcome IN ('open', 'confirmed', 'rejected', 'withdrawn')", name=op.f("ck_agreement_proposals_outcome")
        ),
        sa.CheckConstraint(
            "outcome NOT IN ('confirmed', 'rejected') OR decided_by_id <> proposed_by_id",
            name=op.f("ck_agreement_proposals_decided_by_another"),
        ),
        sa.CheckConstraint(
            "what IN ('cancellation', 'reinstatement', 'document')", name=op.f("ck_agreement_proposals_what")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreements.id"],
            name=op.f("fk_agreement_proposals_agreement_id_agreements"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["accounts.id"], name=op.f("fk_agreement_proposals_decided_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["accounts.id"], name=op.f("fk_agreement_proposals_proposed_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_proposals")),
    )
    op.create_index(op.f("ix_agreement_proposals_agreement_id"), "agreement_proposals", ["agreement_id"])
    op.create_index("uq_agreement_proposals_open", "agreement_proposals", ["agreement_id"], unique=True, **OPEN)


def downgrade() -> None:
    op.drop_table("agreement_proposals")
    op.drop_table("review_hands")
    with op.batch_alter_table("amount_entries") as batch:
        batch.drop_constraint(op.f("fk_amount_entries_step_id_review_steps"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_amount_entries_evidence_id_documents"), type_="foreignkey")
        for name in ("step_id", "evidence_id", "unit", "source_page"):
            batch.drop_column(name)
    with op.batch_alter_table("review_steps") as batch:
        for name in ("comments", "changes", "version"):
            batch.drop_column(name)
    with op.batch_alter_table("agreements") as batch:
        batch.drop_column("document_on")
    with op.batch_alter_table("projects") as batch:
        batch.drop_column("version")
