"""Who is told what became of a batch's letters: the room that sends batches of this kind, in the same transaction.

A batch is named by its kind and a number ("campaign:3"). Delivery knows nothing of campaigns, so their room declares
what it does about a fault: it may count it, and hold back the rest of the batch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

from sqlalchemy.exc import OperationalError

from forums.extensions import db
from forums.mail.faults import Fault
from forums.mail.models import Letter

log = logging.getLogger(__name__)
Listener: TypeAlias = Callable[[str, Letter, Fault], None]
Ender: TypeAlias = Callable[[str, int], None]
_listeners: dict[str, Listener] = {}
_enders: dict[str, Ender] = {}


def on_fault(kind: str) -> Callable[[Listener], Listener]:
    """Declare who is told of a letter that failed, is in doubt or was kept back by a fault of ours.

    `(batch, letter, fault)`, in the transaction that has marked the letter. The class of the fault says what it was.
    """

    def declare(listener: Listener) -> Listener:
        if kind in _listeners:
            raise ValueError(f"faults of {kind!r} have a listener already")
        _listeners[kind] = listener
        return listener

    return declare


def on_expiry(kind: str) -> Callable[[Ender], Ender]:
    """Declare who is told that letters were withdrawn because their time was over: `(batch, how many)`."""

    def declare(ender: Ender) -> Ender:
        if kind in _enders:
            raise ValueError(f"the expiry of {kind!r} has a listener already")
        _enders[kind] = ender
        return ender

    return declare


def is_heard(batch: str | None) -> bool:
    """Whether somebody listens to the faults of this batch."""
    return batch is not None and _kind(batch) in _listeners


def tell(letter: Letter, fault: Fault) -> None:
    """Tell the batch of this letter, if it has one, in the caller's transaction. One that fails is undone."""
    if letter.batch is not None and (listener := _listeners.get(_kind(letter.batch))):
        _call(listener, letter.batch, letter, fault)


def tell_expired(batch: str, count: int) -> None:
    """Tell a batch that so many of its letters were withdrawn."""
    if ender := _enders.get(_kind(batch)):
        _call(ender, batch, count)


def _kind(batch: str) -> str:
    return batch.partition(":")[0]


def _call(listener: Callable[..., None], batch: str, *facts: object) -> None:
    try:
        with db.session.begin_nested():
            listener(batch, *facts)
    except OperationalError:
        raise
    except Exception:
        log.exception("%s could not be told of %s", batch, facts)
