"""Registering, changing, cancelling: whoever gives a place back confirms the first in line in the same transaction.

Everything here that gives or takes places passes the edition's gate (places.py) first and looks at rows only after,
so that no two of these act on what the other is about to change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import insert, select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.columns import Bilingual
from forums.directory.models import Person
from forums.directory.operations import find_or_create_person, normal_email
from forums.editions.models import Edition
from forums.editions.operations import after_change
from forums.errors import Refused
from forums.extensions import db
from forums.registrations import emails, places
from forums.registrations.checkin.models import CheckIn
from forums.registrations.models import (
    Category,
    Registration,
    State,
    new_reference,
    search_columns,
)
from forums.registrations.queries import first_in_line, known_registration, last_in_line

CONSENT_VERSION = "2026-1"


class RegistrationClosed(Refused):
    """The edition takes no public registrations now."""


class AddressTaken(Refused):
    """Another live registration of the edition has this e-mail address."""


class PlacesTaken(Refused):
    """A capacity below what is taken already."""


class NotLive(Refused):
    """The registration was cancelled or declined, so it cannot be changed."""


@dataclass(frozen=True)
class Applicant:
    """What people say about themselves. The desk may register somebody without an e-mail address."""

    name: str
    email: str | None
    phone: str = ""
    organisation: str = ""
    title: str = ""
    language: str = "zh"


@dataclass(frozen=True)
class Registered:
    """The outcome: a new registration, the same form sent again, or an address that was known before."""

    registration: Registration
    is_new: bool = True
    is_replay: bool = False


def register_visitor(edition: Edition, applicant: Applicant, *, key: str, actor: Actor) -> Registered:
    """Register somebody who filled the public form; raises RegistrationClosed.

    An address that is registered already gets its private link again by letter, and nothing else happens: only
    its owner reads it.
    """
    if edition.registration_state != "open":
        raise RegistrationClosed(_l("Registration for this event is closed."))
    outcome = register(edition, applicant, actor=actor, key=key, consent_version=CONSENT_VERSION)
    if not outcome.is_new and not outcome.is_replay:
        emails.already_registered(outcome.registration)
    return outcome


def add_by_hand(edition: Edition, applicant: Applicant, *, category: Category, actor: Actor) -> Registration:
    """Register somebody for the office, before, during and after the public dates; raises AddressTaken."""
    outcome = register(edition, applicant, actor=actor, category=category, source="office")
    if not outcome.is_new:
        raise AddressTaken(_l("This e-mail address is registered for the event already."))
    return outcome.registration


def register(
    edition: Edition,
    applicant: Applicant,
    *,
    actor: Actor,
    key: str | None = None,
    category: Category | None = None,
    consent_version: str = "",
    source: str = "public",
) -> Registered:
    """Take a place, or the end of the waiting list, and write the letter that says so.

    The same form sent again (`key` and e-mail) finds its own registration, and an address registers once.
    """
    applicant = _normal(applicant)
    fingerprint = _fingerprint(edition, applicant, key)
    category = category or default_category(edition)
    quotas = (edition, category)
    placed = places.claim(quotas)
    if not placed:
        # A place may be given back between this refusal and our row in the list: ask again with the gate held.
        places.hold(edition)
        placed = places.claim(quotas)
    known = known_registration(edition, applicant.email, fingerprint)
    if known is not None:
        if placed:
            places.release(quotas)
        return Registered(
            known, is_new=False, is_replay=fingerprint is not None and known.idempotency_key == fingerprint
        )
    row = Registration(
        edition=edition,
        category=category,
        person=_person(applicant),
        idempotency_key=fingerprint,
        source=source,
        consent_version=consent_version,
        created_at=now(),
        **_fields(applicant),
    )
    if placed:
        row.state, row.confirmed_at = State.CONFIRMED, row.created_at
    else:
        row.state, row.wait_sequence = State.WAITLISTED, last_in_line(edition) + 1
    db.session.add(row)
    record(actor, "registration.created", row, edition=edition, state=row.state, source=source)
    if placed:
        emails.confirmed(row)
    else:
        emails.waitlisted(row)
    return Registered(row)


def change(row: Registration, applicant: Applicant, *, actor: Actor) -> bool:
    """Correct what was given; whether anything differed. Raises NotLive and AddressTaken.

    Another e-mail address makes a new private link, so that the old address can no longer use the one it has.
    """
    places.hold(row.edition)
    db.session.refresh(row)
    _must_be_live(row)
    given = _fields(_normal(applicant))
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
    """Give a place to somebody else; the ticket and the link of whoever had it stop working.

    Raises NotLive and AddressTaken.
    """
    row.person = _person(applicant)
    row.ticket_version += 1
    change(row, applicant, actor=actor)


def cancel(row: Registration, *, actor: Actor, reason: str = "") -> list[Registration]:
    """Give the place back and confirm who is next; the registrations that were confirmed. Cancelling twice is once."""
    edition = row.edition
    places.hold(edition)
    db.session.refresh(row)
    if not row.is_live:
        return []
    had_place = row.is_confirmed
    row.state, row.wait_sequence = State.CANCELLED, None
    row.cancelled_at, row.reason = now(), reason
    row.revision += 1
    record(actor, "registration.cancelled", row, reason=reason)
    emails.cancelled(row)
    if not had_place:
        return []
    places.release((edition, row.category))
    return promote(edition, actor=actor)


def change_capacity(
    edition: Edition, capacity: int | None, *, actor: Actor, category: Category | None = None
) -> list[Registration]:
    """Set the places of the edition, or of one category (None: no limit of its own), and confirm who now fits.

    Raises PlacesTaken when more places than that are taken.
    """
    places.hold(edition)
    quota: places.Quota = edition if category is None else category
    before = quota.capacity
    if not places.resize(quota, capacity):
        raise PlacesTaken(
            _l("Places taken: %(taken)d. Cancel registrations first, or keep more places.", taken=quota.taken)
        )
    if before != capacity:
        record(actor, "registration.capacity_changed", quota, edition=edition, before=before, after=capacity)
    return promote(edition, actor=actor)


def promote(edition: Edition, *, actor: Actor) -> list[Registration]:
    """Confirm those who wait, in order, while there is room. The caller holds the edition's gate."""
    promoted: list[Registration] = []
    if now().astimezone(edition.tz).date() > edition.ends_on:
        return promoted
    while (row := first_in_line(edition)) is not None and places.claim((edition, row.category)):
        row.state, row.wait_sequence, row.confirmed_at = State.CONFIRMED, None, now()
        row.revision += 1
        record(actor, "registration.promoted", row)
        emails.promoted(row)
        promoted.append(row)
    return promoted


