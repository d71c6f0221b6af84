"""Celery's settings and its way into the application: tasks run inside an app context and leave no session open."""

from __future__ import annotations

from typing import Any

from celery import Task
from celery.signals import beat_init, worker_process_init
from flask import Flask, has_app_context
from kombu.entity import Queue

from forums.extensions import celery, db

SWEEP_SECONDS = 60.0
QUEUES = ("mail", "report", "inbound", "default")
# What a worker held that lost the broker, or died, comes again after this many seconds. A task that is still at work
# then is rung once more at no harm: leases keep letters, jobs and mailboxes to one at a time. The sweeps are sooner.
VISIBLE_AFTER = 15 * 60


class InApp(Task):  # type: ignore[misc]
    """A task that runs inside the application, as a request does."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if has_app_context():  # a test, or a command, that calls the task itself
            return self.run(*args, **kwargs)
        with celery.flask_app.app_context():
            try:
                return self.run(*args, **kwargs)
            finally:
                db.session.remove()


def connect(app: Flask) -> None:
    """Point the one Celery app at this application and its broker."""
    settings = app.extensions["settings"]
    celery.conf.update(
        broker_url=settings.redis_url or "memory://localhost",
        broker_transport_options=_transport(settings.redis_url),
        broker_connection_retry_on_startup=True,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue="default",
        task_queues=[Queue(name, routing_key=name) for name in QUEUES],  # type: ignore[no-untyped-call]
        timezone="UTC",
        beat_scheduler="celery.beat:Scheduler",  # every tick may come twice or late, so nothing is kept in a file
        beat_schedule={
            "mail": {"task": "mail.sweep", "schedule": SWEEP_SECONDS, "options": {"queue": "mail"}},
            "incoming": {"task": "incoming.poll", "schedule": SWEEP_SECONDS, "options": {"queue": "inbound"}},
            "strangers": {"task": "incoming.forget", "schedule": 86400.0, "options": {"queue": "inbound"}},
            "jobs": {"task": "jobs.sweep", "schedule": SWEEP_SECONDS, "options": {"queue": "default"}},
            "registrations": {
                "task": "registrations.sweep",
                "schedule": SWEEP_SECONDS,
                "options": {"queue": "default"},
            },
            "exports": {
                "task": "registrations.remove_old_exports",
                "schedule": 3600.0,
                "options": {"queue": "default"},
            },
            "answers": {
                "task": "questions.forget_files",
                "schedule": 3600.0,
                "options": {"queue": "default"},
            },
            "documents": {"task": "documents.sweep", "schedule": 86400.0, "options": {"queue": "default"}},
            "followup": {"task": "followup.sweep", "schedule": 3600.0, "options": {"queue": "default"}},
            "invitations": {"task": "invitations.sweep", "schedule": SWEEP_SECONDS, "options": {"queue": "default"}},
        },
    )
    celery.Task = InApp
    celery.flask_app = app
    celery.set_default()
    app.extensions["celery"] = celery


def _transport(redis_url: str) -> dict[str, Any]:
    """How the broker is reached: an absent Redis must not hold up a request for long."""
    if redis_url:
        from forums import redis_broker  # noqa: PLC0415  its library takes 0.1 s to load, which others need not spend

        redis_broker.outlive()
        return {
            "visibility_timeout": VISIBLE_AFTER,
            "socket_connect_timeout": 2,
            "socket_timeout": 30,
            "max_retries": 0,
        }
    return {"polling_interval": 0.05}


@beat_init.connect  # type: ignore[untyped-decorator]
def _ring_every_sweep(**_: Any) -> None:
    """What fell due while nobody was there is picked up now, not in a minute."""
    for entry in celery.conf.beat_schedule.values():
        celery.send_task(entry["task"], **entry["options"])


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _own_connections(**_: Any) -> None:
    """A forked worker process opens its own connections to the database."""
    with celery.flask_app.app_context():
        db.engine.dispose(close=False)
