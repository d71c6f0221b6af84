"""The ticket as a QR picture and as PDF, the event as a calendar entry: facts in, bytes out, the same bytes each time.

Facts are those of emails.facts_of(row).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from types import MappingProxyType
from typing import Any

import segno
from flask import current_app
from flask_babel import gettext as _
from icalendar import Calendar, Event, vCalAddress

from forums import links, tokens
from forums.documents.render.pdf import printable, typeset
from forums.mail.rendering import speaking

A6 = {"width": 105, "height": 148, "columns": 1, "rows": 1}  # millimetres, and pieces on a sheet


def ticket_text(registration_id: int, ticket_version: int) -> str:
    """What the QR code says: signed for the door only, so that a photographed ticket opens no private page."""
    return tokens.sign("ticket", registration_id, ticket_version)


def ticket_png(registration_id: int, ticket_version: int) -> bytes:
    """The QR code as a black and white picture of about 300 pixels, with its quiet zone."""
    picture = BytesIO()
    segno.make_qr(ticket_text(registration_id, ticket_version), error="m").save(picture, kind="png", scale=8, border=4)
    return picture.getvalue()


def ticket_pdf(facts: Mapping[str, Any], language: str) -> bytes:
    """The ticket on an A6 page in this language, tagged for readers of the screen."""
    issued = datetime.fromisoformat(facts["written_at"])
    return typeset("ticket.typ", tickets([(facts, language)]), issued=issued)


def tickets(
    people: Sequence[tuple[Mapping[str, Any], str]], size: Mapping[str, int] = MappingProxyType(A6)
) -> dict[str, Any]:
    """What ticket.typ reads: a ticket for each, in its own language, of this size and so many on a sheet."""
    items = [_ticket(facts, language) for facts, language in people]
    return {
        "title": f"{_('Ticket')} · {items[0]['event']}" if items else _("Ticket"),
        "author": "Billet",
        "description": _("Ticket"),
        "language": people[0][1] if people else "zh",
        "strip": False,
        **size,
        "items": items,
    }


def _ticket(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    lines = {
        "event": facts["edition_title"],
        "name": facts["name"],
        "organisation": facts["organisation"],
        "category": facts.get("category", ""),  # not in letters that were queued before categories had names there
        "dates": facts["dates"],
        "venue": ", ".join(part for part in (facts["venue"], facts["address"]) if part),
        "reference": facts["reference"],
    }
    with speaking(language):
        words = {
            "ticket": _("Ticket"),
            "organisation": _("Organisation"),
            "category": _("Category"),
            "date": _("Date"),
            "venue": _("Venue"),
            "reference": _("Reference"),
            "show": _("Show this code at the entrance, on paper or on your phone."),
        }
        code = drawn_code(ticket_text(facts["registration_id"], facts["ticket_version"]), facts["reference"])
    return {name: printable(text) for name, text in lines.items()} | {"code": code, "words": words}


def drawn_code(text: str, label: str) -> dict[str, str]:
    """A QR code for typst, drawn in lines: dots of an image blur below 200 dpi. `alt` is for who cannot see it."""
    picture = BytesIO()
    # Choosing the best of eight masks takes four fifths of the time, and any mask of a random text is as good.
    code = segno.make_qr(text, error="m", mask=0)
    code.save(picture, kind="svg", border=4, xmldecl=False, omitsize=True, svgclass=None, lineclass=None, nl=False)
    return {"svg": picture.getvalue().decode(), "alt": _("QR code %(label)s", label=label)}


def calendar_entry(facts: Mapping[str, Any]) -> bytes:
    """An iCalendar file of one all-day event for emails.facts_of(row).

    The UID is the registration's for good: its own, or that of the event which an invitation asked the calendar for.
    """
    known = facts.get("calendar") or {}  # letters that were queued before such events had names have none
    event = Event()
    event.add("uid", known.get("uid") or f"registration-{facts['registration_id']}@{current_app.config['MAIL_DOMAIN']}")
    event.add("dtstamp", datetime.fromisoformat(facts["written_at"]).astimezone(UTC))
    event.add("sequence", facts["revision"] + known.get("sequence", 0))
    event.add("status", "CANCELLED" if facts["state"] == "cancelled" else "CONFIRMED")
    event.add("dtstart", date.fromisoformat(facts["starts_on"]))
    event.add("dtend", date.fromisoformat(facts["ends_on"]) + timedelta(days=1))
    event.add("summary", facts["edition_title"])
    event.add("location", ", ".join(part for part in (facts["venue"], facts["address"]) if part))
    event.add("description", f"{facts['reference']} · {facts['name']}")
    event.add("url", links.external("home.edition", edition=facts["edition_slug"]))
    event.add("transp", "OPAQUE")
    if organizer := known.get("organizer") or facts["contact_email"]:
        event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    calendar = Calendar()
    calendar.add("prodid", "-//Billet//Registrations//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
