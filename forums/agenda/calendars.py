"""Sessions as iCalendar: the same bytes for the same programme, and a UID that never changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask import current_app
from icalendar import Calendar, Event

from forums import links
from forums.agenda.clashes import hall_name
from forums.agenda.models import Session


def calendar_of(sessions: Iterable[Session], *, name: str, language: str) -> bytes:
    """One event per session that has a time, in the zone of its edition, which the file describes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Billet//Agenda//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for session in sessions:
        if session.starts_at:
            calendar.add_component(event_of(session, language))
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def event_of(session: Session, language: str) -> Event:
    event = Event()
    edition = session.edition
    starts_at = session.local_start
    event.add("uid", f"session-{session.id}@{current_app.config['MAIL_DOMAIN']}")
    event.add("dtstamp", session.changed_at)
    event.add("sequence", session.revision)
    event.add("dtstart", starts_at)
    if session.local_end and session.local_end > (starts_at or session.local_end):
        event.add("dtend", session.local_end)
    else:
        event.add("duration", timedelta(0))
    event.add("summary", session.title.local(language))
    place = [hall_name(session).local(language), edition.venue.local(language)]
    event.add("location", ", ".join(part for part in place if part))
    people = "、" if language == "zh" else ", "
    names = people.join(each.expert.person.name.local(language) for each in session.announced)
    event.add("description", "\n\n".join(part for part in (names, session.abstract.local(language)) if part))
    event.add("url", links.external("agenda.session", edition=edition.slug, session_id=session.id))
    event.add("status", "CONFIRMED" if session.state == "published" else "CANCELLED")
    return event
