from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from forums.clock import now
from forums.documents import shelf
from forums.registrations.questions import answering
from forums.transaction import transaction

KEPT_FOR = timedelta(days=1)


@shared_task(name="questions.forget_files")
def forget_files() -> None:
    """Drop the files of forms that were given up a day ago, then their bytes."""
    with transaction():
        hashes = answering.forget_files(now() - KEPT_FOR)
    for sha256 in hashes:
        shelf.remove(sha256)
