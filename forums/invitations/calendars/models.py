from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import UtcDateTime
from forums.editions.models import Edition
from forums.extensions import Base


class CalendarVersion(Base):
    """What calendars are told of an edition from this SEQUENCE on: days, title and place.

    The first is written when the first letter with a calendar is, the next ones when a fact changes; none is ever
    changed. `facts` are those of operations.facts_of(edition).
    """

    __tablename__ = "calendar_versions"
    __table_args__ = (UniqueConstraint("edition_id", "sequence"), CheckConstraint("sequence >= 0", name="sequence"))

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    sequence: Mapped[int]
    facts: Mapped[dict[str, str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    edition: Mapped[Edition] = relationship()
