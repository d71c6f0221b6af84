"""Celery's settings and its way into the application: tasks run inside an app context and leave no session open."""

from __future__ import annotations

from typing import Any

from celery import Task
from flask import Flask

from forums.extensions import celery, db

SWEEP_SECONDS = 60.0


def connect(app: Flask) -> None:
    """Point the one Celery app at this application and its broker."""
    settings = app.extensions["settings"]
    celery.conf.update(
        broker_url=settings.redis_url or "memory://",
        broker_transport_options={"visibility_timeout": 6 * 3600} if settings.redis_url else {"polling_interval": 0.05},
        broker_connection_retry_on_startup=True,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue="default",
        task_create_missing_queues=True,
        timezone="UTC",
        beat_schedule={
            "mail": {"task": "mail.sweep", "schedule": SWEEP_SECONDS, "options": {"queue": "mail"}},
            "jobs": {"task": "jobs.sweep", "schedule": SWEEP_SECONDS, "options": {"queue": "default"}},
        },
    )

    class InApp(Task):  # type: ignore[misc]
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with app.app_context():
                try:
                    return self.run(*args, **kwargs)
                finally:
                    db.session.remove()

    celery.Task = InApp
    celery.set_default()
    app.extensions["celery"] = celery
