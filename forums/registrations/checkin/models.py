from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.columns import UtcDateTime
from forums.extensions import Base
from forums.registrations.models import Registration


class CheckIn(Base):
    """One person seen at one checkpoint on one day."""

    __tablename__ = "check_ins"
    __table_args__ = (UniqueConstraint("registration_id", "day", "checkpoint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    day: Mapped[date]
    checkpoint: Mapped[str] = mapped_column(String(40), default="entrance")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(200), default="")

    registration: Mapped[Registration] = relationship()