def promote_after_change(edition: Edition, actor: Actor) -> None:
    """More places of an edition confirm those who wait, wherever the organiser changed them."""
    promote(edition, actor=actor)


def default_category(edition: Edition) -> Category:
    """The edition's first category, made on first need: an edition without categories has one for everybody."""
    first = select(Category).where(Category.edition_id == edition.id).order_by(Category.position, Category.id).limit(1)
    category = db.session.scalar(first)
    if category is not None:
        return category
    places.hold(edition)
    category = db.session.scalar(first)
    if category is None:
        category = Category(edition=edition, code="attendee", name=Bilingual("参会嘉宾", "Attendee"), taken=0)
        db.session.add(category)
        db.session.flush()
    return category


@dataclass(frozen=True)
class Attendee:
    """A person of an earlier edition and the days on which they came."""

    person: Person
    days: Sequence[date]
    organisation: str = ""
    title: str = ""


def record_attendance_history(edition: Edition, people: Sequence[Attendee], *, actor: Actor) -> int:
    """Write confirmed registrations and check-ins of an event that is over, in bulk and without letters.

    Who is registered already is left as they are, so a second run adds nothing; the number of registrations added.
    """
    category = default_category(edition)
    places.hold(edition)
    here = set(db.session.scalars(select(Registration.person_id).where(Registration.edition_id == edition.id)))
    added = [one for one in {one.person.id: one for one in people}.values() if one.person.id not in here]
    if not added:
        return 0
    if not places.claim((edition, category), len(added)):
        raise PlacesTaken(_l("%(n)d people do not fit into the places of this event.", n=len(added)))
    db.session.execute(insert(Registration), [_history_row(edition, category, one) for one in added])
    made = select(Registration.person_id, Registration.id).where(Registration.edition_id == edition.id)
    ids = dict(db.session.execute(made).all())
    seen = [
        {"registration_id": ids[one.person.id], "day": day, "at": now(), "by": actor.label, "checkpoint": "entrance"}
        for one in added
        for day in one.days
    ]
    if seen:
        db.session.execute(insert(CheckIn), seen)
    record(actor, "registration.history_recorded", edition, edition=edition, registrations=len(added))
    return len(added)


def _history_row(edition: Edition, category: Category, one: Attendee) -> dict[str, object]:
    name = one.person.name.local("zh")[:80]
    reference = new_reference()
    return {
        "edition_id": edition.id,
        "category_id": category.id,
        "person_id": one.person.id,
        "reference": reference,
        "state": State.CONFIRMED,
        "name": name,
        "organisation": one.organisation,
        "title": one.title,
        "language": "zh",
        "source": "history",
        "created_at": now(),
        "confirmed_at": now(),
        **search_columns(name, one.organisation, reference),
    }


def _normal(applicant: Applicant) -> Applicant:
    values = {field.name: getattr(applicant, field.name) for field in fields(Applicant)}
    values["email"] = normal_email(applicant.email) if applicant.email else None
    return Applicant(**values)


def _fields(applicant: Applicant) -> dict[str, str | None]:
    return {field.name: getattr(applicant, field.name) for field in fields(Applicant)}


def _fingerprint(edition: Edition, applicant: Applicant, key: str | None) -> str | None:
    """The form's key bound to the address: a key that leaked (a cached page) leads nobody to another's row."""
    if not key:
        return None
    return hashlib.sha256(f"{edition.id}\0{applicant.email}\0{key}".encode()).hexdigest()


def _person(applicant: Applicant) -> Person:
    zh = any("\u4e00" <= letter <= "\u9fff" for letter in applicant.name)
    name = Bilingual(zh=applicant.name) if zh else Bilingual(en=applicant.name)
    return find_or_create_person(name, email=applicant.email, phone=applicant.phone or None)


def _must_be_live(row: Registration) -> None:
    if not row.is_live:
        raise NotLive(_l("This registration was cancelled; please register again."))


after_change.append(promote_after_change)
