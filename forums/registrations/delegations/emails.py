"""The letters to the contact of a unit: the private link, and what became of its people who have no address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_datetime
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from forums.clock import days, now
from forums.documents.render.pdf import typeset
from forums.extensions import db
from forums.mail import queue
from forums.mail.attachments import attachments
from forums.mail.compose import Attachment
from forums.mail.models import Letter
from forums.mail.rendering import speaking
from forums.registrations import emails
from forums.registrations.delegations.queries import in_reading_order, members_of
from forums.registrations.delegations.words import role_word
from forums.registrations.models import Delegation, Registration, State
from forums.registrations.tickets import tickets
from forums.registrations.words import state_word

# A contact who registers ten people one by one gets one letter: it waits this long for the next change, and an hour
# lies between two.
COLLECTING = timedelta(minutes=5)
BETWEEN = timedelta(hours=1)
MOST_NAMED = 200  # people in one letter
_GATHERED = "rows_to_tell_contacts_of"


def invited(unit: Delegation) -> Letter | None:
    """Your unit has places: name your people behind this private link. Once a minute at the most."""
    return _write(unit, "delegation_invited", f"invited:{unit.token_version}:{now():%Y%m%d%H%M}")


def removed(unit: Delegation) -> Letter | None:
    """Your unit's places and people were given up; news that still waits goes unsaid."""
    _withdraw(_last_news(unit))
    return _write(unit, "delegation_removed", f"removed:{unit.revision}")


@contextmanager
def told_once() -> Iterator[None]:
    """Let the changes of the block be told together at its end: what is said of one is said of all."""
    info = db.session.info
    gathered: list[Registration] = info.setdefault(_GATHERED, [])
    try:
        yield
    finally:
        info.pop(_GATHERED)
    for row in {row.delegation_id: row for row in gathered}.values():
        tell_contact(row)


def tell_contact(row: Registration) -> None:
    """Somebody of a unit has no address of their own and was changed: the contact reads who comes now.

    A letter that still waits says the latest; after it has gone the next waits for its hour.
    """
    unit = row.delegation
    if unit is None or not unit.contact_email or not unit.capacity:
        return
    if (gathered := db.session.info.get(_GATHERED)) is not None:
        gathered.append(row)
        return
    db.session.flush()
    last = _last_news(unit)
    if last is not None and last.state == "queued":
        if last.recipient == unit.contact_email:
            last.params = _facts(unit) | _people(unit)
            return
        _withdraw(last)
    due = now() + COLLECTING
    if last is not None and last.state != "cancelled":
        due = max(due, last.not_before + BETWEEN)
    queue(
        letter="delegation_news",
        event=f"delegation:{unit.id}:news:{due.isoformat()}",
        to=unit.contact_email,
        name=unit.contact_name or unit.name,
        language=unit.language,
        params=_facts(unit) | _people(unit),
        edition=unit.edition,
        not_before=due,
    )


@attachments("delegation_news")
def tickets_of_the_silent(params: dict[str, Any], language: str) -> list[Attachment]:
    """The tickets, as they are at delivery, of those who get no letter of their own."""
    unit = db.session.get(Delegation, params["delegation_id"])
    people = [row for row in members_of(unit) if row.is_confirmed and row.email is None] if unit is not None else []
    if not people:
        return []
    with speaking(language):
        return [Attachment("tickets.pdf", "application/pdf", tickets_pdf(people, datetime.fromisoformat(params["at"])))]


def tickets_pdf(people: list[Registration], issued: datetime) -> bytes:
    """One A6 ticket for each of these on a page of its own, in the person's language."""
    ids = [row.id for row in people]
    with_all = select(Registration).where(Registration.id.in_(ids)).options(selectinload(Registration.session_places))
    db.session.scalars(with_all).all()
    facts = [(emails.facts_of(row), row.language) for row in people]
    return typeset("ticket.typ", tickets(facts), issued=issued, accessible=len(people) <= MOST_NAMED)


def _write(unit: Delegation, letter: str, what: str) -> Letter | None:
    if unit.contact_email is None:
        return None
    return queue(
        letter=letter,
        event=f"delegation:{unit.id}:{what}",
        to=unit.contact_email,
        name=unit.contact_name or unit.name,
        language=unit.language,
        params=_facts(unit),
        edition=unit.edition,
    )


def _facts(unit: Delegation) -> dict[str, Any]:
    edition, language = unit.edition, unit.language
    return {
        "delegation_id": unit.id,
        "token_version": unit.token_version,
        "unit": unit.name,
        "places": unit.capacity,
        "taken": unit.taken,
        "closes_at": _moment(unit),
        "at": now().isoformat(),
        "edition_slug": edition.slug,
        "edition_title": edition.title.local(language),
        "venue": edition.venue.local(language),
        "address": edition.address.local(language),
        "dates": days(edition.starts_on, edition.ends_on, language),
        "contact_email": edition.contact_email,
    }


def _people(unit: Delegation) -> dict[str, Any]:
    """Who stands how, as the letter says it; `silent` has no letter of their own."""
    rows = in_reading_order(members_of(unit))[:MOST_NAMED]
    with speaking(unit.language):
        people = [
            {
                "name": row.name,
                "role": role_word(row.role),
                "state": state_word(row.state),
                "reference": row.reference if row.state == State.CONFIRMED else "",
                "silent": row.email is None,
            }
            for row in rows
        ]
    return {"people": people}


def _moment(unit: Delegation) -> str:
    """Until when people may be named, in words and where the event is."""
    if unit.closes_at is None:
        return ""
    spoken = "zh_Hans_CN" if unit.language == "zh" else "en"
    local = unit.closes_at.astimezone(unit.edition.tz)
    return f"{format_datetime(local, 'medium', locale=spoken)} ({unit.edition.zone})"


def _last_news(unit: Delegation) -> Letter | None:
    """The latest letter of news, locked: it is either still waiting, and stays so, or on its way."""
    of_unit = Letter.event.like(f"delegation:{unit.id}:news:%")
    statement = select(Letter).where(of_unit).order_by(Letter.id.desc()).limit(1)
    return db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))


def _withdraw(letter: Letter | None) -> None:
    if letter is not None and letter.state == "queued":
        letter.state = "cancelled"


emails.of_no_address.append(tell_contact)
