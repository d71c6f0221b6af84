from __future__ import annotations

from celery import shared_task

from forums.activity.models import Actor
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import waiting
from forums.transaction import transaction


@shared_task(name="registrations.sweep")
def sweep() -> None:
    """Pass on the places whose offers have run out, edition by edition."""
    for edition_id in waiting.editions_with_lapsed_offers():
        with transaction():
            waiting.pass_on_lapsed_offers(db.session.get_one(Edition, edition_id), actor=Actor.system("beat"))
