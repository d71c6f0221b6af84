"""What becomes of a letter that was on its way: the columns to write, by what happened.

Connection faults burn no attempt; a refusal for now waits longer each time; what is for good has failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from forums.clock import now
from forums.mail import batches
from forums.mail.faults import Fault, Permanent, Retryable, Unknown, Unwelcome

# How long to wait after each temporary refusal; after the last one the letter is given up.
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440))
# How often a letter whose outcome is not known goes again by itself.
MOST_RESENT = 3


@dataclass(frozen=True)
class Outcome:
    """What became of a letter: the columns to write, as plain values, and the fault that its batch is told of."""

    letter_id: int
    values: dict[str, Any]
    fault: Fault | None = None


def accepted(letter: Row[Any]) -> Outcome:
    values = {
        "state": "sent",
        "sent_at": now(),
        "attempts": letter.attempts + 1,
        "reason": "",
        "error": "",
        "lease": None,
    }
    return Outcome(letter.id, values)


def in_doubt(letter: Row[Any], fault: Unknown) -> Outcome:
    """It may have arrived: a person decides, unless its sender said before that it goes again."""
    if letter.resend_in_doubt and letter.resent < MOST_RESENT:
        again = waiting(fault, now() + BACKOFF[0]) | {"reason": "again", "resent": letter.resent + 1}
        return Outcome(letter.id, again, fault)
    return Outcome(letter.id, {"state": "unknown", "reason": fault.reason, "error": fault.detail}, fault)


def failed(letter: Row[Any], fault: Fault) -> Outcome:
    return Outcome(
        letter.id,
        {
            "state": "failed",
            "attempts": letter.attempts + 1,
            "reason": fault.reason,
            "error": fault.detail,
            "lease": None,
        },
        fault,
    )


def kept_back(letter: Row[Any], fault: Unwelcome) -> Outcome:
    """Nobody is at fault but we. A batch hears of it and may pause, at no cost to the letter; others wait longer."""
    if not batches.is_heard(letter.batch):
        return put_off(letter, fault)
    return Outcome(letter.id, waiting(fault, now() + BACKOFF[0]), fault)


def put_off(letter: Row[Any], fault: Retryable) -> Outcome:
    """Wait longer each time, and give up after the last step of BACKOFF."""
    if letter.attempts >= len(BACKOFF):
        return failed(letter, Permanent("given_up", fault.detail))
    waits = later(letter, fault, BACKOFF[letter.attempts])
    return Outcome(letter.id, waits.values | {"attempts": letter.attempts + 1}, waits.fault)


def later(letter: Row[Any], fault: Retryable, wait: timedelta) -> Outcome:
    """Its batch is told, because it may have paused while the letter was on its way."""
    return Outcome(letter.id, waiting(fault, now() + wait), fault if batches.is_heard(letter.batch) else None)


def waiting(fault: Fault, not_before: datetime) -> dict[str, Any]:
    return {
        "state": "deferred",
        "not_before": not_before,
        "reason": fault.reason,
        "error": fault.detail,
        "lease": None,
        "leased_until": None,
    }
