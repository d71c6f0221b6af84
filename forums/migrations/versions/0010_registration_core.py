"""Categories with their rules, delegations, sign-up for sessions, questions and answers, offers, imported batches."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


PLACES_TAKEN = "taken >= 0 AND (capacity IS NULL OR taken <= capacity)"
NOT_OVER = {f"{base}_where": sa.text("state NOT IN ('cancelled', 'lapsed')") for base in ("sqlite", "postgresql")}
NOT_CANCELLED = {f"{base}_where": sa.text("state <> 'cancelled'") for base in ("sqlite", "postgresql")}


def upgrade() -> None:
    op.create_table(
        "import_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_import_batches_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
    )
    with op.batch_alter_table("import_batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_batches_edition_id"), ["edition_id"], unique=False)

    op.create_table(
        "questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("label_zh", sa.String(length=300), server_default="", nullable=False),
        sa.Column("label_en", sa.String(length=300), server_default="", nullable=False),
        sa.Column("help_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("help_en", sa.Text(), server_default="", nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("category_ids", sa.JSON(), nullable=False),
        sa.Column("shown_if_choice_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('text', 'paragraph', 'number', 'date', 'choice', 'choices', 'file', 'phone', "
            "'credit_code', 'diet', 'arrival', 'departure')",
            name=op.f("ck_questions_kind"),
        ),
        sa.CheckConstraint("stage IN ('registration', 'confirmed')", name=op.f("ck_questions_stage")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_questions_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("edition_id", "key", name=op.f("uq_questions_edition_id_key")),
    )
    op.create_table(
        "choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("label_zh", sa.String(length=300), server_default="", nullable=False),
        sa.Column("label_en", sa.String(length=300), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("taken >= 0 AND (capacity IS NULL OR taken <= capacity)", name=op.f("ck_choices_places")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_choices_question_id_questions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choices")),
    )
    with op.batch_alter_table("choices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_choices_question_id"), ["question_id"], unique=False)

    op.create_table(
        "delegations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("contact_name", sa.String(length=80), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=True),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name=op.f("ck_delegations_places")),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_delegations_category_id_categories")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_delegations_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
        sa.UniqueConstraint("key", name=op.f("uq_delegations_key")),
    )
    with op.batch_alter_table("delegations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delegations_category_id"), ["category_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delegations_edition_id"), ["edition_id"], unique=False)

    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_answers_file_id_stored_files")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_answers_question_id_questions")),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_answers_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("registration_id", "question_id", name=op.f("uq_answers_registration_id_question_id")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answers_file_id"), ["file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answers_question_id"), ["question_id"], unique=False)

    op.create_table(
        "session_places",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_session_places_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_places_session_id_sessions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_places")),
        sa.UniqueConstraint("registration_id", "session_id", name=op.f("uq_session_places_registration_id_session_id")),
    )
    with op.batch_alter_table("session_places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_places_session_id"), ["session_id"], unique=False)

    op.create_table(
        "picked_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("choice_id", sa.Integer(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_picked_choices_answer_id_answers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["choice_id"], ["choices.id"], name=op.f("fk_picked_choices_choice_id_choices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picked_choices")),
        sa.UniqueConstraint("answer_id", "choice_id", name=op.f("uq_picked_choices_answer_id_choice_id")),
    )
    with op.batch_alter_table("picked_choices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_picked_choices_choice_id"), ["choice_id"], unique=False)

    with op.batch_alter_table("categories") as batch_op:
        batch_op.add_column(sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("access", sa.String(length=12), server_default="public", nullable=False))
        batch_op.add_column(sa.Column("needs_approval", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("offer_hours", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("colour", sa.String(length=7), server_default="", nullable=False))
        batch_op.add_column(sa.Column("token_version", sa.Integer(), server_default="1", nullable=False))
        batch_op.create_check_constraint(op.f("ck_categories_access"), "access IN ('public', 'invitation')")
        batch_op.create_check_constraint(op.f("ck_categories_offer_hours"), "offer_hours IS NULL OR offer_hours > 0")

    with op.batch_alter_table("registrations") as batch_op:
        batch_op.drop_index("uq_registrations_edition_id_email")
        batch_op.drop_constraint(op.f("ck_registrations_state"), type_="check")
        batch_op.alter_column("cancel_reason", new_column_name="reason")
        batch_op.add_column(sa.Column("delegation_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("batch_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("role", sa.String(length=12), server_default="attendee", nullable=False))
        batch_op.add_column(sa.Column("offer_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("region", sa.String(length=10), server_default="", nullable=False))
        batch_op.add_column(sa.Column("decided_by", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_registrations_batch_id"), ["batch_id"])
        batch_op.create_index(batch_op.f("ix_registrations_delegation_id"), ["delegation_id"])
        batch_op.create_index("uq_registrations_edition_id_email", ["edition_id", "email"], unique=True, **NOT_OVER)
        batch_op.create_foreign_key(
            batch_op.f("fk_registrations_batch_id_import_batches"), "import_batches", ["batch_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_registrations_delegation_id_delegations"), "delegations", ["delegation_id"], ["id"]
        )
        batch_op.create_check_constraint(
            op.f("ck_registrations_state"),
            "state IN ('pending', 'confirmed', 'waitlisted', 'offered', 'declined', 'lapsed', 'cancelled')",
        )
        batch_op.create_check_constraint(
            op.f("ck_registrations_offer"), "(state = 'offered') = (offer_until IS NOT NULL)"
        )
        batch_op.create_check_constraint(op.f("ck_registrations_role"), "role IN ('attendee', 'companion', 'driver')")

    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("capacity", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("taken", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_check_constraint(op.f("ck_sessions_places"), PLACES_TAKEN)


def downgrade() -> None:
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_constraint(op.f("ck_sessions_places"), type_="check")
        batch_op.drop_column("taken")
        batch_op.drop_column("capacity")

    # What the older scheme does not know becomes the nearest that it does.
    op.execute("UPDATE registrations SET offer_until = NULL, state = 'confirmed' WHERE state = 'offered'")
    op.execute("UPDATE registrations SET state = 'cancelled' WHERE state = 'lapsed'")
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.drop_index("uq_registrations_edition_id_email")
        for name in ("state", "offer", "role"):
            batch_op.drop_constraint(op.f(f"ck_registrations_{name}"), type_="check")
        batch_op.drop_constraint(op.f("fk_registrations_delegation_id_delegations"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_registrations_batch_id_import_batches"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_registrations_delegation_id"))
        batch_op.drop_index(batch_op.f("ix_registrations_batch_id"))
        for name in ("decided_at", "decided_by", "region", "offer_until", "role", "batch_id", "delegation_id"):
            batch_op.drop_column(name)
        batch_op.alter_column("reason", new_column_name="cancel_reason")
        batch_op.create_check_constraint(
            op.f("ck_registrations_state"), "state IN ('pending', 'confirmed', 'waitlisted', 'declined', 'cancelled')"
        )
        batch_op.create_index(
            "uq_registrations_edition_id_email", ["edition_id", "email"], unique=True, **NOT_CANCELLED
        )

    with op.batch_alter_table("categories") as batch_op:
        batch_op.drop_constraint(op.f("ck_categories_access"), type_="check")
        batch_op.drop_constraint(op.f("ck_categories_offer_hours"), type_="check")
        for name in ("token_version", "colour", "offer_hours", "needs_approval", "access", "closes_at", "opens_at"):
            batch_op.drop_column(name)

    for table in (
        "picked_choices",
        "session_places",
        "answers",
        "delegations",
        "choices",
        "questions",
        "import_batches",
    ):
        op.drop_table(table)
