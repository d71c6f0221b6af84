from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, event, update

from forums.activity.models import Actor
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.editions.operations import after_change
from forums.invitations import itip
from forums.invitations.calendars.models import CalendarVersion
from forums.invitations.calendars.queries import latest_version
from forums.invitations.models import Invitation
from forums.registrations.models import Registration
from forums.statements import InsertOnce

TEXTS = ("title", "venue", "address")
_write = InsertOnce(CalendarVersion, "edition_id", "sequence")


def facts_of(edition: Edition) -> dict[str, str]:
    """What a calendar shows of an edition, in both languages, as JSON."""
    days = {"starts_on": edition.starts_on.isoformat(), "ends_on": edition.ends_on.isoformat()}
    texts = {name: getattr(edition, name) for name in TEXTS}
    return days | {f"{name}_{part}": getattr(text, part) for name, text in texts.items() for part in ("zh", "en")}


def current_version(edition: Edition) -> CalendarVersion:
    """What letters with a calendar say from now on: the version there is, or a new one where a fact changed.

    In the caller's transaction. Two that write at once agree, since a SEQUENCE is there once.
    """
    facts = facts_of(edition)
    while True:
        known = latest_version(edition)
        if known is not None and known.facts == facts:
            return known
        following = 0 if known is None else known.sequence + 1
        _write(edition_id=edition.id, sequence=following, facts=facts)


def version_to_show(edition: Edition) -> CalendarVersion:
    """As current_version(), but nothing is written: for the letter of a test, which tells the guests nothing."""
    facts, known = facts_of(edition), latest_version(edition)
    if known is not None and known.facts == facts:
        return known
    following = 0 if known is None else known.sequence + 1
    return CalendarVersion(edition_id=edition.id, sequence=following, facts=facts)


def own_sequence(row: Invitation) -> int:
    """What is added to the edition's SEQUENCE in this guest's own calendar; it never falls.

    A CANCEL to one guest, and whatever puts the event back, has to be newer than what that calendar knows, and so has
    every change of the registration that bears the same UID.
    """
    return row.calendar_turns + (_told_by(row.registration, row.id) if row.registration is not None else 0)


def tell(row: Invitation, *, is_cancelled: bool) -> int:
    """Its own SEQUENCE for a letter that asks this guest's calendar, or takes the event out of it, which is noted."""
    if row.calendar_off != is_cancelled:
        row.calendar_off = is_cancelled
        row.calendar_turns += 1
    return own_sequence(row)


def bind(row: Invitation, registration: Registration | None) -> None:
    """Whoever is invited comes with this registration; what the calendar heard from the former one is not forgotten."""
    if row.registration is not None and row.registration is not registration:
        row.calendar_turns += _told_by(row.registration, row.id)
    row.registration = registration


def _told_by(registration: Registration, invitation_id: int) -> int:
    """How often letters of the registration changed this guest's event; one that is over took it out.

    That of a substitute may stand behind two invitations, and bears the name of one event.
    """
    if itip.invitation_of(registration.calendar_uid) != invitation_id:
        return 0
    return registration.revision + (0 if registration.is_live else 1)


@event.listens_for(Registration, "before_delete")
def _remember(_mapper: object, connection: Connection, registration: Registration) -> None:
    """A registration that is deleted leaves its invitation behind, and what the guest's calendar heard from it."""
    number = itip.invitation_of(registration.calendar_uid)
    if number:
        bound = (Invitation.id == number, Invitation.registration_id == registration.id)
        heard = Invitation.calendar_turns + _told_by(registration, number)
        connection.execute(update(Invitation).where(*bound).values(calendar_turns=heard))


def told_in(version: CalendarVersion, language: str, *, own: int = 0, is_cancelled: bool = False) -> dict[str, Any]:
    """The version as a letter keeps it among its parameters, in the letter's language; `own` is own_sequence()."""
    facts = version.facts

    def local(name: str) -> str:
        return Bilingual(facts[f"{name}_zh"], facts[f"{name}_en"]).local(language)

    return {
        "version": version.sequence,
        "sequence": version.sequence + own,
        "is_cancelled": is_cancelled,
        "starts_on": facts["starts_on"],
        "ends_on": facts["ends_on"],
        "title": local("title"),
        "place": ", ".join(part for part in (local("venue"), local("address")) if part),
    }


def follow(edition: Edition, _actor: Actor) -> None:
    """An edition was changed: where calendars know it, the next letters bear a higher SEQUENCE."""
    known = latest_version(edition)
    if known is not None:
        current_version(edition)


after_change.append(follow)
