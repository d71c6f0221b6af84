"""Those who are invited, one by one: correcting what we know of them, and sending again what did not arrive."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.directory.operations import normal_email
from forums.errors import Refused
from forums.extensions import db
from forums.invitations import emails
from forums.invitations.contacts.addresses import wrong_with_address
from forums.invitations.contacts.reading import REASONS
from forums.invitations.models import Campaign, Contact, Invitation, Recipient
from forums.invitations.queries import troubled
from forums.invitations.sending import WrongTimes
from forums.invitations.steps import lock, must_be
from forums.invitations.trouble import tried_and_failed
from forums.mail import outbox
from forums.mail.suppression.queries import is_suppressed


class WrongAddress(Refused):
    """Nothing can be sent to the address, or somebody else of the edition has it."""


@dataclass(frozen=True)
class GuestFacts:
    """What an invitation says of its guest."""

    name: str
    email: str
    organisation: str = ""
    title: str = ""
    language: str = "zh"


def change_guest(row: Invitation, facts: GuestFacts, *, actor: Actor) -> None:
    """Correct somebody who is invited, and their row on the list; letters that are written stay.

    Raises WrongAddress.
    """
    db.session.refresh(row, with_for_update={"of": Invitation})
    email = normal_email(facts.email)
    if email != row.email:
        _check(row, email)
    values = {**vars(facts), "email": email}
    fields = sorted(name for name, value in values.items() if getattr(row, name) != value)
    try:
        with db.session.begin_nested():
            for name in fields:
                setattr(row, name, values[name])
    except IntegrityError:  # somebody was given this address at the same moment
        raise _taken(row, email) from None
    if fields:
        _tell_the_list(row)
        record(actor, "invitation.changed", row, fields=fields)


def send_again(row: Campaign, chosen: Mapping[int, str], *, actor: Actor) -> int:
    """Send the letters of these recipients again, each to the address that is typed for them; how many.

    A letter that failed or is in doubt goes again under its Message-ID; one that came back, or whose address is
    corrected, is written anew. Whoever is not among those in trouble any more is passed over, so that sending the form
    twice sends once. Raises WrongState, WrongTimes and WrongAddress, which names the address.
    """
    lock(row)
    must_be(row, "running", "paused", "done", "expired")
    if row.is_expired(now()):
        raise WrongTimes(_l("The moment after which nothing is sent has passed, so nothing can be sent again."))
    found = db.session.scalars(
        troubled(row).options(joinedload(Recipient.invitation)).where(Recipient.id.in_(chosen))
    ).all()
    for recipient in found:
        _send_again(row, recipient, normal_email(chosen[recipient.id]), actor)
    if found:
        db.session.flush()
        if row.state == "paused":
            outbox.hold(row.batch)
        else:
            row.state, row.finished_at = "running", None
            row.tried_before, row.failed_before = tried_and_failed(row)
        record(actor, "campaign.sent_again", row, letters=len(found))
    return len(found)


def leave(row: Campaign, recipient_ids: Collection[int], *, actor: Actor) -> int:
    """Leave letters that are in doubt as they are: nobody is asked about them any more. How many."""
    found = db.session.scalars(troubled(row).where(Recipient.id.in_(recipient_ids))).all()
    left = outbox.leave([one.letter_id for one in found if one.letter_id is not None])
    if left:
        record(actor, "campaign.left_in_doubt", row, letters=left)
    return left


def _send_again(row: Campaign, recipient: Recipient, email: str, actor: Actor) -> None:
    guest, letter = recipient.invitation, recipient.letter
    if letter is None:
        return
    is_new = email != letter.recipient.lower()
    if is_new:
        _correct(guest, row.kind, email, actor)
    if is_suppressed(email, row.scopes):
        raise WrongAddress(
            _l("%(name)s: campaigns do not write to %(email)s any more. Correct it.", name=guest.name, email=email)
        )
    if is_new or letter.bounced_at is not None:
        recipient.letter_id = emails.write_again(row, guest, letter).id
    else:
        outbox.resend(letter, actor=actor)


def _correct(guest: Invitation, kind: str, email: str, actor: Actor) -> None:
    """The address to which this kind of letter goes: the guest's, or that of who comes in their place.

    Whoever got the former letter can no longer answer: the letter that follows brings a new link.
    """
    if guest.written_to(kind)[1] == guest.email:
        change_guest(guest, GuestFacts(guest.name, email, guest.organisation, guest.title, guest.language), actor=actor)
        guest.token_version += 1
    else:
        _check(guest, email)
        guest.substitute_email = email
        guest.substitute_version += 1
        record(actor, "invitation.changed", guest, fields=["substitute_email"])


def _check(row: Invitation, email: str) -> None:
    if wrong := wrong_with_address(email) if email else "missing_email":
        raise WrongAddress(f"{row.name} <{email}>{_(': ')}{REASONS[wrong]}")
    taken = exists().where(Invitation.edition_id == row.edition_id, Invitation.email == email, Invitation.id != row.id)
    if db.session.scalar(select(taken)):
        raise _taken(row, email)


def _taken(row: Invitation, email: str) -> WrongAddress:
    return WrongAddress(_l("%(name)s: somebody else is invited at %(email)s.", name=row.name, email=email))


def _tell_the_list(row: Invitation) -> None:
    """Keep the contact like the invitation, unless their list has somebody else at this address."""
    contact = db.session.get(Contact, row.contact_id) if row.contact_id is not None else None
    if contact is None:
        return
    taken = exists().where(Contact.list_id == contact.list_id, Contact.email == row.email, Contact.id != contact.id)
    if not db.session.scalar(select(taken)):
        for name in ("name", "email", "organisation", "title", "language"):
            setattr(contact, name, getattr(row, name))
        contact.changed_at = now()
