"""Registering, changing, cancelling: whoever gives a place back confirms the first in line in the same transaction.

Everything here that gives or takes places passes the edition's gate (places.py) before it looks at the rows that it
changes, so that no two of these act on what the other is about to change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import make_transient_to_detached

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.columns import Bilingual
from forums.directory.models import Person
from forums.directory.operations import find_or_create_person, normal_email, remember_person
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import emails, places
from forums.registrations.imports.models import ImportBatch
from forums.registrations.models import Category, Delegation, Registration, State, set_search_columns
from forums.registrations.queries import known_registration, last_in_line
from forums.registrations.refusals import AddressTaken, Full, NotNow, RegistrationClosed, must_be_live
from forums.registrations.waiting import promote
from forums.registrations.wishes import NO_WISHES, Wishes, ask_for, forget_answers, forget_unasked
from forums.statements import table_of

CONSENT_VERSION = "2026-1"
PUBLIC = "public"
FIRST_LINK = 1  # the version of the private link to which the form itself leads


@dataclass(frozen=True)
class Applicant:
    """What people say about themselves. The desk may register somebody without an e-mail address."""

    name: str
    email: str | None
    phone: str = ""
    organisation: str = ""
    title: str = ""
    region: str = ""
    language: str = "zh"


@dataclass(frozen=True)
class Registered:
    """The outcome: a new registration, the same form sent again, or an address that was known before."""

    registration: Registration
    is_new: bool = True
    is_replay: bool = False


def register_visitor(
    edition: Edition,
    applicant: Applicant,
    *,
    key: str,
    actor: Actor,
    category: Category | None = None,
    wishes: Wishes = NO_WISHES,
    consent_version: str = CONSENT_VERSION,
) -> Registered:
    """Register somebody who filled the public form; raises RegistrationClosed and Full.

    An address that is registered already gets its private link again by letter, and nothing else happens: only
    its owner reads it. So does the same form sent again once its link was replaced, or it would be a way around that.
    """
    if (category or edition).registration_state != "open":
        raise RegistrationClosed(_l("Registration for this event is closed."))
    outcome = register(
        edition, applicant, actor=actor, key=key, category=category, wishes=wishes, consent_version=consent_version
    )
    if not outcome.is_new and outcome.registration.token_version > FIRST_LINK:
        outcome = Registered(outcome.registration, is_new=False)
    if not outcome.is_new and not outcome.is_replay:
        emails.already_registered(outcome.registration)
    return outcome


def add_by_hand(
    edition: Edition,
    applicant: Applicant,
    *,
    category: Category,
    actor: Actor,
    wishes: Wishes = NO_WISHES,
    key: str | None = None,
) -> Registration:
    """Register somebody for the office, before, during and after the public dates; raises AddressTaken and Full."""
    outcome = register(edition, applicant, actor=actor, category=category, wishes=wishes, key=key, source="office")
    if not outcome.is_new and not outcome.is_replay:
        raise AddressTaken(
            _l("This e-mail address is registered for the event already.")
            if applicant.email
            else _l("Somebody of this name and phone number is registered for the event already.")
        )
    return outcome.registration


def register(
    edition: Edition,
    applicant: Applicant,
    *,
    actor: Actor,
    key: str | None = None,
    category: Category | None = None,
    delegation: Delegation | None = None,
    role: str = "attendee",
    wishes: Wishes = NO_WISHES,
    consent_version: str = "",
    source: str = PUBLIC,
    calendar_uid: str = "",
    person: Person | None = None,
    batch: ImportBatch | None = None,
) -> Registered:
    """Take a place, or the end of the waiting list, and write the letter that says so.

    Where the category asks for approval, whoever registers by themselves waits for it and holds nothing. A delegation
    has places of its own and no waiting list. The same form sent again (`key` and e-mail) finds its own registration,
    and an address registers once; two at the same moment are stopped by a constraint: call this through settle().

    Raises Full when a wish, or the delegation, has no place left: then nothing was taken.
    """
    applicant = _normal(applicant)
    fingerprint = fingerprint_of(edition, applicant, key)
    known = known_registration(edition, applicant.email, fingerprint, name=applicant.name, phone=applicant.phone)
    if known is not None:
        is_replay = fingerprint is not None and known.idempotency_key == fingerprint
        return Registered(known, is_new=False, is_replay=is_replay)
    person_id = person.id if person is not None else remembered(applicant)
    category = delegation.category if delegation is not None else category or default_category(edition)
    row = Registration(
        edition=edition,
        edition_id=edition.id,
        category=category,
        category_id=category.id,
        delegation=delegation,
        delegation_id=delegation.id if delegation is not None else None,
        batch_id=batch.id if batch is not None else None,
        person_id=person_id,
        role=role,
        idempotency_key=fingerprint,
        source=source,
        calendar_uid=calendar_uid,
        consent_version=consent_version,
        session_places=[],
        **_NEW,
        **vars(applicant),
    )
    if category.needs_approval and source == PUBLIC and delegation is None:
        row.state = State.PENDING
    else:
        take_place(row, wishes)
    row.created_at = now()  # past the gate, so that the order of arrival and the waiting list agree
    _insert(row)
    ask_for(row, wishes, held=row.is_holding)
    record(actor, "registration.created", row, edition=edition, state=row.state, source=source)
    tell_the_state(row)
    return Registered(row)


def _insert(row: Registration) -> None:
    """Write a new row with what is set on it. A statement made once takes a fifth of the time of a flush."""
    set_search_columns(row)
    row.id = db.session.scalar(_INSERT, {name: value for name, value in vars(row).items() if name in _COLUMNS})
    make_transient_to_detached(row)
    db.session.add(row)


_INSERT = insert(table_of(Registration)).returning(table_of(Registration).c.id)
_COLUMNS = frozenset(table_of(Registration).c.keys())
# What the letter says and would otherwise be read back.
_NEW = {
    "token_version": 1,
    "ticket_version": 1,
    "revision": 0,
    "reason": "",
    "wait_sequence": None,
    "offer_until": None,
}


def change(row: Registration, applicant: Applicant, *, actor: Actor, category: Category | None = None) -> bool:
    """Correct what was given; whether anything differed. Raises NotLive and AddressTaken.

    Another e-mail address makes a new private link, so that the old address can no longer use the one it has. Another
    category needs a place there, and what is not asked there is forgotten: raises Full, and NotNow for a member of a
    delegation, who follows the delegation's.
    """
    places.hold(row.edition)
    db.session.refresh(row)
    must_be_live(row)
    is_moved = category is not None and category.id != row.category_id
    if category is not None and is_moved:
        _move(row, category, actor)
    differs = _correct(row, applicant, actor)
    if is_moved and not differs:
        row.revision += 1
        emails.changed(row)
    if is_moved:
        promote(row.edition, actor=actor)
    return differs or is_moved


def _move(row: Registration, category: Category, actor: Actor) -> None:
    if row.delegation is not None:
        raise NotNow(_l("%(name)s belongs to a delegation and keeps its category.", name=row.name))
    before = row.category
    if row.is_holding:
        if (full := places.claim((category,))) is not None:
            raise Full(full)
        places.release((before,))
    row.category = category
    forget_unasked(row)
    record(actor, "registration.category_changed", row, before=before.code, after=category.code)


def _correct(row: Registration, applicant: Applicant, actor: Actor) -> bool:
    must_be_live(row)
    given = vars(_normal(applicant))
    differing = sorted(name for name, value in given.items() if getattr(row, name) != value)
    if not differing:
        return False
    if "email" in differing:
        if given["email"] and known_registration(row.edition, given["email"], None) is not None:
            raise AddressTaken(_l("This e-mail address is registered for the event already."))
        row.token_version += 1
    for name in differing:
        setattr(row, name, given[name])
    row.revision += 1
    record(actor, "registration.changed", row, fields=differing)
    emails.changed(row)
    return True


def hand_over(row: Registration, applicant: Applicant, *, actor: Actor) -> None:
    """Give a place to somebody else; the ticket and the link of whoever had it stop working, their answers go.

    Whoever had it is told, unless the letters of both go to one address. The newcomer has not agreed to anything yet:
    the private page asks. Raises NotLive and AddressTaken.
    """
    person = person_for(applicant)
    places.hold(row.edition)
    db.session.refresh(row)
    if _normal(applicant).email != row.email:
        emails.handed_over(row)
    row.person = person
    row.ticket_version += 1
    row.consent_version = ""
    if _normal(applicant).email == row.email:  # two people without an address, or of one office
        row.token_version += 1
    _correct(row, applicant, actor)
    forget_answers(row)


def cancel(row: Registration, *, actor: Actor, reason: str = "") -> list[Registration]:
    """Give the place back and confirm who is next; the registrations that were confirmed. Cancelling twice is once."""
    edition = row.edition
    places.hold(edition)
    db.session.refresh(row)
    if not row.is_live:
        return []
    if row.is_holding:
        places.let_go(row)
    row.state, row.wait_sequence, row.offer_until = State.CANCELLED, None, None
    row.cancelled_at, row.reason = now(), reason
    row.revision += 1
    record(actor, "registration.cancelled", row, reason=reason)
    emails.cancelled(row)
    return promote(edition, actor=actor)


def default_category(edition: Edition) -> Category:
    """The edition's first category, made on first need: an edition without categories has one for everybody."""
    category = db.session.scalar(_FIRST_CATEGORY, {"edition": edition.id})
    if category is not None:
        return category
    places.hold(edition)
    category = db.session.scalar(_FIRST_CATEGORY, {"edition": edition.id})
    if category is None:
        category = Category(edition=edition, code="attendee", name=Bilingual("参会嘉宾", "Attendee"), taken=0)
        db.session.add(category)
        db.session.flush()
    return category


