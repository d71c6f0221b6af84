"""Two sessions in one hall, one person in two places: found from the programme as it stands, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from forums.agenda.models import Session
from forums.columns import Bilingual

MOST = 500  # more than anybody can read; a programme that has them was imported twice over
INSTANT = timedelta(minutes=1)  # how long a session without an end is taken to last


@dataclass(frozen=True)
class Clash:
    """`who_or_where` is the hall's or the person's name."""

    kind: Literal["hall", "person"]
    who_or_where: Bilingual
    first: Session
    second: Session


def clashes_among(sessions: Iterable[Session]) -> list[Clash]:
    """All clashes, in the order in which they happen. Cancelled and untimed sessions clash with nothing."""
    timed = sorted(
        (row for row in sessions if row.starts_at and row.state != "cancelled"),
        key=lambda row: (span(row), row.id),
    )
    halls: dict[int, list[Session]] = {}
    people: dict[int, list[Session]] = {}
    names: dict[int, Bilingual] = {}
    for row in timed:
        if row.hall_id:
            halls.setdefault(row.hall_id, []).append(row)
        for each in (one for one in row.appearances if one.standing != "declined"):
            people.setdefault(each.expert_id, []).append(row)
            names[each.expert_id] = each.expert.person.name
    found = [
        *(Clash("hall", hall_name(one), one, two) for rows in halls.values() for one, two in overlaps(rows)),
        *(Clash("person", names[who], one, two) for who, rows in people.items() for one, two in overlaps(rows)),
    ]
    return sorted(found[:MOST], key=lambda clash: span(clash.first))


def overlaps(rows: list[Session]) -> Iterator[tuple[Session, Session]]:
    """Pairs that overlap; `rows` are sorted by start."""
    return islice(_overlaps(rows), MOST)


def _overlaps(rows: list[Session]) -> Iterator[tuple[Session, Session]]:
    for index, one in enumerate(rows):
        for two in rows[index + 1 :]:
            if span(two)[0] >= span(one)[1]:
                break
            yield one, two


def span(row: Session) -> tuple[datetime, datetime]:
    """From when to when. Raises ValueError for a session without a start."""
    starts_at = row.starts_at
    if starts_at is None:
        raise ValueError("a session without a start spans no time")
    return starts_at, max(row.ends_at or starts_at, starts_at + INSTANT)


def hall_name(row: Session) -> Bilingual:
    return (row.hall.name or Bilingual(row.hall.code)) if row.hall else Bilingual()
