"""Billet with its guard off: places are counted and then taken, as it is often written."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask
from sqlalchemy import func, select, update

from forums import embedded
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import places
from forums.registrations.models import Registration, State


def application() -> Flask:
    places.claim = count_then_take
    return embedded.application()


def count_then_take(quotas: Iterable[places.Quota], n: int = 1) -> places.Quota | None:
    edition = places.in_order(quotas)[0]
    assert isinstance(edition, Edition)
    mine = (Registration.edition_id == edition.id) & (Registration.state == State.CONFIRMED)
    taken = db.session.scalar(select(func.count()).select_from(Registration).where(mine)) or 0
    if taken + n > edition.capacity:
        return edition
    db.session.execute(update(Edition).where(Edition.id == edition.id).values(taken=min(taken + n, edition.capacity)))
    return None
