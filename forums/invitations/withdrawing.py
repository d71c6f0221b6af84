"""Taking an invitation back from somebody, and inviting them again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select, update

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import emails
from forums.invitations.models import Campaign, Invitation, Recipient
from forums.invitations.steps import lock_all
from forums.mail import outbox
from forums.mail.models import Letter

# Their letters went out, or may have; one that is being handed over cannot be called back.
GONE = ("sent", "unknown", "sending")
ON_THE_WAY = ("queued", "deferred", "held", "sending")
# The number of letters of these is settled, and none of them is written yet.
SETTLED = ("frozen", "scheduled")


@dataclass(frozen=True)
class Withdrawal:
    """How many people were withdrawn from, how many letters tell it, and how many that waited do not go out."""

    people: int = 0
    letters: int = 0
    stopped: int = 0


def withdraw(
    edition: Edition, invitation_ids: Collection[int], *, reason: str, with_letter: bool, actor: Actor
) -> Withdrawal:
    """Take these invitations back: what waits for them never goes out, and their links say so. The rest stays.

    With a letter, those whom one has reached are told, and so is who was to come in their place: where their calendar
    was asked, the letter takes the event out of it. Whoever was withdrawn from before is passed over, so that sending
    the form twice sends once. Answers and registrations stay as they are, since the invitation may be given again and
    a registration has an office of its own.
    """
    rows = [row for row in _locked(edition, invitation_ids) if not row.is_withdrawn]
    letters = stopped = 0
    for row in rows:
        row.withdrawn_at, row.withdrawn_reason = now(), reason
        row.calendar_off = True
        row.calendar_turns += 1
        _withhold(row)
        waiting = outbox.withdraw_letters(_letters_of(row), reason="withdrawn")
        told = [emails.withdrawn(row, *to) for to in addressees(row)] if with_letter else []
        record(actor, "invitation.withdrawn", row, reason=reason, letters=len(told), stopped=waiting)
        letters, stopped = letters + len(told), stopped + waiting
    return Withdrawal(len(rows), letters, stopped)


def restore(row: Invitation, *, actor: Actor) -> bool:
    """Invite somebody again whose invitation was withdrawn: link and answer hold as before. False if it is none.

    Campaigns that wait to be sent write to them again. The SEQUENCE of their calendar rises, so that the next letter
    puts the event back which the last one took out.
    """
    [row] = _locked(row.edition, [row.id])
    if not row.is_withdrawn:
        return False
    outbox.withdraw_letters(_notices(row), reason="restored")
    row.withdrawn_at, row.withdrawn_reason = None, ""
    row.calendar_off = False
    row.calendar_turns += 1
    _move_recipients(row, "withdrawn", "", 1)
    record(actor, "invitation.restored", row)
    return True


def addressees(row: Invitation) -> Sequence[tuple[str, str]]:
    """Name and address of those to whom a letter of this invitation has gone out: the guest, and who comes instead."""
    gone = select(Letter.recipient).where(
        Letter.id.in_(_letters_of(row)), Letter.state.in_(GONE), Letter.bounced_at.is_(None)
    )
    reached = set(db.session.scalars(gone))
    people = {row.email: row.name}
    if row.answer == "substitute":
        people.setdefault(row.substitute_email, row.substitute_name)
    return [(name, email) for email, name in people.items() if email in reached]


def written_to(edition: Edition, invitation_ids: Collection[int]) -> set[int]:
    """Of these invitations, those to which a letter has gone out, or is about to."""
    found = (
        select(Recipient.invitation_id)
        .join(Invitation, Invitation.id == Recipient.invitation_id)
        .join(Letter, Letter.id == Recipient.letter_id)
        .where(
            Invitation.edition_id == edition.id,
            Recipient.invitation_id.in_(invitation_ids),
            Letter.state.in_((*GONE, *ON_THE_WAY)),
        )
    )
    return set(db.session.scalars(found))


def _locked(edition: Edition, invitation_ids: Collection[int]) -> Sequence[Invitation]:
    """The invitations as they are now, held, and the campaigns that may be writing to them."""
    lock_all(edition.id)
    mine = select(Invitation).where(Invitation.edition_id == edition.id, Invitation.id.in_(invitation_ids))
    held = mine.order_by(Invitation.id).with_for_update(of=Invitation).execution_options(populate_existing=True)
    return db.session.scalars(held).all()


def _letters_of(row: Invitation) -> Sequence[int]:
    """Ids of the letters that campaigns, and the step to the registration, wrote for this invitation."""
    theirs = select(Recipient.letter_id).where(Recipient.invitation_id == row.id)
    found = or_(Letter.id.in_(theirs), and_(*_of_their_own(row, "step")))
    return db.session.scalars(select(Letter.id).where(found).order_by(Letter.id)).all()


def _notices(row: Invitation) -> Sequence[int]:
    """Ids of the letters that said it was withdrawn."""
    return db.session.scalars(select(Letter.id).where(*_of_their_own(row, "withdrawn")).order_by(Letter.id)).all()


def _of_their_own(row: Invitation, what: str) -> tuple[ColumnElement[bool], ...]:
    """Letters that no campaign wrote to them, or to who comes in their place."""
    addresses = [row.email, row.substitute_email] if row.substitute_email else [row.email]
    return Letter.recipient.in_(addresses), Letter.event.startswith(f"invitation:{row.id}:{what}:")


def _withhold(row: Invitation) -> None:
    """Campaigns that have not written to them yet do not."""
    _move_recipients(row, "", "withdrawn", -1)
    waiting = (Recipient.invitation_id == row.id) & Recipient.letter_id.is_(None) & (Recipient.withheld == "")
    db.session.execute(update(Recipient).where(waiting).values(withheld="withdrawn"))


def _move_recipients(row: Invitation, before: str, after: str, by: int) -> None:
    """In campaigns whose letters are counted and not written, they get none, or one again; the number follows."""
    settled = select(Campaign.id).where(Campaign.edition_id == row.edition_id, Campaign.state.in_(SETTLED))
    theirs = select(Recipient.campaign_id).where(
        Recipient.invitation_id == row.id, Recipient.letter_id.is_(None), Recipient.withheld == before
    )
    found = db.session.scalars(settled.where(Campaign.id.in_(theirs)).order_by(Campaign.id)).all()
    if found:
        mine = (Recipient.invitation_id == row.id) & Recipient.campaign_id.in_(found) & (Recipient.withheld == before)
        db.session.execute(update(Recipient).where(mine).values(withheld=after))
        db.session.execute(update(Campaign).where(Campaign.id.in_(found)).values(to_send=Campaign.to_send + by))
