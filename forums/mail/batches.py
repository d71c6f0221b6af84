"""Who is told when letters of a batch go wrong: the room that sends batches of this kind, in the same transaction.

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
_listeners: dict[str, Listener] = {}


def on_fault(kind: str) -> Callable[[Listener], Listener]:
    """Declare who is told of a letter that failed, is in doubt or waits again after it was on its way.

    `(batch, letter, fault)`, in the transaction that has marked the letter: its state says what becomes of it, the
    class of the fault why. Whoever paused or withdrew the batch meanwhile does so to this letter too.
    """

    def declare(listener: Listener) -> Listener:
        if kind in _listeners:
            raise ValueError(f"faults of {kind!r} have a listener already")
        _listeners[kind] = listener
        return listener

    return declare


def is_heard(batch: str | None) -> bool:
    """Whether somebody listens to the faults of this batch."""
    return batch is not None and _kind(batch) in _listeners


def tell(letter: Letter, fault: Fault) -> None:
    """Tell the batch of this letter, if it has one, in the caller's transaction. One that fails is undone."""
    if letter.batch is None or (listener := _listeners.get(_kind(letter.batch))) is None:
        return
    try:
        with db.session.begin_nested():
            listener(letter.batch, letter, fault)
    except OperationalError:
        raise
    except Exception:
        log.exception("%s could not be told of letter %s", letter.batch, letter.id)


def _kind(batch: str) -> str:
    return batch.partition(":")[0]
