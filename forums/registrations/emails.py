"""The letters of this room, one function each. Facts are frozen when the row changes; files are made at delivery."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from babel.dates import format_datetime

from forums.agenda.clashes import hall_name
from forums.agenda.models import Session
from forums.agenda.operations import Whereabouts
from forums.clock import days, now
from forums.documents.fonts import FontMissing
from forums.editions.models import Edition
from forums.extensions import db
from forums.mail import post
from forums.mail.attachments import attachments
from forums.mail.compose import Attachment
from forums.registrations.models import Registration, State
from forums.registrations.offered import at_once
from forums.registrations.places import Wished
from forums.registrations.queries import rank_of
from forums.registrations.tickets import calendar_entry, ticket_pdf, ticket_png

# Whoever moves a session often moves it again: only where it came to rest is told.
SECOND_THOUGHTS = timedelta(minutes=10)
# Called with a registration that changed and has no address to write to: a room above may tell somebody else.
of_no_address: list[Callable[[Registration], None]] = []


# Asked for a registration whose event a room above has named in calendars: {uid, sequence, organizer, host} or None.
# The registration's own revision is added to the SEQUENCE.
_calendars: list[Callable[[Registration], dict[str, Any] | None]] = []


def in_calendars(
    ask: Callable[[Registration], dict[str, Any] | None],
) -> Callable[[Registration], dict[str, Any] | None]:
    """Declare who knows such events."""
    _calendars.append(ask)
    return ask


def received(row: Registration) -> None:
    """We have your request; it will be decided on."""
    _write("registration_received", row, "received")


def confirmed(row: Registration, missed: Sequence[Wished] = ()) -> None:
    """You have a place; ticket and calendar entry attached. `missed` had no place left."""
    _write("registration_confirmed", row, f"confirmed:{row.revision}", missed)


def waitlisted(row: Registration) -> None:
    """All places are taken; this is your rank."""
    _write("registration_waitlisted", row, f"waitlisted:{row.revision}")


def promoted(row: Registration, missed: Sequence[Wished] = ()) -> None:
    """A place became free and it is yours; ticket and calendar entry attached."""
    _write("registration_promoted", row, f"promoted:{row.revision}", missed)


def offered(row: Registration, missed: Sequence[Wished] = ()) -> None:
    """A place became free; it is yours if you say so in time."""
    _write("registration_offered", row, f"offered:{row.revision}", missed)


def lapsed(row: Registration) -> None:
    """Your time to accept is over; the place went on."""
    _write("registration_lapsed", row, f"lapsed:{row.revision}")


def declined(row: Registration) -> None:
    """We cannot give you a place; this is why."""
    _write("registration_declined", row, f"declined:{row.revision}")


def changed(row: Registration) -> None:
    """Your details were changed; the private link in this letter is the one that works."""
    _write("registration_changed", row, f"changed:{row.revision}")


def cancelled(row: Registration) -> None:
    """Your registration was cancelled; the calendar entry takes itself back."""
    _write("registration_cancelled", row, f"cancelled:{row.revision}")


def handed_over(row: Registration) -> None:
    """Before another takes this person's place: your ticket no longer holds. To the person's own address alone."""
    if row.email is not None:
        facts = facts_of(row) | {"state": str(State.CANCELLED), "revision": row.revision + 1}
        _post("registration_handed_over", row, f"handed_over:{row.ticket_version}", row.email, facts)


def already_registered(row: Registration) -> None:
    """Somebody registered with this address again: the private link once more, at most one letter an hour."""
    _write("already_registered", row, f"known:{now():%Y%m%d%H}")


def session_cancelled(row: Registration, session: Session) -> None:
    """A session that you signed up for does not take place; your registration stands."""
    _write(
        "session_cancelled",
        row,
        f"session:{session.id}:cancelled:{session.revision}",
        more={"session": session.title.local(row.language), "session_at": _spoken(session.starts_at, row)},
    )


def of_moves(session: Session) -> str:
    """The batch of the letters that tell where this session is now."""
    return f"session:{session.id}:moved"


def session_moved(row: Registration, session: Session, was: Whereabouts) -> None:
    """A session that you signed up for takes place at another time or in another hall; you keep your place."""
    clashing = [
        one.session.title.local(row.language)
        for one in row.session_places
        if one.session_id != session.id and at_once(one.session, session)
    ]
    _write(
        "session_moved",
        row,
        f"session:{session.id}:moved:{session.revision}",
        more={
            "session": session.title.local(row.language),
            "was_at": _spoken(was.starts_at, row) if was.starts_at != session.starts_at else "",
            "session_at": _spoken(session.starts_at, row),
            "hall": hall_name(session).local(row.language),
            "clashing": clashing,
        },
        batch=of_moves(session),
        not_before=now() + SECOND_THOUGHTS,
    )


def facts_of(row: Registration) -> dict[str, Any]:
    """What letters, tickets and calendar entries say about a registration, as JSON in its own language."""
    edition, language = row.edition, row.language
    return {
        "registration_id": row.id,
        "token_version": row.token_version,
        "ticket_version": row.ticket_version,
        "revision": row.revision,
        "state": str(row.state),
        "rank": rank_of(row),
        "reference": row.reference,
        "name": row.name,
        "organisation": row.organisation,
        "title": row.title,
        "category": row.category.name.local(language),
        "email": row.email,
        "phone": row.phone,
        "reason": row.reason,
        "written_at": now().isoformat(),
        "edition_slug": edition.slug,
        "edition_title": edition.title.local(language),
        "venue": edition.venue.local(language),
        "address": edition.address.local(language),
        "dates": dates_of(edition, language),
        "starts_on": edition.starts_on.isoformat(),
        "ends_on": edition.ends_on.isoformat(),
        "contact_email": edition.contact_email,
        "offer_until": _until(row),
        "calendar": next(filter(None, (ask(row) for ask in _calendars)), None) if row.calendar_uid else None,
        "sessions": [one.session.title.local(language) for one in row.session_places],
    }


def _until(row: Registration) -> str:
    """The moment at which an offer ends, in words and where the event is."""
    return _spoken(row.offer_until, row)


def _spoken(moment: datetime | None, row: Registration) -> str:
    """A moment in words of the reader's language, where the event is."""
    if moment is None:
        return ""
    local, zh = moment.astimezone(row.edition.tz), row.language == "zh"
    words = format_datetime(local, "y年M月d日 HH:mm" if zh else "d MMMM y, HH:mm", locale="zh" if zh else "en")
    return f"{words} ({row.edition.zone})"


