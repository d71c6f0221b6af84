"""Reads of the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select

from forums.clock import now
from forums.extensions import db
from forums.mail.models import STATES, Letter, Moment

SENDER = "sender"  # the moment at which one was last seen
# A worker shows itself each minute; one that misses it twice is gone.
WORKER_SHOWS_ITSELF = timedelta(seconds=120)


def seconds_since_worker() -> float | None:
    """How long no worker has been seen; None when none ever was."""
    at = db.session.scalar(select(Moment.at).where(Moment.name == SENDER))
    return None if at is None else max(0.0, (now() - at).total_seconds())


def worker_silence(waiting_since: datetime | None = None) -> int | None:
    """Minutes for which no worker has been seen while there is work for one; None when there is nothing to worry about.

    There is when letters are due, or when something else waits since a moment that has passed.
    """
    if waiting_since is None:
        due = Letter.state.in_(("queued", "deferred")) & (Letter.not_before <= now())
        waiting_since = db.session.scalar(select(func.min(Letter.not_before)).where(due))
    if waiting_since is None or waiting_since > now():
        return None
    since = seconds_since_worker()
    seconds = (now() - waiting_since).total_seconds() if since is None else since
    return int(seconds // 60) if seconds >= WORKER_SHOWS_ITSELF.total_seconds() else None


def outbox(*, edition_id: int | None = None, state: str = "", search: str = "") -> Select[Letter]:
    """Letters of one edition, or of the whole house, newest first; `search` looks into addresses and names."""
    rows = select(Letter).where(*_in(edition_id)).order_by(Letter.id.desc())
    if state in STATES:
        rows = rows.where(Letter.state == state)
    if words := search.strip():
        rows = rows.where(
            or_(
                Letter.recipient.icontains(words, autoescape=True),
                Letter.recipient_name.icontains(words, autoescape=True),
                Letter.letter.icontains(words, autoescape=True),
            )
        )
    return rows


def counts(edition_id: int | None = None) -> dict[str, int]:
    """How many letters are in each state; states without letters are 0."""
    return _counts(*_in(edition_id))


def counts_of_batch(batch: str) -> dict[str, int]:
    """The same for one batch."""
    return _counts(Letter.batch == batch)


def unwelcome(edition_id: int | None = None) -> str:
    """What the mail server said when it last refused us as we are, while letters wait for that; empty if none does."""
    waits = Letter.state.in_(("deferred", "held")) & Letter.reason.in_(("policy", "refused_sender"))
    latest = select(Letter.error).where(waits, *_in(edition_id)).order_by(Letter.not_before.desc(), Letter.id.desc())
    return db.session.scalar(latest.limit(1)) or ""


def bounced_of_batch(batch: str) -> int:
    """How many letters of a batch were sent and came back."""
    bounced = (Letter.batch == batch) & (Letter.state == "sent") & Letter.bounced_at.is_not(None)
    return db.session.scalar(select(func.count()).where(bounced)) or 0


def find(letter_id: int, edition_id: int | None) -> Letter | None:
    """One letter, if it belongs to the edition (None: to the house)."""
    return db.session.scalar(select(Letter).where(Letter.id == letter_id, *_in(edition_id)))


def _in(edition_id: int | None) -> tuple[ColumnElement[bool], ...]:
    return () if edition_id is None else (Letter.edition_id == edition_id,)


def _counts(*where: ColumnElement[bool]) -> dict[str, int]:
    rows = db.session.execute(select(Letter.state, func.count()).where(*where).group_by(Letter.state))
    found = {state: number for state, number in rows}  # noqa: C416  (dict() of rows is not typed)
    return dict.fromkeys(STATES, 0) | found
