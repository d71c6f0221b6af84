from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.orm import joinedload

from forums import tokens
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agenda.models import Session
from forums.clock import now
from forums.columns import Bilingual
from forums.editions.models import Edition, Hall
from forums.errors import Refused
from forums.extensions import db
from forums.registrations import places
from forums.registrations.checkin.models import Passage, Point, TurnedAway
from forums.registrations.checkin.queries import (
    beside,
    days_of,
    holds_session,
    other_of,
    passages_of,
    points_of,
    today_at,
    turned_away,
)
from forums.registrations.checkin.verdicts import Verdict, barred
from forums.registrations.models import Registration, State, clean_reference

ENTRANCE = Bilingual("签到处", "Entrance")


class NotOfEvent(Refused):
    """A hall or session of another event, or none where the kind of point needs one."""


class LastPoint(Refused):
    """The only point left cannot be retired."""


@dataclass(frozen=True)
class Scan:
    """What a desk read, and when. `day` is the day it checks in for; None is that of `at`."""

    code: str
    direction: str = "in"
    nonce: str = ""
    at: datetime | None = None
    day: date | None = None


@dataclass(frozen=True)
class Answer:
    """What the desk is told. `other` is what happened there before (or after, when this scan came in late)."""

    verdict: Verdict
    registration: Registration | None = None
    passage: Passage | None = None
    other: Passage | None = None
    is_replay: bool = False


def check_in(edition: Edition, scan: Scan, *, actor: Actor, point: Point | None = None) -> Answer:
    """Answer a scan at a point (None: the entrance), and note the passage of who is entitled.

    The same scan sent again (`nonce`) is answered as it was and changes nothing. Two desks that scan one ticket at the
    same moment wait for each other here: one says welcome, the other already.
    """
    point = point or default_point(edition)
    row, problem = read_code(edition, scan.code)
    if row is None:
        return Answer(problem or Verdict.UNKNOWN)
    at = min(scan.at or now(), now())
    day = scan.day or today_at(edition, at)
    nonce = _bound(scan, row, point)
    passages = passages_of(row)
    here = [one for one in passages if one.undone_at is None and one.day == day and one.point.place == point.place]
    if (same := next((one for one in passages if nonce and one.nonce == nonce), None)) is not None:
        return Answer(Verdict(same.verdict), row, same, other_of(same, here), is_replay=True)
    if nonce and (refusal := turned_away(nonce)) is not None:
        return Answer(Verdict(refusal.verdict), row, is_replay=True)
    bar = _bar(edition, row, point, day, at)
    seen = {"registration_id": row.id, "point_id": point.id, "day": day, "at": at, "by": actor.label, "nonce": nonce}
    if bar is not None:
        db.session.add(TurnedAway(**seen, verdict=bar))
        return Answer(bar, row)
    verdict = _verdict(scan.direction, [one for one in here if one.at <= at])
    passage = Passage(**seen, registration=row, point=point, direction=scan.direction, verdict=verdict)
    db.session.add(passage)
    if verdict == Verdict.WELCOME:
        record(actor, "registration.checked_in", row, day=day.isoformat(), point=point.name.local("zh"))
    db.session.flush()
    return Answer(verdict, row, passage, other_of(passage, here))


def read_code(edition: Edition, scanned: str) -> tuple[Registration | None, Verdict | None]:
    """The registration of this edition that a ticket's text or a reference names, or why there is none.

    The row is the lock of what follows: whoever came second reads on once the first has committed.
    """
    code = unicodedata.normalize("NFKC", scanned).strip()
    ticket = tokens.read("ticket", code)
    if ticket is not None:
        row_id, version = ticket
        row = _locked(Registration.id == row_id)
        if row is None or row.ticket_version != version:
            return None, Verdict.REVOKED
    else:
        reference = clean_reference(code)
        row = _locked(Registration.reference == reference) if reference else None
    if row is None:
        return None, Verdict.UNKNOWN
    return (row, None) if row.edition_id == edition.id else (None, Verdict.ELSEWHERE)


def undo(passage: Passage, *, actor: Actor) -> list[Passage]:
    """Take a passage back, with the scans around it that only repeated it; what was taken back now. The rows stay."""
    row = passage.registration
    db.session.refresh(row, with_for_update={"of": Registration})
    db.session.refresh(passage)
    if passage.undone_at is not None:
        return []
    run = _run(passage, beside(passage))
    for one in run:
        one.undone_at, one.undone_by = now(), actor.label
    record(
        actor, "registration.check_in_undone", row, day=passage.day.isoformat(), point=passage.point.name.local("zh")
    )
    return run


def default_point(edition: Edition) -> Point:
    """The edition's first point, made on first need: an event without points has one entrance."""
    first = select(Point).where(Point.edition_id == edition.id, Point.retired_at.is_(None))
    first = first.order_by(Point.position, Point.id).limit(1)
    point = db.session.scalar(first)
    if point is None:
        places.hold(edition)
        point = db.session.scalar(first)
    if point is None:
        point = Point(edition=edition, kind="entrance", name=ENTRANCE)
        db.session.add(point)
        db.session.flush()
    return point


@dataclass(frozen=True)
class PointFacts:
    """What an organiser decides about a point. `leads_to` is the hall or session of those kinds."""

    name: Bilingual
    both_ways: bool = False
    leads_to: Hall | Session | None = None


