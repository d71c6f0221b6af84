"""Print runs, the badges that were printed, and certificates of attendance."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

VALID = {f"{base}_where": sa.text("withdrawn_at IS NULL") for base in ("sqlite", "postgresql")}


def upgrade() -> None:
    op.create_table(
        "print_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("paper", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=4), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("registration_ids", sa.JSON(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_print_runs_count")),
        sa.CheckConstraint("language IN ('zh', 'en', 'both')", name=op.f("ck_print_runs_language")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_print_runs_document_id_documents")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_print_runs_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_runs")),
        sa.UniqueConstraint("job_id", name=op.f("uq_print_runs_job_id")),
        sa.UniqueConstraint("key", name=op.f("uq_print_runs_key")),
    )
    op.create_index(op.f("ix_print_runs_edition_id"), "print_runs", ["edition_id"])
    op.create_table(
        "badge_prints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("paper", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=4), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("organisation", sa.String(length=160), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("ticket_version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_badge_prints_category_id_categories"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_badge_prints_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["print_runs.id"], name=op.f("fk_badge_prints_run_id_print_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_prints")),
        sa.UniqueConstraint("key", name=op.f("uq_badge_prints_key")),
        sa.UniqueConstraint("run_id", "registration_id", name=op.f("uq_badge_prints_run_id_registration_id")),
    )
    op.create_index(op.f("ix_badge_prints_registration_id"), "badge_prints", ["registration_id"])
    op.create_table(
        "attendance_certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("organisation", sa.String(length=160), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_attendance_certificates_number")),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["editions.id"],
            name=op.f("fk_attendance_certificates_edition_id_editions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_attendance_certificates_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_certificates")),
        sa.UniqueConstraint("code", name=op.f("uq_attendance_certificates_code")),
        sa.UniqueConstraint("edition_id", "number", name=op.f("uq_attendance_certificates_edition_id_number")),
    )
    op.create_index(
        "uq_attendance_certificates_registration_id",
        "attendance_certificates",
        ["registration_id"],
        unique=True,
        **VALID,
    )


def downgrade() -> None:
    op.drop_table("attendance_certificates")
    op.drop_table("badge_prints")
    op.drop_table("print_runs")
