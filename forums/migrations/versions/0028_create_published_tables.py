"""Tables of figures that somebody published, each save a version of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "published_tables",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("removed_at", moment, nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_published_tables_version")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_published_tables_series_id_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_tables")),
        sa.UniqueConstraint("key", name=op.f("uq_published_tables_key")),
    )
    op.create_index(op.f("ix_published_tables_series_id"), "published_tables", ["series_id"])
    op.create_table(
        "published_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("table_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("total", sa.JSON(), nullable=True),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["table_id"], ["published_tables.id"], name=op.f("fk_published_versions_table_id_published_tables")
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["accounts.id"], name=op.f("fk_published_versions_saved_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_versions")),
        sa.UniqueConstraint("table_id", "version", name=op.f("uq_published_versions_table_id_version")),
    )


def downgrade() -> None:
    op.drop_table("published_versions")
    op.drop_table("published_tables")
