"""The pipe: how a mail server hands a message over."""

from __future__ import annotations

import logging
import sys

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from forums.mail.incoming.mime import MOST_BYTES
from forums.mail.incoming.operations import take_in

log = logging.getLogger(__name__)
EX_TEMPFAIL = 75  # sysexits: keep the message, and try again
CHUNK = 1024 * 1024


@click.command("receive-mail")
@click.option("--recipient", default="", help="The envelope's recipient, where its headers do not name it.")
@with_appcontext
def receive_mail(recipient: str) -> None:
    """Take in one message from standard input: a bounce, a calendar reply, or anything else.

    Exit code 75 asks the mail server to keep the message and try again: the database is away. Whatever was sent is 0.
    """
    given = sys.stdin.buffer
    raw = given.read(MOST_BYTES)
    while given.read(CHUNK):  # the rest is not looked at, but a writer must not meet a closed pipe
        pass
    try:
        row = take_in(raw, way="pipe", to=recipient)
    except SQLAlchemyError as fault:
        log.warning("a message could not be filed: %s", fault)
        raise SystemExit(EX_TEMPFAIL) from None
    click.echo("filed before" if row is None else f"{row.kind}: {row.outcome}")
