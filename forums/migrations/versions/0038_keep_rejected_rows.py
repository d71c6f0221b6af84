"""Rows that could not come into a contact list are kept whole; people on lists can be edited, and intakes undone."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

FIELDS = ("name", "email", "organisation", "title", "language")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "contact_filters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_contact_filters_series_id_series"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_filters")),
        sa.UniqueConstraint("series_id", "name", name=op.f("uq_contact_filters_series_id_name")),
    )
    op.create_table(
        "contact_removals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["contact_lists.id"],
            name=op.f("fk_contact_removals_list_id_contact_lists"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_removals")),
        sa.UniqueConstraint("list_id", "email", name=op.f("uq_contact_removals_list_id_email")),
    )
    op.create_table(
        "contact_rejects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("intake_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in FIELDS),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("mended_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["intake_id"],
            ["contact_intakes.id"],
            name=op.f("fk_contact_rejects_intake_id_contact_intakes"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_rejects_contact_id_contacts"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_rejects")),
    )
    op.create_index(op.f("ix_contact_rejects_intake_id"), "contact_rejects", ["intake_id"])
    op.create_index(op.f("ix_contact_rejects_contact_id"), "contact_rejects", ["contact_id"])
    _keep_problems()
    with op.batch_alter_table("contact_intakes") as batch:
        batch.drop_column("problems")
        batch.add_column(sa.Column("filter_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("origin", sa.String(length=20), server_default="paste", nullable=False))
        batch.add_column(sa.Column("conditions", sa.JSON(), server_default="{}", nullable=False))
        batch.add_column(sa.Column("left_out", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("by", sa.String(length=200), server_default="", nullable=False))
        batch.add_column(sa.Column("undone_at", moment, nullable=True))
        batch.add_column(sa.Column("undone_by", sa.String(length=200), server_default="", nullable=False))
        batch.add_column(sa.Column("removed", sa.Integer(), server_default="0", nullable=False))
        batch.create_index(op.f("ix_contact_intakes_filter_id"), ["filter_id"])
        batch.create_foreign_key(
            op.f("fk_contact_intakes_filter_id_contact_filters"),
            "contact_filters",
            ["filter_id"],
            ["id"],
            ondelete="SET NULL",
        )
    op.execute("UPDATE contact_intakes SET origin = 'file' WHERE source <> 'paste'")
    with op.batch_alter_table("contacts") as batch:
        batch.add_column(sa.Column("name_sort", sa.String(length=600), server_default="", nullable=False))
        batch.add_column(sa.Column("intake_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("changed_at", moment, nullable=True))
        batch.create_index(op.f("ix_contacts_intake_id"), ["intake_id"])
        batch.create_index("ix_contacts_list_id_name", ["list_id", "name"])
        batch.create_index("ix_contacts_list_id_name_sort", ["list_id", "name_sort", "id"])
        batch.create_foreign_key(
            op.f("fk_contacts_intake_id_contact_intakes"), "contact_intakes", ["intake_id"], ["id"], ondelete="SET NULL"
        )
    _sort_names()


def _keep_problems() -> None:
    """The problems of earlier intakes as rows; of each of those only the cells that were wrong were kept."""
    intakes = sa.table("contact_intakes", sa.column("id", sa.Integer), sa.column("problems", sa.JSON))
    rejects = sa.table(
        "contact_rejects",
        sa.column("intake_id", sa.Integer),
        sa.column("number", sa.Integer),
        *(sa.column(name, sa.Text) for name in FIELDS),
        sa.column("faults", sa.JSON),
    )
    connection = op.get_bind()
    rows: dict[tuple[int, int], dict[str, object]] = {}
    for intake_id, problems in connection.execute(sa.select(intakes.c.id, intakes.c.problems)).all():
        for one in problems:
            kept = rows.setdefault((intake_id, one["row"]), {**dict.fromkeys(FIELDS, ""), "faults": []})
            kept[one["field"]] = one["value"]
            kept["faults"].append({"field": one["field"], "reason": one["reason"]})  # type: ignore[attr-defined]
    values = [{"intake_id": intake_id, "number": number, **kept} for (intake_id, number), kept in rows.items()]
    if values:
        connection.execute(sa.insert(rejects), values)


def _sort_names() -> None:
    contacts = sa.table(
        "contacts", sa.column("id", sa.Integer), sa.column("name", sa.String), sa.column("name_sort", sa.String)
    )
    from pypinyin import lazy_pinyin  # noqa: PLC0415  slow to load, and most databases that come here are new

    connection = op.get_bind()
    for contact_id, name in connection.execute(sa.select(contacts.c.id, contacts.c.name)).all():
        spoken = "".join(part.lower() for part in lazy_pinyin(name))[:600]
        connection.execute(sa.update(contacts).where(contacts.c.id == contact_id).values(name_sort=spoken))


def downgrade() -> None:
    with op.batch_alter_table("contacts") as batch:
        batch.drop_constraint(op.f("fk_contacts_intake_id_contact_intakes"), type_="foreignkey")
        batch.drop_index("ix_contacts_list_id_name_sort")
        batch.drop_index("ix_contacts_list_id_name")
        batch.drop_index(op.f("ix_contacts_intake_id"))
        for name in ("changed_at", "intake_id", "name_sort"):
            batch.drop_column(name)
    with op.batch_alter_table("contact_intakes") as batch:
        batch.drop_constraint(op.f("fk_contact_intakes_filter_id_contact_filters"), type_="foreignkey")
        batch.drop_index(op.f("ix_contact_intakes_filter_id"))
        batch.add_column(sa.Column("problems", sa.JSON(), server_default="[]", nullable=False))
        for name in ("removed", "undone_by", "undone_at", "by", "left_out", "conditions", "origin", "filter_id"):
            batch.drop_column(name)
    op.drop_table("contact_rejects")
    op.drop_table("contact_removals")
    op.drop_table("contact_filters")
