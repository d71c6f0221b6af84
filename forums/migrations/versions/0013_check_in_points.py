"""Check-in points and passages; each check-in becomes a passage."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_in_points",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("hall_id", sa.Integer(), nullable=True),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("name_zh", sa.String(length=300), server_default="", nullable=False),
        sa.Column("name_en", sa.String(length=300), server_default="", nullable=False),
        sa.Column("both_ways", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('entrance', 'hall', 'session')", name=op.f("ck_check_in_points_kind")),
        sa.CheckConstraint("(kind = 'hall') = (hall_id IS NOT NULL)", name=op.f("ck_check_in_points_hall")),
        sa.CheckConstraint("(kind = 'session') = (session_id IS NOT NULL)", name=op.f("ck_check_in_points_session")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_check_in_points_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.id"], name=op.f("fk_check_in_points_hall_id_halls")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_check_in_points_session_id_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_points")),
    )
    op.create_index(op.f("ix_check_in_points_edition_id"), "check_in_points", ["edition_id"])
    op.create_table(
        "passages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_passages_direction")),
        *_references("passages"),
    )
    op.create_index(op.f("ix_passages_registration_id"), "passages", ["registration_id"])
    op.create_index("ix_passages_point_id_day", "passages", ["point_id", "day"])
    op.create_table(
        "turned_away",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        *_references("turned_away"),
    )
    op.create_index(op.f("ix_turned_away_registration_id"), "turned_away", ["registration_id"])
    op.create_index(op.f("ix_turned_away_point_id"), "turned_away", ["point_id"])

    op.execute(
        sa.text(
            "INSERT INTO check_in_points (edition_id, kind, name_zh, name_en, both_ways, position) "
            "SELECT DISTINCT registrations.edition_id, 'entrance',"
            " CASE checkpoint WHEN 'entrance' THEN '签到处' ELSE checkpoint END,"
            " CASE checkpoint WHEN 'entrance' THEN 'Entrance' ELSE checkpoint END, :no, 0 "
            "FROM check_ins JOIN registrations ON registrations.id = check_ins.registration_id"
        ).bindparams(sa.bindparam("no", value=False, type_=sa.Boolean()))
    )
    op.execute(
        'INSERT INTO passages (registration_id, point_id, day, at, direction, verdict, "by", noted_at, undone_by) '
        "SELECT check_ins.registration_id, check_in_points.id, day, at, 'in', 'welcome', \"by\", at, '' "
        "FROM check_ins JOIN registrations ON registrations.id = check_ins.registration_id "
        "JOIN check_in_points ON check_in_points.edition_id = registrations.edition_id"
        " AND check_in_points.name_en = CASE checkpoint WHEN 'entrance' THEN 'Entrance' ELSE checkpoint END "
        "ORDER BY check_ins.id"
    )
    op.drop_table("check_ins")


def downgrade() -> None:
    op.create_table(
        "check_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("checkpoint", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_check_ins_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
        sa.UniqueConstraint(
            "registration_id", "day", "checkpoint", name=op.f("uq_check_ins_registration_id_day_checkpoint")
        ),
    )
    # One row per person, day and entrance, as it was; what happened at halls and sessions had no place there.
    op.execute(
        'INSERT INTO check_ins (registration_id, day, checkpoint, at, "by") '
        "SELECT registration_id, day, 'entrance', MIN(at), MIN(\"by\") FROM passages "
        "JOIN check_in_points ON check_in_points.id = passages.point_id "
        "WHERE undone_at IS NULL AND direction = 'in' AND kind = 'entrance' GROUP BY registration_id, day"
    )
    op.drop_table("turned_away")
    op.drop_table("passages")
    op.drop_table("check_in_points")


def _references(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f(f"fk_{table}_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["check_in_points.id"],
            name=op.f(f"fk_{table}_point_id_check_in_points"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("nonce", name=op.f(f"uq_{table}_nonce")),
    ]
