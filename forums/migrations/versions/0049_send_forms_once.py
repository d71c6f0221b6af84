"""The form of a campaign makes one draft, and the forms that write letters write them once, however often they come."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("campaigns") as batch:
        batch.add_column(sa.Column("key", sa.String(length=64), nullable=True))
        batch.create_unique_constraint(op.f("uq_campaigns_key"), ["key"])
    op.create_table(
        "sent_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_forms")),
        sa.UniqueConstraint("key", name=op.f("uq_sent_forms_key")),
    )


def downgrade() -> None:
    op.drop_table("sent_forms")
    with op.batch_alter_table("campaigns") as batch:
        batch.drop_constraint(op.f("uq_campaigns_key"), type_="unique")
        batch.drop_column("key")
