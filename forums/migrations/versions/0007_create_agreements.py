"""Projects, agreements, signings, the ledger of amounts, scans and the steps of review."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "segments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name_zh", sa.String(length=300), server_default="", nullable=False),
        sa.Column("name_en", sa.String(length=300), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_segments_series_id_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("series_id", "code", name=op.f("uq_segments_series_id_code")),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=300), server_default="", nullable=False),
        sa.Column("name_en", sa.String(length=300), server_default="", nullable=False),
        sa.Column("aliases", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("segment_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("merged_reason", sa.Text(), nullable=False),
        sa.Column("merged_by_id", sa.Integer(), nullable=True),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(merged_into_id IS NULL) = (merged_at IS NULL)", name=op.f("ck_projects_merged_when")),
        sa.CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name=op.f("ck_projects_merged_elsewhere")),
        sa.ForeignKeyConstraint(["merged_by_id"], ["accounts.id"], name=op.f("fk_projects_merged_by_id_accounts")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["projects.id"], name=op.f("fk_projects_merged_into_id_projects")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_projects_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_projects_segment_id_segments")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_projects_series_id_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    op.create_index(op.f("ix_projects_merged_into_id"), "projects", ["merged_into_id"])
    op.create_index(op.f("ix_projects_organisation_id"), "projects", ["organisation_id"])
    op.create_index(op.f("ix_projects_series_id"), "projects", ["series_id"])

    op.create_table(
        "agreements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("title_zh", sa.String(length=300), server_default="", nullable=False),
        sa.Column("title_en", sa.String(length=300), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("binding", sa.String(length=20), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("earlier_id", sa.Integer(), nullable=True),
        sa.Column("document_state", sa.String(length=20), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("cancelled_on", sa.Date(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("review", sa.String(length=20), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(review IN ('approved', 'locked')) = (approved_by_id IS NOT NULL)",
            name=op.f("ck_agreements_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "(review IN ('verified', 'approved', 'locked')) = (verified_by_id IS NOT NULL)",
            name=op.f("ck_agreements_verified_by_somebody"),
        ),
        sa.CheckConstraint("binding IN ('contract', 'agreement', 'intention')", name=op.f("ck_agreements_binding")),
        sa.CheckConstraint(
            "relation IN ('first', 'again', 'upgrade', 'increase', 'investor_change')",
            name=op.f("ck_agreements_relation"),
        ),
        sa.CheckConstraint(
            "review IN ('drafted', 'submitted', 'returned', 'verified', 'approved', 'locked')",
            name=op.f("ck_agreements_review"),
        ),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name=op.f("ck_agreements_approver_is_not_drafter")),
        sa.CheckConstraint("approved_by_id <> verified_by_id", name=op.f("ck_agreements_approver_is_not_verifier")),
        sa.CheckConstraint("earlier_id <> id", name=op.f("ck_agreements_earlier_than_itself")),
        sa.CheckConstraint("verified_by_id <> drafted_by_id", name=op.f("ck_agreements_verifier_is_not_drafter")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["accounts.id"], name=op.f("fk_agreements_approved_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["accounts.id"], name=op.f("fk_agreements_drafted_by_id_accounts")),
        sa.ForeignKeyConstraint(["earlier_id"], ["agreements.id"], name=op.f("fk_agreements_earlier_id_agreements")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_agreements_project_id_projects")),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["accounts.id"], name=op.f("fk_agreements_verified_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    op.create_index(op.f("ix_agreements_project_id"), "agreements", ["project_id"])
    op.create_index("ix_agreements_review", "agreements", ["review", "submitted_at"])

    op.create_table(
        "agreement_parties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreements.id"],
            name=op.f("fk_agreement_parties_agreement_id_agreements"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_agreement_parties_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_parties")),
        sa.UniqueConstraint(
            "agreement_id",
            "organisation_id",
            "role",
            name=op.f("uq_agreement_parties_agreement_id_organisation_id_role"),
        ),
    )
    op.create_index(op.f("ix_agreement_parties_organisation_id"), "agreement_parties", ["organisation_id"])

    op.create_table(
        "agreement_scans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["accounts.id"], name=op.f("fk_agreement_scans_added_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreements.id"],
            name=op.f("fk_agreement_scans_agreement_id_agreements"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_agreement_scans_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_scans")),
        sa.UniqueConstraint("agreement_id", "document_id", name=op.f("uq_agreement_scans_agreement_id_document_id")),
    )
    op.create_table(
        "amount_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=30), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=True),
        sa.Column("qualifier", sa.String(length=10), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("source_text", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "qualifier IN ('exact', 'about', 'nearly', 'at_least')", name=op.f("ck_amount_entries_qualifier")
        ),
        sa.CheckConstraint(
            "reverses_id IS NOT NULL OR fen IS NULL OR fen > 0", name=op.f("ck_amount_entries_positive")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_amount_entries_agreement_id_agreements")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_amount_entries_project_id_projects")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["accounts.id"], name=op.f("fk_amount_entries_recorded_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["amount_entries.id"], name=op.f("fk_amount_entries_reverses_id_amount_entries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amount_entries")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_amount_entries_reverses_id")),
    )
    op.create_index("ix_amount_entries_agreement_id", "amount_entries", ["agreement_id", "basis"])
    op.create_index(op.f("ix_amount_entries_project_id"), "amount_entries", ["project_id"])

    op.create_table(
        "review_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_review_steps_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreements.id"],
            name=op.f("fk_review_steps_agreement_id_agreements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_steps")),
    )
    op.create_index(op.f("ix_review_steps_agreement_id"), "review_steps", ["agreement_id"])

    op.create_table(
        "signings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_signings_agreement_id_agreements"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_signings_edition_id_editions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signings")),
        sa.UniqueConstraint("agreement_id", "edition_id", name=op.f("uq_signings_agreement_id_edition_id")),
    )
    op.create_index("ix_signings_edition_id", "signings", ["edition_id", "position"])


def downgrade() -> None:
    op.drop_table("signings")
    op.drop_table("review_steps")
    op.drop_table("amount_entries")
    op.drop_table("agreement_scans")
    op.drop_table("agreement_parties")
    op.drop_table("agreements")
    op.drop_table("projects")
    op.drop_table("segments")
