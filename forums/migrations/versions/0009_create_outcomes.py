"""Snapshots of an edition's figures, and the reports compiled from them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outcome_snapshots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.Column("definitions", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_outcome_snapshots_number")),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_outcome_snapshots_edition_id_editions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_snapshots")),
        sa.UniqueConstraint("edition_id", "number", name=op.f("uq_outcome_snapshots_edition_id_number")),
        sa.UniqueConstraint("job_id", name=op.f("uq_outcome_snapshots_job_id")),
    )
    op.create_table(
        "outcome_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("compiled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf_zh_id", sa.Integer(), nullable=False),
        sa.Column("pdf_en_id", sa.Integer(), nullable=False),
        sa.Column("xlsx_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pdf_en_id"], ["documents.id"], name=op.f("fk_outcome_reports_pdf_en_id_documents")),
        sa.ForeignKeyConstraint(["pdf_zh_id"], ["documents.id"], name=op.f("fk_outcome_reports_pdf_zh_id_documents")),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["outcome_snapshots.id"], name=op.f("fk_outcome_reports_snapshot_id_outcome_snapshots")
        ),
        sa.ForeignKeyConstraint(["xlsx_id"], ["documents.id"], name=op.f("fk_outcome_reports_xlsx_id_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_reports")),
        sa.UniqueConstraint("snapshot_id", name=op.f("uq_outcome_reports_snapshot_id")),
    )


def downgrade() -> None:
    op.drop_table("outcome_reports")
    op.drop_table("outcome_snapshots")
