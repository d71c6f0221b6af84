"""Find leased letters by their numbers: an index on the lease cost each letter four changes.

Revision ID: 0055
Revises: 0054
"""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("letters") as batch_op:
        batch_op.drop_index("ix_letters_lease")


def downgrade() -> None:
    with op.batch_alter_table("letters") as batch_op:
        batch_op.create_index("ix_letters_lease", ["lease"])
