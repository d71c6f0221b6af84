from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, column, table, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import UtcDateTime
from forums.extensions import Base
from forums.mail.models import Letter

HOUSE = "house"
# The gravest first: of several that stand, this one is shown.
REASONS = ("complained", "unsubscribed", "bounced", "by_hand")
_STANDS = text("removed_at IS NULL")
# Of the rooms above only what says where a letter belongs, and how that is called.
EDITIONS = table("editions", column("id"), column("series_id"))
SERIES = table("series", column("id"), column("slug"), column("title_zh"), column("title_en"))


def series_in(scope: str) -> int | None:
    """The series of a scope such as "series:3"; None for the whole house."""
    kind, _, number = scope.partition(":")
    return int(number) if kind == "series" else None


class Suppression(Base):
    """Campaigns of `scope` ("house", "series:3") do not write to `address`, for one reason, until it is removed.

    The address is normal (queries.normal_address). `detail` is what the mail server or a person said, `letter` the one
    that it came of. Rows are never deleted: one that was removed says by whom and why.
    """

    __tablename__ = "suppressions"
    __table_args__ = (
        CheckConstraint("reason IN ('complained', 'unsubscribed', 'bounced', 'by_hand')", name="reason"),
        # Each reason by itself: lifting a bounce must not lift what the person asked for.
        Index(
            "uq_suppressions_stands", "address", "scope", "reason", unique=True,
            sqlite_where=_STANDS, postgresql_where=_STANDS,
        ),
        Index("ix_suppressions_scope", "scope", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(320), index=True)
    scope: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(Text, default="")
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    created_by: Mapped[str] = mapped_column(String(200))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by: Mapped[str] = mapped_column(String(200), default="")
    removed_why: Mapped[str] = mapped_column(Text, default="")

    letter: Mapped[Letter | None] = relationship()

    @property
    def series_id(self) -> int | None:
        """The series that it is for; None for the whole house."""
        return series_in(self.scope)

    @property
    def scopes(self) -> list[str]:
        return [HOUSE] if self.scope == HOUSE else [self.scope, HOUSE]
