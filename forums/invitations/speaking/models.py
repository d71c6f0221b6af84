from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.agenda.models import Appearance
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.documents.models import Document
from forums.editions.models import Edition
from forums.extensions import Base
from forums.invitations.models import EMAIL, one_of

STATES = ("asked", "confirmed", "declined")
SILENT_DAYS = 7
NEEDED = ("bio", "photo", "slides")


class SpeakingTexts(Base):
    """What the organiser of an edition writes to its speakers, and by when answers and materials are awaited.

    Who was asked `silent_days` ago, and has not answered, counts as silent.
    """

    __tablename__ = "speaking_texts"
    __table_args__ = (CheckConstraint("silent_days BETWEEN 1 AND 365", name="silent_days"),)

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[Bilingual] = bilingual("subject")
    body: Mapped[Bilingual] = bilingual("body", None)
    thanks_subject: Mapped[Bilingual] = bilingual("thanks_subject")
    thanks_body: Mapped[Bilingual] = bilingual("thanks_body", None)
    answer_by: Mapped[date | None]
    materials_by: Mapped[date | None]
    silent_days: Mapped[int] = mapped_column(default=SILENT_DAYS, server_default=str(SILENT_DAYS))


class Speaking(Base):
    """What one expert was asked for one session, and what they answered and handed in.

    `told` is its title, time and hall as the speaker last read them. Where they had confirmed another time or hall, and
    were told, `is_open_again`. `asks` counts the letters that asked. Raising `token_version` revokes the link. What the
    expert hands in waits: `bio` and `photo` are public once `profile_approved_at` lies behind `profile_at`, the slides
    never.
    """

    __tablename__ = "speakings"
    __table_args__ = (one_of("state", STATES), one_of("language", ("zh", "en")))

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    appearance_id: Mapped[int] = mapped_column(ForeignKey("appearances.id", ondelete="CASCADE"), unique=True)
    email: Mapped[str] = mapped_column(String(EMAIL))
    language: Mapped[str] = mapped_column(String(2))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    is_open_again: Mapped[bool] = mapped_column(default=False)
    token_version: Mapped[int] = mapped_column(default=1)
    asks: Mapped[int] = mapped_column(default=0)
    told: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[str] = mapped_column(Text, default="")
    proposal: Mapped[str] = mapped_column(Text, default="")
    needs: Mapped[str] = mapped_column(Text, default="")
    bio: Mapped[Bilingual] = bilingual("bio", None)
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"), index=True)
    slides_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"), index=True)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    profile_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    profile_approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    thanked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    edition: Mapped[Edition] = relationship()
    appearance: Mapped[Appearance] = relationship()
    photo: Mapped[Document | None] = relationship(foreign_keys=photo_id)
    slides: Mapped[Document | None] = relationship(foreign_keys=slides_id)

    @property
    def scopes(self) -> list[str]:
        return self.edition.scopes

    @property
    def name(self) -> str:
        return self.appearance.expert.person.name.local(self.language)

    @property
    def missing(self) -> list[str]:
        """Of bio, photo and slides, what a speaker who comes has not handed in; chairs have no slides."""
        if self.state != "confirmed":
            return []
        expert, speaks = self.appearance.expert, self.appearance.role == "speaker"
        there = {
            "bio": self.bio or expert.bio,
            "photo": self.photo_id or expert.photo_id,
            "slides": self.slides_id or not speaks,
        }
        return [name for name in NEEDED if not there[name]]

    @property
    def waits_for_approval(self) -> bool:
        """Whether a biography or photo came in that nobody of the organisers has released."""
        return self.profile_at is not None and (
            self.profile_approved_at is None or self.profile_approved_at < self.profile_at
        )
