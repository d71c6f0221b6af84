"""Each guest's calendar is told of the end on its own; a registration's event may bear the name of an invitation's."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

# Of editions whose calendars were all told of the end: that holds for each guest now.
ENDED = """
    UPDATE invitations SET calendar_off = :yes WHERE EXISTS (
        SELECT 1 FROM calendar_versions WHERE calendar_versions.edition_id = invitations.edition_id AND is_cancelled
        AND sequence = (
            SELECT max(newest.sequence) FROM calendar_versions AS newest
            WHERE newest.edition_id = invitations.edition_id
        )
    )
"""


def upgrade() -> None:
    with op.batch_alter_table("registrations") as table:
        table.add_column(sa.Column("calendar_uid", sa.String(length=320), server_default="", nullable=False))
    with op.batch_alter_table("invitations") as table:
        table.add_column(sa.Column("calendar_off", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(sa.text(ENDED).bindparams(yes=True))
    with op.batch_alter_table("calendar_versions") as table:
        table.drop_column("is_cancelled")


def downgrade() -> None:
    with op.batch_alter_table("calendar_versions") as table:
        table.add_column(sa.Column("is_cancelled", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("invitations") as table:
        table.drop_column("calendar_off")
    with op.batch_alter_table("registrations") as table:
        table.drop_column("calendar_uid")
