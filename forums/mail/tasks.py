from __future__ import annotations

from celery import shared_task

from forums.extensions import celery
from forums.mail import delivery, slices


@shared_task(name="mail.deliver")
def deliver() -> None:
    """One slice; the next one queues behind whatever else waits, so that a campaign blocks nobody."""
    if delivery.deliver():
        celery.send_task("mail.deliver", queue="mail", retry=False, countdown=slices.countdown() or None)


@shared_task(name="mail.sweep")
def sweep() -> None:
    """Ring delivery when anything is due: what a lost nudge, a backoff or a dead worker left behind."""
    if delivery.sweep():
        celery.send_task("mail.deliver", queue="mail", retry=False)
