"""What granian loads: the web application and, where no REDIS_URL is set, the queue's worker and beat beside it.

What waits in the memory broker dies with the process. Nothing is lost, because the rows are the queue: beat rings
every sweep at its start and every minute after that.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys
import threading

from celery import Celery
from celery.beat import Scheduler, Service
from flask import Flask

import forums
from forums import pinyin
from forums.jobs import operations as jobs
from forums.mail import sweeping
from forums.operate.refusals import refuse_to_serve
from forums.web import templating

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def application() -> Flask:
    """The application of one serving process."""
    _die_with_supervisor()
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    for name in ("alembic", "celery", "kombu"):
        logging.getLogger(name).setLevel(logging.WARNING)
    app = forums.create_app()
    refuse_to_serve(app)
    if app.extensions["settings"].embedded_queue:
        with app.app_context():
            jobs.release_abandoned()
            sweeping.release_abandoned()
        start_queue(app.extensions["celery"])
    templating.warm(app)
    pinyin.syllables("铝")  # loads its dictionaries before somebody waits for them
    gc.collect()
    gc.freeze()
    return app


def start_queue(celery: Celery) -> None:
    """Run worker and beat as threads of this process."""
    celery.conf.update(worker_hijack_root_logger=False, worker_redirect_stdouts=False)
    celery.finalize()
    worker = celery.WorkController(
        hostname="embedded@billet",
        pool_cls="threads",
        concurrency=2,
        without_mingle=True,
        without_gossip=True,
        without_heartbeat=True,
    )
    beat = Service(celery, scheduler_cls=Scheduler)
    threading.Thread(target=worker.start, name="worker", daemon=True).start()
    threading.Thread(target=beat.start, name="beat", daemon=True).start()


def _die_with_supervisor() -> None:
    """Stop when granian's supervisor is killed, rather than hold its port as an orphan. Linux only."""
    if sys.platform == "linux" and os.getppid() != 1:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
