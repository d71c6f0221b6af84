"""Campaigns that expire and pause by themselves, and recipients who get no letter after all."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

AUDIENCES_BEFORE = "audience IN ('list', 'invited', 'silent', 'coming', 'not_coming')"
AUDIENCES = "audience IN ('list', 'invited', 'silent', 'expected', 'coming', 'not_coming', 'came')"
STATES_BEFORE = "state IN ('draft', 'frozen', 'scheduled', 'running', 'paused', 'done', 'cancelled')"
STATES = "state IN ('draft', 'frozen', 'scheduled', 'running', 'paused', 'done', 'expired', 'cancelled')"


def upgrade() -> None:
    _allow(AUDIENCES, STATES)
    with op.batch_alter_table("campaigns") as table:
        for name in ("unsent", "tried_before", "failed_before"):
            table.add_column(sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("recipients") as table:
        table.add_column(sa.Column("withheld", sa.String(length=12), server_default="", nullable=False))
        table.create_check_constraint(op.f("ck_recipients_withheld"), "withheld IN ('', 'left_out', 'changed')")


def downgrade() -> None:
    op.execute("DELETE FROM recipients WHERE withheld <> ''")
    with op.batch_alter_table("recipients") as table:
        table.drop_constraint(op.f("ck_recipients_withheld"), type_="check")
        table.drop_column("withheld")
    with op.batch_alter_table("campaigns") as table:
        for name in ("unsent", "tried_before", "failed_before"):
            table.drop_column(name)
    op.execute("UPDATE campaigns SET state = 'done' WHERE state = 'expired'")
    op.execute("UPDATE campaigns SET audience = 'invited' WHERE audience = 'expected'")
    op.execute("UPDATE campaigns SET audience = 'coming' WHERE audience = 'came'")
    _allow(AUDIENCES_BEFORE, STATES_BEFORE)


def _allow(audiences: str, states: str) -> None:
    with op.batch_alter_table("campaigns") as table:
        table.drop_constraint(op.f("ck_campaigns_audience"), type_="check")
        table.drop_constraint(op.f("ck_campaigns_state"), type_="check")
    with op.batch_alter_table("campaigns") as table:
        table.create_check_constraint(op.f("ck_campaigns_audience"), audiences)
        table.create_check_constraint(op.f("ck_campaigns_state"), states)
