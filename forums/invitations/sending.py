"""Campaigns: written, sent or scheduled, paused, resumed, cancelled, and over when their time has passed.

What goes out is a row for each person before anything is sent: freezing writes the recipients, sending gives each of
them a letter in the outbox, in batches that a restart goes on with. Delivery is the mail room's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, String, cast, exists, func, literal, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import joinedload

from forums.accounts.models import Account
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.columns import Bilingual
from forums.documents.fonts import FontMissing
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.invitations import audiences, emails, letter_text, notices, openings
from forums.invitations.freezing import NothingToSend, freeze, thaw
from forums.invitations.letter_text import Guest
from forums.invitations.models import Campaign, ContactList, Invitation, Recipient
from forums.invitations.narrowing import Narrowing
from forums.invitations.once import fingerprint, once
from forums.invitations.steps import WrongState, lock, must_be, must_be_printable
from forums.invitations.trouble import pause_by_itself, tried_and_failed
from forums.jobs import start
from forums.mail import outbox
from forums.mail.models import Letter

__all__ = ["NothingToSend", "WrongState"]

BATCH = 500
ON_THE_WAY = ("queued", "deferred", "sending", "held")
EVERYBODY = Narrowing()
SCHEDULE = Actor.system("schedule")


class IncompleteText(Refused):
    """A language has a subject and no text, or neither language has any."""


class WrongAudience(Refused):
    """This kind of campaign does not write to these people."""


class WrongTimes(Refused):
    """It begins after its end, or its time has passed."""


class WrongNumber(Refused):
    """Somebody is about to send another number of letters than there are."""


@dataclass(frozen=True)
class Words:
    """What a campaign says, to whom and when. Only one to the audience "list" has a list."""

    name: str
    contact_list: ContactList | None
    subject: Bilingual
    body: Bilingual
    include_invited: bool = False
    kind: str = "invitation"
    audience: str = "list"
    language: str = ""
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    in_doubt: str = "hold"
    budget_percent: int = 5
    with_calendar: bool = False
    with_letter: bool = False


def opening(kind: str, name: str, contact_list: ContactList | None = None) -> Words:
    """What a new campaign of this kind begins with."""
    return Words(
        name=name,
        contact_list=contact_list,
        subject=openings.SUBJECTS[kind],
        body=openings.BODIES[kind],
        kind=kind,
        audience=audiences.OFFERED[kind][0],
        with_calendar=kind in {"invitation", "update", "cancellation"},
    )


def create_campaign(
    edition: Edition, words: Words, *, narrowed: Narrowing = EVERYBODY, key: str = "", actor: Actor
) -> Campaign:
    """A draft; the same form sent again (`key`) finds the one that it made.

    Raises WrongPlaceholder, NothingToSee, IncompleteText, WrongAudience and WrongTimes.
    """
    _check(words)
    fields = _fields(words) | {"narrowed": narrowed.kept()}
    mark = fingerprint(key, edition.id, fields)
    if mark and (made := db.session.scalar(select(Campaign).where(Campaign.key == mark))) is not None:
        return made
    row = Campaign(edition=edition, created_by_id=actor.account_id, key=mark, **fields)
    db.session.add(row)
    record(actor, "campaign.created", row, edition=edition, name=words.name)
    return row


def copy_campaign(row: Campaign, name: str, *, key: str = "", actor: Actor) -> Campaign:
    """A draft with the words of a campaign that ended too early, to those whom it was for; when it goes is left open.

    Whoever got the letter is not invited again. Raises WrongState, and what create_campaign raises.
    """
    must_be(row, "expired", "cancelled")
    said = {field.name: getattr(row, field.name) for field in fields(Words)}
    words = Words(**said | {"name": name, "starts_at": None, "expires_at": None})
    return create_campaign(row.edition, words, narrowed=Narrowing.of(row), key=key, actor=actor)


def change_campaign(row: Campaign, words: Words, *, actor: Actor) -> None:
    """Write a draft anew. Raises WrongState and what create_campaign raises."""
    lock(row)
    must_be(row, "draft")
    _check(words)
    for name, value in _fields(words).items():
        setattr(row, name, value)
    record(actor, "campaign.changed", row)


def delete_campaign(row: Campaign, *, actor: Actor) -> None:
    """Delete what never sent anything. Raises WrongState."""
    lock(row)
    must_be(row, "draft")
    record(actor, "campaign.deleted", row, name=row.name)
    db.session.delete(row)


def send(row: Campaign, *, actor: Actor, number: int | None = None) -> None:
    """Let a frozen campaign go, now or when it is due. Raises WrongState: pressing twice sends once.

    `number` is how many letters the sender believes there are. Raises WrongNumber, WrongTimes after its end, and
    FontMissing.
    """
    lock(row)
    must_be(row, "frozen")
    if number is not None and number != row.to_send:
        raise WrongNumber(_l("%(typed)s is not how many letters go out. Look at the counts again.", typed=number))
    _not_expired(row)
    must_be_printable(row)
    row.sent_by_id = actor.account_id
    if row.starts_at is not None and row.starts_at > now():
        row.state = "scheduled"
        record(actor, "campaign.scheduled", row, to_send=row.to_send, starts_at=row.starts_at.isoformat())
    else:
        _begin(row, actor)


def begin_due() -> int:
    """Begin the scheduled campaigns whose time has come, however late; how many, in the caller's transaction.

    One whose formal letters cannot be made pauses instead, and whoever sent it is told.
    """
    moment = now()
    due = select(Campaign).where(Campaign.state == "scheduled", Campaign.starts_at <= moment).order_by(Campaign.id)
    rows = [row for row in db.session.scalars(due.with_for_update()) if not row.is_expired(moment)]
    begun = 0
    for row in rows:
        try:
            must_be_printable(row)
        except FontMissing:
            pause_by_itself(row, "no_font", "", actor=SCHEDULE)
        else:
            _begin(row, SCHEDULE)
            begun += 1
    return begun


def pause(row: Campaign, *, actor: Actor) -> None:
    """Hold back what has not gone out; it takes effect with the next letter. Raises WrongState."""
    lock(row)
    must_be(row, "running")
    row.state, row.paused_reason, row.paused_detail = "paused", "", ""
    record(actor, "campaign.paused", row, held=outbox.hold(row.batch))


def resume(row: Campaign, *, actor: Actor) -> None:
    """Go on where it stopped, with a fresh budget of errors.

    Raises WrongState, WrongTimes after its end, and FontMissing.
    """
    lock(row)
    must_be(row, "paused")
    _not_expired(row)
    must_be_printable(row)
    row.paused_reason = row.paused_detail = ""
    if row.started_at is None:  # it paused when it was to begin
        _begin(row, actor)
        return
    row.state = "running"
    row.tried_before, row.failed_before = tried_and_failed(row)
    released = outbox.release(row.batch)
    if _without_letter(row):
        _expand_later(row, actor)
    record(actor, "campaign.resumed", row, released=released)


def cancel(row: Campaign, *, actor: Actor) -> None:
    """Send nothing more, for good; letters that went out keep their answers. Raises WrongState."""
    lock(row)
    must_be(row, "frozen", "scheduled", "running", "paused")
    row.state, row.finished_at = "cancelled", now()
    record(actor, "campaign.cancelled", row, withdrawn=outbox.withdraw(row.batch))


def send_test(row: Campaign, guest: Guest, language: str, account: Account, *, key: str = "") -> None:
    """The letter as this guest would get it, to the member of staff who asks; to the same form (`key`) once."""

    def work() -> int:
        lock(row)
        letter = emails.sample(row, guest, language, account)
        record(account.actor, "campaign.tested", row, language=letter.language)
        return 1

    once(key, "test", row.id, guest, language, account.id, work=work)


def expand(campaign_id: int) -> tuple[int, int] | None:
    """Write the next batch of letters, in the caller's transaction: (written so far, of how many), or None.

    None says that there is nothing to do: all have their letter, or the campaign was paused, cancelled or is over.
    Who is not of the audience any more gets no letter.
    """
    row = db.session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != "running" or row.is_expired(now()):
        return None
    chosen = db.session.scalars(
        select(Recipient)
        .options(joinedload(Recipient.invitation))
        .where(Recipient.campaign_id == row.id, *_waiting_for_a_letter())
        .order_by(Recipient.id)
        .limit(BATCH)
    ).all()
    if not chosen:
        return None
    withheld = _withheld(row, chosen)
    emails.write(row, [one.invitation for one in chosen if one.id not in withheld])
    event = literal(f"campaign:{row.id}:invitation:") + cast(Recipient.invitation_id, String)
    theirs = select(func.max(Letter.id)).where(Letter.event == event).scalar_subquery()
    _set(Recipient.id.in_([one.id for one in chosen if one.id not in withheld]), letter_id=theirs)
    for why in set(withheld.values()):
        _set(Recipient.id.in_([one for one in withheld if withheld[one] == why]), withheld=why)
    return row.to_send - _without_letter(row), row.to_send


def expire() -> int:
    """End the campaigns whose time has passed, and withdraw what was not sent; how many, in the caller's transaction.

    A letter that is being handed over is let go; the next sweep ends its campaign. Who sent it is told what was not.
    """
    over = select(Campaign).where(
        Campaign.state.in_(("scheduled", "running", "paused")), Campaign.expires_at.is_not(None)
    )
    moment, ended = now(), 0
    for row in db.session.scalars(over.where(Campaign.expires_at <= moment).order_by(Campaign.id).with_for_update()):
        outbox.withdraw(row.batch, reason="expired")
        if db.session.scalar(select(exists().where(Letter.batch == row.batch, Letter.state == "sending"))):
            continue
        late = select(func.count()).where(Letter.batch == row.batch, Letter.reason == "expired")
        row.unsent = _without_letter(row) + (db.session.scalar(late.where(Letter.state == "cancelled")) or 0)
        row.state, row.finished_at = ("expired" if row.unsent else "done"), moment
        ended += 1
        record(SCHEDULE, "campaign.expired", row, unsent=row.unsent)
        if row.unsent:
            notices.expired(row)
    return ended


def finish() -> int:
    """Call campaigns done whose letters have all come to an end; how many, in the caller's transaction."""
    open_letters = exists().where(
        Letter.batch == literal("campaign:") + cast(Campaign.id, String), Letter.state.in_(ON_THE_WAY)
    )
    without_letter = exists().where(Recipient.campaign_id == Campaign.id, *_waiting_for_a_letter())
    in_time = Campaign.expires_at.is_(None) | (Campaign.expires_at > now())
    done: CursorResult[Any] = db.session.execute(  # type: ignore[assignment]
        update(Campaign)
        .where(Campaign.state == "running", in_time, ~open_letters, ~without_letter)
        .values(state="done", finished_at=now())
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def spare(row: Invitation) -> int:
    """Withdraw what reminds somebody of an answer that they have given now; how many, in the caller's transaction."""
    reminders = (
        select(Recipient.letter_id)
        .join(Campaign, Campaign.id == Recipient.campaign_id)
        .where(Recipient.invitation_id == row.id, Campaign.audience == "silent", Recipient.letter_id.is_not(None))
    )
    return outbox.withdraw_letters(list(db.session.scalars(reminders)), reason="answered")


def _begin(row: Campaign, actor: Actor) -> None:
    row.state, row.started_at = "running", now()
    _expand_later(row, actor)
    record(actor, "campaign.sent", row, to_send=row.to_send)


def _expand_later(row: Campaign, actor: Actor) -> None:
    row.job_id = start("invitations.expand", {"campaign_id": row.id}, actor=actor, edition=row.edition).id


def _check(words: Words) -> None:
    for language in ("zh", "en"):
        subject, body = getattr(words.subject, language), getattr(words.body, language)
        letter_text.check(subject)
        letter_text.check(body)
        if bool(subject.strip()) != bool(body.strip()):
            raise IncompleteText(_l("Each language needs both a subject and a text, or neither."))
    if not words.body:
        raise IncompleteText(_l("Write the letter in Chinese, in English, or in both."))
    if words.language and not getattr(words.body, words.language):
        raise IncompleteText(_l("All letters are to be in one language, and there is no text in it."))
    if words.audience not in audiences.OFFERED[words.kind] or (words.audience == "list") != bool(words.contact_list):
        raise WrongAudience(_l("This kind of campaign does not write to these people. Choose whom it is for."))
    if words.starts_at and words.expires_at and words.expires_at <= words.starts_at:
        raise WrongTimes(_l("It would end before it begins."))


def _not_expired(row: Campaign) -> None:
    if row.is_expired(now()):
        raise WrongTimes(_l("The moment after which nothing is sent has passed. Go back to the draft and set another."))


def _fields(words: Words) -> dict[str, Any]:
    names = ("name", "subject", "body", "include_invited", "kind", "audience", "language")
    times = ("starts_at", "expires_at", "in_doubt", "budget_percent")
    enclosed = ("with_calendar", "with_letter")
    fields = {name: getattr(words, name) for name in (*names, *times, *enclosed)}
    return fields | {"list_id": words.contact_list.id if words.contact_list else None}


def _withheld(row: Campaign, chosen: Sequence[Recipient]) -> dict[int, str]:
    """Recipients who get no letter after all, and why: their invitation was withdrawn since the campaign was frozen, or
    their answer has put them out of its audience.

    Who answers or is withdrawn from here on waits until their letter is written, and then takes it out of the outbox:
    see spare().
    """
    theirs = [one.invitation_id for one in chosen]
    locked = select(Invitation).options(joinedload(Invitation.registration)).where(Invitation.id.in_(theirs))
    locked = locked.order_by(Invitation.id)
    rows = db.session.scalars(locked.with_for_update(of=Invitation).execution_options(populate_existing=True)).all()
    kept = {one.id for one in rows}
    if row.audience != "list":
        still = audiences.belonging_to(row.audience, row.edition)
        kept = set(db.session.scalars(select(Invitation.id).where(Invitation.id.in_(theirs), still)))
    withdrawn = {one.id: "withdrawn" for one in chosen if one.invitation.is_withdrawn}
    return {one.id: "changed" for one in chosen if one.invitation_id not in kept} | withdrawn


def _waiting_for_a_letter() -> tuple[ColumnElement[bool], ...]:
    return Recipient.letter_id.is_(None), Recipient.withheld == ""


def _without_letter(row: Campaign) -> int:
    missing = select(func.count()).where(Recipient.campaign_id == row.id, *_waiting_for_a_letter())
    return db.session.scalar(missing) or 0


def _set(which: ColumnElement[bool], **values: Any) -> None:
    db.session.execute(update(Recipient).where(which).values(**values).execution_options(synchronize_session=False))


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
