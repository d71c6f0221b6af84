"""Regions have the names that the directory gives them, where nobody has renamed them."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# code, before, now
RENAMED = (("54", ("西藏", "Tibet"), ("西藏", "Xizang")), ("abroad", ("境外", "Abroad"), ("国外", "Abroad")))


def upgrade() -> None:
    for code, before, now in RENAMED:
        _rename(code, before, now)


def downgrade() -> None:
    for code, before, now in RENAMED:
        _rename(code, now, before)


def _rename(code: str, before: tuple[str, str], now: tuple[str, str]) -> None:
    rename = sa.text(
        "UPDATE terms SET name_zh = :zh, name_en = :en"
        " WHERE vocabulary = 'regions' AND code = :code AND name_zh = :was_zh AND name_en = :was_en"
    )
    op.execute(rename.bindparams(zh=now[0], en=now[1], code=code, was_zh=before[0], was_en=before[1]))
