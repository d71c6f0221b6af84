from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.directory.operations import normal_email
from forums.editions.models import Edition
from forums.editions.operations import ChangedMeanwhile
from forums.extensions import db
from forums.registrations import places
from forums.registrations.delegations import emails
from forums.registrations.delegations.queries import members_of
from forums.registrations.models import Category, Delegation, key_in
from forums.registrations.operations import cancel
from forums.registrations.refusals import Full, PlacesTaken
from forums.registrations.waiting import promote
from forums.registrations.wishes import forget_unasked


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
    key = key_in(edition, key)
    known = db.session.scalar(select(Delegation).where(Delegation.key == key)) if key else None
    if known is not None:
        return known
    if (full := places.claim((edition, category), places_given)) is not None:
        raise Full(full)
    row = Delegation(edition=edition, category=category, capacity=places_given, taken=0, key=key, **_columns(facts))
    db.session.add(row)
    record(actor, "delegation.created", row, edition=edition, name=row.name, places=places_given)
    return row


def change_delegation(
    row: Delegation,
    facts: DelegationFacts,
    *,
    actor: Actor,
    category: Category | None = None,
    revision: int | None = None,
) -> bool:
    """What was agreed on; whether anything differed. `revision` is that of the page the actor worked on.

    Another contact address makes a new private link. Another category moves the unit's people and places with it, and
    what they answered to questions that are not asked there goes.
    Raises ChangedMeanwhile, and Full when the category has not so many places.
    """
    places.hold(row.edition)
    db.session.refresh(row)
    if revision is not None and revision != row.revision:
        raise ChangedMeanwhile(
            _l("Somebody else changed %(name)s meanwhile. Look at it again before you change it.", name=row.name)
        )
    columns = _columns(facts)
    before = {name: getattr(row, name) for name in columns}
    changed = sorted(name for name in columns if before[name] != columns[name])
    if category is not None and category.id != row.category_id:
        _move(row, category)
        promote(row.edition, actor=actor)
        changed.append("category")
    if not changed:
        return False
    if "contact_email" in changed:
        row.token_version += 1
    for name, value in columns.items():
        setattr(row, name, value)
    for member in members_of(row) if "name" in changed else ():
        if member.organisation == before["name"]:
            member.organisation = row.name
    row.revision += 1
    record(actor, "delegation.changed", row, edition=row.edition, fields=changed)
    return True


def _move(row: Delegation, category: Category) -> None:
    """Take the unit's places from another category. The caller holds the gate."""
    if (full := places.claim((category,), row.capacity)) is not None:
        raise Full(full)
    places.release((row.category,), row.capacity)
    row.category = category
    for member in members_of(row):
        member.category = category
        if member.is_live:
            forget_unasked(member)


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
        row.revision += 1
        record(actor, "delegation.resized", row, edition=edition, before=before, after=places_given)
        promote(edition, actor=actor)


def remove_delegation(row: Delegation, *, actor: Actor) -> int:
    """Cancel a unit's people and give all its places back; how many were cancelled.

    The record of it stays, without places and with a link that no longer works; its contact gets a letter.
    """
    places.hold(row.edition)
    db.session.refresh(row)
    live = [member for member in members_of(row) if member.is_live]
    with emails.told_once():
        for member in live:
            cancel(member, actor=actor)
    resize_delegation(row, 0, actor=actor)
    row.token_version += 1
    row.revision += 1
    record(actor, "delegation.removed", row, edition=row.edition, registrations=len(live))
    emails.removed(row)
    return len(live)


def send_link(row: Delegation, *, actor: Actor) -> bool:
    """Write the private link to the unit's contact; whether there is an address to write to."""
    if row.contact_email is None or not row.capacity:
        return False
    db.session.flush()
    emails.invited(row)
    record(actor, "delegation.invited", row, edition=row.edition)
    return True


def _columns(facts: DelegationFacts) -> dict[str, object]:
    values = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return values | {"contact_email": normal_email(facts.contact_email) if facts.contact_email else None}
