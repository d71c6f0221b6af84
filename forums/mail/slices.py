"""Which letters are due, and slices of them: leased by one sender each, no faster than the limits allow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, or_, select, update
from sqlalchemy.engine import CursorResult

from forums.clock import now
from forums.extensions import db
from forums.mail.limits import AHEAD, LONGEST_COUNTDOWN, Limits, next_turns
from forums.mail.models import Letter, Moment
from forums.mail.queries import SENDER
from forums.statements import InsertOnce, table_of
from forums.transaction import transaction

SLICE = 200
SLICE_LEASE = timedelta(minutes=10)
# How much later than now a lease may end and still be believed, beyond its length: clocks of machines differ a little.
ASKEW = timedelta(minutes=2)
WAITING = ("queued", "deferred")
# Of a letter that anybody may take.
FREE: dict[str, Any] = {"lease": None, "leased_until": None}

LETTERS = table_of(Letter)
_SEEN = update(Moment).where(Moment.name == SENDER).values(at=bindparam("moment"))
_first_seen = InsertOnce(Moment, "name")


def due() -> Select[int]:
    """Ids of letters that may be leased now. Letters that answer somebody's own act go before campaigns."""
    moment = now()
    # Who asked for no wait waits for no clock: one that was set back would hold up what was written before.
    ripe = or_(Letter.not_before <= moment, and_(Letter.state == "queued", Letter.not_before <= Letter.created_at))
    free = or_(Letter.lease.is_(None), is_over(moment, SLICE_LEASE))
    in_time = or_(Letter.expires_at.is_(None), Letter.expires_at > moment)
    return (
        select(Letter.id)
        .where(Letter.state.in_(WAITING), ripe, free, in_time)
        .order_by(Letter.batch.is_not(None), Letter.not_before, Letter.id)
    )


def is_over(moment: datetime, length: timedelta) -> ColumnElement[bool]:
    """The lease has run out, or would end later than one taken now could: then the clock was set back."""
    return or_(Letter.leased_until < moment, Letter.leased_until > moment + length + ASKEW)


def take(lease: str) -> list[Row[Any]]:
    """Lease up to a slice of due letters, and read them, in one statement; on PostgreSQL workers skip what another is
    taking.
    """
    wanted = due().limit(SLICE)
    if limits := Limits.current():
        wanted = wanted.where(Letter.id.in_(_in_turn(limits)))
    # A CTE, because PostgreSQL may run a plain subquery more than once and lock more than the limit.
    chosen = wanted.with_for_update(skip_locked=True).cte("chosen")
    with transaction() as session:
        be_seen()
        taken = session.execute(
            update(LETTERS)
            .where(LETTERS.c.id.in_(select(chosen.c.id)))
            .values(lease=lease, leased_until=now() + SLICE_LEASE)
            .returning(LETTERS)
        )
        return sorted(taken, key=lambda letter: (letter.batch is not None, letter.id))


def _in_turn(limits: Limits) -> list[int]:
    """Ids of due letters that have their turn soon, as many as the limits let go: of each domain, and in all."""
    turns, moment = next_turns(), now()
    shares: dict[str, int | None] = {}
    left = limits.share(limits.waits(""), turns, moment) if limits.relay else SLICE
    chosen: list[int] = []
    for letter_id, domain, place in _by_domain():
        if domain not in shares:
            shares[domain] = limits.share(limits.waits(domain), turns, moment)
        share = shares[domain]
        if len(chosen) < (left or 0) and (share is None or place <= share):
            chosen.append(letter_id)
    return chosen


def _by_domain() -> list[tuple[int, str, int]]:
    """(id, domain, place among the due letters to this domain), in the order in which letters go."""
    order = (Letter.batch.is_not(None), Letter.not_before, Letter.id)
    place = func.row_number().over(partition_by=Letter.domain, order_by=order).label("place")
    rank = func.row_number().over(order_by=order).label("rank")
    ranked = due().order_by(None).add_columns(Letter.domain, place, rank).subquery()
    columns = (ranked.c.id, ranked.c.domain, ranked.c.place)
    rows = select(*columns).where(ranked.c.place <= SLICE).order_by(ranked.c.rank)
    return [(row.id, row.domain, row.place) for row in db.session.execute(rows)]


def countdown() -> float:
    """Seconds until the next slice is worth taking: more than 0 when all that is due waits for its turn."""
    limits = Limits.current()
    if not limits or _in_turn(limits):
        return 0.0
    turns, moment = next_turns(), now()
    domains = db.session.scalars(due().order_by(None).with_only_columns(Letter.domain).distinct())
    seconds = [limits.seconds_until_turn(domain, turns, moment) for domain in domains]
    return min(max(0.0, min(seconds, default=0.0) - AHEAD), LONGEST_COUNTDOWN)


def be_seen() -> None:
    """Leave word that somebody sends, in the caller's transaction."""
    seen: CursorResult[Any] = db.session.execute(_SEEN, {"moment": now()})  # type: ignore[assignment]
    if not seen.rowcount:
        _first_seen(name=SENDER, at=now())
