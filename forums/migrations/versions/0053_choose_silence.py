"""After how many days without an answer a speaker counts as silent is the organiser's choice."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("speaking_texts") as batch:
        batch.add_column(sa.Column("silent_days", sa.Integer(), server_default="7", nullable=False))
        batch.create_check_constraint(op.f("ck_speaking_texts_silent_days"), "silent_days BETWEEN 1 AND 365")


def downgrade() -> None:
    with op.batch_alter_table("speaking_texts") as batch:
        batch.drop_constraint(op.f("ck_speaking_texts_silent_days"), type_="check")
        batch.drop_column("silent_days")
