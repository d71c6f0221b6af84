"""Contact lists: making them, filling them, correcting people, taking people out, taking a whole intake back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.engine import CursorResult

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.invitations.contacts.models import RejectedRow, TakenOff
from forums.invitations.contacts.reading import FIELDS, Candidate, Reading, Rejected, examine
from forums.invitations.models import Campaign, Contact, ContactList, Intake
from forums.masks import masked_email
from forums.registrations.search import pinyin_of

# Repetitions that are told one by one; the counts say how many there are in all.
MOST_EXPLAINED = 500
# Whom these campaigns go to is not settled, or may be opened again.
UNSENT = ("draft", "frozen", "scheduled")


class ListInUse(Refused):
    """A campaign writes to this list."""


class ListGone(Refused):
    """Somebody deleted the list meanwhile."""


class OnTheList(Refused):
    """Another person of the list has this address."""


class Undone(Refused):
    """What is to be taken back was taken back already."""


@dataclass(frozen=True)
class Origin:
    """Where people come from: paste, file, or a source with its conditions, perhaps kept as a filter.

    With `again`, people who were taken off the list by hand come back.
    """

    code: str = "paste"
    words: str = ""
    conditions: Mapping[str, list[str]] | None = None
    filter_id: int | None = None
    again: bool = True


def create_list(edition: Edition, name: str, *, for_series: bool = False, actor: Actor) -> ContactList:
    """A list of the edition, or of all editions of its series."""
    row = ContactList(series_id=edition.series_id, edition_id=None if for_series else edition.id, name=name)
    db.session.add(row)
    record(actor, "contact_list.created", row, edition=edition, name=name)
    return row


def rename_list(row: ContactList, name: str, *, actor: Actor) -> None:
    if row.name != name:
        record(actor, "contact_list.renamed", row, before=row.name, after=name)
        row.name = name


def delete_list(row: ContactList, *, actor: Actor) -> None:
    """Delete the list and its contacts. Invitations that were sent keep whom they went to.

    Raises ListInUse, also where a campaign that may still be sent is narrowed down to the list: without it, it would go
    to nobody. Raises ListGone.
    """
    hold(row.id)
    if db.session.scalar(select(exists().where(Campaign.list_id == row.id))):
        raise ListInUse(_l("A campaign uses this list. Delete the campaign first, or keep the list."))
    asks = Campaign.state.in_(UNSENT) & (Campaign.narrowed["list"].as_integer() == row.id)
    if (name := db.session.scalar(select(Campaign.name).where(asks).order_by(Campaign.id).limit(1))) is not None:
        raise ListInUse(
            _l(
                "The campaign “%(campaign)s” goes only to people of this list. Choose others there first, or keep the "
                "list.",
                campaign=name,
            )
        )
    record(actor, "contact_list.deleted", row, name=row.name)
    db.session.delete(row)


def fill(row: ContactList, reading: Reading, origin: Origin, *, actor: Actor) -> Intake:
    """Put the good rows into the list and keep the others to be mended. Who is there already stays as they are.

    Raises ListGone.
    """
    hold(row.id)
    known = set(db.session.scalars(select(Contact.email).where(Contact.list_id == row.id)))
    away = set(db.session.scalars(select(TakenOff.email).where(TakenOff.list_id == row.id)))
    fresh = [one for one in reading.candidates if one.email not in known and (origin.again or one.email not in away)]
    again = [(one.number, one.email, 0) for one in reading.candidates if one.email in known]
    duplicates = sorted([*reading.repeated, *again])
    rejected = _not_kept_yet(row, reading.rejected, origin)
    intake = Intake(
        list_id=row.id,
        filter_id=origin.filter_id,
        origin=origin.code,
        source=origin.words[:200],
        conditions=dict(origin.conditions or {}),
        read=reading.read,
        added=len(fresh),
        problem_count=len(rejected),
        duplicate_count=len(duplicates),
        left_out=len(reading.candidates) - len(fresh) - len(again),
        duplicates=[
            {"row": number, "email": email, "first": first} for number, email, first in duplicates[:MOST_EXPLAINED]
        ],
        ignored_columns=[column[:100] for column in reading.ignored_columns],
        by=actor.label[:200],
    )
    db.session.add(intake)
    db.session.flush()
    if fresh:
        db.session.execute(insert(Contact), [_values(row, intake, one) for one in fresh])
        _welcome_back(row, [one.email for one in fresh if one.email in away])
    if rejected:
        db.session.execute(insert(RejectedRow), [_kept(intake, one) for one in rejected])
    record(actor, "contact_list.filled", row, source=origin.words, read=reading.read, added=len(fresh))
    return intake


def mend(rejected: RejectedRow, typed: Mapping[str, str], *, as_it_is: bool = False, actor: Actor) -> Rejected | None:
    """Take in a row that was wrong, as it is typed now; what is wrong still, or None once it is on the list.

    Raises OnTheList and ListGone. Sent twice, it comes in once.
    """
    found = examine(typed, number=rejected.number, as_it_is=as_it_is)
    if isinstance(found, Rejected):
        return found
    row = db.session.get_one(ContactList, rejected.intake.list_id)
    hold(row.id)
    db.session.refresh(rejected)
    if rejected.mended_at is not None:
        return None
    _refuse_twice(row, found.email)
    contact = Contact(**_values(row, rejected.intake, found), changed_at=now())
    db.session.add(contact)
    db.session.flush()
    _welcome_back(row, [found.email])
    rejected.contact_id, rejected.mended_at = contact.id, now()
    record(actor, "contact.mended", contact, email=masked_email(contact.email))
    return None


def change_contact(
    contact: Contact, typed: Mapping[str, str], *, as_it_is: bool = False, actor: Actor
) -> Rejected | None:
    """Correct somebody on a list; what is wrong with what was typed, or None once it is kept. Raises OnTheList.

    Letters and invitations that exist already stay as they are.
    """
    found = examine(typed, as_it_is=as_it_is or typed.get("email") == contact.email)
    if isinstance(found, Rejected):
        return found
    row = db.session.get_one(ContactList, contact.list_id)
    hold(row.id)
    _refuse_twice(row, found.email, but=contact.id)
    values = _facts(found)
    fields = [name for name, value in values.items() if getattr(contact, name) != value]
    if fields:
        for name in fields:
            setattr(contact, name, values[name])
        contact.changed_at = now()
        record(actor, "contact.changed", contact, fields=[name for name in fields if name != "name_sort"])
    return None


def set_titles(row: ContactList, titles: Mapping[int, str], *, actor: Actor) -> int:
    """Give people of the list their form of address, by the contact's id; how many were given one."""
    given = {contact_id: title for contact_id, title in titles.items() if title}
    contacts = db.session.scalars(
        select(Contact).where(Contact.list_id == row.id, Contact.id.in_(given)).order_by(Contact.id)
    ).all()
    for contact in contacts:
        contact.title, contact.changed_at = given[contact.id], now()
    if contacts:
        record(actor, "contact_list.titled", row, people=len(contacts))
    return len(contacts)


