"""Those who are invited, one by one: correcting what we know of them, and sending again what did not arrive."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager, joinedload

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
from forums.invitations.steps import lock, lock_all, must_be
from forums.invitations.trouble import tried_and_failed
from forums.mail import outbox
from forums.mail.models import Letter
from forums.mail.suppression.queries import is_suppressed

# Campaigns that may send a letter once more, and letters that have not gone out.
LIVELY = ("running", "paused", "done")
WAITING = ("queued", "deferred", "held")
ON_THE_WAY = (*WAITING, "sending")


class WrongAddress(Refused):
    """Nothing can be sent to the address, or somebody else of the edition has it."""


class NothingToRepeat(Refused):
    """No letter to this guest can be sent again."""


@dataclass(frozen=True)
class GuestFacts:
    """What an invitation says of its guest."""

    name: str
    email: str
    organisation: str = ""
    title: str = ""
    language: str = "zh"


def change_guest(row: Invitation, facts: GuestFacts, *, actor: Actor) -> None:
    """Correct somebody who is invited, and their row on the list; letters that have gone out stay.

    With another address the former link ends, since whoever got it at a wrong one could answer; letters that wait go
    to the new one with the new link, and what went out can be sent there again (send_last_again). Raises WrongAddress.
    """
    lock_all(row.edition_id)
    db.session.refresh(row, with_for_update={"of": Invitation})
    former, email = row.email, normal_email(facts.email)
    if email != former:
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
    if email != former:
        row.token_version += 1
        _redirect_what_waits(row, former)


def send_again(row: Campaign, chosen: Mapping[int, str], *, actor: Actor) -> int:
    """Send the letters of these recipients again, each to the address that is typed for them; how many.

    A letter that failed or is in doubt goes again under its Message-ID; one that came back, or whose address is
    corrected, is written anew. Whoever is not among those in trouble any more is passed over, so that sending the form
    twice sends once. Raises WrongState, WrongTimes and WrongAddress, which names the address.
    """
    lock_all(row.edition_id)
    lock(row)
    must_be(row, *LIVELY, "expired")
    if row.is_expired(now()):
        raise WrongTimes(_l("The moment after which nothing is sent has passed, so nothing can be sent again."))
    found = db.session.scalars(
        troubled(row).options(joinedload(Recipient.invitation)).where(Recipient.id.in_(chosen))
    ).all()
    for recipient in found:
        _send_again(row, recipient, normal_email(chosen[recipient.id]), actor)
    if found:
        _go_on(row)
        record(actor, "campaign.sent_again", row, letters=len(found))
    return len(found)


def send_last_again(row: Invitation, letter_id: int, *, actor: Actor) -> bool:
    """Write the last letter to a guest anew, as things are now, to the address that they have now.

    `letter_id` is the letter that was the last: where it is not any more, that was done before, and False is returned.
    Raises NothingToRepeat and WrongAddress.
    """
    lock_all(row.edition_id)
    db.session.refresh(row, with_for_update={"of": Invitation})
    last = last_letter(row)
    if row.is_withdrawn or last is None or last.letter is None:
        raise NothingToRepeat(_l("There is no letter that could be sent again. Write to them by a campaign."))
    if last.letter.id != letter_id or last.letter.state in ON_THE_WAY:
        return False
    name, email = row.written_to(last.campaign.kind)
    _refuse_suppressed(name, email, last.campaign)
    last.letter_id = emails.write_again(last.campaign, row, last.letter).id
    _go_on(last.campaign)
    record(actor, "invitation.sent_again", row, to=email)
    return True


def last_letter(row: Invitation) -> Recipient | None:
    """The last letter to a guest that still says what is so, a reminder only if there is no other; None if there is
    none, or its campaign was cancelled or is over."""
    found = db.session.scalars(
        select(Recipient)
        .join(Recipient.campaign)
        .options(contains_eager(Recipient.campaign), joinedload(Recipient.letter))
        .where(
            Recipient.invitation_id == row.id,
            Recipient.letter_id.is_not(None),
            Campaign.kind.in_(("invitation", "update", "reminder")),
            Campaign.state.in_(LIVELY),
        )
        .order_by(Campaign.kind == "reminder", Recipient.letter_id.desc())
        .execution_options(populate_existing=True)
    ).all()
    return next((one for one in found if not one.campaign.is_expired(now())), None)


def awaits_link(row: Invitation, last: Recipient, letters: Sequence[Recipient]) -> bool:
    """Whether the link in their last letter has ended, and none of their letters brings the one that holds."""
    to = row.written_to(last.campaign.kind)[1]
    link = [row.id, row.token_version if to == row.email else row.substitute_version]
    holding = [
        one.letter
        for one in (last, *letters)
        if one.letter is not None and one.letter.recipient == to and one.letter.params.get("invitation") == link
    ]
    reached = (one.state in ("sent", "unknown", *ON_THE_WAY) and one.bounced_at is None for one in holding)
    return last.letter not in holding and not any(reached)


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
    db.session.refresh(guest, with_for_update={"of": Invitation})
    if is_new:
        _correct(guest, row.kind, email, actor)
    _refuse_suppressed(guest.name, email, row)
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
    else:
        _check(guest, email)
        guest.substitute_email = email
        guest.substitute_version += 1
        record(actor, "invitation.changed", guest, fields=["substitute_email"])


def _go_on(row: Campaign) -> None:
    """Letters were written that its campaign has to send: it runs once more, unless it is paused."""
    db.session.flush()
    if row.state == "paused":
        outbox.hold(row.batch)
    else:
        row.state, row.finished_at = "running", None
        row.tried_before, row.failed_before = tried_and_failed(row)


def _redirect_what_waits(row: Invitation, former: str) -> None:
    """Letters to the former address that have not gone out are written anew."""
    theirs = (
        select(Recipient)
        .join(Recipient.letter)
        .options(joinedload(Recipient.campaign), contains_eager(Recipient.letter))
        .where(Recipient.invitation_id == row.id, Letter.recipient == former, Letter.state.in_(WAITING))
        .order_by(Recipient.id)
        .execution_options(populate_existing=True)
    )
    for one in db.session.scalars(theirs).all():
        if one.letter is not None and outbox.withdraw_letters([one.letter.id], reason="corrected"):
            one.letter_id = emails.write_again(one.campaign, row, one.letter).id
            if one.campaign.state == "paused":
                outbox.hold(one.campaign.batch)
    step = Letter.event.startswith(f"invitation:{row.id}:step:")
    steps = db.session.scalars(select(Letter.id).where(Letter.recipient == former, step).order_by(Letter.id)).all()
    if outbox.withdraw_letters(steps, reason="corrected"):
        emails.one_step(row)


def _refuse_suppressed(name: str, email: str, campaign: Campaign) -> None:
    if is_suppressed(email, campaign.scopes):
        raise WrongAddress(
            _l("%(name)s: campaigns do not write to %(email)s any more. Correct it.", name=name, email=email)
        )


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
