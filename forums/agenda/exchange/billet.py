"""Billet's own programme JSON: everything the agenda holds, in both languages."""

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

from forums.agenda.exchange.gathering import Gathering
from forums.agenda.exchange.node import LONGEST_TEXT, N_, Node
from forums.agenda.exchange.programme import (
    KINDS,
    ROLES,
    STATES,
    Facts,
    Part,
    Programme,
    ProgrammeHall,
    ProgrammePerson,
    ProgrammeSession,
    ProgrammeTrack,
)
from forums.columns import Bilingual

FORMAT = "billet-programme"
NOT_A_WORD = N_("This is none of the words that may stand here; the usual one was used.")


def read(root: Node) -> Programme:
    facts = edition_facts(root.child("edition"))
    if facts.zone:
        root.zone = ZoneInfo(facts.zone)
    found = Gathering("billet", root, key_field="key", end_field="ends_at")
    for hall in root.children("halls"):
        if key := hall.key("key"):
            found.halls[key] = ProgrammeHall(key, hall.both("name") or Bilingual(key, key), hall.whole("capacity"))
    for track in root.children("tracks"):
        if key := track.key("key"):
            found.tracks[key] = ProgrammeTrack(key, track.both("name") or Bilingual(key, key))
    for node in root.children("people"):
        found.person(node, person(node))
    for _ in root.items("sessions"):
        found.counted()
    for node in root.children("sessions"):
        found.session(node, session(node, found))
    return found.programme(facts)


def edition_facts(edition: Node) -> Facts:
    zone = edition.zone_name("zone")
    return Facts(edition.both("title"), zone, edition.day("starts_on"), edition.day("ends_on"), edition.text("slug"))


def person(node: Node) -> ProgrammePerson:
    return ProgrammePerson(
        key=node.key("key"),
        name=node.both("name"),
        bio=node.both("bio", LONGEST_TEXT),
        title=node.both("title"),
        organisation=node.both("organisation"),
    )


def session(node: Node, found: Gathering) -> ProgrammeSession:
    return ProgrammeSession(
        key=node.key("key"),
        title=node.both("title"),
        abstract=node.both("abstract", LONGEST_TEXT),
        kind=word(node, "kind", KINDS),
        state=word(node, "state", STATES, "published"),
        language=node.text("language", 8),
        starts_at=node.moment("starts_at"),
        ends_at=node.moment("ends_at"),
        hall=found.hall(node, "hall", node.key("hall")),
        track=found.track(node, "track", node.key("track")),
        people=found.parts(node, parts(node)),
    )


def parts(node: Node) -> list[tuple[str, Part]]:
    listed = enumerate(node.children("people"))
    return [(f"people[{index}]", Part(each.key("person"), word(each, "role", ROLES))) for index, each in listed]


def word(node: Node, name: str, words: tuple[str, ...], usual: str = "") -> str:
    written = node.text(name)
    if written and written not in words:
        node.complain(name, NOT_A_WORD, written)
    return written if written in words else usual or words[0]


def write(programme: Programme) -> bytes:
    """The programme as UTF-8 JSON, an object to a line where it is short; reading it gives the same programme."""
    facts = programme.facts
    edition = {
        "slug": facts.slug,
        "title": both(facts.title),
        "zone": facts.zone,
        "starts_on": iso(facts.starts_on),
        "ends_on": iso(facts.ends_on),
    }
    document = {
        "format": FORMAT,
        "version": 1,
        "edition": edition,
        "halls": [{"key": hall.key, "name": both(hall.name), "capacity": hall.capacity} for hall in programme.halls],
        "tracks": [{"key": track.key, "name": both(track.name)} for track in programme.tracks],
        "people": [written_person(each) for each in programme.people],
        "sessions": [written_session(each) for each in programme.sessions],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def written_person(person: ProgrammePerson) -> dict[str, object]:
    texts = {"name": person.name, "title": person.title, "organisation": person.organisation, "bio": person.bio}
    return {"key": person.key} | {name: both(text) for name, text in texts.items() if text}


def written_session(session: ProgrammeSession) -> dict[str, object]:
    return {
        "key": session.key,
        "kind": session.kind,
        "state": session.state,
        "language": session.language,
        "title": both(session.title),
        "abstract": both(session.abstract),
        "starts_at": iso(session.starts_at),
        "ends_at": iso(session.ends_at),
        "hall": session.hall or None,
        "track": session.track or None,
        "people": [{"person": part.person, "role": part.role} for part in session.people],
    }


def both(text: Bilingual) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def iso(value: date | datetime | None) -> str | None:
    return value.isoformat() if value else None
