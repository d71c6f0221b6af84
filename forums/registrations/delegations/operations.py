from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.directory.operations import normal_email
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import places
from forums.registrations.models import Category, Delegation, Registration
from forums.registrations.operations import cancel
from forums.registrations.refusals import Full, PlacesTaken
from forums.registrations.waiting import promote


@dataclass(frozen=True)
class DelegationFacts:
    """What the office agrees on with a unit. After `closes_at` (UTC) its contact changes nothing; None: never."""

    name: str
    contact_name: str = ""
    contact_email: str | None = None
    contact_phone: str = ""
    language: str = "zh"
    closes_at: datetime | None = None
    note: str = ""


def create_delegation(
    edition: Edition, category: Category, facts: DelegationFacts, *, places_given: int, actor: Actor, key: str | None
) -> Delegation:
    """A unit with its places, taken from edition and category now. The same `key` again is the same delegation.

    Raises Full when the edition or the category has not so many places left.
    """
    known = db.session.scalar(select(Delegation).where(Delegation.key == key)) if key else None
    if known is not None:
        return known
    if (full := places.claim((edition, category), places_given)) is not None:
        raise Full(full)
    row = Delegation(edition=edition, category=category, capacity=places_given, taken=0, key=key, **_columns(facts))
    db.session.add(row)
    record(actor, "delegation.created", row, edition=edition, name=row.name, places=places_given)
    return row


def change_delegation(row: Delegation, facts: DelegationFacts, *, actor: Actor) -> None:
    """What was agreed on; another contact address makes a new private link."""
    columns = _columns(facts)
    before = {name: getattr(row, name) for name in columns}
    if before["contact_email"] != columns["contact_email"]:
        row.token_version += 1
    for name, value in columns.items():
        setattr(row, name, value)
    row.revision += 1
    changed = sorted(name for name in columns if before[name] != columns[name])
    record(actor, "delegation.changed", row, edition=row.edition, fields=changed)


def resize_delegation(row: Delegation, places_given: int, *, actor: Actor) -> None:
    """Give a unit more places, or take free ones back for whoever waits. Raises Full and PlacesTaken."""
    edition, category = row.edition, row.category
    places.hold(edition)
    db.session.refresh(row)
    before, more = row.capacity, places_given - row.capacity
    if more > 0 and (full := places.claim((edition, category), more)) is not None:
        raise Full(full)
    if not places.resize(row, places_given):
        raise PlacesTaken(
            _l("%(name)s uses %(taken)d places. Cancel registrations first.", name=row.name, taken=row.taken)
        )
    if more < 0:
        places.release((edition, category), -more)
    if more:
        record(actor, "delegation.resized", row, edition=edition, before=before, after=places_given)
        promote(edition, actor=actor)


def remove_delegation(row: Delegation, *, actor: Actor) -> None:
    """Cancel a unit's people and give all its places back; the record of it stays, without places."""
    for member in members_of(row):
        cancel(member, actor=actor)
    resize_delegation(row, 0, actor=actor)
    row.token_version += 1


def members_of(row: Delegation) -> list[Registration]:
    """Everybody a unit has registered, in order, the cancelled too."""
    return list(
        db.session.scalars(select(Registration).where(Registration.delegation_id == row.id).order_by(Registration.id))
    )


def _columns(facts: DelegationFacts) -> dict[str, object]:
    values = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return values | {"contact_email": normal_email(facts.contact_email) if facts.contact_email else None}
