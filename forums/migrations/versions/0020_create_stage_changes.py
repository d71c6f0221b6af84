"""How projects move from stage to stage: when, by whom and why."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_WAITS = sa.text("state = 'proposed'")


def upgrade() -> None:
    op.create_table(
        "stage_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("from_stage", sa.String(length=20), nullable=False),
        sa.Column("to_stage", sa.String(length=20), nullable=False),
        sa.Column("resumes_at", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "kind IN ('step', 'skip', 'aside', 'return', 'reversal')", name=op.f("ck_stage_changes_kind")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'done', 'declined', 'withdrawn')", name=op.f("ck_stage_changes_state")
        ),
        sa.CheckConstraint("from_stage <> to_stage", name=op.f("ck_stage_changes_moves")),
        sa.CheckConstraint("kind IN ('step', 'return') OR reason <> ''", name=op.f("ck_stage_changes_reason")),
        sa.CheckConstraint(
            "kind = 'reversal' OR state = 'done'", name=op.f("ck_stage_changes_proposals_are_reversals")
        ),
        sa.CheckConstraint("(state = 'proposed') = (settled_at IS NULL)", name=op.f("ck_stage_changes_settled")),
        sa.CheckConstraint(
            "kind <> 'reversal' OR state NOT IN ('done', 'declined')"
            " OR (settled_by_id IS NOT NULL AND settled_by_id <> recorded_by_id)",
            name=op.f("ck_stage_changes_second_person"),
        ),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_stage_changes_document_id_documents")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_stage_changes_project_id_projects")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["accounts.id"], name=op.f("fk_stage_changes_recorded_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["accounts.id"], name=op.f("fk_stage_changes_settled_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_changes")),
        sa.UniqueConstraint("key", name=op.f("uq_stage_changes_key")),
    )
    op.create_index("ix_stage_changes_project_id", "stage_changes", ["project_id", "id"])
    op.create_index(
        "uq_stage_changes_proposed",
        "stage_changes",
        ["project_id"],
        unique=True,
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )


def downgrade() -> None:
    op.drop_table("stage_changes")