def remove_contacts(row: ContactList, contact_ids: Sequence[int], *, actor: Actor) -> int:
    """Take people off their list, for good as far as searches go; letters that went out stay in the log. How many."""
    hold(row.id)
    contacts = db.session.scalars(
        select(Contact).where(Contact.list_id == row.id, Contact.id.in_(contact_ids)).order_by(Contact.id)
    ).all()
    for contact in contacts:
        facts = {name: getattr(contact, name) for name in FIELDS}
        db.session.add(TakenOff(list_id=row.id, by=actor.label[:200], **facts))
        record(actor, "contact.removed", contact, email=masked_email(contact.email))
        db.session.delete(contact)
    return len(contacts)


def put_back(away: TakenOff, *, actor: Actor) -> None:
    """Put somebody who was taken off back on the list, as they were. Raises OnTheList and ListGone."""
    row = db.session.get_one(ContactList, away.list_id)
    hold(row.id)
    _refuse_twice(row, away.email)
    facts = {name: getattr(away, name) for name in FIELDS}
    contact = Contact(list_id=row.id, name_sort=_sorted_by(away.name), changed_at=now(), **facts)
    db.session.add(contact)
    db.session.delete(away)
    record(actor, "contact.put_back", contact, email=masked_email(contact.email))


def undo(intake: Intake, *, actor: Actor) -> None:
    """Take off the list whom an intake brought, except those whom somebody has edited since. Raises Undone."""
    row = db.session.get_one(ContactList, intake.list_id)
    hold(row.id)
    db.session.refresh(intake)
    if intake.undone_at is not None:
        raise Undone(_l("This was taken back already."))
    gone: CursorResult[Any] = db.session.execute(  # type: ignore[assignment]
        delete(Contact).where(Contact.intake_id == intake.id, Contact.changed_at.is_(None))
    )
    intake.removed, intake.undone_at, intake.undone_by = gone.rowcount, now(), actor.label[:200]
    record(actor, "contact_list.intake_undone", row, removed=gone.rowcount)


