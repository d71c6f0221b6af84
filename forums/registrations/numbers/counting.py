"""Each person once: what is counted of them, and to which part of each breakdown they belong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from forums.directory.regions import REGIONS
from forums.registrations.models import State

BREAKDOWNS = ("state", "category", "visit", "region", "organisation")
MEASURES = ("registered", "confirmed", "came", "person_times")
RETURNING, FIRST = "returning", "first"
NOT_GIVEN = ""
# Organisations beyond those shown one by one. A key of one of them is in lower case and never the same.
REST = "REST"
MOST_ORGANISATIONS = 20


class Guest(NamedTuple):
    """One person (人) of an edition, by the one registration that counts for them, and the days on which they came."""

    person_id: int
    registration_id: int
    state: str
    category: str
    visit: str
    region: str
    organisation: str
    days: int

    def part(self, breakdown: str) -> str:
        """The part of a breakdown to which this person belongs: always exactly one."""
        return str(getattr(self, breakdown))

    def counts(self, measure: str) -> int:
        """How much this person adds to a measure: person-times (人次) are days, everything else is one or nothing."""
        if measure == "person_times":
            return self.days
        if measure == "came":
            return int(self.days > 0)
        return int(measure == "registered" or self.state == State.CONFIRMED)


def is_part(breakdown: str, part: str) -> bool:
    """Whether there can be such a part of such a breakdown; categories and organisations may have any name."""
    if part == NOT_GIVEN:
        return breakdown in BREAKDOWNS
    known: dict[str, Container[str]] = {"state": set(State), "visit": (FIRST, RETURNING), "region": REGIONS}
    return breakdown in BREAKDOWNS and part in known.get(breakdown, (part,))


# Which of somebody's registrations counts for them: the one that has come furthest, of several alike the latest.
_FURTHEST = (
    State.CANCELLED,
    State.LAPSED,
    State.DECLINED,
    State.PENDING,
    State.WAITLISTED,
    State.OFFERED,
    State.CONFIRMED,
)


def furthest(state: str) -> int:
    """How far a registration has come."""
    return _FURTHEST.index(State(state))


@dataclass
class Tally:
    """The measures of all people together, and of each part of each breakdown."""

    whole: Counter[str] = field(default_factory=Counter)
    parts: dict[str, dict[str, Counter[str]]] = field(default_factory=lambda: {name: {} for name in BREAKDOWNS})

    def of(self, breakdown: str, part: str, measure: str) -> int:
        """A measure of one part; 0 for a part that nobody belongs to."""
        return self.parts[breakdown].get(part, Counter())[measure]

    @property
    def organisations(self) -> int:
        """How many organisations confirmed people named."""
        named = self.parts["organisation"]
        return sum(1 for part, counted in named.items() if part != NOT_GIVEN and counted["confirmed"])

    def largest_organisations(self) -> list[str]:
        """The organisations that are shown one by one: those of most people confirmed, then registered."""
        named = [(part, counted) for part, counted in self.parts["organisation"].items() if part != NOT_GIVEN]
        named.sort(key=lambda one: (-one[1]["confirmed"], -one[1]["registered"], one[0]))
        return [part for part, _counted in named[:MOST_ORGANISATIONS]]


def tally(guests: Iterable[Guest]) -> Tally:
    """Count everybody."""
    made = Tally()
    for guest in guests:
        worth = {measure: number for measure in MEASURES if (number := guest.counts(measure))}
        made.whole.update(worth)
        for name, parts in made.parts.items():
            parts.setdefault(guest.part(name), Counter()).update(worth)
    return made
