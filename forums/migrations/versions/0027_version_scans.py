"""Versions of scans, and evidence that comes after an approval; scans keep their agreement from being deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TO_AGREEMENT = "fk_agreement_scans_agreement_id_agreements"


def upgrade() -> None:
    with op.batch_alter_table("agreement_scans") as table:
        table.add_column(sa.Column("supersedes_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        table.add_column(sa.Column("is_evidence", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("reason", sa.Text(), server_default="", nullable=False))
        table.create_foreign_key(
            op.f("fk_agreement_scans_supersedes_id_agreement_scans"), "agreement_scans", ["supersedes_id"], ["id"]
        )
        table.create_unique_constraint(op.f("uq_agreement_scans_supersedes_id"), ["supersedes_id"])
        table.create_check_constraint(op.f("ck_agreement_scans_supersedes_another"), "supersedes_id <> id")
        table.create_check_constraint(
            op.f("ck_agreement_scans_says_why"), "(supersedes_id IS NULL AND NOT is_evidence) OR reason <> ''"
        )
        table.drop_constraint(op.f(TO_AGREEMENT), type_="foreignkey")
        table.create_foreign_key(op.f(TO_AGREEMENT), "agreements", ["agreement_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("agreement_scans") as table:
        table.drop_constraint(op.f(TO_AGREEMENT), type_="foreignkey")
        table.create_foreign_key(op.f(TO_AGREEMENT), "agreements", ["agreement_id"], ["id"], ondelete="CASCADE")
        table.drop_constraint(op.f("ck_agreement_scans_says_why"), type_="check")
        table.drop_constraint(op.f("ck_agreement_scans_supersedes_another"), type_="check")
        table.drop_constraint(op.f("uq_agreement_scans_supersedes_id"), type_="unique")
        table.drop_constraint(op.f("fk_agreement_scans_supersedes_id_agreement_scans"), type_="foreignkey")
        table.drop_column("reason")
        table.drop_column("is_evidence")
        table.drop_column("version")
        table.drop_column("supersedes_id")
