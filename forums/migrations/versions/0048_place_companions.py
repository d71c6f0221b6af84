"""Those who accompany a guest may take places of their own, by name, where the organiser says so."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("invitations") as table:
        table.add_column(sa.Column("companion_names", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "answer_rules",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("companions", sa.String(length=8), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.CheckConstraint("companions IN ('none', 'counted', 'places')", name=op.f("ck_answer_rules_companions")),
        sa.CheckConstraint("most BETWEEN 1 AND 20", name=op.f("ck_answer_rules_most")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_answer_rules_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_answer_rules")),
    )
    op.create_table(
        "companions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_companions_invitation_id_invitations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_companions_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companions")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_companions_registration_id")),
    )
    op.create_index(op.f("ix_companions_invitation_id"), "companions", ["invitation_id"])


def downgrade() -> None:
    op.drop_table("companions")
    op.drop_table("answer_rules")
    with op.batch_alter_table("invitations") as table:
        table.drop_column("companion_names")
