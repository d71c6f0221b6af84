from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.editions.models import Edition, Hall
from forums.experts.models import Expert
from forums.extensions import Base

ANNOUNCED = ("listed", "confirmed")


class Track(Base):
    """A thread that runs through the programme, such as one segment of the industry."""

    __tablename__ = "tracks"
    __table_args__ = (UniqueConstraint("edition_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(120))
    name: Mapped[Bilingual] = bilingual("name")
    position: Mapped[int] = mapped_column(default=0)


class Session(Base):
    """One item of the programme (场次). A session belongs to the day on which it begins, in the edition's zone.

    With a `capacity` people sign up for it when they register, and `taken` of its places are claimed; without one
    everybody may come.

    `source_key` names it in files. `imported` holds, per field, the fingerprint of what the last import wrote; it is
    None for a session that was never in a file.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("edition_id", "source_key"),
        CheckConstraint(
            "kind IN ('talk', 'plenary', 'parallel', 'panel', 'ceremony', 'visit', 'banquet', 'break')", name="kind"
        ),
        CheckConstraint("state IN ('draft', 'published', 'cancelled')", name="state"),
        CheckConstraint("ends_at IS NULL OR (starts_at IS NOT NULL AND ends_at >= starts_at)", name="times"),
        CheckConstraint("taken >= 0 AND (capacity IS NULL OR taken <= capacity)", name="places"),
        Index("ix_sessions_edition_starts", "edition_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("halls.id"), index=True)
    track_id: Mapped[int | None] = mapped_column(ForeignKey("tracks.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="talk")
    state: Mapped[str] = mapped_column(String(20), default="draft")
    language: Mapped[str] = mapped_column(String(8), default="")
    title: Mapped[Bilingual] = bilingual("title")
    abstract: Mapped[Bilingual] = bilingual("abstract", None)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    capacity: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    source_key: Mapped[str] = mapped_column(String(120))
    imported: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)

    edition: Mapped[Edition] = relationship()
    hall: Mapped[Hall | None] = relationship()
    track: Mapped[Track | None] = relationship()
    appearances: Mapped[list[Appearance]] = relationship(
        back_populates="session",
        cascade="all, delete-orphan",
        order_by="(Appearance.position, Appearance.id)",
        passive_deletes=True,
    )

    @property
    def local_start(self) -> datetime | None:
        """In the edition's zone."""
        return self.starts_at.astimezone(self.edition.tz) if self.starts_at else None

    @property
    def local_end(self) -> datetime | None:
        return self.ends_at.astimezone(self.edition.tz) if self.ends_at else None

    @property
    def day(self) -> date | None:
        return self.local_start.date() if self.local_start else None

    @property
    def is_public(self) -> bool:
        return self.state == "published" and self.edition.is_public

    @property
    def announced(self) -> list[Appearance]:
        """Those who appear as far as the public is told: not who declined, nor who was asked and is silent yet."""
        return [each for each in self.appearances if each.is_announced]


class Appearance(Base):
    """An expert in a session.

    `standing` is what came of asking them: "listed" (nobody asked), "asked", "confirmed" or "declined". Whoever was
    asked is announced once they have confirmed.
    """

    __tablename__ = "appearances"
    __table_args__ = (
        UniqueConstraint("session_id", "expert_id"),
        CheckConstraint("role IN ('speaker', 'chair', 'panelist', 'moderator')", name="role"),
        CheckConstraint("standing IN ('listed', 'asked', 'confirmed', 'declined')", name="standing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    expert_id: Mapped[int] = mapped_column(ForeignKey("experts.id"), index=True)
    role: Mapped[str] = mapped_column(String(20), default="speaker")
    standing: Mapped[str] = mapped_column(String(10), default="listed", server_default="listed")
    position: Mapped[int] = mapped_column(default=0)

    session: Mapped[Session] = relationship(back_populates="appearances")
    expert: Mapped[Expert] = relationship()

    @property
    def is_announced(self) -> bool:
        """Whether the public is told of it, where it is told of the session."""
        return self.standing in ANNOUNCED


class ImportedPerson(Base):
    """Which expert a file's person id stands for in this edition; so that a name alone never merges two people."""

    __tablename__ = "imported_people"
    __table_args__ = (UniqueConstraint("edition_id", "source_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    source_key: Mapped[str] = mapped_column(String(120), index=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("experts.id"), index=True)
    imported: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    edition: Mapped[Edition] = relationship()
    expert: Mapped[Expert] = relationship()


class ProgrammeImport(Base):
    """The record of one import: what came of it, for whoever has to mend the file."""

    __tablename__ = "programme_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor_label: Mapped[str] = mapped_column(String(200))
    file_name: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON)
