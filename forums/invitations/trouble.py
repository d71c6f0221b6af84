"""A campaign that goes wrong stops by itself and says why: delivery tells of each letter of it that does."""

from __future__ import annotations

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
from forums.mail.queries import bounced_of_batch, counts_of_batch

# Before so many letters were tried, a share of them that failed says little.
ENOUGH_TRIED = 20
# Where a letter is not tried again by itself; "sent" may have come back.
ENDED = ("failed", "unknown", "sent")


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
    elif isinstance(fault, Unwelcome):
        _pause_by_itself(row, fault.reason, fault.detail)
    elif letter.state in ENDED and (counts := _over_budget(row)):
        _pause_by_itself(row, "budget", counts)


def tried_and_failed(row: Campaign) -> tuple[int, int]:
    """How many letters of it were handed over or refused, and how many of these have failed or come back."""
    counts = counts_of_batch(row.batch)
    failed = counts["failed"] + bounced_of_batch(row.batch)
    return counts["sent"] + counts["failed"] + counts["unknown"], failed


def _no_longer_wanted(letter: Letter) -> str:
    """Why a letter that waits again is not tried again: "withdrawn" with its invitation, or "corrected", where another
    was written in its place or the link at its address has ended."""
    row = db.session.scalar(select(Invitation).join(Recipient).where(Recipient.letter_id == letter.id))
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


def _pause_by_itself(row: Campaign, reason: str, detail: str) -> None:
    if row.state == "running":
        row.state, row.paused_reason, row.paused_detail = "paused", reason, detail
        record(Actor.system("mail"), "campaign.paused", row, reason=reason, detail=detail)
        outbox.hold(row.batch)
        notices.paused(row)
