from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, or_, select
from sqlalchemy.orm import joinedload

from forums.agenda.models import Session
from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.checkin.models import Passage, Point, TurnedAway
from forums.registrations.checkin.verdicts import Verdict, barred
from forums.registrations.models import Category, Registration, SessionPlace, State
from forums.registrations.queries import MOST_WORDS, found_by
from forums.registrations.search import searchable
from forums.registrations.tickets import ticket_text

MOST_DAYS = 366
# A passage that counts, and one of them that was towards the inside.
STANDS = Passage.undone_at.is_(None)
CAME = STANDS & (Passage.direction == "in")


def days_of(edition: Edition) -> list[date]:
    """The days of the event, local to its zone: of one that lasts longer than a year, those of a year."""
    lasts = min((edition.ends_on - edition.starts_on).days + 1, MOST_DAYS)
    return [edition.starts_on + timedelta(days=n) for n in range(lasts)]


def today_at(edition: Edition, at: datetime | None = None) -> date:
    """The day that it is, or was at a moment, where the event is."""
    return (at or now()).astimezone(edition.tz).date()


def is_on(edition: Edition) -> bool:
    """Whether today is a day of the event."""
    return edition.starts_on <= today_at(edition) <= edition.ends_on


def day_at_the_door(edition: Edition) -> date:
    """Today where the event is, or its first day while it is not on: people come on the eve, and desks rehearse."""
    return today_at(edition) if is_on(edition) else edition.starts_on


def day_asked_for(edition: Edition, asked: str) -> date:
    """The day of this name where it is one of the edition's, else the day at the door."""
    return next((day for day in days_of(edition) if day.isoformat() == asked), day_at_the_door(edition))


def points_of(edition: Edition, *, retired: bool = False) -> list[Point]:
    """The points in the organiser's order, with their halls and sessions; with `retired`, those given up come last."""
    statement = select(Point).where(Point.edition_id == edition.id)
    if not retired:
        statement = statement.where(Point.retired_at.is_(None))
    statement = statement.options(joinedload(Point.hall), joinedload(Point.session))
    return list(db.session.scalars(statement.order_by(Point.retired_at.is_not(None), Point.position, Point.id)))


def point_of(edition: Edition, point_id: int) -> Point | None:
    """The edition's point of this number, retired or not."""
    statement = select(Point).where(Point.id == point_id, Point.edition_id == edition.id)
    return db.session.scalar(statement.options(joinedload(Point.session)))


def leads_to(place: tuple[str, int]) -> ColumnElement[bool]:
    """Whether a point of the edition leads to this place."""
    kind, number = place
    if kind == "entrance":
        return Point.kind == kind
    return (Point.hall_id if kind == "hall" else Point.session_id) == number


def passages_of(row: Registration) -> list[Passage]:
    """Each time the person passed anywhere, undone ones too, in the order in which it happened."""
    statement = select(Passage).where(Passage.registration_id == row.id).options(joinedload(Passage.point))
    return list(db.session.scalars(statement.order_by(Passage.at, Passage.id)))


def beside(passage: Passage) -> list[Passage]:
    """The person's passages that stand, at the same place and on the same day."""
    place, day = passage.point.place, passage.day
    every = passages_of(passage.registration)
    return [one for one in every if one.undone_at is None and one.day == day and one.point.place == place]


def other_of(passage: Passage, here: Sequence[Passage]) -> Passage | None:
    """The passage that this one is told with: since when somebody is in or was out, or who let them in once more.

    `here` are the passages that stand, at the same place and on the same day.
    """
    line = sorted([one for one in here if one is not passage] + [passage], key=lambda one: (one.at, one.id or 2**31))
    place = line.index(passage)
    before, after = line[:place], line[place + 1 :]
    if passage.verdict == Verdict.WELCOME:
        return after[0] if after and after[0].direction == "in" else None
    if not before:
        return None
    last = before[-1].direction
    return list(takewhile(lambda one: one.direction == last, reversed(before)))[-1]


def turned_away(nonce: str) -> TurnedAway | None:
    """What this very scan was answered, if it was a refusal."""
    return db.session.scalar(select(TurnedAway).where(TurnedAway.nonce == nonce))


def holds_session(row: Registration, session: Session) -> bool:
    """Whether the person signed up for the session and has the place; where nobody signs up, everybody may come."""
    if session.capacity is None:
        return True
    held = (SessionPlace.registration_id == row.id) & (SessionPlace.session_id == session.id) & SessionPlace.held
    return db.session.scalar(select(SessionPlace.id).where(held)) is not None


