"""Campaigns with kinds, terms and a budget of errors; one invitation for each guest of an edition.

Where an address was invited twice, the invitation that was answered last stays, and the links of the others end.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = "state IN ('draft', 'frozen', 'scheduled', 'running', 'paused', 'done', 'cancelled')"
STATES_BEFORE = "state IN ('draft', 'frozen', 'sending', 'paused', 'done', 'cancelled')"


def upgrade() -> None:
    _letters()
    _campaigns()
    _recipients()


def downgrade() -> None:
    with op.batch_alter_table("invitations") as table:
        table.drop_constraint(op.f("uq_invitations_edition_id_email"), type_="unique")
        table.add_column(sa.Column("campaign_id", sa.Integer()))
        table.add_column(sa.Column("letter_id", sa.Integer()))
    op.execute(
        "UPDATE invitations SET campaign_id ="
        " (SELECT MIN(campaign_id) FROM recipients WHERE invitation_id = invitations.id)"
    )
    op.execute(
        "UPDATE invitations SET letter_id = (SELECT MIN(letter_id) FROM recipients"
        " WHERE invitation_id = invitations.id AND recipients.campaign_id = invitations.campaign_id)"
    )
    op.execute("DELETE FROM invitations WHERE campaign_id IS NULL")
    op.drop_table("recipients")
    with op.batch_alter_table("invitations") as table:
        table.alter_column("campaign_id", nullable=False, existing_type=sa.Integer())
        table.drop_constraint(op.f("fk_invitations_edition_id_editions"), type_="foreignkey")
        table.drop_column("edition_id")
        table.create_foreign_key(
            op.f("fk_invitations_campaign_id_campaigns"), "campaigns", ["campaign_id"], ["id"], ondelete="CASCADE"
        )
        table.create_foreign_key(
            op.f("fk_invitations_letter_id_letters"), "letters", ["letter_id"], ["id"], ondelete="SET NULL"
        )
        table.create_unique_constraint(op.f("uq_invitations_campaign_id_email"), ["campaign_id", "email"])
        table.create_index(op.f("ix_invitations_letter_id"), ["letter_id"])
    op.execute("DELETE FROM campaigns WHERE list_id IS NULL")
    with op.batch_alter_table("campaigns") as table:
        table.drop_constraint(op.f("ck_campaigns_state"), type_="check")
        for name in ("kind", "audience", "in_doubt", "language", "list", "budget"):
            table.drop_constraint(op.f(f"ck_campaigns_{name}"), type_="check")
    op.execute("UPDATE campaigns SET state = 'sending' WHERE state = 'running'")
    op.execute("UPDATE campaigns SET state = 'frozen' WHERE state = 'scheduled'")
    with op.batch_alter_table("campaigns") as table:
        table.create_check_constraint(op.f("ck_campaigns_state"), STATES_BEFORE)
        table.alter_column("list_id", nullable=False, existing_type=sa.Integer())
        for name in ("created_by_id", "sent_by_id"):
            table.drop_constraint(op.f(f"fk_campaigns_{name}_accounts"), type_="foreignkey")
            table.drop_column(name)
        for column in (
            *("kind", "audience", "language", "with_calendar", "with_letter", "in_doubt", "budget_percent"),
            *("paused_reason", "paused_detail", "suppressed_count", "starts_at", "expires_at"),
        ):
            table.drop_column(column)
    with op.batch_alter_table("letters") as table:
        table.drop_index("ix_letters_domain_sent_at")
        for column in ("domain", "expires_at", "resend_in_doubt", "resent", "bounced_at", "bounce"):
            table.drop_column(column)


def _letters() -> None:
    with op.batch_alter_table("letters") as table:
        table.add_column(sa.Column("domain", sa.String(length=255), server_default="", nullable=False))
        table.add_column(sa.Column("expires_at", MOMENT, nullable=True))
        table.add_column(sa.Column("resend_in_doubt", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("resent", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("bounced_at", MOMENT, nullable=True))
        table.add_column(sa.Column("bounce", sa.String(length=20), server_default="", nullable=False))
        table.create_index("ix_letters_domain_sent_at", ["domain", "sent_at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("UPDATE letters SET domain = lower(split_part(recipient, '@', -1))")
    else:
        op.execute("UPDATE letters SET domain = lower(substr(recipient, instr(recipient, '@') + 1))")


def _campaigns() -> None:
    with op.batch_alter_table("campaigns") as table:
        table.drop_constraint(op.f("ck_campaigns_state"), type_="check")
    op.execute("UPDATE campaigns SET state = 'running' WHERE state = 'sending'")
    with op.batch_alter_table("campaigns") as table:
        table.create_check_constraint(op.f("ck_campaigns_state"), STATES)
        table.alter_column("list_id", nullable=True, existing_type=sa.Integer())
        for name, kind, default in (
            ("kind", sa.String(length=12), "invitation"),
            ("audience", sa.String(length=12), "list"),
            ("language", sa.String(length=2), ""),
            ("with_calendar", sa.Boolean(), sa.false()),
            ("with_letter", sa.Boolean(), sa.false()),
            ("in_doubt", sa.String(length=6), "hold"),
            ("budget_percent", sa.Integer(), "5"),
            ("paused_reason", sa.String(length=40), ""),
            ("paused_detail", sa.Text(), ""),
            ("suppressed_count", sa.Integer(), "0"),
        ):
            table.add_column(sa.Column(name, kind, server_default=default, nullable=False))
        table.add_column(sa.Column("created_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("sent_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("starts_at", MOMENT, nullable=True))
        table.add_column(sa.Column("expires_at", MOMENT, nullable=True))
        for name in ("created_by_id", "sent_by_id"):
            table.create_foreign_key(
                op.f(f"fk_campaigns_{name}_accounts"), "accounts", [name], ["id"], ondelete="SET NULL"
            )
        for name, condition in (
            ("kind", "kind IN ('invitation', 'reminder', 'update', 'cancellation', 'thanks')"),
            ("audience", "audience IN ('list', 'invited', 'silent', 'coming', 'not_coming')"),
            ("in_doubt", "in_doubt IN ('hold', 'resend')"),
            ("language", "language IN ('', 'zh', 'en')"),
            ("list", "(audience = 'list') = (list_id IS NOT NULL)"),
            ("budget", "budget_percent BETWEEN 0 AND 100"),
        ):
            table.create_check_constraint(op.f(f"ck_campaigns_{name}"), condition)


def _recipients() -> None:
    op.create_table(
        "recipients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_recipients_campaign_id_campaigns"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_recipients_invitation_id_invitations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_recipients_letter_id_letters"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
        sa.UniqueConstraint("campaign_id", "invitation_id", name=op.f("uq_recipients_campaign_id_invitation_id")),
    )
    with op.batch_alter_table("invitations") as table:
        table.add_column(sa.Column("edition_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE invitations SET edition_id ="
        " (SELECT edition_id FROM campaigns WHERE campaigns.id = invitations.campaign_id)"
    )
    op.execute(
        "INSERT INTO recipients (campaign_id, invitation_id, letter_id)"
        " SELECT campaign_id, FIRST_VALUE(id) OVER ("
        "   PARTITION BY edition_id, email"
        "   ORDER BY CASE WHEN answered_at IS NULL THEN 1 ELSE 0 END, answered_at DESC, id"
        " ), letter_id FROM invitations ORDER BY id"
    )
    op.execute("DELETE FROM invitations WHERE id NOT IN (SELECT invitation_id FROM recipients)")
    with op.batch_alter_table("invitations") as table:
        table.drop_constraint(op.f("uq_invitations_campaign_id_email"), type_="unique")
        table.drop_constraint(op.f("fk_invitations_campaign_id_campaigns"), type_="foreignkey")
        table.drop_constraint(op.f("fk_invitations_letter_id_letters"), type_="foreignkey")
        table.drop_index(op.f("ix_invitations_letter_id"))
        table.drop_column("campaign_id")
        table.drop_column("letter_id")
        table.alter_column("edition_id", nullable=False, existing_type=sa.Integer())
        table.create_foreign_key(
            op.f("fk_invitations_edition_id_editions"), "editions", ["edition_id"], ["id"], ondelete="CASCADE"
        )
        table.create_unique_constraint(op.f("uq_invitations_edition_id_email"), ["edition_id", "email"])
    op.create_index(op.f("ix_recipients_invitation_id"), "recipients", ["invitation_id"])
    op.create_index(op.f("ix_recipients_letter_id"), "recipients", ["letter_id"])
