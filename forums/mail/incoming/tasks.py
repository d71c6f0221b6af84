from __future__ import annotations

from celery import shared_task
from flask import current_app

from forums.mail.incoming import imap, operations
from forums.transaction import transaction


@shared_task(name="incoming.poll")
def poll() -> None:
    """What came into the mailbox since last time, if one is set."""
    if url := current_app.config["IMAP_URL"]:
        imap.read_mailbox(url)


@shared_task(name="incoming.forget")
def forget() -> None:
    """What belonged to no letter, once it is old."""
    with transaction():
        operations.forget()