def add_point(edition: Edition, facts: PointFacts, *, actor: Actor) -> Point:
    """Put a point behind the others; raises NotOfEvent."""
    places.hold(edition)
    if not points_of(edition, retired=True) and facts.leads_to is not None:
        default_point(edition)
    last = db.session.scalar(select(func.max(Point.position)).where(Point.edition_id == edition.id))
    point = Point(edition=edition, position=(last if last is not None else -1) + 1, **_columns(edition, facts))
    db.session.add(point)
    record(actor, "check_in_point.added", point, name=facts.name.local("zh"))
    return point


def change_point(point: Point, facts: PointFacts, *, actor: Actor) -> None:
    """Rename a point or let it count both ways. What it leads to stays: its passages happened there."""
    point.name, point.both_ways = facts.name, facts.both_ways
    record(actor, "check_in_point.changed", point, name=facts.name.local("zh"))


def move_point(point: Point, steps: int, *, actor: Actor) -> None:
    """Move a point up (-1) or down (1) among those in use; at the end it stays where it is."""
    places.hold(point.edition)
    row = points_of(point.edition)
    here = next((number for number, one in enumerate(row) if one.id == point.id), None)
    if here is None or not 0 <= here + steps < len(row):
        return
    row.insert(here + steps, row.pop(here))
    for number, one in enumerate(row):
        one.position = number
    record(actor, "check_in_point.moved", point, name=point.name.local("zh"))


def retire_point(point: Point, retired: bool, *, actor: Actor) -> None:
    """Take a point out of use, or back into it; raises LastPoint."""
    places.hold(point.edition)
    if retired and [one.id for one in points_of(point.edition)] == [point.id]:
        raise LastPoint(_l("This is the only point in use. Make another one first."))
    point.retired_at = now() if retired else None
    record(actor, "check_in_point.retired" if retired else "check_in_point.restored", point)


def copy_points(source: Edition, target: Edition) -> None:
    """Give an edition the other's entrances and doors of halls; sessions are planned anew, and so are their doors."""
    halls = {hall.code: hall for hall in target.halls}
    for point in points_of(source):
        if point.session_id is None and (point.hall is None or point.hall.code in halls):
            hall = halls[point.hall.code] if point.hall else None
            columns = {"kind": point.kind, "name": point.name, "both_ways": point.both_ways, "position": point.position}
            db.session.add(Point(edition=target, hall=hall, **columns))


def record_history(edition: Edition, came: Iterable[tuple[int, date]], *, actor: Actor) -> None:
    """Write passages of an event that is over, in bulk: (registration id, day) each."""
    point = default_point(edition)
    seen = [
        {"registration_id": row_id, "point_id": point.id, "day": day, "at": now(), "by": actor.label}
        for row_id, day in came
    ]
    if seen:
        db.session.execute(insert(Passage), seen)


def _bar(edition: Edition, row: Registration, point: Point, day: date, at: datetime) -> Verdict | None:
    """Why the person is not let in here on this day, as things stood at the moment of the scan; None: let in."""
    bar = barred(_state_at(row, at))
    if bar is not None:
        return bar
    session = point.session
    if day not in days_of(edition) or (session and session.starts_at and today_at(edition, session.starts_at) != day):
        return Verdict.WRONG_DAY
    return Verdict.NOT_SIGNED if session is not None and not holds_session(row, session) else None


def _state_at(row: Registration, at: datetime) -> State:
    """How the registration stood: who cancelled only after the scan was in, and stays in."""
    if row.confirmed_at and row.cancelled_at and row.confirmed_at <= at < row.cancelled_at:
        return State.CONFIRMED
    return State(row.state)


def _locked(condition: ColumnElement[bool]) -> Registration | None:
    statement = select(Registration).where(condition).options(joinedload(Registration.category))
    statement = statement.with_for_update(of=Registration).execution_options(populate_existing=True)
    return db.session.scalar(statement)


def _verdict(direction: str, before: list[Passage]) -> Verdict:
    """The word for who passes in this direction after these."""
    if direction == "out":
        return Verdict.OUT
    if not before:
        return Verdict.WELCOME
    return Verdict.ALREADY if before[-1].direction == "in" else Verdict.REENTRY


def _run(passage: Passage, here: list[Passage]) -> list[Passage]:
    """The passages around this one that went the same way, without another between them."""
    runs: list[list[Passage]] = [here[:1]]
    for before, one in pairwise(here):
        if one.direction == before.direction:
            runs[-1].append(one)
        else:
            runs.append([one])
    return next((run for run in runs if passage in run), [passage])


def _bound(scan: Scan, row: Registration, point: Point) -> str | None:
    """The nonce bound to what was scanned: a page that is sent again with another code is another scan."""
    if not scan.nonce:
        return None
    return hashlib.sha256(f"{row.id}\0{point.place}\0{scan.direction}\0{scan.nonce}".encode()).hexdigest()


def _columns(edition: Edition, facts: PointFacts) -> dict[str, object]:
    target = facts.leads_to
    if target is not None and target.edition_id != edition.id:
        raise NotOfEvent(_l("Choose a hall or a session of this event."))
    kind = "hall" if isinstance(target, Hall) else "session" if isinstance(target, Session) else "entrance"
    return {
        "kind": kind,
        "hall": target if kind == "hall" else None,
        "session": target if kind == "session" else None,
        "name": facts.name,
        "both_ways": facts.both_ways,
    }
