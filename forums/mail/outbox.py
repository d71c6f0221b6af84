"""What people do with letters: resend one, hold back and release a batch, withdraw it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import update
from sqlalchemy.engine import CursorResult

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.errors import Refused
from forums.extensions import db
from forums.mail.models import Letter
from forums.transaction import nudge

RESENDABLE = ("failed", "unknown", "deferred")
# Rooms above join in here: whether a letter has to wait with the rest of its batch. They raise Refused where its reader
# is not to get it any more.
before_resend: list[Callable[[Letter], bool]] = []
_NOT_GONE = Letter.state.in_(("queued", "deferred", "held"))


class NotResendable(Refused):
    """The letter was sent meanwhile, or is on its way."""


def resend(letter: Letter, *, actor: Actor) -> None:
    """Send the letter again now, under the same Message-ID, or with its batch, where that is held back.

    Raises NotResendable, and what before_resend raises.
    """
    waits = [ask(letter) for ask in before_resend]
    before = letter.state
    if letter.expires_at is not None and letter.expires_at <= now():
        raise NotResendable(_l("The time in which this letter could be sent is over."))
    fresh = {"state": "held" if any(waits) else "queued", "not_before": now(), "attempts": 0, "reason": "", "error": ""}
    if (
        _move((Letter.id == letter.id, Letter.state.in_(RESENDABLE)), fresh | {"lease": None, "leased_until": None})
        != 1
    ):
        raise NotResendable(_l("This letter is on its way or was sent already."))
    record(actor, "letter.resent", letter, before=before)
    nudge("mail.deliver", queue="mail")


def hold(batch: str) -> int:
    """Hold back what of a batch has not gone out; from the next letter on nothing of it is sent. How many."""
    return _move((Letter.batch == batch, Letter.state.in_(("queued", "deferred"))), {"state": "held"})


def release(batch: str) -> int:
    """Let what was held of a batch go on. How many."""
    count = _move(
        (Letter.batch == batch, Letter.state == "held"), {"state": "queued", "lease": None, "leased_until": None}
    )
    nudge("mail.deliver", queue="mail")
    return count


def withdraw(batch: str, *, to: Collection[str] | None = None, reason: str = "") -> int:
    """Never send what of a batch has not gone out, to anybody or to these addresses. How many."""
    whose = () if to is None else (Letter.recipient.in_(to),)
    return _move((Letter.batch == batch, _NOT_GONE, *whose), {"state": "cancelled", "reason": reason})


def withdraw_letters(letter_ids: Collection[int], *, reason: str = "") -> int:
    """Never send those of these letters that have not gone out. How many."""
    return _move((Letter.id.in_(letter_ids), _NOT_GONE), {"state": "cancelled", "reason": reason}) if letter_ids else 0


def leave(letter_ids: Collection[int]) -> int:
    """Leave letters that are in doubt as they are, and ask nobody about them any more. How many."""
    which = (Letter.id.in_(letter_ids), Letter.state == "unknown", Letter.reason != "left")
    return _move(which, {"reason": "left"}) if letter_ids else 0


def _move(which: tuple[Any, ...], values: dict[str, Any]) -> int:
    result: CursorResult[Any] = db.session.execute(update(Letter).where(*which).values(values))  # type: ignore[assignment]
    return int(result.rowcount)
