"""Contact lists: making them, filling them, taking people out."""

from __future__ import annotations

from dataclasses import asdict

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, insert, select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.invitations.intake import Candidate, Reading
from forums.invitations.models import Campaign, Contact, ContactList, Intake
from forums.masks import masked_email

# Enough to correct a file by; the counts say how many there are in all.
MOST_EXPLAINED = 500


class ListInUse(Refused):
    """A campaign writes to this list."""


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
    """Delete the list and its contacts. Raises ListInUse; invitations that were sent keep whom they went to."""
    if db.session.scalar(select(exists().where(Campaign.list_id == row.id))):
        raise ListInUse(_l("A campaign uses this list. Delete the campaign first, or keep the list."))
    record(actor, "contact_list.deleted", row, name=row.name)
    db.session.delete(row)


def add_contacts(row: ContactList, reading: Reading, *, source: str, actor: Actor) -> Intake:
    """Put the good rows into the list and keep the account of the others. Who is there already stays as they are."""
    known = set(db.session.scalars(select(Contact.email).where(Contact.list_id == row.id)))
    fresh = [one for one in reading.candidates if one.email not in known]
    again = [(one.number, one.email, 0) for one in reading.candidates if one.email in known]
    if fresh:
        db.session.execute(insert(Contact), [_values(row, one) for one in fresh])
    duplicates = sorted([*reading.repeated, *again])
    intake = Intake(
        list_id=row.id,
        source=source[:200],
        read=reading.read,
        added=len(fresh),
        problem_count=len({problem.number for problem in reading.problems}),
        duplicate_count=len(duplicates),
        problems=[problem.as_json() for problem in reading.problems[:MOST_EXPLAINED]],
        duplicates=[
            {"row": number, "email": email, "first": first} for number, email, first in duplicates[:MOST_EXPLAINED]
        ],
        ignored_columns=[column[:100] for column in reading.ignored_columns],
    )
    db.session.add(intake)
    record(actor, "contact_list.filled", row, source=source, read=reading.read, added=len(fresh))
    return intake


def remove_contact(contact: Contact, *, actor: Actor) -> None:
    """Take somebody out of their list; letters that went out stay in the log."""
    record(actor, "contact.removed", contact, email=masked_email(contact.email))
    db.session.delete(contact)


def _values(row: ContactList, candidate: Candidate) -> dict[str, object]:
    values = asdict(candidate)
    values.pop("number")
    return {"list_id": row.id, **values}
