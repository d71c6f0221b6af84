from __future__ import annotations

from celery import shared_task

from forums.agreements.followup import alarms


@shared_task(name="followup.sweep")
def sweep() -> None:
    """Turn projects yellow and red as the days pass, and remind their teams."""
    alarms.sweep()
