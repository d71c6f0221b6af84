"""Projects have a site; decisions on possible duplicates, with those that set projects aside before."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

KNOWN = """
    INSERT INTO duplicate_decisions
      (first_id, second_id, decision, stands_id, reason, signs, changed, decided_by_id, decided_at, undone_reason)
    SELECT CASE WHEN id < merged_into_id THEN id ELSE merged_into_id END,
      CASE WHEN id < merged_into_id THEN merged_into_id ELSE id END,
      'same', merged_into_id, merged_reason, '[]', '{}', merged_by_id, merged_at, ''
    FROM projects WHERE merged_into_id IS NOT NULL AND merged_by_id IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("projects", sa.Column("site", sa.String(length=200), server_default="", nullable=False))
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "duplicate_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("stands_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("signs", sa.JSON(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", moment, nullable=False),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", moment, nullable=True),
        sa.Column("undone_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_duplicate_decisions_ordered")),
        sa.CheckConstraint(
            "decision IN ('same', 'phase', 'increase', 'different')", name=op.f("ck_duplicate_decisions_decision")
        ),
        sa.CheckConstraint(
            "(decision IN ('same', 'increase')) = (stands_id IS NOT NULL)",
            name=op.f("ck_duplicate_decisions_one_stands"),
        ),
        sa.CheckConstraint(
            "stands_id IS NULL OR stands_id IN (first_id, second_id)",
            name=op.f("ck_duplicate_decisions_stands_is_of_the_pair"),
        ),
        sa.CheckConstraint(
            "undone_by_id IS NULL OR undone_at IS NOT NULL", name=op.f("ck_duplicate_decisions_undone_when")
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{column}_id"], [f"{table}.id"], name=op.f(f"fk_duplicate_decisions_{column}_id_{table}")
            )
            for column, table in (
                ("first", "projects"),
                ("second", "projects"),
                ("stands", "projects"),
                ("decided_by", "accounts"),
                ("undone_by", "accounts"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_decisions")),
    )
    in_force = sa.text("undone_at IS NULL")
    op.create_index(
        "uq_duplicate_decisions_in_force",
        "duplicate_decisions",
        ["first_id", "second_id"],
        unique=True,
        sqlite_where=in_force,
        postgresql_where=in_force,
    )
    op.create_index("ix_duplicate_decisions_second_id", "duplicate_decisions", ["second_id"])
    op.execute(KNOWN)


def downgrade() -> None:
    op.drop_table("duplicate_decisions")
    with op.batch_alter_table("projects") as batch:
        batch.drop_column("site")
