"""The waiting list: who moves up when there are more places, offers that expire, and a hand that changes the order."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.editions.models import Edition
from forums.editions.operations import after_change
from forums.extensions import db
from forums.registrations import emails, places
from forums.registrations.models import Registration, State
from forums.registrations.queries import first_in_line, waiting_ids
from forums.registrations.refusals import NotNow, PlacesTaken


def promote(edition: Edition, *, actor: Actor) -> list[Registration]:
    """Give free places to those who wait, in order; the registrations that got one. The caller holds the gate.

    They are confirmed at once, or asked first where their category sets a term.
    """
    promoted: list[Registration] = []
    if now().astimezone(edition.tz).date() > edition.ends_on:
        return promoted
    while (row := first_in_line(edition)) is not None and places.claim(places.admission(row)) is None:
        until = _offer_until(row)
        row.state = State.CONFIRMED if until is None else State.OFFERED
        row.wait_sequence, row.offer_until = None, until
        row.confirmed_at = now() if until is None else None
        row.revision += 1
        missed = places.take_wishes(row)
        if until is None:
            record(actor, "registration.promoted", row)
            emails.promoted(row, missed)
        else:
            record(actor, "registration.offered", row)
            emails.offered(row, missed)
        db.session.flush()
        promoted.append(row)
    return promoted


def accept_offer(row: Registration, *, actor: Actor) -> None:
    """Take the offered place for good. Raises NotNow when the offer has passed on; accepting twice is once."""
    places.hold(row.edition)
    db.session.refresh(row)
    if row.state == State.CONFIRMED:
        return
    if row.state != State.OFFERED or row.offer_until is None or row.offer_until <= now():
        raise NotNow(_l("This offer has expired, and the place went to the next in line."))
    row.state, row.offer_until, row.confirmed_at = State.CONFIRMED, None, now()
    row.revision += 1
    record(actor, "registration.offer_accepted", row)
    emails.confirmed(row)


def editions_with_lapsed_offers() -> list[int]:
    """The ids of editions in which an offer has run out."""
    late = (Registration.state == State.OFFERED, Registration.offer_until <= now())
    return list(db.session.scalars(select(Registration.edition_id).where(*late).distinct()))


def pass_on_lapsed_offers(edition: Edition, *, actor: Actor) -> int:
    """Take places back whose offers ran out, and offer them to the next in line; how many lapsed."""
    places.hold(edition)
    late = (Registration.state == State.OFFERED, Registration.offer_until <= now())
    rows = db.session.scalars(
        select(Registration)
        .where(Registration.edition_id == edition.id, *late)
        .order_by(Registration.offer_until, Registration.id)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        places.let_go(row)
        row.state, row.offer_until = State.LAPSED, None
        row.revision += 1
        record(actor, "registration.offer_lapsed", row)
        emails.lapsed(row)
    db.session.flush()
    promote(edition, actor=actor)
    return len(rows)


def move_in_line(row: Registration, rank: int, *, reason: str, actor: Actor) -> None:
    """Put somebody at another rank, from 1; beyond the end is the end. Raises NotNow for who does not wait."""
    places.hold(row.edition)
    db.session.refresh(row)
    if not row.is_waiting:
        raise NotNow(_l("%(name)s is not on the waiting list.", name=row.name))
    order = waiting_ids(row.edition)
    before = order.index(row.id) + 1
    order.remove(row.id)
    order.insert(max(rank, 1) - 1, row.id)
    after = order.index(row.id) + 1
    moved = [{"id": row_id, "wait_sequence": number} for number, row_id in enumerate(order, start=1)]
    db.session.execute(update(Registration), moved)
    db.session.expire_all()
    if before != after:
        record(actor, "registration.moved_in_line", row, before=before, after=after, reason=reason)
    promote(row.edition, actor=actor)


def _offer_until(row: Registration) -> datetime | None:
    """Until when an offer stands (UTC). None: confirmed at once, also when there is no time left to ask."""
    hours = row.category.offer_hours
    if hours is None:
        return None
    until = now() + timedelta(hours=hours)
    return until if until.astimezone(row.edition.tz).date() < row.edition.starts_on else None


def change_capacity(
    edition: Edition, capacity: int | None, *, actor: Actor, quota: places.Quota | None = None
) -> list[Registration]:
    """Set the places of the edition, or of one of its quotas (None: no limit), and confirm who now fits.

    Raises PlacesTaken when more places than that are taken.
    """
    places.hold(edition)
    quota = edition if quota is None else quota
    before = quota.capacity
    if not places.resize(quota, capacity):
        raise PlacesTaken(
            _l("Places taken: %(taken)d. Cancel registrations first, or keep more places.", taken=quota.taken)
        )
    if before != capacity:
        record(actor, "registration.capacity_changed", quota, edition=edition, before=before, after=capacity)
    return promote(edition, actor=actor)


def promote_after_change(edition: Edition, actor: Actor) -> None:
    """More places of an edition confirm those who wait, wherever the organiser changed them."""
    promote(edition, actor=actor)


after_change.append(promote_after_change)
