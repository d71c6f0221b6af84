"""An invitation as calendars understand it (iTIP, RFC 5546): facts in, bytes out, the same bytes each time.

Each guest is invited to an event of their own (one UID for a person and an edition), so that nobody sees who else is
invited, and taking one invitation back is a CANCEL to that person alone. A SEQUENCE that rose tells programs that day,
place or name are no longer what they were.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from icalendar import Calendar, Event
from icalendar.parser import param_value
from icalendar.prop import vText

from forums.mail.compose import KEPT, CalendarPart, address_on_the_wire, one_line

PRODUCT = "-//Billet//Invitations//EN"
LINE = 75  # octets
# A mailto address keeps what RFC 6068 lets stand; the rest, "%" and "?" and Chinese, is percent-encoded.
ADDRESS_KEEPS = "@!$'*+-._~/=^`{|}"


@dataclass(frozen=True)
class Occasion:
    """What everybody is invited to, in one language. Days are whole days, both included."""

    sequence: int
    starts_on: date
    ends_on: date
    title: str
    place: str
    is_cancelled: bool = False

    @property
    def method(self) -> str:
        return "CANCEL" if self.is_cancelled else "REQUEST"


@dataclass(frozen=True)
class Guest:
    """Who is invited, to the event that uid_of() names, and where their calendar sends the answer: to `organizer`."""

    uid: str
    name: str
    email: str
    organizer: str
    organizer_name: str
    description: str
    link: str
    written_at: datetime


def message(occasion: Occasion, guest: Guest) -> CalendarPart:
    """The REQUEST, or the CANCEL, to one guest. Raises mail.faults.Permanent for what is no address."""
    before, after = _constant(occasion)
    return CalendarPart(occasion.method, before + _personal(guest, answers=not occasion.is_cancelled) + after)


def uid_of(invitation_id: int, seal: str, domain: str) -> str:
    """The name of a guest's event, for good: REQUEST, update, CANCEL and the REPLY bear it.

    The seal makes it one that only its guest knows: a reply with another is nobody's.
    """
    return f"invitation-{invitation_id}-{seal}@{domain}"


def invitation_of(uid: str) -> int | None:
    """The id of the invitation whose event bears this name; None where it is not one of ours."""
    found = re.match(r"invitation-([0-9]{1,9})-", uid)
    return int(found[1]) if found else None


@lru_cache(maxsize=64)
def _constant(occasion: Occasion) -> tuple[bytes, bytes]:
    """The lines before and after those that are somebody's own."""
    event = Event()
    event.add("sequence", occasion.sequence)
    event.add("status", "CANCELLED" if occasion.is_cancelled else "CONFIRMED")
    event.add("dtstart", occasion.starts_on)
    event.add("dtend", occasion.ends_on + timedelta(days=1))
    event.add("summary", one_line(occasion.title))
    if occasion.place:
        event.add("location", one_line(occasion.place, 400))
    event.add("transp", "OPAQUE")
    event.add("class", "PUBLIC")
    # Outlook: a whole day, kept free until the guest accepts, busy from then on.
    event.add("x-microsoft-cdo-alldayevent", "TRUE")
    event.add("x-microsoft-cdo-busystatus", "FREE" if occasion.is_cancelled else "TENTATIVE")
    event.add("x-microsoft-cdo-intendedstatus", "FREE" if occasion.is_cancelled else "BUSY")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", occasion.method)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    before, opening, after = written.partition(b"BEGIN:VEVENT\r\n")
    return before + opening, after


def _personal(guest: Guest, *, answers: bool) -> bytes:
    lines = [
        _line("UID", guest.uid),
        f"DTSTAMP:{guest.written_at.astimezone(UTC):%Y%m%dT%H%M%SZ}".encode(),
        _line("ORGANIZER", _mailto(guest.organizer), CN=guest.organizer_name),
    ]
    asked = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"} if answers else {}
    lines.append(_line("ATTENDEE", _mailto(guest.email), CN=guest.name, CUTYPE="INDIVIDUAL", **asked))
    if description := "\n".join(one_line(line, 1000) for line in guest.description.splitlines()):
        lines.append(_line("DESCRIPTION", vText(description).to_ical().decode()))
    if guest.link:
        lines.append(_line("URL", guest.link))
    return b"\r\n".join((*lines, b""))


def _line(name: str, value: str, **params: str) -> bytes:
    """A content line (RFC 5545 3.1); `value` is escaped already, as its type asks."""
    shown = "".join(f";{key}={_parameter(text)}" for key, text in params.items() if _parameter(text))
    return _folded(f"{name}{shown}:{value}".encode())


@lru_cache(maxsize=KEPT)
def _parameter(text: str) -> str:
    # Some readers take a backslash in a parameter for an escape.
    clean = one_line(text.replace("\\", "/"))
    shown: str = param_value(clean) if clean else ""
    return shown


def _folded(line: bytes) -> bytes:
    """Folded at 75 octets between characters; a backslash stays with what it escapes. (icalendar's own takes 60 µs.)"""
    start, room, pieces = 0, LINE, []
    while len(line) - start > room:
        end = start + room
        while line[end] & 0xC0 == 0x80:
            end -= 1
        if line[end - 1] in b"\\^":
            end -= 1
        pieces.append(line[start:end])
        start, room = end, LINE - 1
    return b"\r\n ".join((*pieces, line[start:]))


@lru_cache(maxsize=KEPT)
def _mailto(address: str) -> str:
    return f"mailto:{quote(address_on_the_wire(address, smtputf8=True), safe=ADDRESS_KEEPS)}"
