"""The terms that registrations are found by, and the order in which they came.

The rows get their terms, and the terms their index, at the end of the upgrade (forums/registrations/search.py).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TERMS = sa.Text().with_variant(TSVECTOR, "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("search_terms", TERMS, server_default="", nullable=False))
        batch_op.create_index("ix_registrations_edition_id_created_at", ["edition_id", "created_at", "id"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX IF EXISTS registration_search")
    else:
        for trigger in ("added", "removed", "changed"):
            op.execute(f"DROP TRIGGER IF EXISTS registration_search_{trigger}")
        op.execute("DROP TABLE IF EXISTS registration_search")
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_index("ix_registrations_edition_id_created_at")
        batch_op.drop_column("search_terms")
