"""The Celery app: celery -A worker worker, celery -A worker beat."""

from __future__ import annotations

from forums import create_app
from forums.extensions import celery

app = celery
flask_app = create_app()
