from __future__ import annotations

from typing import Any

from celery import shared_task

from forums.activity.models import Actor
from forums.invitations import answers, companions, sending
from forums.jobs import job, progress
from forums.transaction import transaction


@job("invitations.expand")
def expand(job_id: int, params: dict[str, Any]) -> dict[str, Any]:
    """Give every invitation of a campaign its letter, batch by batch; a second run goes on where the first stopped."""
    written = 0
    while True:
        with transaction():
            step = sending.expand(params["campaign_id"])
        if step is None:
            return {"letters": written}
        written, total = step
        progress(job_id, done=written, total=total)


@shared_task(name="invitations.sweep")
def sweep() -> None:
    """Begin what is due, end what is too late or done. Twice at once does the same as once."""
    with transaction():
        sending.begin_due()
        sending.expire()
        sending.finish()
        answers.find_registrations()
        companions.let_go(Actor.system("beat"))
