"""From the outbox to the mail server: lease, send, mark.

A slice of due letters is leased (nobody else takes them while the lease lasts), then sent over one connection. Each
letter is claimed as `sending` immediately before it is handed over and marked immediately after, both in one commit:
the mark of one letter and the claim of the next share it. So a crash leaves at most one letter whose outcome is not
known, and a pause, which moves letters to `held`, takes effect with the next one. Every write is fenced by the lease.
A letter whose outcome is not known waits for a person; one that may be resent in doubt goes again by itself.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from flask import current_app
from sqlalchemy import Integer, Row, and_, bindparam, case, null, or_, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import InternalError, OperationalError

from forums.activity.models import Actor
from forums.clock import now
from forums.columns import UtcDateTime
from forums.extensions import db
from forums.mail import batches, leases, outcomes
from forums.mail.faults import AddressGone, ConnectionLost, Permanent, Retryable, Unknown, Unwelcome
from forums.mail.limits import Limits, Line, take_turn
from forums.mail.models import Letter
from forums.mail.outcomes import BACKOFF, Outcome
from forums.mail.slices import FREE, WAITING, take
from forums.mail.suppression.operations import suppress, withdraw
from forums.mail.suppression.queries import suppressed_letters
from forums.mail.transport import ANSWER_SECONDS, Transport, Written, open_transport
from forums.mail.writing import Desk
from forums.statements import table_of
from forums.transaction import Alone, transaction

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)

# How long to wait for a database that is away, each time.
DATABASE_AWAY: tuple[float, ...] = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 15)
# Longer than a server may take to answer, so that a letter in flight is never taken for an abandoned one.
SENDING_LEASE = timedelta(seconds=ANSWER_SECONDS + 300)
US = Actor.system("mail")
# Seconds after which a slice of a campaign gives way to what was rung for meanwhile; most are over by then.
GIVES_WAY_AFTER = 2.0

LETTERS = table_of(Letter)
_MINE = LETTERS.c.lease == bindparam("held_by")
_THIS = LETTERS.c.id == bindparam("letter_id")
_WAITS = or_(*(LETTERS.c.state == state for state in WAITING))
_CLAIMABLE = and_(
    # Ours and `sending` before we sent it: the claim was committed, and the database went away before it said so.
    or_(_WAITS, LETTERS.c.state == "sending"),
    LETTERS.c.leased_until > bindparam("at"),
    or_(LETTERS.c.expires_at.is_(None), LETTERS.c.expires_at > bindparam("at")),
)
# `unknown` is what a sweep made of a letter whose answer took longer than the lease: the answer knows better.
_MARKABLE = or_(_WAITS, *(LETTERS.c.state == state for state in ("sending", "unknown")))
_CLAIM = update(LETTERS).where(_THIS, _MINE, _CLAIMABLE).values(state="sending", leased_until=bindparam("until"))
# What is written are the parameters that are named as columns.
_MARK = update(LETTERS).where(_THIS, _MINE, _MARKABLE)
# Both at once, as nearly always: the letter before was accepted, and this one goes next.
_MARK_SENT_AND_CLAIM = (
    update(LETTERS)
    .where(
        _MINE,
        LETTERS.c.id.in_([bindparam("letter_id"), bindparam("sent_id")]),
        or_(and_(_THIS, _CLAIMABLE), and_(LETTERS.c.id == bindparam("sent_id"), _MARKABLE)),
    )
    .values(
        state=case((_THIS, "sending"), else_="sent"),
        leased_until=case((_THIS, bindparam("until", type_=UtcDateTime)), else_=LETTERS.c.leased_until),
        sent_at=case((_THIS, LETTERS.c.sent_at), else_=bindparam("sent_at", type_=UtcDateTime)),
        attempts=case((_THIS, LETTERS.c.attempts), else_=bindparam("attempts", type_=Integer)),
        reason=case((_THIS, LETTERS.c.reason), else_=""),
        error=case((_THIS, LETTERS.c.error), else_=""),
        lease=case((_THIS, LETTERS.c.lease), else_=null()),
    )
    .returning(LETTERS.c.id)
)


@dataclass
class Delivery:
    """One slice on its way. `lost` says why the connection could not be had."""

    lease: str
    mark_sent_and_claim: Alone
    give_way: Callable[[], bool] = bool
    began: float = field(default_factory=time.monotonic)
    lost: ConnectionLost | None = None
    _stack: ExitStack = field(default_factory=ExitStack)
    _transport: Transport | None = None
    _accepted_here: int = 0

    def transport(self) -> Transport:
        """The open connection, or a new one. Raises ConnectionLost."""
        if self._transport is None:
            self._transport = self._stack.enter_context(
                open_transport(current_app.config["SMTP_URL"], Path(current_app.config["DATA"]) / "letters")
            )
            self._accepted_here = 0
        return self._transport

    def close(self) -> None:
        self._transport = None
        self._stack.close()

    def accepted(self) -> None:
        self._accepted_here += 1

    def gives_way(self, letter: Row[Any]) -> bool:
        return letter.batch is not None and time.monotonic() - self.began > GIVES_WAY_AFTER and self.give_way()

    @property
    def worth_reopening(self) -> bool:
        """A server that took something and then closed is only tired; one that took nothing is left alone."""
        return self._accepted_here > 0


def deliver(give_way: Callable[[], bool] = bool) -> bool:
    """Lease one slice and send it; True when it was worked off, so that more may be due.

    Once `give_way` says so, and it has lasted for a while, the rest of its letters of campaigns is left to another.
    """
    lease = secrets.token_hex(12)
    with leases.held(lease), closing(Alone(_MARK_SENT_AND_CLAIM)) as mark_sent_and_claim:
        letters = take(lease)
        if not letters:
            return False
        delivery = Delivery(lease, mark_sent_and_claim, give_way)
        try:
            if _send_all(delivery, _wanted(letters)):
                _put_back(lease, letters, FREE)
        finally:
            delivery.close()
            if delivery.lost is not None:  # the server cannot be had: what is left waits, and no attempt is burnt
                _put_back(lease, letters, outcomes.waiting(delivery.lost, now() + BACKOFF[0]))
        return delivery.lost is None


def _wanted(letters: list[Row[Any]]) -> list[Row[Any]]:
    """The slice without letters of campaigns to addresses that want no more: those are withdrawn."""
    suppressed = suppressed_letters(letters)
    if suppressed:
        with transaction():
            withdraw(suppressed)
    return [letter for letter in letters if letter.id not in suppressed]


def _send_all(delivery: Delivery, letters: list[Row[Any]]) -> bool:
    """Whether letters are left over that anybody may take: their turn comes too late for us, or they gave way."""
    limits, line = Limits.current(), Line(letters)
    desk = Desk(line)
    previous: Outcome | None = None
    try:
        while line and delivery.lost is None:
            if (rest := line.rest) > 0:
                if previous is not None:
                    _mark(delivery.lease, previous)
                    previous = None
                time.sleep(rest)
            letter = line.next()
            if delivery.gives_way(letter):
                line.stand_aside(letter, 0)
                break
            try:
                transport, written = _ready(delivery, desk, letter)
            except Permanent as fault:
                _mark(delivery.lease, outcomes.failed(letter, fault))
                continue
            wait = _lasting(_mark_and_claim, delivery, previous, letter.id, limits.waits(letter.domain))
            previous = None
            if wait:
                line.stand_aside(letter, wait)
            elif wait is not None:
                coming = None if limits else desk.next(smtputf8=transport.smtputf8)
                previous = _hand_over(delivery, transport, letter, written, coming)
    except ConnectionLost as fault:
        delivery.lost = fault
    finally:
        if previous is not None:
            _mark(delivery.lease, previous)
    return line.has_left_over and delivery.lost is None


def _ready(delivery: Delivery, desk: Desk, letter: Row[Any]) -> tuple[Transport, Written]:
    """The letter as it is written for the connection over which it can go. Raises ConnectionLost, and as write()."""
    transport = delivery.transport()
    written = _lasting(desk.take, letter, smtputf8=transport.smtputf8)
    if transport.is_free_for(written):
        return transport, written
    delivery.close()
    return _ready(delivery, desk, letter)  # the next server may have no SMTPUTF8


def _hand_over(
    delivery: Delivery, transport: Transport, letter: Row[Any], written: Written, coming: Written | None
) -> Outcome:
    try:
        transport.send(written, coming)
    except Unknown as fault:
        # A server that swallows the first letter of a connection would swallow them all: one in doubt is enough.
        delivery.lost = None if delivery.worth_reopening else ConnectionLost(fault.reason, fault.detail)
        delivery.close()
        return outcomes.in_doubt(letter, fault)
    except ConnectionLost as fault:
        reopen = delivery.worth_reopening
        delivery.close()
        delivery.lost = None if reopen else fault
        return outcomes.later(letter, fault, BACKOFF[0])
    except Permanent as fault:
        return outcomes.failed(letter, fault)
    except Unwelcome as fault:
        return outcomes.kept_back(letter, fault)
    except Retryable as fault:
        return outcomes.put_off(letter, fault)
    delivery.accepted()
    return outcomes.accepted(letter)


def _mark_and_claim(
    delivery: Delivery, previous: Outcome | None, letter_id: int, waits: Mapping[str, timedelta]
) -> float | None:
    """Write what became of the previous letter and claim this one, in one commit.

    0: it is claimed; more: the seconds until it has its turn; None: it is no longer ours.
    """
    lease = delivery.lease
    if previous is not None and previous.fault is not None:
        _mark(lease, previous)  # by itself: whoever is told locks rows of its own
        previous = None
    if not waits and previous is not None and previous.values["state"] == "sent":
        sent = {"sent_id": previous.letter_id, **{name: previous.values[name] for name in ("sent_at", "attempts")}}
        written = delivery.mark_sent_and_claim(**_claim(lease, letter_id), **sent)
        return 0.0 if (letter_id,) in written else None
    with transaction() as session:
        if previous is not None:
            _write_outcome(lease, previous)
        if waits and (wait := take_turn(waits)):
            return wait
        claim: CursorResult[Any] = session.execute(_CLAIM, _claim(lease, letter_id))  # type: ignore[assignment]
        return 0.0 if claim.rowcount == 1 else None


def _claim(lease: str, letter_id: int) -> dict[str, Any]:
    moment = now()
    return {"letter_id": letter_id, "held_by": lease, "at": moment, "until": moment + SENDING_LEASE}


def _mark(lease: str, outcome: Outcome) -> None:
    def mark() -> None:
        with transaction():
            _write_outcome(lease, outcome)

    _lasting(mark)


def _lasting(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Do it, and again while the database is away: only we know what became of a letter.

    It is started anew, or another takes its place and for a while lets nobody write (InternalError).
    """
    for seconds in DATABASE_AWAY:
        try:
            return work(*args, **named)
        except (OperationalError, InternalError) as fault:
            log.warning("the database is away in the middle of a slice: %s", fault.orig)
            db.session.rollback()
            time.sleep(seconds)
    return work(*args, **named)


def _write_outcome(lease: str, outcome: Outcome) -> None:
    named = {"letter_id": outcome.letter_id, "held_by": lease, **outcome.values}
    marked: CursorResult[Any] = db.session.execute(_MARK, named)  # type: ignore[assignment]
    if outcome.fault is not None and marked.rowcount == 1:
        letter = db.session.get_one(Letter, outcome.letter_id, populate_existing=True)
        batches.tell(letter, outcome.fault)
        if isinstance(outcome.fault, AddressGone):
            suppress(letter.recipient, reason="bounced", actor=US, detail=outcome.fault.detail, letter_id=letter.id)


def _put_back(lease: str, letters: Sequence[Row[Any]], values: Mapping[str, Any]) -> None:
    """What has not had its turn is anybody's again."""
    left = (Letter.id.in_([letter.id for letter in letters]), Letter.lease == lease, Letter.state.in_(WAITING))
    with transaction() as session:
        session.execute(update(Letter).where(*left).values(values))
