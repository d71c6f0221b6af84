"""The rows of imported lists, and what became of each."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("complaints", sa.JSON(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("made", sa.JSON(), nullable=True),
        sa.Column("undone", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('new', 'waits', 'known', 'repeat', 'refused', 'heading')",
            name=op.f("ck_import_rows_verdict"),
        ),
        sa.CheckConstraint(
            "undone IN ('', 'cancelled', 'changed', 'came', 'gone')", name=op.f("ck_import_rows_undone")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["import_batches.id"],
            name=op.f("fk_import_rows_batch_id_import_batches"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_import_rows_registration_id_registrations"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_import_rows_batch_id_number")),
    )
    op.create_index("ix_import_rows_batch_id_verdict", "import_rows", ["batch_id", "verdict", "done"])
    op.create_index(op.f("ix_import_rows_registration_id"), "import_rows", ["registration_id"])


def downgrade() -> None:
    op.drop_table("import_rows")
