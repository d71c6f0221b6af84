"""What came in by mail, and how far the mailbox was read."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

KINDS = ("bounce", "delay", "relay", "answer", "auto_reply", "unsubscribe", "reply", "other")
OUTCOMES = (
    *("waiting", "suppressed", "bounced", "told", "counted", "noted"),
    *("late", "repeated", "unmatched", "unreadable", "decided"),
)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "incoming_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("edition_id", sa.Integer(), nullable=True),
        sa.Column("decision", sa.String(length=12), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_at", moment, nullable=True),
        sa.CheckConstraint(f"kind IN ({', '.join(map(repr, KINDS))})", name=op.f("ck_incoming_mail_kind")),
        sa.CheckConstraint(f"outcome IN ({', '.join(map(repr, OUTCOMES))})", name=op.f("ck_incoming_mail_outcome")),
        sa.CheckConstraint("(outcome = 'decided') = (decided_at IS NOT NULL)", name=op.f("ck_incoming_mail_decided")),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_incoming_mail_letter_id_letters"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_incoming_mail_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mail")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_incoming_mail_fingerprint")),
    )
    op.create_index("ix_incoming_mail_letter_id", "incoming_mail", ["letter_id"])
    op.create_index("ix_incoming_mail_edition_id_outcome", "incoming_mail", ["edition_id", "outcome"])
    op.create_table(
        "incoming_boxes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("broken", sa.JSON(), nullable=False),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("leased_until", moment, nullable=True),
        sa.Column("read_at", moment, nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("fault_since", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_boxes")),
        sa.UniqueConstraint("name", name=op.f("uq_incoming_boxes_name")),
    )


def downgrade() -> None:
    op.drop_table("incoming_boxes")
    op.drop_table("incoming_mail")