def dates_of(edition: Edition, language: str) -> str:
    """The days of the event in words: 2027年3月18日至19日."""
    return days(edition.starts_on, edition.ends_on, language)


@attachments("registration_confirmed")
@attachments("registration_promoted")
def ticket_and_calendar(params: dict[str, Any], language: str) -> list[Attachment]:
    """The QR code shown in the letter, the ticket as PDF, and the event for the calendar."""
    picture, name = ticket_png(params["registration_id"], params["ticket_version"]), f"ticket-{params['reference']}"
    try:
        paper = Attachment(f"{name}.pdf", "application/pdf", ticket_pdf(params, language))
    except FontMissing:  # the letter goes out all the same, with what needs no font
        paper = Attachment(f"{name}.png", "image/png", picture)
    return [
        Attachment("ticket-inline.png", "image/png", picture, inline_id="ticket"),
        paper,
        calendar_file(params, language),
    ]


@attachments("registration_changed")
def calendar_when_confirmed(params: dict[str, Any], language: str) -> list[Attachment]:
    """Who holds a place gets ticket and calendar entry as they are now."""
    return ticket_and_calendar(params, language) if params["state"] == State.CONFIRMED else []


@attachments("registration_cancelled")
@attachments("registration_handed_over")
def calendar_only(params: dict[str, Any], language: str) -> list[Attachment]:
    """The entry that takes the event out of the calendar, unless the letter itself asks the calendar for that."""
    return [] if params.get("calendar") else [calendar_file(params, language)]


def calendar_file(params: dict[str, Any], _language: str) -> Attachment:
    """The calendar entry as an attachment."""
    return Attachment("event.ics", "text/calendar; method=PUBLISH", calendar_entry(params))


def _write(
    letter: str,
    row: Registration,
    what: str,
    missed: Sequence[Wished] = (),
    more: Mapping[str, Any] = MappingProxyType({}),
    *,
    batch: str | None = None,
    not_before: datetime | None = None,
) -> None:
    if row.email is None:
        for tell in of_no_address:
            tell(row)
        return
    facts = facts_of(row) | {"missed": [_name_of(quota, row.language) for quota in missed]} | dict(more)
    _post(letter, row, what, row.email, facts, batch=batch, not_before=not_before)


def _post(
    letter: str,
    row: Registration,
    what: str,
    to: str,
    facts: dict[str, Any],
    *,
    batch: str | None = None,
    not_before: datetime | None = None,
) -> None:
    db.session.flush()
    post(
        letter=letter,
        event=f"registration:{row.id}:{what}",
        to=to,
        name=row.name,
        language=row.language,
        params=facts,
        edition=row.edition,
        batch=batch,
        not_before=not_before,
    )


def _name_of(quota: Wished, language: str) -> str:
    return (quota.title if isinstance(quota, Session) else quota.label).local(language)
