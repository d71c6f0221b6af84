from __future__ import annotations

import time

from celery import shared_task

from forums.documents import queries, shelf

KEPT_FOR = 24 * 3600.0


@shared_task(name="documents.sweep")
def sweep() -> None:
    """Drop bytes that came a day ago and that no row ever named."""
    before = time.time() - KEPT_FOR
    shelf.clear_incoming(before)
    for sha256, at in queries.unnamed():
        if at < before:
            shelf.remove(sha256)
