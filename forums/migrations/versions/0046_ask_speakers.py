"""Speaking invitations: what experts were asked, answered and handed in; their photo; who is announced."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STANDING = "standing IN ('listed', 'asked', 'confirmed', 'declined')"


def both(name: str, kind: sa.types.TypeEngine) -> list[sa.Column]:
    return [sa.Column(f"{name}_{language}", kind, nullable=False) for language in ("zh", "en")]


def upgrade() -> None:
    with op.batch_alter_table("appearances") as table:
        table.add_column(sa.Column("standing", sa.String(length=10), server_default="listed", nullable=False))
        table.create_check_constraint(op.f("ck_appearances_standing"), STANDING)
    with op.batch_alter_table("experts") as table:
        table.add_column(sa.Column("photo_id", sa.Integer()))
        table.create_foreign_key(
            op.f("fk_experts_photo_id_documents"), "documents", ["photo_id"], ["id"], ondelete="SET NULL"
        )
    op.create_table(
        "speaking_texts",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        *both("subject", sa.String(length=300)),
        *both("body", sa.Text()),
        *both("thanks_subject", sa.String(length=300)),
        *both("thanks_body", sa.Text()),
        sa.Column("answer_by", sa.Date()),
        sa.Column("materials_by", sa.Date()),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_speaking_texts_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_speaking_texts")),
    )
    op.create_table(
        "speakings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("appearance_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("is_open_again", sa.Boolean(), nullable=False),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        *both("bio", sa.Text()),
        sa.Column("photo_id", sa.Integer()),
        sa.Column("slides_id", sa.Integer()),
        *(
            sa.Column(name, MOMENT)
            for name in (
                *("asked_at", "answered_at", "profile_at", "profile_approved_at", "reminded_at", "thanked_at"),
            )
        ),
        sa.CheckConstraint("state IN ('asked', 'confirmed', 'declined')", name=op.f("ck_speakings_state")),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_speakings_language")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_speakings_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["appearance_id"],
            ["appearances.id"],
            name=op.f("fk_speakings_appearance_id_appearances"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["documents.id"], name=op.f("fk_speakings_photo_id_documents"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["slides_id"], ["documents.id"], name=op.f("fk_speakings_slides_id_documents"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speakings")),
        sa.UniqueConstraint("appearance_id", name=op.f("uq_speakings_appearance_id")),
    )
    for column in ("edition_id", "photo_id", "slides_id"):
        op.create_index(op.f(f"ix_speakings_{column}"), "speakings", [column])


def downgrade() -> None:
    op.drop_table("speakings")
    op.drop_table("speaking_texts")
    with op.batch_alter_table("experts") as table:
        table.drop_constraint(op.f("fk_experts_photo_id_documents"), type_="foreignkey")
        table.drop_column("photo_id")
    with op.batch_alter_table("appearances") as table:
        table.drop_constraint(op.f("ck_appearances_standing"), type_="check")
        table.drop_column("standing")
