"""A calendar's reply (iTIP, RFC 5546), read within limits: its first event, line by line, and nothing is expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from forums.clock import read_moment
from forums.mail.incoming.mime import Message

MOST_LINES = 2_000
MOST_OF_A_LINE = 2_000
MOST_ATTENDEES = 20
ANSWERS = {"ACCEPTED": "coming", "DECLINED": "not_coming", "TENTATIVE": "tentative"}
_LINE = re.compile(r'([A-Za-z0-9-]{1,60})((?:;(?:"[^"]*"|[^":;])*)*):(.*)', re.DOTALL)
_PARAM = re.compile(r';([A-Za-z0-9-]{1,60})=("[^"]*"|[^";]*)')


@dataclass(frozen=True)
class Attendee:
    """Who answers, in lower case, and how: "coming", "not_coming", "tentative", or what else it said."""

    address: str
    answer: str
    sent_by: str = ""


@dataclass(frozen=True)
class CalendarReply:
    """One event of a message. `method` is "REPLY", or another one that nobody acts on by themselves."""

    method: str
    uid: str
    sequence: int
    written_at: datetime | None
    attendees: tuple[Attendee, ...]
    comment: str = ""
    events: int = 1


def reply_in(message: Message) -> CalendarReply | None:
    """The calendar object of a message, if it has one."""
    for part in message.parts:
        if part.kind in {"text/calendar", "application/ics"} or (
            part.kind == "application/octet-stream" and part.param("name").lower().endswith(".ics")
        ):
            found = read(part.text, part.param("method"))
            if found is not None:
                return found
    return None


def read(text: str, method: str = "") -> CalendarReply | None:
    """The first event in the text; `method` is the one that its part names. None when there is no event."""
    at: list[str] = []  # the components that are open
    facts: dict[str, str] = {}
    attendees: list[Attendee] = []
    uids: set[str] = set()
    events = 0
    for name, params, value in _lines(text):
        if name == "BEGIN":
            at.append(value.strip().upper())
            events += at[-1] == "VEVENT"
        elif name == "END":
            at = at[:-1]
        elif name == "METHOD" and len(at) <= 1:
            method = value.strip()
        elif at[-1:] == ["VEVENT"]:
            if name == "UID":
                uids.add(value.strip())
            if events == 1 and name == "ATTENDEE" and len(attendees) < MOST_ATTENDEES:
                attendees.append(_attendee(params, value))
            elif events == 1:
                facts.setdefault(name, value)
    if not events:
        return None
    return CalendarReply(
        method=method.strip().upper()[:20],
        uid=facts.get("UID", "").strip()[:300],
        sequence=_number(facts.get("SEQUENCE", "0")),
        written_at=read_moment(facts.get("DTSTAMP", "").strip(), UTC),
        attendees=tuple(attendees),
        comment=re.sub(r"\\(.)", lambda one: "\n" if one[1] in "nN" else one[1], facts.get("COMMENT", ""))[
            :1_000
        ].strip(),
        events=len(uids) if events > 1 else 1,
    )


def _lines(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Content lines, unfolded: name, parameters, value."""
    unfolded = re.sub(r"\n[ \t]", "", text)
    for line in unfolded.split("\n", MOST_LINES)[:MOST_LINES]:
        found = _LINE.match(line.strip()[:MOST_OF_A_LINE])
        if found:
            params = {name.upper(): said.strip('"') for name, said in _PARAM.findall(found[2])}
            yield found[1].upper(), params, found[3]


def _attendee(params: dict[str, str], value: str) -> Attendee:
    said = params.get("PARTSTAT", "").upper()
    return Attendee(_address(value), ANSWERS.get(said, said.lower()[:20]), _address(params.get("SENT-BY", "")))


def _address(value: str) -> str:
    return unquote(re.sub(r"^mailto:", "", value.strip(), flags=re.IGNORECASE)).strip().lower()[:320]


def _number(value: str) -> int:
    digits = value.strip()
    return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else 0
