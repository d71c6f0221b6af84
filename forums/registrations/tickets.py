"""The ticket as a QR picture and the event as a calendar entry: facts in, bytes out, the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import segno
from flask import current_app
from icalendar import Calendar, Event, vCalAddress

from forums import links, tokens


def ticket_text(registration_id: int, ticket_version: int) -> str:
    """What the QR code says: signed for the door only, so that a photographed ticket opens no private page."""
    return tokens.sign("ticket", registration_id, ticket_version)


def ticket_png(registration_id: int, ticket_version: int) -> bytes:
    """The QR code as a black and white picture of about 300 pixels, with its quiet zone."""
    picture = BytesIO()
    segno.make_qr(ticket_text(registration_id, ticket_version), error="m").save(picture, kind="png", scale=8, border=4)
    return picture.getvalue()


def calendar_entry(facts: Mapping[str, Any]) -> bytes:
    """An iCalendar file of one all-day event for emails.facts_of(row); the UID is the registration's for good."""
    event = Event()
    event.add("uid", f"registration-{facts['registration_id']}@{current_app.config['MAIL_DOMAIN']}")
    event.add("dtstamp", datetime.fromisoformat(facts["written_at"]).astimezone(UTC))
    event.add("sequence", facts["revision"])
    event.add("status", "CANCELLED" if facts["state"] == "cancelled" else "CONFIRMED")
    event.add("dtstart", date.fromisoformat(facts["starts_on"]))
    event.add("dtend", date.fromisoformat(facts["ends_on"]) + timedelta(days=1))
    event.add("summary", facts["edition_title"])
    event.add("location", ", ".join(part for part in (facts["venue"], facts["address"]) if part))
    event.add("description", f"{facts['reference']} · {facts['name']}")
    event.add("url", links.external("home.edition", edition=facts["edition_slug"]))
    event.add("transp", "OPAQUE")
    if facts["contact_email"]:
        event.add("organizer", vCalAddress(f"mailto:{facts['contact_email']}"))
    calendar = Calendar()
    calendar.add("prodid", "-//Billet//Registrations//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
