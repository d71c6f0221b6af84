"""The Celery app: celery -A worker worker, celery -A worker beat."""

from __future__ import annotations

import config
from forums import create_app

settings = config.read_or_stop()
if settings.embedded_queue:
    config.stop("Set REDIS_URL: without it worker and beat run inside the web process, and there is no queue to join.")
app = create_app(settings).extensions["celery"]
