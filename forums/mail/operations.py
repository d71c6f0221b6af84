from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack

from flask import current_app
from sqlalchemy import select

from forums.activity.models import Row
from forums.clock import now
from forums.extensions import db
from forums.mail.models import Letter
from forums.statements import InsertOnce
from forums.transaction import nudge

_batch: ContextVar[str | None] = ContextVar("batch of letters", default=None)


@contextmanager
def in_batch(name: str) -> Iterator[None]:
    """The letters that are queued in this block, by whatever room, belong to a batch, unless they name another."""
    token = _batch.set(name)
    try:
        yield
    finally:
        _batch.reset(token)


class Facts(TypedDict, total=False):
    """What post() takes: all that it does not say is empty, and `not_before` is now."""

    letter: Required[str]
    event: Required[str]
    to: Required[str]
    language: Required[str]
    name: str
    params: dict[str, Any] | None
    edition: Row | None
    not_before: datetime | None
    batch: str | None
    expires_at: datetime | None
    resend_in_doubt: bool


def queue(**facts: Unpack[Facts]) -> Letter:
    """As post(), for who needs the row: the new one, or the one that the same event wrote before."""
    post(**facts)
    same = (Letter.event == facts["event"]) & (Letter.recipient == facts["to"].strip())
    return db.session.scalars(select(Letter).where(same)).one()


def post(**facts: Unpack[Facts]) -> None:
    """Write a letter into the outbox, in the caller's transaction.

    `event` names what caused it ("registration:12:confirmed"): the same event writes to the same recipient once.
    `params` are frozen JSON that the templates read. Answers go to the edition's contact address. Letters of one
    `batch` can be held back together, and let others go first. Nothing is sent after `expires_at`. A letter whose
    outcome a crash hid waits for a person, or with `resend_in_doubt` goes again.
    """
    if _write(**_columns(facts)) is not None:
        nudge("mail.deliver", queue="mail")


def post_all(letters: Sequence[Facts]) -> None:
    """As post() for each of many, in one statement."""
    if letters:
        _write.all([_columns(facts) for facts in letters])
        nudge("mail.deliver", queue="mail")


def _columns(facts: Facts) -> dict[str, Any]:
    recipient, edition = facts["to"].strip(), facts.get("edition")
    return {
        "letter": facts["letter"],
        "event": facts["event"],
        "recipient": recipient,
        "domain": recipient.rpartition("@")[2].lower(),
        "recipient_name": facts.get("name", ""),
        "language": facts["language"],
        "params": facts.get("params") or {},
        "message_id": f"<{secrets.token_hex(16)}@{current_app.config['MAIL_DOMAIN']}>",
        "edition_id": edition.id if edition is not None else None,
        "reply_to": getattr(edition, "contact_email", "") or "",
        "batch": facts.get("batch") or _batch.get(),
        "not_before": facts.get("not_before") or now(),
        "expires_at": facts.get("expires_at"),
        "resend_in_doubt": facts.get("resend_in_doubt", False),
    }


_write = InsertOnce(Letter, "event", "recipient")
