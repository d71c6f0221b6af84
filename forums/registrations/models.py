"""Categories and delegations with their places, and registrations."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, event, false, inspect, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from forums.agenda.models import Session
from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.extensions import Base
from forums.registrations.imports.models import ImportBatch
from forums.registrations.search import SEARCHED, pinyin_of, searchable, terms_of

# Crockford's letters: none is taken for another when read aloud or typed from paper.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALPHABET_AS_TYPED = {"O": "0", "I": "1", "L": "1"}


class State(StrEnum):
    """Where a registration stands.

    Pending and declined belong to categories that need approval, offered and lapsed to those whose waiting list
    asks before it confirms. An offered place is held until `offer_until`; whoever is pending holds none.
    """

    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


# Whoever stands in these holds places; in the others, the same address may register again.
HOLDING = (State.CONFIRMED, State.OFFERED)
OVER = (State.CANCELLED, State.LAPSED)
NOT_OVER = text("state NOT IN ('cancelled', 'lapsed')")
ROLES = ("attendee", "companion", "driver")


class Category(Base):
    """A kind of attendee of one edition, with places of its own where `capacity` is set.

    Times are UTC; without them the edition's own hold. "invitation" categories are reached by a private link, which
    raising `token_version` revokes. With `offer_hours`, who moves up is asked first, and has that long to accept.
    """

    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint("edition_id", "code"),
        CheckConstraint("taken >= 0 AND (capacity IS NULL OR taken <= capacity)", name="places"),
        CheckConstraint("access IN ('public', 'invitation')", name="access"),
        CheckConstraint("offer_hours IS NULL OR offer_hours > 0", name="offer_hours"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[Bilingual] = bilingual("name")
    position: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    access: Mapped[str] = mapped_column(String(12), default="public", server_default="public")
    needs_approval: Mapped[bool] = mapped_column(default=False, server_default=false())
    offer_hours: Mapped[int | None]
    colour: Mapped[str] = mapped_column(String(7), default="", server_default="")
    token_version: Mapped[int] = mapped_column(default=1, server_default="1")

    edition: Mapped[Edition] = relationship()

    @property
    def scopes(self) -> list[str]:
        """The scopes a grant may have to reach this row: those of its edition."""
        return self.edition.scopes

    @property
    def registration_state(self) -> str:
        """ "not_open" | "open" | "closed": the edition's, narrowed by the category's own times and the clock."""
        state, moment = self.edition.registration_state, now()
        if state == "open" and self.opens_at is not None and moment < self.opens_at:
            return "not_open"
        if state == "open" and self.closes_at is not None and moment >= self.closes_at:
            return "closed"
        return state


class Delegation(Base):
    """A unit (单位) that comes with up to `capacity` people, all in one category.

    Its places are taken from the edition and the category when they are given to it, so nobody else can have them;
    its people take theirs from the delegation alone. The contact registers them behind a private link.
    """

    __tablename__ = "delegations"
    __table_args__ = (CheckConstraint("taken >= 0 AND taken <= capacity", name="places"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    contact_name: Mapped[str] = mapped_column(String(80), default="")
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(2), default="zh")
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token_version: Mapped[int] = mapped_column(default=1)
    note: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    edition: Mapped[Edition] = relationship()
    category: Mapped[Category] = relationship()

    @property
    def scopes(self) -> list[str]:
        """The scopes a grant may have to reach this row: those of its edition."""
        return self.edition.scopes


def terms_of_insert(context: ExecutionContext) -> str:
    """The search terms of a row that is being inserted, one by one or in bulk."""
    row = context.get_current_parameters()  # type: ignore[attr-defined]
    return terms_of(row["edition_id"], row)


class Registration(Base):
    """One person's registration for one edition; the name, unit and title are as given for this occasion.

    `wait_sequence` orders the waiting list and may have gaps; the rank people see is counted (queries.rank_of).
    Raising `token_version` revokes the private link, raising `ticket_version` the QR ticket. `revision` counts the
    changes that people were told of: it numbers their letters and calendar entries. `reason` is that of the last
    decision, in words that the person reads; `calendar_uid` is the name that an invitation gave their
    event in calendars, if one did; `region` is a code, empty where none was given.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        Index(
            "uq_registrations_edition_id_email",
            "edition_id",
            "email",
            unique=True,
            sqlite_where=NOT_OVER,
            postgresql_where=NOT_OVER,
        ),
        Index("ix_registrations_edition_id_state", "edition_id", "state"),
        Index("ix_registrations_edition_id_wait_sequence", "edition_id", "wait_sequence"),
        Index("ix_registrations_edition_id_name_sort", "edition_id", "name_sort", "id"),
        Index("ix_registrations_edition_id_created_at", "edition_id", "created_at", "id"),
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in State)})", name="state"),
        CheckConstraint("(state = 'waitlisted') = (wait_sequence IS NOT NULL)", name="waiting"),
        CheckConstraint("(state = 'offered') = (offer_until IS NOT NULL)", name="offer"),
        CheckConstraint(f"role IN ({', '.join(repr(role) for role in ROLES)})", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    delegation_id: Mapped[int | None] = mapped_column(ForeignKey("delegations.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"), index=True)
    role: Mapped[str] = mapped_column(String(12), default="attendee", server_default="attendee")
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    idempotency_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    wait_sequence: Mapped[int | None]
    offer_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40), default="")
    organisation: Mapped[str] = mapped_column(String(160), default="")
    title: Mapped[str] = mapped_column(String(80), default="")
    region: Mapped[str] = mapped_column(String(10), default="", server_default="")
    language: Mapped[str] = mapped_column(String(2))
    source: Mapped[str] = mapped_column(String(12), default="public")
    consent_version: Mapped[str] = mapped_column(String(20), default="")
    calendar_uid: Mapped[str] = mapped_column(String(320), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    decided_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token_version: Mapped[int] = mapped_column(default=1)
    ticket_version: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=0)
    name_sort: Mapped[str] = mapped_column(String(600), default="")
    search_text: Mapped[str] = mapped_column(Text, default="")
    search_terms: Mapped[str] = mapped_column(
        Text().with_variant(TSVECTOR, "postgresql"), default=terms_of_insert, server_default="", deferred=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    edition: Mapped[Edition] = relationship()
    category: Mapped[Category] = relationship()
    delegation: Mapped[Delegation | None] = relationship()
    batch: Mapped[ImportBatch | None] = relationship()
    person: Mapped[Person] = relationship()
    session_places: Mapped[list[SessionPlace]] = relationship(
        back_populates="registration", cascade="all, delete-orphan", passive_deletes=True, order_by="SessionPlace.id"
    )

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
    def is_holding(self) -> bool:
        """Whether places are taken for this person."""
        return self.state in HOLDING

    @property
    def is_live(self) -> bool:
        """Whether the person may still come."""
        return self.state not in (*OVER, State.DECLINED)


class SessionPlace(Base):
    """A session that somebody signed up for. `held` says that its place is taken; until then it is a wish."""

    __tablename__ = "session_places"
    __table_args__ = (UniqueConstraint("registration_id", "session_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    held: Mapped[bool] = mapped_column(default=False)

    registration: Mapped[Registration] = relationship(back_populates="session_places")
    session: Mapped[Session] = relationship()


def new_reference() -> str:
    """A code such as K7QM-2D4X: eight letters from an alphabet of 32, so that guessing one is hopeless."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def key_in(edition: Edition, key: str | None) -> str | None:
    """A form's key bound to its edition: no form of another edition finds what this one made."""
    return hashlib.sha256(f"{edition.id}\0{key}".encode()).hexdigest() if key else None


def clean_reference(typed: str) -> str | None:
    """The reference as stored, from what a person typed or a scanner read; None when it is not one."""
    letters = [ALPHABET_AS_TYPED.get(letter, letter) for letter in typed.upper() if letter not in " -–—_"]
    if len(letters) != 8 or any(letter not in ALPHABET for letter in letters):
        return None
    code = "".join(letters)
    return f"{code[:4]}-{code[4:]}"


def search_columns(name: str, organisation: str, reference: str) -> dict[str, str]:
    """What a list is sorted by and searched in; contact data stays out of it, as not everybody may see that."""
    full, initials = pinyin_of(name)
    _, unit_initials = pinyin_of(organisation)
    parts = (name, full, initials, organisation, unit_initials, reference)
    return {"name_sort": full[:600], "search_text": searchable(" ".join(parts))}


def keep_search_columns(_mapper: Mapper[Registration], _connection: Connection, row: Registration) -> None:
    """Before each write: the search columns follow the row."""
    set_search_columns(row)


def set_search_columns(row: Registration) -> None:
    """A reference, if there is none yet, and what the row is searched by."""
    row.reference = row.reference or new_reference()
    for column, value in search_columns(row.name, row.organisation, row.reference).items():
        setattr(row, column, value)


def keep_search_terms(_mapper: Mapper[Registration], _connection: Connection, row: Registration) -> None:
    """Before an update: the terms follow what they are made of, and are left alone by everything else."""
    state = inspect(row)
    if any(state.attrs[name].history.has_changes() for name in SEARCHED):
        row.search_terms = terms_of(row.edition_id, {name: getattr(row, name) for name in SEARCHED})


event.listen(Registration, "before_insert", keep_search_columns)
event.listen(Registration, "before_update", keep_search_columns)
event.listen(Registration, "before_update", keep_search_terms)
