"""The Celery app: celery -A worker worker, celery -A worker beat."""

from __future__ import annotations

from config import stop
from forums import create_app

flask_app = create_app()
app = flask_app.extensions["celery"]
if flask_app.extensions["settings"].embedded_queue:
    stop("Set REDIS_URL: without it worker and beat run inside the web process, and there is no queue to join.")
