"""What letters about a registration say of its questions."""

from __future__ import annotations

from typing import Any

from forums.extensions import db
from forums.mail import told_at_delivery
from forums.registrations.models import Registration
from forums.registrations.questions.answering import stages_to_complete


@told_at_delivery("registration_confirmed")
@told_at_delivery("registration_promoted")
def whether_to_complete(params: dict[str, Any]) -> dict[str, Any]:
    """Whether the organiser still wants answers when the letter goes out: the rush of registrations is not asked."""
    row = db.session.get(Registration, params["registration_id"])
    return {"please_complete": row is not None and bool(stages_to_complete(row))}
