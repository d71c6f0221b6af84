"""An invitation can be withdrawn from one guest, and be given again."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("invitations") as table:
        table.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("withdrawn_reason", sa.String(length=300), server_default="", nullable=False))
        table.add_column(sa.Column("calendar_turns", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("recipients") as table:
        table.drop_constraint(op.f("ck_recipients_withheld"), type_="check")
        table.create_check_constraint(
            op.f("ck_recipients_withheld"), "withheld IN ('', 'left_out', 'changed', 'withdrawn')"
        )


def downgrade() -> None:
    op.execute("UPDATE recipients SET withheld = 'changed' WHERE withheld = 'withdrawn'")
    with op.batch_alter_table("recipients") as table:
        table.drop_constraint(op.f("ck_recipients_withheld"), type_="check")
        table.create_check_constraint(op.f("ck_recipients_withheld"), "withheld IN ('', 'left_out', 'changed')")
    with op.batch_alter_table("invitations") as table:
        for name in ("withdrawn_at", "withdrawn_reason", "calendar_turns"):
            table.drop_column(name)
