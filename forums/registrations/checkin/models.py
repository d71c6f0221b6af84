"""Where people are let in, each time somebody passed there, and whom the desk had to refuse."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.agenda.models import Session
from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.editions.models import Edition, Hall
from forums.extensions import Base
from forums.registrations.models import Registration

KINDS = ("entrance", "hall", "session")


class Point(Base):
    """A check-in point (签到点): an entrance of the venue, or the door of a hall or of one session.

    All entrances lead to one place, and so do all points of one hall or of one session: who came in at one of them
    is in. With `both_ways`, people are noted when they leave, too. A retired point keeps its passages.
    """

    __tablename__ = "check_in_points"
    __table_args__ = (
        CheckConstraint("kind IN ('entrance', 'hall', 'session')", name="kind"),
        CheckConstraint("(kind = 'hall') = (hall_id IS NOT NULL)", name="hall"),
        CheckConstraint("(kind = 'session') = (session_id IS NOT NULL)", name="session"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(12), default="entrance")
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("halls.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    name: Mapped[Bilingual] = bilingual("name")
    both_ways: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    edition: Mapped[Edition] = relationship()
    hall: Mapped[Hall | None] = relationship()
    session: Mapped[Session | None] = relationship()

    @property
    def scopes(self) -> list[str]:
        """The scopes a grant may have to reach this row: those of its edition."""
        return self.edition.scopes

    @property
    def place(self) -> tuple[str, int]:
        """What it leads to: ("entrance", 0), ("hall", 3), ("session", 7)."""
        return self.kind, self.hall_id or self.session_id or 0


class Passage(Base):
    """One person, entitled to it, seen at one point. Rows are only ever added; undoing marks them.

    Where somebody is now follows from `at`, the moment of the scan, whenever the row was written: what a desk without
    network noted arrives late and in any order. `verdict` is the answer that was given. `nonce` names the scan, so
    that it counts once however often it is sent.
    """

    __tablename__ = "passages"
    __table_args__ = (
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        Index("ix_passages_point_id_day", "point_id", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("check_in_points.id", ondelete="CASCADE"))
    day: Mapped[date]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    direction: Mapped[str] = mapped_column(String(3), default="in")
    verdict: Mapped[str] = mapped_column(String(12), default="welcome")
    by: Mapped[str] = mapped_column(String(200), default="")
    nonce: Mapped[str | None] = mapped_column(String(64), unique=True)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str] = mapped_column(String(200), default="")

    registration: Mapped[Registration] = relationship()
    point: Mapped[Point] = relationship()


class TurnedAway(Base):
    """Somebody whom the desk turned away, and why; so that the same scan, sent again, is answered the same."""

    __tablename__ = "turned_away"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("check_in_points.id", ondelete="CASCADE"), index=True)
    day: Mapped[date]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    verdict: Mapped[str] = mapped_column(String(12))
    by: Mapped[str] = mapped_column(String(200), default="")
    nonce: Mapped[str | None] = mapped_column(String(64), unique=True)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    registration: Mapped[Registration] = relationship()
    point: Mapped[Point] = relationship()
