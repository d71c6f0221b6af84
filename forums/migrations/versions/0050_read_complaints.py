"""What recipients call spam is read and kept with its letter."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

KINDS_BEFORE = ("bounce", "delay", "relay", "answer", "auto_reply", "unsubscribe", "reply", "other")


def upgrade() -> None:
    op.add_column("letters", sa.Column("complained_at", sa.DateTime(timezone=True), nullable=True))
    _allow((*KINDS_BEFORE[:-1], "complaint", "other"))


def downgrade() -> None:
    op.execute("UPDATE incoming_mail SET kind = 'other' WHERE kind = 'complaint'")
    _allow(KINDS_BEFORE)
    with op.batch_alter_table("letters") as table:
        table.drop_column("complained_at")


def _allow(kinds: tuple[str, ...]) -> None:
    with op.batch_alter_table("incoming_mail") as table:
        table.drop_constraint(op.f("ck_incoming_mail_kind"), type_="check")
    with op.batch_alter_table("incoming_mail") as table:
        table.create_check_constraint(op.f("ck_incoming_mail_kind"), f"kind IN ({', '.join(map(repr, kinds))})")
