from __future__ import annotations

import threading

from celery import shared_task

from forums.extensions import celery
from forums.mail import delivery, slices, sweeping

_sending = threading.Lock()
_rung = threading.Event()


@shared_task(name="mail.deliver")
def deliver() -> None:
    """One slice; the next one queues behind whatever else waits, so that a campaign blocks nobody.

    A process sends one slice at a time: a mail server that hangs must not hold all its threads. Who finds it sending
    leaves word, and letters of campaigns give way.
    """
    _rung.set()
    if not _sending.acquire(blocking=False):
        return
    try:
        _rung.clear()
        more = delivery.deliver(give_way=_rung.is_set)
    finally:
        _sending.release()
    if more or _rung.is_set():
        celery.send_task("mail.deliver", queue="mail", retry=False, countdown=slices.countdown() or None)


@shared_task(name="mail.sweep")
def sweep() -> None:
    """Ring delivery when anything is due: what a lost nudge, a backoff or a dead worker left behind."""
    if sweeping.sweep():
        celery.send_task("mail.deliver", queue="mail", retry=False)
