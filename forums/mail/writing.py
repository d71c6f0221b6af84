"""Letters ready to be handed over, written some at a time and ahead of their turn.

Between two waits for the network and the disk, a letter takes twice as long to write as behind another one: the
processor has forgotten meanwhile what it knew. So a sender writes those that come next together, as many as fit into
a moment; a letter with files, which takes a moment for itself, is written alone.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from flask import current_app
from sqlalchemy import Row
from sqlalchemy.exc import OperationalError

from forums.extensions import db
from forums.mail.addresses import own_address
from forums.mail.compose import Envelope, Mailbox, address_on_the_wire, compose, mailbox
from forums.mail.faults import Fault, Permanent
from forums.mail.limits import Line
from forums.mail.rendering import render
from forums.mail.suppression.links import unsubscribe_addresses
from forums.mail.suppression.queries import is_of_campaign
from forums.mail.transport import Written

log = logging.getLogger(__name__)
# So long are letters written before one goes: long enough for more than a hundred plain ones.
MOMENT_SECONDS = 0.05
# So long a letter says what was true as it was written; to a slow server it is then written again.
KEPT_SECONDS = 60.0


class Desk:
    """Where the letters of a line are written. Each is taken once, or written again."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._ready: dict[tuple[int, bool], Written | Permanent] = {}
        self._written_at = 0.0

    def take(self, letter: Row[Any], *, smtputf8: bool) -> Written:
        """The letter as this server takes it, with SMTPUTF8 or without. Raises as write() does."""
        if time.monotonic() - self._written_at > KEPT_SECONDS:
            self._ready.clear()
        if (letter.id, smtputf8) not in self._ready:
            self._write_ahead(letter, smtputf8)
        made = self._ready.pop((letter.id, smtputf8))
        if isinstance(made, Permanent):
            raise made
        return made

    def next(self, *, smtputf8: bool) -> Written | None:
        """The letter that goes next, if it is written already."""
        first = self._line.first
        made = self._ready.get((first.id, smtputf8)) if first is not None else None
        return made if isinstance(made, Written) else None

    def _write_ahead(self, letter: Row[Any], smtputf8: bool) -> None:
        self._written_at = time.monotonic()
        until = self._written_at + MOMENT_SECONDS
        serves_pages = threading.active_count() > 1
        for one in (letter, *self._line.coming):
            try:
                self._ready[one.id, smtputf8] = write(one, smtputf8=smtputf8)
            except Permanent as fault:
                self._ready[one.id, smtputf8] = fault
            if time.monotonic() > until:
                break
            if serves_pages:
                time.sleep(0)  # the threads that do so have their turn


def write(letter: Row[Any], *, smtputf8: bool) -> Written:
    """The letter ready to go. Raises Permanent, whatever went wrong: it goes wrong for one letter.

    Only a database that is away says nothing about the letter: OperationalError goes through, and the lease runs out.
    """
    try:
        envelope = _envelope(letter)
        parts = render(
            letter.letter,
            letter.params,
            letter.language,
            name=letter.recipient_name,
            unsubscribe=envelope.unsubscribe[0] if envelope.unsubscribe else "",
        )
        message = compose(parts, envelope, smtputf8=smtputf8)
        sender, recipient = (
            address_on_the_wire(address, smtputf8=smtputf8)
            for address in (own_address("bounce", letter.id) or envelope.sender.address, envelope.recipient.address)
        )
    except (Fault, OperationalError):
        raise
    except Exception as error:
        db.session.rollback()
        log.exception("letter %s could not be written", letter.id)
        raise Permanent("render", f"{type(error).__name__}: {error}") from error
    return Written(sender, recipient, message)


def _envelope(letter: Row[Any]) -> Envelope:
    return Envelope(
        message_id=letter.message_id,
        date=letter.created_at,
        sender=mailbox(current_app.config["MAIL_FROM"]),
        recipient=Mailbox(letter.recipient, letter.recipient_name),
        reply_to=Mailbox(letter.reply_to) if letter.reply_to else None,
        language=letter.language,
        unsubscribe=unsubscribe_addresses(letter) if is_of_campaign(letter) else (),
    )
