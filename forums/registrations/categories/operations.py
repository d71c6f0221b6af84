from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.editions.operations import ChangedMeanwhile
from forums.errors import Refused
from forums.extensions import db
from forums.registrations import places
from forums.registrations.categories.queries import is_used
from forums.registrations.models import Category, Registration
from forums.registrations.queries import categories_of
from forums.registrations.search import pinyin_of
from forums.registrations.waiting import change_capacity

LONGEST_CODE = 40


@dataclass(frozen=True)
class CategoryFacts:
    """What an organiser decides about a category. Times are UTC; None: the edition's own, or no limit."""

    name: Bilingual
    capacity: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    access: str = "public"
    needs_approval: bool = False
    offer_hours: int | None = None
    colour: str = ""


def facts_of(category: Category) -> CategoryFacts:
    """What stands now."""
    return CategoryFacts(**{field.name: getattr(category, field.name) for field in fields(CategoryFacts)})


def fingerprint(category: Category) -> str:
    """What stands now, for a form to carry until it is saved."""
    return hashlib.sha256(repr(facts_of(category)).encode()).hexdigest()


def add_category(edition: Edition, facts: CategoryFacts, *, actor: Actor, code: str = "") -> Category:
    """A category behind the others. The same facts once more are the same category; raises Refused for a taken name."""
    places.hold(edition)
    there = categories_of(edition)
    same = next((row for row in there if row.name == facts.name), None)
    if same is not None and (facts_of(same) == facts or same.code == code):
        return same
    if same is not None:
        raise Refused(_l("There is a category of this name already."))
    row = Category(
        edition=edition,
        code=_free_code(code or _code_of(facts.name), {row.code for row in there}),
        position=max((row.position for row in there), default=-1) + 1,
        taken=0,
        **_columns(facts),
    )
    db.session.add(row)
    db.session.flush()
    record(actor, "category.added", row, edition=edition, code=row.code)
    return row


def change_rules(row: Category, facts: CategoryFacts, *, seen: str = "", actor: Actor) -> list[Registration]:
    """Decide anew; whoever now fits is confirmed or asked, and returned.

    `seen` is the fingerprint of what the actor worked on. Raises ChangedMeanwhile, PlacesTaken, and Refused for a name
    that another category has.
    """
    edition = row.edition
    places.hold(edition)
    db.session.refresh(row)
    if seen and seen != fingerprint(row):
        raise ChangedMeanwhile(_l("Somebody has changed this category since you opened it. Look at it again."))
    if any(other.name == facts.name and other is not row for other in categories_of(edition)):
        raise Refused(_l("There is a category of this name already."))
    columns = _columns(facts)
    changed = sorted(name for name, value in columns.items() if getattr(row, name) != value and name != "capacity")
    promoted = (
        change_capacity(edition, facts.capacity, quota=row, actor=actor) if facts.capacity != row.capacity else []
    )
    for name in changed:
        setattr(row, name, columns[name])
    if changed:
        record(actor, "category.changed", row, edition=edition, fields=changed)
    return promoted


def put_in_order(edition: Edition, ids: Sequence[int]) -> None:
    """The categories in this order; those that are not named follow as they stand."""
    places.hold(edition)
    wanted = {number: at for at, number in reversed(list(enumerate(ids)))}
    rows = sorted(categories_of(edition), key=lambda row: wanted.get(row.id, len(ids)))
    for position, row in enumerate(rows):
        row.position = position


def move(row: Category, step: int) -> None:
    """One up (-1) or down (1); at the end it stays."""
    ids = [each.id for each in categories_of(row.edition)]
    at = ids.index(row.id)
    ids.insert(min(max(at + step, 0), len(ids) - 1), ids.pop(at))
    put_in_order(row.edition, ids)


def remove(row: Category, *, actor: Actor) -> bool:
    """Delete a category in which nobody ever was; close one with people in it. Whether it is gone.

    Raises Refused for the last one: an edition has at least one category.
    """
    edition = row.edition
    places.hold(edition)
    db.session.refresh(row)
    if is_used(row):
        if row.closes_at is None or row.closes_at > now():
            row.closes_at = now()
            record(actor, "category.closed", row, edition=edition)
        return False
    if len(categories_of(edition)) == 1:
        raise Refused(_l("An edition needs at least one category. Add another before you remove this one."))
    record(actor, "category.removed", row, edition=edition, code=row.code)
    db.session.delete(row)
    return True


def new_link(row: Category, *, actor: Actor) -> None:
    """Another private link; the one that was given out stops working."""
    row.token_version += 1
    record(actor, "category.link_renewed", row, edition=row.edition)


def copy_categories(source: Edition, target: Edition) -> None:
    """The rules of one edition's categories for another, times as far from its first day; nobody is in them yet."""
    days = target.starts_on - source.starts_on
    for row in categories_of(source):
        columns = _columns(facts_of(row))
        for name in ("opens_at", "closes_at"):
            columns[name] = _moved(getattr(row, name), days, source)
        db.session.add(Category(edition=target, code=row.code, position=row.position, taken=0, **columns))
    db.session.flush()


def _moved(moment: datetime | None, days: timedelta, edition: Edition) -> datetime | None:
    """The same wall-clock time where the event is, days later; None beyond the calendar."""
    try:
        return None if moment is None else (moment.astimezone(edition.tz) + days).astimezone(moment.tzinfo)
    except OverflowError:
        return None


def _columns(facts: CategoryFacts) -> dict[str, object]:
    return {field.name: getattr(facts, field.name) for field in fields(facts)}


def _code_of(name: Bilingual) -> str:
    """A short name for files: letters and digits of the English name, else the pinyin of the Chinese one."""
    words = re.sub(r"[^a-z0-9]+", "-", (name.en or pinyin_of(name.zh)[0]).lower()).strip("-")
    return words[: LONGEST_CODE - 4] or "category"


def _free_code(code: str, there: set[str]) -> str:
    numbered = (f"{code}-{number}" for number in range(2, len(there) + 3))
    return next(each for each in (code, *numbered) if each not in there)
