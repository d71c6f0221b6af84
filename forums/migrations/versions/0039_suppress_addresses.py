"""Addresses that campaigns write to no more."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "suppressions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("removed_at", moment, nullable=True),
        sa.Column("removed_by", sa.String(length=200), nullable=False),
        sa.Column("removed_why", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('complained', 'unsubscribed', 'bounced', 'by_hand')", name=op.f("ck_suppressions_reason")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_suppressions_letter_id_letters"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    stands = sa.text("removed_at IS NULL")
    op.create_index(
        "uq_suppressions_stands",
        "suppressions",
        ["address", "scope", "reason"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )
    op.create_index("ix_suppressions_scope", "suppressions", ["scope", "id"])
    op.create_index("ix_suppressions_address", "suppressions", ["address"])
    op.create_index("ix_suppressions_letter_id", "suppressions", ["letter_id"])
    op.create_index("ix_letters_recipient", "letters", ["recipient"])


def downgrade() -> None:
    op.drop_index("ix_letters_recipient", "letters")
    op.drop_table("suppressions")