_FIRST_CATEGORY = (
    select(Category)
    .where(Category.edition_id == bindparam("edition"))
    .order_by(Category.position, Category.id)
    .limit(1)
)


def person_for(applicant: Applicant) -> Person:
    """The directory's record of an applicant; made where there is none. Before any claim: see places.py."""
    return find_or_create_person(_names(applicant), email=applicant.email, phone=applicant.phone or None)


def remembered(applicant: Applicant) -> int:
    """As person_for, for the id alone."""
    return remember_person(_names(applicant), email=applicant.email, phone=applicant.phone or None)


def _names(applicant: Applicant) -> Bilingual:
    """The name in the language that it is written in."""
    zh = any("\u4e00" <= letter <= "\u9fff" for letter in applicant.name)
    return Bilingual(zh=applicant.name) if zh else Bilingual(en=applicant.name)


def take_place(row: Registration, wishes: Wishes) -> None:
    """Confirm the row with all that it wishes for, or let it wait; raises Full."""
    quotas = (*places.admission(row), *wishes.quotas)
    full: places.Quota | None = None
    if row.delegation is not None:
        places.hold(row.edition)  # its places are not the edition's, but whoever changes them holds the gate
        full = places.claim(quotas)
    elif places.seems_full(row.edition, row.category) or (full := places.claim(quotas)) in (row.edition, row.category):
        # A place may be given back between that and our row in the list: ask again with the gate held.
        places.hold(row.edition)
        full = row.edition if places.seems_full(row.edition) else places.claim(quotas)
    if full is None:
        row.state, row.confirmed_at = State.CONFIRMED, now()
    elif full in (row.edition, row.category):
        row.state, row.wait_sequence = State.WAITLISTED, last_in_line(row.edition) + 1
    else:
        raise Full(full)


def tell_the_state(row: Registration, missed: Sequence[places.Wished] = ()) -> None:
    """The letter that says how a registration now stands, and which wishes had no place left."""
    if row.state == State.CONFIRMED:
        emails.confirmed(row, missed)
    elif row.state == State.WAITLISTED:
        emails.waitlisted(row)
    else:
        emails.received(row)


def _normal(applicant: Applicant) -> Applicant:
    return replace(applicant, email=normal_email(applicant.email) if applicant.email else None)


def fingerprint_of(edition: Edition, applicant: Applicant, key: str | None) -> str | None:
    """The form's key bound to the address: a key that leaked (a cached page) leads nobody to another's row."""
    if not key:
        return None
    return hashlib.sha256(f"{edition.id}\0{applicant.email}\0{key}".encode()).hexdigest()
