"""A campaign that goes wrong stops by itself and says why: delivery tells of each letter of it that does."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.extensions import db
from forums.invitations import notices
from forums.invitations.models import Campaign, Invitation, Recipient
from forums.mail import outbox
from forums.mail.batches import on_fault
from forums.mail.faults import Fault, Unwelcome
from forums.mail.models import Letter
from forums.mail.outbox import NotResendable, before_resend
from forums.mail.queries import bounced_of_batch, counts_of_batch
from forums.mail.reasons import REASONS

# Before so many letters were tried, a share of them that failed says little.
ENOUGH_TRIED = 20
# Where a letter is not tried again by itself; "sent" may have come back.
ENDED = ("failed", "unknown", "sent")
MAIL = Actor.system("mail")


@on_fault("campaign")
def trouble(batch: str, letter: Letter, fault: Fault) -> None:
    """Pause a campaign by itself, in delivery's transaction: when we are not welcome, or too many letters fail.

    A letter that was on its way when somebody paused or cancelled the campaign, withdrew the invitation of its
    reader or corrected the address, and waits again, stays behind as well.
    """
    row = db.session.get(
        Campaign, int(batch.partition(":")[2]), with_for_update={"of": Campaign}, populate_existing=True
    )
    if row is None:
        return
    if reason := _no_longer_wanted(letter):
        outbox.withdraw_letters([letter.id], reason=reason)
    if row.state == "paused":
        outbox.hold(row.batch)
    elif row.state == "cancelled":
        outbox.withdraw(row.batch)
    elif row.state == "running" and isinstance(fault, Unwelcome):
        pause_by_itself(row, fault.reason, fault.detail, actor=MAIL)
    elif letter.state in ENDED and (counts := _over_budget(row)):
        pause_by_itself(row, "budget", counts, actor=MAIL)


def tried_and_failed(row: Campaign) -> tuple[int, int]:
    """How many letters of it were handed over or refused, and how many of these have failed or come back."""
    counts = counts_of_batch(row.batch)
    failed = counts["failed"] + bounced_of_batch(row.batch)
    return counts["sent"] + counts["failed"] + counts["unknown"], failed


@before_resend.append
def may_go_again(letter: Letter) -> bool:
    """Whether a letter that somebody sends again from the outbox waits, since its campaign is paused.

    Raises NotResendable where its guest is not to get it: the invitation was withdrawn, or given again after the letter
    that takes it back, another letter was written in its place, or the campaign was cancelled.
    """
    kind, _, number = (letter.batch or letter.event).partition(":")
    if kind == "campaign" and letter.batch:
        row = db.session.get(Campaign, int(number), with_for_update={"of": Campaign}, populate_existing=True)
        if row is not None and row.state == "cancelled":
            raise NotResendable(_l("Its campaign was cancelled, so nothing more of it is sent."))
        _refuse(_no_longer_wanted(letter, lock=True))
        return row is not None and row.state == "paused"
    if kind == "invitation":
        number, _, what = number.partition(":")
        guest = db.session.get(Invitation, int(number), with_for_update={"of": Invitation}, populate_existing=True)
        if guest is not None and what.startswith("withdrawn"):
            _refuse("" if guest.is_withdrawn else "restored")
        elif guest is not None and what.startswith("step"):
            _refuse("withdrawn" if guest.is_withdrawn else "")
    return False


def _refuse(reason: str) -> None:
    if reason:
        raise NotResendable(REASONS[reason])


def _no_longer_wanted(letter: Letter, *, lock: bool = False) -> str:
    """Why a letter that waits again is not tried again: "withdrawn" with its invitation, or "corrected", where another
    was written in its place or the link at its address has ended."""
    found = select(Invitation).join(Recipient).where(Recipient.letter_id == letter.id)
    row = db.session.scalar(found.with_for_update(of=Invitation) if lock else found)
    if row is not None and row.is_withdrawn:
        return "withdrawn"
    return "" if row is not None and letter.recipient in (row.email, row.substitute_email) else "corrected"


def _over_budget(row: Campaign) -> str:
    """How many of how many letters failed ("6/100") since somebody last let it go on, when that is too many."""
    if row.state != "running" or not row.budget_percent:
        return ""
    tried, failed = tried_and_failed(row)
    tried, failed = tried - row.tried_before, failed - row.failed_before
    return f"{failed}/{tried}" if tried >= ENOUGH_TRIED and failed * 100 > tried * row.budget_percent else ""


def pause_by_itself(row: Campaign, reason: str, detail: str, *, actor: Actor) -> None:
    """Stop a campaign that nobody has stopped, and tell by a letter why; `actor` is what noticed."""
    row.state, row.paused_reason, row.paused_detail = "paused", reason, detail
    record(actor, "campaign.paused", row, reason=reason, detail=detail)
    outbox.hold(row.batch)
    notices.paused(row)
