"""What senders of mail share: when one was last seen, and when the next letter may go; limits count no letters."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_moments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_moments")),
        sa.UniqueConstraint("name", name=op.f("uq_mail_moments_name")),
    )
    op.drop_index("ix_letters_domain_sent_at", table_name="letters")


def downgrade() -> None:
    op.create_index("ix_letters_domain_sent_at", "letters", ["domain", "sent_at"])
    op.drop_table("mail_moments")
