from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.documents.models import StoredFile
from forums.editions.models import Edition
from forums.extensions import Base
from forums.registrations.models import Registration

KINDS = (
    "text",
    "paragraph",
    "number",
    "date",
    "choice",
    "choices",
    "file",
    "phone",
    "credit_code",
    "diet",
    "arrival",
    "departure",
)
STAGES = ("registration", "confirmed")
CHOOSING = frozenset({"choice", "choices", "diet"})


class Question(Base):
    """One question of an edition's form, asked when people register or once they are confirmed.

    `category_ids` lists whom it is asked (empty: everybody). With `shown_if_choice_id` it is asked only where that
    choice of an earlier question was picked; both are plain ids, as tables that point at each other cannot be made.
    """

    __tablename__ = "questions"
    __table_args__ = (
        UniqueConstraint("edition_id", "key"),
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        CheckConstraint("stage IN ('registration', 'confirmed')", name="stage"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(20))
    label: Mapped[Bilingual] = bilingual("label")
    help: Mapped[Bilingual] = bilingual("help", None)
    required: Mapped[bool] = mapped_column(default=False)
    stage: Mapped[str] = mapped_column(String(12), default="registration")
    position: Mapped[int] = mapped_column(default=0)
    category_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    shown_if_choice_id: Mapped[int | None]
    least: Mapped[str] = mapped_column(String(24), default="", server_default="")
    most: Mapped[str] = mapped_column(String(24), default="", server_default="")
    revision: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    edition: Mapped[Edition] = relationship()
    choices: Mapped[list[Choice]] = relationship(
        back_populates="question", cascade="all, delete-orphan", order_by="(Choice.position, Choice.id)"
    )

    @property
    def is_choosing(self) -> bool:
        """Whether it is answered by picking from choices."""
        return self.kind in CHOOSING

    @property
    def offered(self) -> list[Choice]:
        """The choices that may be picked now, full ones included."""
        return [choice for choice in self.choices if choice.archived_at is None]


class Choice(Base):
    """One answer that may be picked, with places of its own where `capacity` is set."""

    __tablename__ = "choices"
    __table_args__ = (CheckConstraint("taken >= 0 AND (capacity IS NULL OR taken <= capacity)", name="places"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), index=True)
    label: Mapped[Bilingual] = bilingual("label")
    position: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    question: Mapped[Question] = relationship(back_populates="choices")

    @property
    def left(self) -> int | None:
        """How many places are free; None without a limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)

    @property
    def is_full(self) -> bool:
        """Whether nobody else can pick it."""
        return self.left == 0


class Answer(Base):
    """What one registration answered to one question.

    `text` is as forms take it: a number as 12.5, a day as 2027-03-18, a moment in UTC; empty where choices or a
    file are the answer.
    """

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("registration_id", "question_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), index=True)
    text: Mapped[str] = mapped_column(Text, default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(200), default="")

    registration: Mapped[Registration] = relationship()
    question: Mapped[Question] = relationship()
    file: Mapped[StoredFile | None] = relationship()
    picked: Mapped[list[PickedChoice]] = relationship(
        back_populates="answer", cascade="all, delete-orphan", passive_deletes=True, order_by="PickedChoice.id"
    )


class PickedChoice(Base):
    """A choice that was picked. `held` says that its place is taken; until then it is a wish."""

    __tablename__ = "picked_choices"
    __table_args__ = (UniqueConstraint("answer_id", "choice_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"))
    choice_id: Mapped[int] = mapped_column(ForeignKey("choices.id"), index=True)
    held: Mapped[bool] = mapped_column(default=False)

    answer: Mapped[Answer] = relationship(back_populates="picked")
    choice: Mapped[Choice] = relationship()


class ConsentText(Base):
    """What people agree to when they register for an edition. A version is never changed: another text is the next."""

    __tablename__ = "consent_texts"
    __table_args__ = (
        UniqueConstraint("edition_id", "version"),
        CheckConstraint("version > 0", name="version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    version: Mapped[int]
    text: Mapped[Bilingual] = bilingual("text", None)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    created_by: Mapped[str] = mapped_column(String(200), default="")
