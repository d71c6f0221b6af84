"""Letters of the tests: each says one word. The fixture `note` brings their templates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from forums import clock
from forums.mail import queue
from forums.mail.models import Letter
from forums.transaction import transaction

Letters = Callable[[], list[Letter]]
Deliver = Callable[[], list[EmailMessage]]
TEMPLATES = {
    "email/note/subject.txt": "{{ _('Cancel') }}: {{ word }}",
    "email/note/body.txt": "{{ word }} {{ link('health.healthz', 'note', 1, 1) if link_it else '' }}",
    "email/note/body.html": "<p>{{ word }}</p>",
}


def write(count: int = 1, *, batch: str | None = None, start: int = 0, facts: Any = None, **params: object) -> None:
    """Letters to guest0@example.org, guest1@example.org and so on; `facts` are more of what queue() takes."""
    with transaction():
        for number in range(start, start + count):
            named: Any = {
                "letter": "note",
                "event": f"test:{number}",
                "to": f"guest{number}@example.org",
                "name": f"嘉宾{number}",
                "language": "zh",
                "params": {"word": f"w{number}", "link_it": False, **params},
                "batch": batch,
            }
            queue(**named | (facts or {}))


def states(letters: Letters) -> list[str]:
    return [letter.state for letter in letters()]


def later(**wait: int) -> datetime:
    return clock.now() + timedelta(**wait)
