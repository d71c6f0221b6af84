"""What the readers of all formats do alike: collect sessions and people once each, and refuse what cannot stand."""

from dataclasses import replace
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l

from forums.agenda.exchange.node import N_, Node
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

MOST_SESSIONS = 5_000
MOST_PEOPLE = 10_000
MOST_PLACES = 500  # rooms, and tracks
LONGEST_SESSION = timedelta(hours=99)

NO_KEY = N_("This session has no id, so a later import could not find it again; it was left out.")
NO_TITLE = N_("This session has no title; it was left out.")
REPEATED = N_("This id was used by an earlier session; this one was left out.")
ENDS_EARLY = N_("The session ends before it starts.")
TOO_LONG = N_("The session lasts longer than 99 hours.")
END_ALONE = N_("The session has an end and no start.")
NO_NAME = N_("This person has no name and was left out.")
ANOTHER_NAME = N_("This id carried another name earlier in the file; the first one was kept.")
REPEATED_PERSON = N_("This id was used by an earlier person; this one was left out.")
NO_SUCH_PERSON = N_("Nobody in the file has this id; the session comes without this person.")
NO_SUCH_HALL = N_("The file lists no such room; one was made with this name.")
NO_SUCH_TRACK = N_("The file lists no such track; one was made with this name.")


class Gathering:
    """Grows while a file is read, then gives the Programme. `key_field` and `end_field` are the format's own names."""

    def __init__(self, form: str, root: Node, *, key_field: str = "id", end_field: str = "end") -> None:
        self.form, self.root, self.count = form, root, 0
        self.key_field, self.end_field = key_field, end_field
        self.halls: dict[str, ProgrammeHall] = {}
        self.tracks: dict[str, ProgrammeTrack] = {}
        self.people: dict[str, ProgrammePerson] = {}
        self.sessions: dict[str, ProgrammeSession] = {}
        self.refused: set[str] = set()

    def programme(self, facts: Facts) -> Programme:
        if max(len(self.halls), len(self.tracks)) > MOST_PLACES:
            raise Unreadable(_l("This file holds more than %(most)s rooms or tracks.", most=MOST_PLACES))
        return Programme(
            format=self.form,
            facts=facts,
            halls=tuple(self.halls.values()),
            tracks=tuple(self.tracks.values()),
            people=tuple(self.people.values()),
            sessions=tuple(self.sessions.values()),
            problems=tuple(self.root.problems),
            read=self.count,
            refused_keys=tuple(sorted(self.refused - self.sessions.keys() - {""})),
        )

    def counted(self) -> None:
        """Count a session row, readable or not."""
        self.count += 1
        if self.count > MOST_SESSIONS:
            raise Unreadable(_l("This file holds more than %(most)s sessions.", most=MOST_SESSIONS))

    def session(self, node: Node, session: ProgrammeSession) -> None:
        """Take a session, or say why not."""
        fault = self.fault(node, session)
        if fault:
            node.complain(*fault)
        if fault or node.unreadable:
            self.refused.add(session.key)
        else:
            self.sessions[session.key] = replace(session, line=node.line)

    def fault(self, node: Node, session: ProgrammeSession) -> tuple[str, str, object] | None:
        if not session.key:
            return self.key_field, NO_KEY, session.title.zh or session.title.en
        if not session.title:
            return "title", NO_TITLE, session.key
        if session.key in self.sessions:
            return self.key_field, REPEATED, session.key
        fault = time_fault(session.starts_at, session.ends_at)
        return (self.end_field, fault, str(session.ends_at)) if fault else None

    def person(self, node: Node, person: ProgrammePerson) -> bool:
        """Take a person whom the file lists once; False when they cannot be taken."""
        if not person.name or not person.key:
            node.complain("name", NO_NAME, person.key)
            return False
        if person.key in self.people:
            node.complain(self.key_field, REPEATED_PERSON, person.key)
            return False
        if len(self.people) >= MOST_PEOPLE:
            raise Unreadable(_l("This file holds more than %(most)s people.", most=MOST_PEOPLE))
        self.people[person.key] = person
        return True

    def person_again(self, node: Node, person: ProgrammePerson) -> bool:
        """Take a person whom the file repeats at each session: what is known of them adds up."""
        known = self.people.get(person.key)
        if known is None:
            return self.person(node, person)
        if person.name and person.name != known.name:
            node.complain("name", ANOTHER_NAME, person.name.local("zh"))
        if person.bio and not known.bio:
            self.people[person.key] = replace(known, bio=person.bio)
        return True

    def parts(self, node: Node, listed: list[tuple[str, Part]]) -> tuple[Part, ...]:
        """Those of the listed (field, part) whom the file knows, each once."""
        kept: dict[str, Part] = {}
        for field, part in listed:
            if part.person in self.people:
                kept.setdefault(part.person, part)
            else:
                node.complain(field, NO_SUCH_PERSON, part.person)
        return tuple(kept.values())

    def hall(self, node: Node, field: str, key: str) -> str:
        """The key of a hall, which is made when the file names it without listing it."""
        if key and key not in self.halls:
            node.complain(field, NO_SUCH_HALL, key)
            self.halls[key] = ProgrammeHall(key, node.both(field))
        return key

    def track(self, node: Node, field: str, key: str) -> str:
        if key and key not in self.tracks:
            node.complain(field, NO_SUCH_TRACK, key)
            self.tracks[key] = ProgrammeTrack(key, node.both(field))
        return key


def time_fault(starts_at: datetime | None, ends_at: datetime | None) -> str:
    """Why a session cannot be at these times, or ""."""
    if ends_at is None:
        return ""
    if starts_at is None:
        return END_ALONE
    if ends_at < starts_at:
        return ENDS_EARLY
    return TOO_LONG if ends_at - starts_at > LONGEST_SESSION else ""