def found(edition: Edition, words: str) -> Select[Registration]:
    """The edition's registrations that hold every word in name, pinyin, initials, unit or reference, by name.

    Four digits are also the end of a phone number; nothing else of the contact data can be found out here.
    """
    statement = select(Registration).where(Registration.edition_id == edition.id)
    statement = statement.options(joinedload(Registration.category))
    for word in searchable(words).split()[:MOST_WORDS]:
        ways = [and_(*found_by(edition, word, contact=False))]
        if len(word) == 4 and word.isascii() and word.isdecimal():
            ways.append(_digits(Registration.phone).endswith(word))
        statement = statement.where(or_(*ways))
    return statement.order_by(Registration.name_sort, Registration.id)


def last_at(place: tuple[str, int], day: date, rows: Iterable[Registration]) -> dict[int, Passage]:
    """Registration id → where each of these people passed last at the place on that day."""
    statement = _latest(place, day).where(Passage.registration_id.in_([row.id for row in rows]))
    return {passage.registration_id: passage for passage in db.session.scalars(statement)}


def roster(edition: Edition, point: Point | None, day: date) -> list[dict[str, Any]]:
    """Everybody of the edition as a desk without network needs them, by name: no contact data.

    Short names, as there may be thousands: r reference, h the ticket's fingerprint, n name, u unit, c category (zh
    and en), q what is searched, s the verdict that bars the person (empty: none), d the direction of the last passage
    at the point's place that day, t its moment in milliseconds, w the point's name (zh, en).
    """
    place = point.place if point else ("entrance", 0)
    last = {row.registration_id: row for row in db.session.scalars(_latest(place, day, edition))}
    session = point.session if point else None
    signed_up = _signed_up(session)
    statement = (
        select(
            Registration.id,
            Registration.ticket_version,
            Registration.reference,
            Registration.name,
            Registration.organisation,
            Registration.search_text,
            Registration.state,
            Category.name_zh,  # type: ignore[attr-defined]
            Category.name_en,  # type: ignore[attr-defined]
        )
        .join(Category)
        .where(Registration.edition_id == edition.id)
        .order_by(Registration.name_sort, Registration.id)
    )
    people = []
    for row_id, version, reference, name, unit, text, state, zh, en in db.session.execute(statement):
        bar = barred(State(state)) or (
            Verdict.NOT_SIGNED if signed_up is not None and row_id not in signed_up else Verdict.WELCOME
        )
        person = {"r": reference, "h": fingerprint(ticket_text(row_id, version)), "n": name, "u": unit, "q": text}
        person |= {"c": [zh or en, en or zh], "s": "" if bar == Verdict.WELCOME else bar}
        if (seen := last.get(row_id)) is not None:
            where = seen.point.name
            person |= {
                "d": seen.direction,
                "t": int(seen.at.timestamp() * 1000),
                "w": [where.local("zh"), where.local("en")],
            }
        people.append(person)
    return people


