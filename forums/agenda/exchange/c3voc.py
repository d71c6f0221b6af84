"""The schedule format of the c3voc: days, rooms in them, events in those. frab, pretalx and many others speak it."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from forums.agenda.exchange.gathering import Gathering
from forums.agenda.exchange.kinds import kind_of
from forums.agenda.exchange.node import LONGEST_KEY, LONGEST_TEXT, Node, clean, filed
from forums.agenda.exchange.programme import (
    Facts,
    Part,
    Programme,
    ProgrammeHall,
    ProgrammePerson,
    ProgrammeSession,
    ProgrammeTrack,
    Unreadable,
)


def read(root: Node) -> Programme:
    conference = root.child("schedule").child("conference")
    if not conference.row:
        raise Unreadable(_l("This schedule holds no conference."))
    facts = conference_facts(conference)
    if facts.zone:
        conference.zone = ZoneInfo(facts.zone)
    found = Gathering("c3voc", root)
    for room in conference.children("rooms"):
        add_hall(found, room.text("name"), room.whole("capacity"))
    for day in conference.children("days"):
        read_day(day, found)
    return found.programme(facts)


def conference_facts(conference: Node) -> Facts:
    return Facts(
        title=filed(conference.text("title")),
        zone=conference.zone_name("time_zone_name"),
        starts_on=conference.day("start"),
        ends_on=conference.day("end"),
        slug=conference.text("acronym", LONGEST_KEY),
    )


def read_day(day: Node, found: Gathering) -> None:
    on, opens = day.day("date"), day.moment("day_start")
    rooms = day.child("rooms")
    for name in rooms.row:
        hall = add_hall(found, name)
        for _ in rooms.items(name):
            found.counted()
        for event in rooms.children(name):
            found.session(event, session(event, found, hall, on, opens))


def session(node: Node, found: Gathering, hall: str, on: date | None, opens: datetime | None) -> ProgrammeSession:
    language = node.text("language", 8)
    starts_at = node.moment("date") or on_the_day(node, on, opens)
    lasts = node.duration("duration")
    texts = [node.text(name, LONGEST_TEXT) for name in ("subtitle", "abstract", "description")]
    return ProgrammeSession(
        key=node.key("guid", "code", "id"),
        title=filed(node.text("title"), language),
        abstract=filed("\n\n".join(dict.fromkeys(filter(None, texts)))[:LONGEST_TEXT], language),
        kind=kind_of(node.text("type")),
        language=language,
        starts_at=starts_at,
        ends_at=node.moment("end") or (starts_at + lasts if starts_at and lasts else None),
        hall=hall,
        track=add_track(found, node.text("track")),
        people=found.parts(node, persons(node, found)),
    )


def on_the_day(node: Node, on: date | None, opens: datetime | None) -> datetime | None:
    """Older files give the day's date and the hour only; an hour before the day opens is after midnight."""
    written = node.text("start", LONGEST_KEY)
    if not on or not written or node.row.get("date"):
        return None
    try:
        starts_at = datetime.combine(on, time.fromisoformat(written), node.zone)
    except ValueError:
        return node.moment("start")
    return starts_at + timedelta(days=1) if opens and starts_at < opens else starts_at


def persons(node: Node, found: Gathering) -> list[tuple[str, Part]]:
    listed = []
    for index, person in enumerate(node.children("persons")):
        name = person.text("public_name") or person.text("name")
        key = person.key("guid", "code", "id") or f"name:{name}"[:LONGEST_KEY]
        bio = person.text("biography", LONGEST_TEXT)
        if found.person_again(person, ProgrammePerson(key, filed(name), bio=filed(bio))):
            listed.append((f"persons[{index}]", Part(key)))
    return listed


def add_hall(found: Gathering, name: str, capacity: int | None = None) -> str:
    key = clean(name)[:LONGEST_KEY]
    if key:
        found.halls.setdefault(key, ProgrammeHall(key, filed(clean(name)[:300]), capacity))
    return key


def add_track(found: Gathering, name: str) -> str:
    key = name[:LONGEST_KEY]
    if key:
        found.tracks.setdefault(key, ProgrammeTrack(key, filed(name)))
    return key
