from __future__ import annotations

from celery import shared_task

from forums.extensions import celery
from forums.jobs import operations


@shared_task(name="jobs.run")
def run(job_id: int) -> None:
    operations.run(job_id)


@shared_task(name="jobs.sweep")
def sweep() -> None:
    """Ring every job that is due: what a lost nudge or a dead worker left behind."""
    operations.shorten_leases()
    for job_id in operations.due():
        celery.send_task("jobs.run", args=(job_id,), queue="report", retry=False)
