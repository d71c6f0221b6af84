"""The people of a unit, as its contact names them: registered, corrected, swapped (换人), cancelled.

All of it passes the edition's gate first and people are made before it, as everywhere (places.py). What the contact may
no longer change after the closing time, the office still may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.directory.models import Person
from forums.errors import Refused
from forums.extensions import db
from forums.registrations import places
from forums.registrations.delegations import emails
from forums.registrations.delegations.queries import takes_changes
from forums.registrations.models import Delegation, Registration
from forums.registrations.operations import Applicant, cancel, change, hand_over, person_for, register
from forums.registrations.queries import known_registration
from forums.registrations.refusals import AddressTaken, Full, NotLive

SOURCE = "delegation"


class UnitClosed(Refused):
    """The unit's time to name people is over."""


@dataclass(frozen=True)
class Member:
    """One row of the contact's table. `key` makes a second sending of the row the same registration."""

    applicant: Applicant
    role: str = "attendee"
    key: str = ""


def register_members(unit: Delegation, members: Sequence[Member], *, actor: Actor) -> list[Refused | None]:
    """Register those that can be; for each row None, or why it was not. Call it through settle().

    Raises UnitClosed. A row that somebody already has is refused, the same row sent again is not.
    """
    people = _people_of(unit, members)
    places.hold(unit.edition)
    db.session.refresh(unit)
    must_take_changes(unit, actor)
    with emails.told_once():
        return [_register(unit, member, person, actor) for member, person in zip(members, people, strict=True)]


def preview(unit: Delegation, rows: Sequence[tuple[int, Member]]) -> dict[int, Refused]:
    """What register_members would say to these rows, each with its number in the table, if they came now."""
    free = unit.capacity - unit.taken
    refused: dict[int, Refused] = {}
    seen: set[tuple[str, str]] = set()
    for number, member in rows:
        who = member.applicant
        same = (who.email.lower(), "") if who.email else (who.name, who.phone)
        if (known := _known(unit, who)) is not None:
            refused[number] = _taken(unit, known, who)
        elif same in seen:
            refused[number] = AddressTaken(_l("%(name)s stands in the table twice.", name=who.name))
        elif free <= 0:
            refused[number] = no_place_left(unit)
        else:
            free -= 1
        seen.add(same)
    return refused


def change_member(row: Registration, applicant: Applicant, role: str, *, actor: Actor) -> bool:
    """Correct what was given about somebody; whether anything differed. Raises UnitClosed, NotLive, AddressTaken."""
    unit = _unit_of(row)
    places.hold(row.edition)
    db.session.refresh(unit)
    must_take_changes(unit, actor)
    _must_not_be_known(row, applicant)
    changed = change(row, applicant, actor=actor)
    if row.role == role:
        return changed
    row.role = role
    record(actor, "registration.changed", row, fields=["role"])
    return True


def swap_member(row: Registration, applicant: Applicant, role: str, *, actor: Actor) -> None:
    """Let somebody else come in this person's place: no new place, and the old ticket dies.

    Raises UnitClosed, NotLive and AddressTaken.
    """
    unit = _unit_of(row)
    if takes_changes(unit) or actor.account_id is not None:
        person_for(applicant)  # before the gate
    places.hold(row.edition)
    db.session.refresh(unit)
    db.session.refresh(row)
    must_take_changes(unit, actor)
    if not row.is_live:
        raise NotLive(_l("%(name)s was cancelled; register somebody new instead.", name=row.name))
    _must_not_be_known(row, applicant)
    hand_over(row, applicant, actor=actor)
    row.role = role


def cancel_member(row: Registration, *, actor: Actor) -> None:
    """Give one place of the unit back to it. Raises UnitClosed."""
    unit = _unit_of(row)
    places.hold(row.edition)
    db.session.refresh(unit)
    must_take_changes(unit, actor)
    cancel(row, actor=actor)


def must_take_changes(unit: Delegation, actor: Actor) -> None:
    """Raise UnitClosed for a contact who comes too late; staff may always."""
    if actor.account_id is None and not takes_changes(unit):
        raise UnitClosed(
            _l("The time in which %(name)s can change its people is over. Write to the organisers.", name=unit.name)
        )


def _people_of(unit: Delegation, members: Sequence[Member]) -> list[Person | None]:
    """The directory's record for each row that can get a place, in the order in which everybody makes them.

    Who is registered already, or is one too many, needs none.
    """
    free = unit.capacity - unit.taken
    new: list[int] = []
    for number, member in enumerate(members):
        if _known(unit, member.applicant) is None and len(new) < free:
            new.append(number)
    people: list[Person | None] = [None] * len(members)
    for number in sorted(new, key=lambda n: (members[n].applicant.email or "", members[n].applicant.name)):
        people[number] = person_for(members[number].applicant)
    return people


def _register(unit: Delegation, member: Member, person: Person | None, actor: Actor) -> Refused | None:
    known = _known(unit, member.applicant)
    if known is None and person is None:
        return no_place_left(unit)
    try:
        outcome = register(
            unit.edition,
            member.applicant,
            actor=actor,
            key=member.key or None,
            delegation=unit,
            role=member.role,
            source=SOURCE,
            person=person,
        )
    except Full:
        return no_place_left(unit)
    return None if outcome.is_new or outcome.is_replay else _taken(unit, outcome.registration, member.applicant)


def no_place_left(unit: Delegation) -> Full:
    """The refusal, in the unit's own words."""
    refusal = Full(unit)
    refusal.args = (_l("No free place is left: your unit has %(n)d in all.", n=unit.capacity),)
    return refusal


def _must_not_be_known(row: Registration, applicant: Applicant) -> None:
    """Nobody becomes somebody who is registered already, with an address or without."""
    known = _known_in(row, applicant)
    if known is not None and known.id != row.id:
        raise _taken(_unit_of(row), known, applicant)


def _known(unit: Delegation, applicant: Applicant) -> Registration | None:
    return known_registration(unit.edition, applicant.email, None, name=applicant.name, phone=applicant.phone)


def _known_in(row: Registration, applicant: Applicant) -> Registration | None:
    return known_registration(row.edition, applicant.email, None, name=applicant.name, phone=applicant.phone)


def _taken(unit: Delegation, known: Registration, applicant: Applicant) -> AddressTaken:
    if known.delegation_id == unit.id:
        return AddressTaken(_l("%(name)s is in your list already.", name=known.name))
    if applicant.email:
        return AddressTaken(
            _l("This e-mail address is registered for the event already, outside your unit: leave the person out.")
        )
    return AddressTaken(_l("Somebody of this name and phone number is registered for the event already."))


def _unit_of(row: Registration) -> Delegation:
    if row.delegation is None:
        raise ValueError(f"registration {row.id} belongs to no unit")
    return row.delegation