def fingerprint(ticket: str) -> str:
    """What the browser compares a scanned ticket with while it cannot ask; no ticket can be made from it."""
    return hashlib.sha256(ticket.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Count:
    """People at one point or one place: persons, not scans.

    `expected` is None where nobody signs up in advance, `inside` where nobody is noted when leaving.
    """

    kind: str
    key: int  # the point's id, or the hall's or session's
    today: int
    in_all: int
    inside: int | None
    expected: int | None
    capacity: int | None = None


@dataclass(frozen=True)
class Counts:
    """The numbers of one day: by point, and by what the points lead to."""

    day: date
    points: list[Count]
    places: list[Count]


def counts(edition: Edition, day: date, points: Sequence[Point]) -> Counts:
    """How many are expected, are in, came on the day and came on any day; `points` with their halls and sessions."""
    place = (Point.kind, func.coalesce(Point.hall_id, Point.session_id, 0))
    on_the_day = func.count(distinct(case((Passage.day == day, Passage.registration_id))))
    ever = func.count(distinct(Passage.registration_id))
    seen = select(on_the_day, ever).select_from(Passage).join(Point).where(Point.edition_id == edition.id, CAME)
    by_point = {row[2]: (row[0], row[1]) for row in db.session.execute(seen.add_columns(Point.id).group_by(Point.id))}
    by_place = {
        (row[2], row[3]): (row[0], row[1]) for row in db.session.execute(seen.add_columns(*place).group_by(*place))
    }
    inside = _inside(edition, day)
    confirmed = db.session.scalar(
        select(func.count())
        .select_from(Registration)
        .where(Registration.edition_id == edition.id, Registration.state == State.CONFIRMED)
    )
    expected = {("entrance", 0): confirmed or 0} | {
        ("session", key): number for key, number in _places_held(edition).items()
    }
    both_ways = {point.place for point in points if point.both_ways}
    made: dict[tuple[str, int], Count] = {}
    for point in points:
        key = point.place
        if key in made:
            continue
        limit = point.hall.capacity if point.hall else point.session.capacity if point.session else None
        awaited = expected.get(key, 0 if limit is not None and point.kind == "session" else None)
        there = inside.get(key, 0) if key in both_ways else None
        made[key] = Count(*key, *by_place.get(key, (0, 0)), there, awaited, limit)
    return Counts(
        day,
        [
            Count(point.kind, point.id, *by_point.get(point.id, (0, 0)), None, made[point.place].expected)
            for point in points
        ],
        list(made.values()) or [Count("entrance", 0, *by_place.get(("entrance", 0), (0, 0)), None, confirmed or 0)],
    )


def turned_away_on(edition: Edition, day: date) -> dict[str, int]:
    """Verdict → how many people were turned away for it that day."""
    people = func.count(distinct(TurnedAway.registration_id))
    statement = select(TurnedAway.verdict, people).join(Point)
    statement = statement.where(Point.edition_id == edition.id, TurnedAway.day == day).group_by(TurnedAway.verdict)
    return {verdict: number for verdict, number in db.session.execute(statement)}  # noqa: C416


def _latest(place: tuple[str, int], day: date, edition: Edition | None = None) -> Select[Passage]:
    """Each person's last passage at the place on the day, with its point."""
    rank = func.row_number().over(partition_by=Passage.registration_id, order_by=(Passage.at.desc(), Passage.id.desc()))
    ranked = select(Passage.id, rank.label("rank")).join(Point).where(leads_to(place), Passage.day == day, STANDS)
    if edition is not None:
        ranked = ranked.where(Point.edition_id == edition.id)
    numbered = ranked.subquery()
    last = select(numbered.c.id).where(numbered.c.rank == 1)
    return select(Passage).where(Passage.id.in_(last)).options(joinedload(Passage.point))


def _inside(edition: Edition, day: date) -> dict[tuple[str, int], int]:
    """Place → how many went in on the day and did not go out after."""
    kind, number = Point.kind, func.coalesce(Point.hall_id, Point.session_id, 0)
    rank = func.row_number().over(
        partition_by=(Passage.registration_id, kind, number), order_by=(Passage.at.desc(), Passage.id.desc())
    )
    ranked = (
        select(kind.label("kind"), number.label("number"), Passage.direction, rank.label("rank"))
        .select_from(Passage)
        .join(Point)
        .where(Point.edition_id == edition.id, Passage.day == day, STANDS)
        .subquery()
    )
    statement = (
        select(ranked.c.kind, ranked.c.number, func.count())
        .where(ranked.c.rank == 1, ranked.c.direction == "in")
        .group_by(ranked.c.kind, ranked.c.number)
    )
    return {(row[0], row[1]): row[2] for row in db.session.execute(statement)}


def _signed_up(session: Session | None) -> set[int] | None:
    """The registrations with a place in the session; None where everybody may come."""
    if session is None or session.capacity is None:
        return None
    held = select(SessionPlace.registration_id).where(SessionPlace.session_id == session.id, SessionPlace.held)
    return set(db.session.scalars(held))


def _places_held(edition: Edition) -> dict[int, int]:
    """Session id → how many confirmed people have a place in it."""
    statement = (
        select(SessionPlace.session_id, func.count())
        .join(Registration)
        .where(Registration.edition_id == edition.id, Registration.state == State.CONFIRMED, SessionPlace.held)
        .group_by(SessionPlace.session_id)
    )
    return {session_id: number for session_id, number in db.session.execute(statement)}  # noqa: C416


def _digits(column: Any) -> Any:
    """A phone number without what people put between its digits."""
    for letter in " -.()":
        column = func.replace(column, letter, "")
    return column
