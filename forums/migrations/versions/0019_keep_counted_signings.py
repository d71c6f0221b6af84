"""What each signing counts by is kept version by version, so that a tally of any earlier moment can be had again."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# What is signed already is on record from the moment it was last recorded; nothing earlier is known of it.
PRESENT = """
    SELECT p.series_id, c.id AS project_id, a.id AS agreement_id, s.edition_id, s.signed_on, s.position, a.kind,
           a.binding, a.relation, a.review, a.cancelled_on IS NOT NULL AS cancelled, c.segment_id AS segment, c.channel,
           c.origin, (c.confidential OR p.confidential) AS confidential, p.id AS own_id, a.created_at
      FROM signings s JOIN agreements a ON a.id = s.agreement_id JOIN projects p ON p.id = a.project_id
      JOIN projects c ON c.id = coalesce(p.merged_into_id, p.id)
     ORDER BY s.id
"""
AMOUNTS = """
    SELECT e.agreement_id, e.basis, e.fen, e.currency FROM amount_entries e
      LEFT JOIN amount_entries r ON r.reverses_id = e.id
     WHERE e.reverses_id IS NULL AND r.id IS NULL ORDER BY e.id
"""


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    counted = op.create_table(
        "counted_signings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("known_from", moment, nullable=False),
        sa.Column("known_until", moment, nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("binding", sa.String(length=20), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("review", sa.String(length=20), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("own_id", sa.Integer(), nullable=False),
        sa.Column("amounts", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "known_until IS NULL OR known_until >= known_from",
            name=op.f("ck_counted_signings_ends_after_it_begins"),
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_counted_signings_series_id_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_signings")),
    )
    op.create_index("ix_counted_signings_of", "counted_signings", ["agreement_id", "edition_id"])
    op.create_index("ix_counted_signings_open", "counted_signings", ["series_id", "known_until"])
    op.create_index(op.f("ix_counted_signings_own_id"), "counted_signings", ["own_id"])
    in_force = sa.text("known_until IS NULL")
    op.create_index(
        "uq_counted_signings_in_force",
        "counted_signings",
        ["agreement_id", "edition_id"],
        unique=True,
        sqlite_where=in_force,
        postgresql_where=in_force,
    )
    op.create_table(
        "counting_clocks",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_counting_clocks_series_id_series")),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_counting_clocks")),
    )
    _fill(counted)


def _fill(counted: sa.Table) -> None:
    bind = op.get_bind()
    amounts: dict[int, dict[str, list[object]]] = {}
    for agreement_id, basis, fen, currency in bind.execute(sa.text(AMOUNTS)):
        amounts.setdefault(agreement_id, {})[basis] = [fen, currency]
    kinds = {column.name: column.type for column in counted.c if column.name != "amounts"} | {
        "created_at": sa.DateTime(timezone=True)
    }
    present = bind.execute(sa.text(PRESENT).columns(**kinds)).mappings()
    rows = [
        {name: value for name, value in row.items() if name != "created_at"}
        | {"known_from": row["created_at"], "amounts": amounts.get(row["agreement_id"], {})}
        for row in present
    ]
    if rows:
        op.bulk_insert(counted, rows)


def downgrade() -> None:
    op.drop_table("counting_clocks")
    op.drop_table("counted_signings")
