"""A form that is sent twice, by a double click or a proxy that tries again, writes its letters once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from sqlalchemy import select, update

from forums.extensions import db
from forums.invitations.models import SentForm
from forums.statements import InsertOnce


def fingerprint(key: str, *what: object) -> str | None:
    """The form's key bound to what was sent with it: who goes back and sends something else means it. None without."""
    if not key:
        return None
    return hashlib.sha256("\0".join([key, *map(repr, what)]).encode("utf-8", "replace")).hexdigest()


def once(key: str, *what: object, work: Callable[[], int]) -> int:
    """How many letters `work` wrote, in the caller's transaction, now or when the same form came before.

    The same form sent at the same moment waits for the first, and finds what came of it.
    """
    mark = fingerprint(key, *what)
    if mark is None:
        return work()
    row_id = _write(key=mark)
    if row_id is None:
        return db.session.scalars(select(SentForm.letters).where(SentForm.key == mark)).one()
    letters = work()
    db.session.execute(update(SentForm).where(SentForm.id == row_id).values(letters=letters))
    return letters


_write = InsertOnce(SentForm, "key")
