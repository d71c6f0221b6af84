"""Searches that are kept under a name, and lists that follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.contacts.models import SavedFilter
from forums.invitations.contacts.sources import EARLIER, Around, Search, search
from forums.invitations.models import Contact, ContactList, Intake


@dataclass(frozen=True)
class Following:
    """What a list that follows a filter would gain, and who on it came by the filter and matches no more."""

    search: Search
    gone: Sequence[Contact]


def save_filter(
    edition: Edition, *, name: str, source: str, conditions: dict[str, list[str]], actor: Actor
) -> SavedFilter:
    """Keep a search for the edition's series. The same name again replaces it, so sending it twice makes one."""
    row = db.session.scalar(
        select(SavedFilter).where(SavedFilter.series_id == edition.series_id, SavedFilter.name == name)
    )
    if row is None:
        row = SavedFilter(series_id=edition.series_id, name=name)
        db.session.add(row)
    row.source, row.conditions, row.by = source, conditions, actor.label[:200]
    record(actor, "contact_filter.saved", row, edition=edition, name=name)
    return row


def delete_filter(row: SavedFilter, *, actor: Actor) -> None:
    """Forget a filter; lists keep the people it brought."""
    record(actor, "contact_filter.deleted", row, name=row.name)
    db.session.execute(delete(SavedFilter).where(SavedFilter.id == row.id))


def is_visible(row: SavedFilter, around: Around) -> bool:
    """Whether the reader may manage all that a filter looks into."""
    editions, lists = row.conditions.get("editions", []), row.conditions.get("list", [])
    if row.source == "directory":
        return around.directory
    own = {str(one.id) for one in around.editions} | ({EARLIER} if around.whole_series else set())
    seen = {str(one.id) for one in around.lists}
    return row.series_id == around.edition.series_id and (
        around.whole_series or (own.issuperset(editions) and seen.issuperset(lists))
    )


def filters_for(around: Around) -> list[SavedFilter]:
    """The filters of the series that the reader may use, by name."""
    rows = db.session.scalars(
        select(SavedFilter).where(SavedFilter.series_id == around.edition.series_id).order_by(SavedFilter.name)
    )
    return [row for row in rows if is_visible(row, around)]


def lists_by_filter(rows: Sequence[SavedFilter]) -> dict[int | None, list[tuple[int, str, int]]]:
    """Which lists follow each filter: (id, name, people it brought that are still on it)."""
    counted = (
        select(Intake.filter_id, ContactList.id, ContactList.name, func.count(Contact.id))
        .join(ContactList, ContactList.id == Intake.list_id)
        .outerjoin(Contact, Contact.intake_id == Intake.id)
        .where(Intake.filter_id.in_([row.id for row in rows]))
        .group_by(Intake.filter_id, ContactList.id, ContactList.name)
        .order_by(ContactList.name, ContactList.id)
    )
    found: dict[int | None, list[tuple[int, str, int]]] = {}
    for filter_id, list_id, name, people in db.session.execute(counted):
        found.setdefault(filter_id, []).append((list_id, name, people))
    return found


def follow(row: SavedFilter, around: Around, contact_list: ContactList) -> Following:
    """Ask a filter again for a list that it filled. Raises TooMany."""
    found = search(row.source, row.conditions, around, contact_list)
    matching = {one.email for one in found.reading.candidates}
    brought = db.session.scalars(
        select(Contact)
        .join(Intake, Intake.id == Contact.intake_id)
        .where(Contact.list_id == contact_list.id, Intake.filter_id == row.id)
        .order_by(Contact.name_sort, Contact.id)
    )
    return Following(found, [one for one in brought if one.email not in matching])
