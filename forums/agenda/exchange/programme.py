"""A programme between file and database: plain values, nothing stored yet."""

from dataclasses import dataclass, field
from datetime import date, datetime

from forums.columns import Bilingual
from forums.errors import Refused

KINDS = ("talk", "plenary", "parallel", "panel", "ceremony", "visit", "banquet", "break")
STATES = ("draft", "published", "cancelled")
NOTHING = Bilingual()
ROLES = ("speaker", "chair", "panelist", "moderator")


class Unreadable(Refused):
    """The whole file is refused: no row could be trusted."""


@dataclass(frozen=True)
class Problem:
    """One thing in the file that could not be taken as written.

    `line` counts from 1 (0: the file as a whole); `field` is the path to the value; `reason` is an English message id.
    """

    line: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True)
class Facts:
    """What the file says about the edition itself; each may be missing."""

    title: Bilingual = NOTHING
    zone: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    slug: str = ""


@dataclass(frozen=True)
class ProgrammeHall:
    key: str
    name: Bilingual
    capacity: int | None = None


@dataclass(frozen=True)
class ProgrammeTrack:
    key: str
    name: Bilingual


@dataclass(frozen=True)
class ProgrammePerson:
    key: str
    name: Bilingual
    bio: Bilingual = NOTHING
    title: Bilingual = NOTHING
    organisation: Bilingual = NOTHING


@dataclass(frozen=True)
class Part:
    """One person in one session."""

    person: str
    role: str = "speaker"


@dataclass(frozen=True)
class ProgrammeSession:
    """Times are aware and in UTC; `hall` and `track` are keys, "" for none; `number` is our own id when writing."""

    key: str
    title: Bilingual
    kind: str = "talk"
    abstract: Bilingual = NOTHING
    language: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    hall: str = ""
    track: str = ""
    state: str = "published"
    people: tuple[Part, ...] = ()
    line: int = 0
    number: int | None = None


@dataclass(frozen=True)
class Programme:
    """`read` counts the session rows of the file; those that are not in `sessions` were refused, each with a problem.

    `refused_keys` are the ids of refused rows: those sessions are in the file, and so have not vanished from it.
    """

    format: str
    facts: Facts = field(default_factory=Facts)
    halls: tuple[ProgrammeHall, ...] = ()
    tracks: tuple[ProgrammeTrack, ...] = ()
    people: tuple[ProgrammePerson, ...] = ()
    sessions: tuple[ProgrammeSession, ...] = ()
    problems: tuple[Problem, ...] = ()
    read: int = 0
    refused_keys: tuple[str, ...] = ()

    @property
    def refused(self) -> int:
        return self.read - len(self.sessions)
