"""Campaigns: written, frozen, sent, paused, resumed, cancelled.

What goes out is a row for each person before anything is sent: freezing writes the invitations, sending gives each
of them its letter in the outbox, in batches that a restart goes on with. Delivery is the mail room's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, String, cast, delete, exists, func, insert, literal, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import joinedload

from forums.accounts.models import Account
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.invitations import emails, letter_text
from forums.invitations.contacts.addresses import wrong_with_address
from forums.invitations.models import Campaign, Contact, ContactList, Invitation, Recipient
from forums.invitations.queries import invited_addresses
from forums.jobs import start
from forums.mail import outbox
from forums.mail.batches import on_expiry, on_fault
from forums.mail.faults import Fault, Unwelcome
from forums.mail.models import Letter
from forums.mail.queries import counts_of_batch
from forums.mail.suppression.queries import suppressed_among

BATCH = 100
# Before so many letters were tried, a share of them that failed says little.
ENOUGH_TRIED = 20
MOST_EXPLAINED = 500
# What an invitation keeps of the contact it was written for.
KEPT = ("name", "organisation", "title", "language")


class WrongState(Refused):
    """The campaign is not where it would have to be for this."""


class NothingToSend(Refused):
    """Nobody of the list would get a letter."""


class IncompleteText(Refused):
    """A language has a subject and no text, or neither language has any."""


@dataclass(frozen=True)
class Words:
    """What a campaign says and to which list."""

    name: str
    contact_list: ContactList
    subject: Bilingual
    body: Bilingual
    include_invited: bool = False


def create_campaign(edition: Edition, words: Words, *, actor: Actor) -> Campaign:
    """A draft. Raises WrongPlaceholder and IncompleteText."""
    _check(words)
    row = Campaign(edition=edition, created_by_id=actor.account_id, **_fields(words))
    db.session.add(row)
    record(actor, "campaign.created", row, edition=edition, name=words.name)
    return row


def change_campaign(row: Campaign, words: Words, *, actor: Actor) -> None:
    """Write a draft anew. Raises WrongState, WrongPlaceholder and IncompleteText."""
    _lock(row)
    _must_be(row, "draft")
    _check(words)
    for name, value in _fields(words).items():
        setattr(row, name, value)
    record(actor, "campaign.changed", row)


def delete_campaign(row: Campaign, *, actor: Actor) -> None:
    """Delete what never sent anything. Raises WrongState."""
    _lock(row)
    _must_be(row, "draft")
    record(actor, "campaign.deleted", row, name=row.name)
    db.session.delete(row)


def freeze(row: Campaign, *, actor: Actor) -> None:
    """Settle text and recipients, and count who gets no letter and why. Raises WrongState and NothingToSend."""
    _lock(row)
    _must_be(row, "draft")
    _let_no_other_freeze(row)
    contacts = db.session.scalars(select(Contact).where(Contact.list_id == row.list_id).order_by(Contact.id)).all()
    known = set() if row.include_invited else invited_addresses(row.edition)
    suppressed = suppressed_among((contact.email for contact in contacts), row.scopes)
    chosen: list[Contact] = []
    skipped: list[dict[str, Any]] = []
    for contact in contacts:
        reason = "invited" if contact.email in known else wrong_with_address(contact.email)
        if not reason and contact.email in suppressed:
            reason = "suppressed"
        if reason:
            skipped.append({"name": contact.name, "email": contact.email, "reason": reason})
        else:
            chosen.append(contact)
    if not chosen:
        raise NothingToSend(
            _l("Nobody on this list would get a letter: it is empty, or all are invited already or want no letters.")
        )
    _address(row, chosen)
    row.state, row.frozen_at, row.to_send = "frozen", now(), len(chosen)
    row.duplicate_count = sum(one["reason"] == "invited" for one in skipped)
    row.suppressed_count = sum(one["reason"] == "suppressed" for one in skipped)
    row.invalid_count = len(skipped) - row.duplicate_count - row.suppressed_count
    row.skipped = skipped[:MOST_EXPLAINED]
    record(actor, "campaign.frozen", row, to_send=row.to_send, skipped=len(skipped))


def thaw(row: Campaign, *, actor: Actor) -> None:
    """Back to a draft, as long as nothing was sent. Raises WrongState."""
    _lock(row)
    _must_be(row, "frozen")
    db.session.execute(delete(Recipient).where(Recipient.campaign_id == row.id))
    db.session.execute(delete(Invitation).where(Invitation.edition_id == row.edition_id, *_forgotten()))
    row.state, row.frozen_at = "draft", None
    row.to_send = row.duplicate_count = row.invalid_count = row.suppressed_count = 0
    row.skipped = []
    record(actor, "campaign.thawed", row)


def send(row: Campaign, *, actor: Actor) -> None:
    """Let a frozen campaign go. Raises WrongState: pressing twice sends once."""
    _lock(row)
    _must_be(row, "frozen")
    row.state, row.started_at, row.sent_by_id = "running", now(), actor.account_id
    row.job_id = start("invitations.expand", {"campaign_id": row.id}, actor=actor, edition=row.edition).id
    record(actor, "campaign.sent", row, to_send=row.to_send)


def pause(row: Campaign, *, actor: Actor) -> None:
    """Hold back what has not gone out; it takes effect with the next letter. Raises WrongState."""
    _lock(row)
    _must_be(row, "running")
    row.state, row.paused_reason, row.paused_detail = "paused", "", ""
    record(actor, "campaign.paused", row, held=outbox.hold(row.batch))


def resume(row: Campaign, *, actor: Actor) -> None:
    """Go on where it stopped. Raises WrongState."""
    _lock(row)
    _must_be(row, "paused")
    row.state = "running"
    released = outbox.release(row.batch)
    if _without_letter(row):
        row.job_id = start("invitations.expand", {"campaign_id": row.id}, actor=actor, edition=row.edition).id
    record(actor, "campaign.resumed", row, released=released)


def cancel(row: Campaign, *, actor: Actor) -> None:
    """Send nothing more, for good; letters that went out keep their answers. Raises WrongState."""
    _lock(row)
    _must_be(row, "frozen", "running", "paused")
    row.state, row.finished_at = "cancelled", now()
    record(actor, "campaign.cancelled", row, withdrawn=outbox.withdraw(row.batch))


def send_test(row: Campaign, contact: Contact, language: str, account: Account) -> Letter:
    """The letter as this contact would get it, to the member of staff who asks."""
    letter = emails.sample(row, contact, language, account)
    record(account.actor, "campaign.tested", row, language=letter.language)
    return letter


def expand(campaign_id: int) -> tuple[int, int] | None:
    """Write the next batch of letters, in the caller's transaction: (written so far, of how many), or None.

    None says that there is nothing to do: all have their letter, or the campaign was paused or cancelled.
    """
    row = db.session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != "running":
        return None
    chosen = db.session.scalars(
        select(Recipient)
        .options(joinedload(Recipient.invitation))
        .where(Recipient.campaign_id == row.id, Recipient.letter_id.is_(None))
        .order_by(Recipient.id)
        .limit(BATCH)
    ).all()
    if not chosen:
        return None
    enclosed = emails.enclosed_with(row)
    for recipient in chosen:
        recipient.letter_id = emails.invitation(recipient.invitation, row, enclosed).id
    db.session.flush()
    return row.to_send - _without_letter(row), row.to_send


def finish() -> int:
    """Call campaigns done whose letters have all come to an end; how many, in the caller's transaction."""
    open_letters = exists().where(
        Letter.batch == literal("campaign:") + cast(Campaign.id, String),
        Letter.state.in_(("queued", "deferred", "sending", "held")),
    )
    without_letter = exists().where(Recipient.campaign_id == Campaign.id, Recipient.letter_id.is_(None))
    done: CursorResult[Any] = db.session.execute(  # type: ignore[assignment]
        update(Campaign)
        .where(Campaign.state == "running", ~open_letters, ~without_letter)
        .values(state="done", finished_at=now())
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


@on_fault("campaign")
def trouble(batch: str, letter: Letter, fault: Fault) -> None:
    """Pause a campaign by itself, in delivery's transaction: when we are not welcome, or too many letters fail."""
    row = db.session.get(
        Campaign, int(batch.partition(":")[2]), with_for_update={"of": Campaign}, populate_existing=True
    )
    if row is None:
        return
    if isinstance(fault, Unwelcome):
        _pause_by_itself(row, fault.reason, fault.detail)
    elif counts := _over_budget(row):
        _pause_by_itself(row, "budget", counts)


@on_expiry("campaign")
def tell_expired(batch: str, count: int) -> None:
    """Write down that letters of a campaign were withdrawn, because its time was over before they went out."""
    row = db.session.get(Campaign, int(batch.partition(":")[2]))
    if row is not None:
        record(Actor.system("mail"), "campaign.expired", row, letters=count)


def _over_budget(row: Campaign) -> str:
    """How many of how many letters failed ("6/100"), when that is too many.

    Whoever goes on after that has decided to: the budget does not pause the campaign again.
    """
    if row.state != "running" or not row.budget_percent or row.paused_reason == "budget":
        return ""
    counts = counts_of_batch(row.batch)
    failed, tried = counts["failed"], counts["sent"] + counts["failed"] + counts["unknown"]
    return f"{failed}/{tried}" if tried >= ENOUGH_TRIED and failed * 100 > tried * row.budget_percent else ""


def _pause_by_itself(row: Campaign, reason: str, detail: str) -> None:
    if row.state == "running":
        row.state, row.paused_reason, row.paused_detail = "paused", reason, detail
        record(Actor.system("mail"), "campaign.paused", row, reason=reason, detail=detail)
    if row.state == "paused":
        outbox.hold(row.batch)


def _check(words: Words) -> None:
    for language in ("zh", "en"):
        subject, body = getattr(words.subject, language), getattr(words.body, language)
        letter_text.check(subject)
        letter_text.check(body)
        if bool(subject.strip()) != bool(body.strip()):
            raise IncompleteText(_l("Each language needs both a subject and a text, or neither."))
    if not words.body:
        raise IncompleteText(_l("Write the letter in Chinese, in English, or in both."))


def _fields(words: Words) -> dict[str, Any]:
    return {
        "name": words.name,
        "list_id": words.contact_list.id,
        "subject": words.subject,
        "body": words.body,
        "include_invited": words.include_invited,
    }


def _let_no_other_freeze(row: Campaign) -> None:
    """Two campaigns of an edition that freeze at once would both invite whom neither has invited."""
    db.session.execute(
        select(Campaign.id).where(Campaign.edition_id == row.edition_id).order_by(Campaign.id).with_for_update()
    )


def _address(row: Campaign, contacts: list[Contact]) -> None:
    """Write the campaign's recipients: each with the one invitation that their address has to the edition."""
    of_edition = select(Invitation).where(Invitation.edition_id == row.edition_id)
    known = {invitation.email: invitation for invitation in db.session.scalars(of_edition)}
    fresh: list[dict[str, Any]] = []
    for contact in contacts:
        facts = {"contact_id": contact.id} | {name: getattr(contact, name) for name in KEPT}
        if contact.email in known:
            for name, value in facts.items():
                setattr(known[contact.email], name, value)
        else:
            fresh.append({"edition_id": row.edition_id, "email": contact.email, **facts})
    if fresh:
        db.session.execute(insert(Invitation), fresh)
    rows = select(Invitation.email, Invitation.id).where(Invitation.edition_id == row.edition_id)
    ids = {found.email: found.id for found in db.session.execute(rows)}
    db.session.execute(
        insert(Recipient), [{"campaign_id": row.id, "invitation_id": ids[contact.email]} for contact in contacts]
    )


def _forgotten() -> tuple[ColumnElement[bool], ...]:
    """Of invitations: no campaign writes to them, and they neither answered nor registered."""
    written_to = exists().where(Recipient.invitation_id == Invitation.id)
    return ~written_to, Invitation.answer == "none", Invitation.registration_id.is_(None)


def _without_letter(row: Campaign) -> int:
    missing = select(func.count()).where(Recipient.campaign_id == row.id, Recipient.letter_id.is_(None))
    return db.session.scalar(missing) or 0


def _lock(row: Campaign) -> None:
    """Nobody else moves this campaign until we commit, and we see where it is now."""
    db.session.refresh(row, with_for_update={"of": Campaign})


def _must_be(row: Campaign, *states: str) -> None:
    if row.state not in states:
        raise WrongState(_l("The campaign has moved on meanwhile; look at where it is now."))


Step = Callable[..., None]
# What the pages offer, by the noun in the address.
STEPS: dict[str, Step] = {
    "freezing": freeze,
    "thawing": thaw,
    "sending": send,
    "pause": pause,
    "resumption": resume,
    "cancellation": cancel,
}