def kept_after_undoing(intake: Intake) -> int:
    """How many people of an intake undoing leaves on the list: somebody has edited them."""
    edited = select(func.count()).where(Contact.intake_id == intake.id, Contact.changed_at.is_not(None))
    return db.session.scalar(edited) or 0


def hold(list_id: int) -> None:
    """One writer at a time for each list, so that an address comes in once. Raises ListGone."""
    if db.session.get(ContactList, list_id, with_for_update=True, populate_existing=True) is None:
        raise ListGone(_l("The list was deleted meanwhile."))


def _not_kept_yet(row: ContactList, rejected: Sequence[Rejected], origin: Origin) -> Sequence[Rejected]:
    """Of those whom a filter finds again and who cannot come in, those whom the list does not keep already."""
    if origin.filter_id is None:
        return rejected
    kept = db.session.execute(
        select(RejectedRow.name, RejectedRow.email, RejectedRow.organisation)
        .join(Intake, Intake.id == RejectedRow.intake_id)
        .where(Intake.list_id == row.id, Intake.filter_id == origin.filter_id)
    )
    known = {tuple(one) for one in kept}
    return [one for one in rejected if (one.typed["name"], one.typed["email"], one.typed["organisation"]) not in known]


def _refuse_twice(row: ContactList, email: str, but: int = 0) -> None:
    there = select(Contact.name).where(Contact.list_id == row.id, Contact.email == email, Contact.id != but)
    name = db.session.scalar(there)
    if name is not None:
        raise OnTheList(_l("%(email)s is on this list already, as %(name)s.", email=email, name=name))


def _welcome_back(row: ContactList, emails: Sequence[str]) -> None:
    if emails:
        db.session.execute(delete(TakenOff).where(TakenOff.list_id == row.id, TakenOff.email.in_(emails)))


def _values(row: ContactList, intake: Intake, candidate: Candidate) -> dict[str, Any]:
    return {"list_id": row.id, "intake_id": intake.id, **_facts(candidate)}


def _facts(candidate: Candidate) -> dict[str, str]:
    values = asdict(candidate)
    values.pop("number")
    return {**values, "name_sort": _sorted_by(candidate.name)}


def _sorted_by(name: str) -> str:
    return pinyin_of(name)[0][:600]


def _kept(intake: Intake, rejected: Rejected) -> dict[str, Any]:
    faults = [{"field": name, "reason": reason} for name, reason in rejected.faults]
    return {"intake_id": intake.id, "number": rejected.number, "faults": faults, **rejected.typed}
