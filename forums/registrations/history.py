"""Attendance of editions that were held before their registrations were kept here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import insert, select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import places
from forums.registrations.checkin.operations import record_history
from forums.registrations.models import Category, Registration, State, new_reference, search_columns
from forums.registrations.operations import default_category
from forums.registrations.refusals import PlacesTaken


@dataclass(frozen=True)
class Attendee:
    """A person of an earlier edition and the days on which they came."""

    person: Person
    days: Sequence[date]
    organisation: str = ""
    title: str = ""


def record_attendance_history(edition: Edition, people: Sequence[Attendee], *, actor: Actor) -> int:
    """Write confirmed registrations and check-ins of an event that is over, in bulk and without letters.

    Who is registered already is left as they are, so a second run adds nothing; the number of registrations added.
    """
    category = default_category(edition)
    places.hold(edition)
    here = set(db.session.scalars(select(Registration.person_id).where(Registration.edition_id == edition.id)))
    added = [one for one in {one.person.id: one for one in people}.values() if one.person.id not in here]
    if not added:
        return 0
    if places.claim((edition, category), len(added)) is not None:
        raise PlacesTaken(_l("%(n)d people do not fit into the places of this event.", n=len(added)))
    db.session.execute(insert(Registration), [_history_row(edition, category, one) for one in added])
    made = select(Registration.person_id, Registration.id).where(Registration.edition_id == edition.id)
    ids = dict(db.session.execute(made).all())
    record_history(edition, [(ids[one.person.id], day) for one in added for day in one.days], actor=actor)
    record(actor, "registration.history_recorded", edition, edition=edition, registrations=len(added))
    return len(added)


def _history_row(edition: Edition, category: Category, one: Attendee) -> dict[str, object]:
    name = one.person.name.local("zh")[:80]
    reference = new_reference()
    return {
        "edition_id": edition.id,
        "category_id": category.id,
        "person_id": one.person.id,
        "reference": reference,
        "state": State.CONFIRMED,
        "name": name,
        "organisation": one.organisation,
        "title": one.title,
        "language": "zh",
        "source": "history",
        "created_at": now(),
        "confirmed_at": now(),
        **search_columns(name, one.organisation, reference),
    }
