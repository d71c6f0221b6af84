"""Teams of projects, what they do, their milestones, and the alarms that ring."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "followup_rules",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_followup_rules_series_id_series")),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_followup_rules")),
    )
    op.create_table(
        "project_alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=30), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("counted_from", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_level", sa.String(length=10), nullable=False),
        sa.CheckConstraint("level IN ('yellow', 'red')", name=op.f("ck_project_alarms_level")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_alarms_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_alarms")),
    )
    op.create_index(op.f("ix_project_alarms_project_id"), "project_alarms", ["project_id"], unique=False)
    op.create_index(
        "uq_project_alarms_open",
        "project_alarms",
        ["project_id", "rule", "subject_id"],
        unique=True,
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "project_milestones",
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.CheckConstraint("stage <> '' OR title <> ''", name=op.f("ck_project_milestones_named")),
        sa.CheckConstraint("state <> 'met' OR met_on IS NOT NULL", name=op.f("ck_project_milestones_met_when")),
        sa.CheckConstraint(
            "state IN ('scheduled', 'met', 'partial', 'not_met')", name=op.f("ck_project_milestones_state")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_project_milestones_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_milestones_project_id_projects")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["accounts.id"], name=op.f("fk_project_milestones_recorded_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_milestones")),
        sa.UniqueConstraint("key", name=op.f("uq_project_milestones_key")),
    )
    op.create_index(op.f("ix_project_milestones_project_id"), "project_milestones", ["project_id"], unique=False)
    op.create_table(
        "project_visits",
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("visitors", sa.String(length=300), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_visits_project_id_projects")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["accounts.id"], name=op.f("fk_project_visits_recorded_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_visits")),
        sa.UniqueConstraint("key", name=op.f("uq_project_visits_key")),
    )
    op.create_index(op.f("ix_project_visits_project_id"), "project_visits", ["project_id"], unique=False)
    op.create_table(
        "team_members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("duty", sa.String(length=200), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(account_id IS NOT NULL AND person_id IS NULL AND organisation_id IS NULL AND role <> 'unit')"
            " OR (account_id IS NULL AND person_id IS NOT NULL AND organisation_id IS NULL AND role <> 'unit')"
            " OR (account_id IS NULL AND person_id IS NULL AND organisation_id IS NOT NULL AND role = 'unit')",
            name=op.f("ck_team_members_one_of_three"),
        ),
        sa.CheckConstraint("role IN ('leader', 'member', 'unit')", name=op.f("ck_team_members_role")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_team_members_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_team_members_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_team_members_person_id_people")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_team_members_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_members")),
    )
    op.create_index("ix_team_members_account_id", "team_members", ["account_id"], unique=False)
    op.create_index("ix_team_members_project_id", "team_members", ["project_id"], unique=False)
    op.create_index(
        "uq_team_members_account",
        "team_members",
        ["project_id", "account_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_index(
        "uq_team_members_leader",
        "team_members",
        ["project_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL AND role = 'leader'"),
        postgresql_where=sa.text("left_at IS NULL AND role = 'leader'"),
    )
    op.create_index(
        "uq_team_members_organisation",
        "team_members",
        ["project_id", "organisation_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_index(
        "uq_team_members_person",
        "team_members",
        ["project_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "project_actions",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["team_members.id"], name=op.f("fk_project_actions_owner_id_team_members")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_actions_project_id_projects")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["accounts.id"], name=op.f("fk_project_actions_recorded_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_actions")),
        sa.UniqueConstraint("key", name=op.f("uq_project_actions_key")),
    )
    op.create_index(op.f("ix_project_actions_project_id"), "project_actions", ["project_id"], unique=False)
    op.create_table(
        "project_obstacles",
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.CheckConstraint("resolved_on IS NULL OR resolution <> ''", name=op.f("ck_project_obstacles_resolved_how")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["team_members.id"], name=op.f("fk_project_obstacles_owner_id_team_members")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_obstacles_project_id_projects")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["accounts.id"], name=op.f("fk_project_obstacles_recorded_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_obstacles")),
        sa.UniqueConstraint("key", name=op.f("uq_project_obstacles_key")),
    )
    op.create_index(op.f("ix_project_obstacles_project_id"), "project_obstacles", ["project_id"], unique=False)
    with op.batch_alter_table("stage_changes") as table:
        table.add_column(sa.Column("milestone_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_stage_changes_milestone_id_project_milestones"), "project_milestones", ["milestone_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("stage_changes") as table:
        table.drop_constraint(op.f("fk_stage_changes_milestone_id_project_milestones"), type_="foreignkey")
        table.drop_column("milestone_id")
    for name in (
        "project_obstacles", "project_actions", "team_members", "project_visits", "project_milestones",
        "project_alarms", "followup_rules",
    ):  # fmt: skip
        op.drop_table(name)
