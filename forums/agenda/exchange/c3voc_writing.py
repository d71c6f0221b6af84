"""Writing the c3voc schedule, as JSON and as XML; both are valid against the schemas the c3voc publishes.

The format knows one language, and only sessions with a time: texts are in the language asked for, the others stay out.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from lxml import etree

from forums.agenda.exchange.programme import Programme, ProgrammePerson, ProgrammeSession

Json = dict[str, Any]
Address = Callable[[ProgrammeSession], str]

ZONE_NAME = re.compile(r"[A-Z][a-z]+/[A-Z][a-z]+|UTC$")  # the names the schema admits
UNFIT_FOR_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_json(programme: Programme, *, language: str, url: str, address: Address) -> bytes:
    """UTF-8 JSON. `url` is the public agenda, `address` gives a session's absolute page."""
    return json.dumps(document(programme, language, url, address), ensure_ascii=False, indent=1).encode()


def write_xml(programme: Programme, *, language: str, url: str, address: Address) -> bytes:
    """UTF-8 XML of the same document."""
    schedule = document(programme, language, url, address)["schedule"]
    return etree.tostring(xml_schedule(schedule), encoding="utf-8", xml_declaration=True, pretty_print=True)


def document(programme: Programme, language: str, url: str, address: Address) -> Json:
    facts, acronym = programme.facts, acronym_of(programme)
    zone = ZoneInfo(facts.zone or "UTC")
    writer = EventWriter(programme, language, acronym, zone, address)
    days = list(written_days(programme, zone, writer))
    conference: Json = {
        "acronym": acronym,
        "title": facts.title.local(language),
        "start": str(facts.starts_on or (days[0]["date"] if days else date.min)),
        "end": str(facts.ends_on or (days[-1]["date"] if days else date.min)),
        "daysCount": len(days),
        "timeslot_duration": "00:05",
        "url": url,
        "rooms": [
            {"name": hall.name.local(language), "guid": guid(acronym, "hall", hall.key), "capacity": hall.capacity}
            for hall in programme.halls
        ],
        "days": days,
    }
    if ZONE_NAME.match(facts.zone):
        conference["time_zone_name"] = facts.zone
    return {"schedule": {"version": version(days), "base_url": url, "conference": conference}}


def written_days(programme: Programme, zone: ZoneInfo, writer: "EventWriter") -> Iterator[Json]:
    """A day for each date on which a session begins; one empty day when there is none: the schema asks for one."""
    timed = [(each.starts_at.astimezone(zone), each) for each in programme.sessions if each.starts_at]
    timed = sorted((pair for pair in timed if pair[1].state != "cancelled"), key=lambda pair: (pair[0], pair[1].key))
    by_date = {on: list(pairs) for on, pairs in groupby(timed, key=lambda pair: pair[0].date())}
    if not by_date and programme.facts.starts_on:
        by_date[programme.facts.starts_on] = []
    for index, (on, pairs) in enumerate(by_date.items(), start=1):
        rooms: dict[str, list[Json]] = {}
        for starts_at, session in pairs:
            rooms.setdefault(writer.hall(session), []).append(writer.event(session, starts_at))
        opens, closes = (datetime.combine(on + timedelta(days=days), time(), zone) for days in (0, 1))
        yield {
            "index": index,
            "date": on.isoformat(),
            "day_start": opens.isoformat(),
            "day_end": closes.isoformat(),
            "rooms": rooms,
        }


class EventWriter:
    """Writes single sessions with what they share: names by key, language, zone."""

    def __init__(self, programme: Programme, language: str, acronym: str, zone: ZoneInfo, address: Address) -> None:
        self.language, self.acronym, self.zone, self.address = language, acronym, zone, address
        self.halls = {hall.key: hall.name.local(language) for hall in programme.halls}
        self.tracks = {track.key: track.name.local(language) for track in programme.tracks}
        self.people = {person.key: person for person in programme.people}
        self.numbers = {session.key: session.number or n for n, session in enumerate(programme.sessions, start=1)}

    def hall(self, session: ProgrammeSession) -> str:
        return self.halls.get(session.hall, "")

    def event(self, session: ProgrammeSession, starts_at: datetime) -> Json:
        number, ends_at = self.numbers[session.key], (session.ends_at or starts_at).astimezone(self.zone)
        return {
            "guid": guid(self.acronym, "session", session.key),
            "id": number,
            "date": starts_at.isoformat(timespec="seconds"),
            "start": f"{starts_at:%H:%M}",
            "end": ends_at.isoformat(timespec="seconds"),
            "duration": duration(ends_at - starts_at),
            "room": self.hall(session),
            "slug": f"{self.acronym}-session-{number}",
            "url": self.address(session),
            "title": session.title.local(self.language),
            "subtitle": "",
            "track": self.tracks.get(session.track, ""),
            "type": session.kind,
            "language": session.language or self.language,
            "abstract": session.abstract.local(self.language),
            "description": "",
            "persons": [self.person(self.people[part.person]) for part in session.people if part.person in self.people],
            "links": [],
            "attachments": [],
        }

    def person(self, person: ProgrammePerson) -> Json:
        return {
            "guid": guid(self.acronym, "person", person.key),
            "name": person.name.local(self.language),
            "biography": person.bio.local(self.language),
        }


def acronym_of(programme: Programme) -> str:
    """The edition's slug in the letters the schema admits, four at least."""
    return re.sub(r"[^a-z0-9]+", "_", programme.facts.slug.lower()).strip("_").ljust(4, "_")


def guid(acronym: str, kind: str, key: str) -> str:
    """The key itself when it is a UUID already, else one derived from it, the same each time."""
    try:
        return str(UUID(key))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"billet:{acronym}:{kind}:{key}"))


def duration(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


def version(days: list[Json]) -> str:
    """Names the content: readers fetch a schedule again when it changes."""
    return uuid5(NAMESPACE_URL, json.dumps(days, sort_keys=True)).hex[:12]


def xml_schedule(schedule: Json) -> etree._Element:
    conference = schedule["conference"]
    root = etree.Element("schedule")
    add(root, "generator", name="Billet")
    add(root, "version", schedule["version"])
    about = add(root, "conference")
    for name in ("title", "acronym", "start", "end", "timeslot_duration", "time_zone_name"):
        if name in conference:
            add(about, name, conference[name])
    add(about, "days", conference["daysCount"])
    add(about, "base_url", schedule["base_url"])
    for day in conference["days"]:
        element = add(root, "day", date=day["date"], start=day["day_start"], end=day["day_end"], index=day["index"])
        for name, events in day["rooms"].items():
            room = add(element, "room", name=name)
            for event in events:
                xml_event(room, event)
    return root


def xml_event(room: etree._Element, event: Json) -> None:
    element = add(room, "event", id=event["id"], guid=event["guid"])
    for name in ("room", "title", "subtitle", "type", "date", "start", "duration", "abstract", "slug", "track"):
        add(element, name, event[name])
    persons = add(element, "persons")
    for number, person in enumerate(event["persons"], start=1):
        add(persons, "person", person["name"], id=number, guid=person["guid"])
    for name in ("language", "description", "url"):
        add(element, name, event[name])


def add(parent: etree._Element, name: str, text: object = None, /, **attributes: object) -> etree._Element:
    child = etree.SubElement(parent, name, {key: fit(value) for key, value in attributes.items()})
    child.text = None if text is None else fit(text)
    return child


def fit(value: object) -> str:
    return UNFIT_FOR_XML.sub("", str(value))
