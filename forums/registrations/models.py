"""Categories with their places, registrations, and each day a person was checked in."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import date, datetime
from enum import StrEnum

from pypinyin import Style, lazy_pinyin
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.extensions import Base

# Crockford's letters: none is taken for another when read aloud or typed from paper.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALPHABET_AS_TYPED = {"O": "0", "I": "1", "L": "1"}


class State(StrEnum):
    """Where a registration stands. Pending and declined belong to categories that need approval."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class Category(Base):
    """A kind of attendee of one edition, with places of its own where `capacity` is set."""

    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint("edition_id", "code"),
        CheckConstraint("taken >= 0 AND (capacity IS NULL OR taken <= capacity)", name="places"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[Bilingual] = bilingual("name")
    position: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")

    edition: Mapped[Edition] = relationship()


class Registration(Base):
    """One person's registration for one edition; the name, unit and title are as given for this occasion.

    `wait_sequence` orders the waiting list and may have gaps; the rank people see is counted (queries.rank_of).
    Raising `token_version` revokes the private link, raising `ticket_version` the QR ticket. `revision` counts the
    changes that people were told of: it numbers their letters and calendar entries.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        Index(
            "uq_registrations_edition_id_email",
            "edition_id",
            "email",
            unique=True,
            sqlite_where=text("state <> 'cancelled'"),
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("ix_registrations_edition_id_state", "edition_id", "state"),
        Index("ix_registrations_edition_id_wait_sequence", "edition_id", "wait_sequence"),
        Index("ix_registrations_edition_id_name_sort", "edition_id", "name_sort", "id"),
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in State)})", name="state"),
        CheckConstraint("(state = 'waitlisted') = (wait_sequence IS NOT NULL)", name="waiting"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    idempotency_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    wait_sequence: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40), default="")
    organisation: Mapped[str] = mapped_column(String(160), default="")
    title: Mapped[str] = mapped_column(String(80), default="")
    language: Mapped[str] = mapped_column(String(2))
    source: Mapped[str] = mapped_column(String(12), default="public")
    consent_version: Mapped[str] = mapped_column(String(20), default="")
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")
    token_version: Mapped[int] = mapped_column(default=1)
    ticket_version: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=0)
    name_sort: Mapped[str] = mapped_column(String(600), default="")
    search_text: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    edition: Mapped[Edition] = relationship()
    category: Mapped[Category] = relationship()
    person: Mapped[Person] = relationship()

    @property
    def scopes(self) -> list[str]:
        """The scopes a grant may have to reach this row: those of its edition."""
        return self.edition.scopes

    @property
    def is_confirmed(self) -> bool:
        """Whether this person holds a place and a ticket."""
        return self.state == State.CONFIRMED

    @property
    def is_waiting(self) -> bool:
        """Whether this person stands in the waiting list."""
        return self.state == State.WAITLISTED

    @property
    def is_live(self) -> bool:
        """Whether the person still means to come."""
        return self.state not in (State.CANCELLED, State.DECLINED)


class CheckIn(Base):
    """One person seen at one checkpoint on one day (签到)."""

    __tablename__ = "check_ins"
    __table_args__ = (UniqueConstraint("registration_id", "day", "checkpoint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    day: Mapped[date]
    checkpoint: Mapped[str] = mapped_column(String(40), default="entrance")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(200), default="")

    registration: Mapped[Registration] = relationship()


def new_reference() -> str:
    """A code such as K7QM-2D4X: eight letters from an alphabet of 32, so that guessing one is hopeless."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def clean_reference(typed: str) -> str | None:
    """The reference as stored, from what a person typed or a scanner read; None when it is not one."""
    letters = [ALPHABET_AS_TYPED.get(letter, letter) for letter in typed.upper() if letter not in " -–—_"]
    if len(letters) != 8 or any(letter not in ALPHABET for letter in letters):
        return None
    code = "".join(letters)
    return f"{code[:4]}-{code[4:]}"


def pinyin_of(name: str) -> tuple[str, str]:
    """The full pinyin and the initials of a name, lower case: 张三丰 → ("zhangsanfeng", "zsf")."""
    syllables = [part.lower() for part in lazy_pinyin(name, style=Style.NORMAL)]
    return "".join(syllables), "".join(part[:1] for part in syllables)


def searchable(text_given: str) -> str:
    """Text as it is compared: compatibility forms folded, lower case, control characters as spaces, single spaces."""
    folded = unicodedata.normalize("NFKC", text_given).casefold()
    return " ".join("".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in folded).split())


def search_columns(name: str, organisation: str, reference: str) -> dict[str, str]:
    """What a list is sorted by and searched in; contact data stays out of it, as not everybody may see that."""
    full, initials = pinyin_of(name)
    _, unit_initials = pinyin_of(organisation)
    parts = (name, full, initials, organisation, unit_initials, reference)
    return {"name_sort": full[:600], "search_text": searchable(" ".join(parts))}


def keep_search_columns(_mapper: Mapper[Registration], _connection: Connection, row: Registration) -> None:
    """Before each write: the search columns follow the row."""
    row.reference = row.reference or new_reference()
    for column, value in search_columns(row.name, row.organisation, row.reference).items():
        setattr(row, column, value)


event.listen(Registration, "before_insert", keep_search_columns)
event.listen(Registration, "before_update", keep_search_columns)
