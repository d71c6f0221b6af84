"""What calendars answer to invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incoming_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_theirs", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incoming_id"],
            ["incoming_mail.id"],
            name=op.f("fk_calendar_answers_incoming_id_incoming_mail"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_calendar_answers_invitation_id_invitations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_answers")),
        sa.UniqueConstraint("incoming_id", name=op.f("uq_calendar_answers_incoming_id")),
    )
    op.create_index(
        "ix_calendar_answers_order", "calendar_answers", ["invitation_id", "is_theirs", "sequence", "written_at"]
    )


def downgrade() -> None:
    op.drop_table("calendar_answers")
