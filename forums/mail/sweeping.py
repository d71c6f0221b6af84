"""What no sender does: withdrawing what expired, and taking up what senders left that died or stopped."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, case, delete, or_, true, update

from forums.clock import now
from forums.extensions import db
from forums.mail import batches, leases
from forums.mail.delivery import SENDING_LEASE
from forums.mail.faults import Unknown
from forums.mail.models import Letter, Moment
from forums.mail.outcomes import BACKOFF, MOST_RESENT
from forums.mail.queries import SENDER
from forums.mail.slices import ASKEW, FREE, WAITING, be_seen, due, is_over
from forums.transaction import transaction

LONG_AGO = timedelta(days=1)
_AGAIN: dict[str, Any] = {"state": "queued", "reason": "again", **FREE}


def sweep() -> bool:
    """Withdraw what expired, and take up what senders left that died; True when any letter is due."""
    moment = now()
    holders = leases.holders()
    with transaction():
        _expire(moment)
        _hurry(moment)
    with transaction() as session:
        # Of a holder who is not known here the clock has to tell. Clocks jump, so a letter that would go again waits
        # as long once more: by then any answer is there.
        silent = and_(is_over(moment, SENDING_LEASE), Letter.lease.not_in(holders.alive | holders.dead))
        again = _may_go_again(moment)
        _let_go_again(Letter.state == "unknown", again, Letter.leased_until < moment)
        session.execute(
            update(Letter)
            .where(Letter.state == "sending", again, silent)
            .values(state="unknown", reason="interrupted", leased_until=moment + SENDING_LEASE)
        )
        _call_unknown(Letter.state == "sending", silent)
        _take_up(Letter.lease.in_(holders.dead), moment)
        session.execute(delete(Moment).where(Moment.name != SENDER, Moment.at < moment - LONG_AGO))
        be_seen()
    leases.forget(holders.dead)
    return db.session.scalar(due().limit(1)) is not None


def release_abandoned() -> None:
    """Take up what a stopped process left. Only for one that knows itself to be the only sender, at its start.

    A file is written again without harm; what was on its way to a mail server is in doubt.
    """
    with transaction() as session:
        if not current_app.config["SMTP_URL"]:
            session.execute(update(Letter).where(Letter.state == "sending").values(FREE | {"state": "queued"}))
        _take_up(true(), now())


def _expire(moment: datetime) -> None:
    """Withdraw what may no longer be sent. What may have arrived stays in doubt."""
    in_doubt = Letter.resent > 0
    late = update(Letter).where(Letter.state.in_((*WAITING, "held")), Letter.expires_at <= moment)
    state = case((in_doubt, "unknown"), else_="cancelled")
    reason = case((in_doubt, "interrupted"), else_="expired")
    db.session.execute(late.values(FREE | {"state": state, "reason": reason}))


def _hurry(moment: datetime) -> None:
    """What was put off for longer than its turn takes was so by a clock that was set back since: it is due now."""
    waits = enumerate((BACKOFF[0], *BACKOFF))
    too_late = (and_(Letter.attempts == tried, Letter.not_before > moment + wait + ASKEW) for tried, wait in waits)
    put_off = and_(Letter.state == "deferred", Letter.not_before > moment + BACKOFF[0] + ASKEW)
    db.session.execute(update(Letter).where(put_off, or_(*too_late)).values(not_before=moment))


def _take_up(whose: ColumnElement[bool], moment: datetime) -> None:
    """Let go on what a sender left that is known to have died: what it had in hand is in doubt.

    What waits comes last: who is told locks a campaign, and whoever pauses one locks it before its waiting letters.
    """
    again = _may_go_again(moment)
    _let_go_again(whose, Letter.state.in_(("sending", "unknown")), Letter.lease.is_not(None), again)
    _call_unknown(whose, Letter.state == "sending")
    db.session.execute(update(Letter).where(whose, Letter.state.in_(WAITING)).values(FREE))


def _may_go_again(moment: datetime) -> ColumnElement[bool]:
    in_time = or_(Letter.expires_at.is_(None), Letter.expires_at > moment)
    return and_(Letter.resend_in_doubt, Letter.resent < MOST_RESENT, in_time)


def _let_go_again(*which: ColumnElement[bool]) -> None:
    _change_and_tell(which, _AGAIN | {"resent": Letter.resent + 1})


def _call_unknown(*which: ColumnElement[bool]) -> None:
    """Only the holder's answer, if it still comes, says more: so the lease stays."""
    _change_and_tell(which, {"state": "unknown", "reason": "interrupted", "leased_until": None})


def _change_and_tell(which: tuple[ColumnElement[bool], ...], values: dict[str, Any]) -> None:
    changed = update(Letter).where(*which).values(values).returning(Letter.id)
    for letter_id in sorted(db.session.scalars(changed)):
        batches.tell(db.session.get_one(Letter, letter_id, populate_existing=True), Unknown("interrupted"))
