from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.accounts.models import HOUSE
from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.extensions import Base

KINDS = ("forum", "seminar", "promotion", "visit")
STATES = ("draft", "published", "closed", "archived")


class Series(Base):
    """A forum that returns: its editions may carry different names."""

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[Bilingual] = bilingual("title")
    summary: Mapped[Bilingual] = bilingual("summary", None)
    synthetic: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    editions: Mapped[list[Edition]] = relationship(back_populates="series", order_by="Edition.starts_on")

    @property
    def is_public(self) -> bool:
        return True

    @property
    def scopes(self) -> list[str]:
        return [f"series:{self.id}", HOUSE]


class Edition(Base):
    """One year's event (届). Dates are local to `zone`; `capacity` places, of which `taken` are claimed."""

    __tablename__ = "editions"
    __table_args__ = (
        CheckConstraint("kind IN ('forum', 'seminar', 'promotion', 'visit')", name="kind"),
        CheckConstraint("state IN ('draft', 'published', 'closed', 'archived')", name="state"),
        CheckConstraint("taken >= 0 AND taken <= capacity", name="places"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        Index("ix_editions_series_dates", "series_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(20), default="forum")
    state: Mapped[str] = mapped_column(String(20), default="draft")
    title: Mapped[Bilingual] = bilingual("title")
    theme: Mapped[Bilingual] = bilingual("theme")
    summary: Mapped[Bilingual] = bilingual("summary", None)
    venue: Mapped[Bilingual] = bilingual("venue")
    address: Mapped[Bilingual] = bilingual("address")
    hosts: Mapped[Bilingual] = bilingual("hosts", None)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    zone: Mapped[str] = mapped_column(String(60), default="Asia/Shanghai")
    capacity: Mapped[int] = mapped_column(default=0)
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    registration_opens: Mapped[datetime | None] = mapped_column(UtcDateTime)
    registration_closes: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contact_email: Mapped[str] = mapped_column(String(320), default="")
    synthetic: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    series: Mapped[Series] = relationship(back_populates="editions")
    halls: Mapped[list[Hall]] = relationship(
        back_populates="edition", cascade="all, delete-orphan", order_by="(Hall.position, Hall.id)"
    )

    @property
    def scopes(self) -> list[str]:
        return [f"edition:{self.id}", f"series:{self.series_id}", HOUSE]

    @property
    def is_public(self) -> bool:
        return self.state != "draft"

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def registration_state(self) -> str:
        """ "not_open" | "open" | "closed", by state, dates and the clock.

        Without a set time it opens when published and closes with the last day.
        """
        moment = now()
        if self.state != "published" or moment.astimezone(self.tz).date() > self.ends_on:
            return "closed"
        if self.registration_opens is not None and moment < self.registration_opens:
            return "not_open"
        if self.registration_closes is not None and moment >= self.registration_closes:
            return "closed"
        return "open"


class Hall(Base):
    """A room of the venue (会场)."""

    __tablename__ = "halls"
    __table_args__ = (
        UniqueConstraint("edition_id", "code"),
        CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[Bilingual] = bilingual("name")
    capacity: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)

    edition: Mapped[Edition] = relationship(back_populates="halls")
