"""Freezing: who gets a campaign's letter and who does not is settled, counted and explained before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, exists, insert, select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.errors import Refused
from forums.extensions import db
from forums.invitations import audiences, narrowing
from forums.invitations.contacts.addresses import wrong_with_address
from forums.invitations.contacts.operations import hold
from forums.invitations.models import Campaign, Contact, Invitation, Recipient
from forums.invitations.narrowing import Narrowing
from forums.invitations.queries import invited_addresses, withdrawn_addresses
from forums.invitations.steps import lock, must_be, must_be_printable
from forums.mail.suppression.queries import suppressed_among

# Enough for the longest list that an import takes.
MOST_EXPLAINED = 20_000
# What an invitation keeps of the contact it was written for.
KEPT = ("name", "organisation", "title", "language")
# Reasons why an address gets no letter, apart from being unusable.
DUPLICATE = ("invited", "same_address")
UNWANTED = ("suppressed", "withdrawn")


class NothingToSend(Refused):
    """Nobody would get a letter."""


def freeze(row: Campaign, *, actor: Actor) -> None:
    """Settle text and recipients, and count who gets no letter and why.

    Raises WrongState, NothingToSend and FontMissing.
    """
    lock(row)
    must_be(row, "draft")
    must_be_printable(row)
    _let_no_other_freeze(row)
    skipped = _invite_the_list(row) if row.audience == "list" else _take_the_audience(row)
    counted = Counter(one["reason"] for one in skipped)
    row.duplicate_count = sum(counted[reason] for reason in DUPLICATE)
    row.suppressed_count = sum(counted[reason] for reason in UNWANTED)
    row.invalid_count = len(skipped) - row.duplicate_count - row.suppressed_count
    row.skipped = skipped[:MOST_EXPLAINED]
    row.state, row.frozen_at = "frozen", now()
    record(actor, "campaign.frozen", row, to_send=row.to_send, skipped=len(skipped))


def thaw(row: Campaign, *, actor: Actor) -> None:
    """Back to a draft, as long as nothing was sent. Raises WrongState."""
    lock(row)
    must_be(row, "frozen", "scheduled")
    db.session.execute(delete(Recipient).where(Recipient.campaign_id == row.id, Recipient.withheld != "left_out"))
    db.session.execute(delete(Invitation).where(Invitation.edition_id == row.edition_id, *_forgotten()))
    row.state, row.frozen_at = "draft", None
    row.to_send = row.duplicate_count = row.invalid_count = row.suppressed_count = 0
    row.skipped = []
    record(actor, "campaign.thawed", row)


def leave_out(row: Campaign, shown: Collection[int], chosen: Collection[int], *, actor: Actor) -> int:
    """Of the invitations that were shown, only the chosen ones get the letter; how many are left out in all.

    Raises WrongState. What is not of the campaign's audience is not touched.
    """
    lock(row)
    must_be(row, "draft")
    out = Recipient.withheld == "left_out"
    mine = select(Recipient.invitation_id).where(Recipient.campaign_id == row.id, out)
    known = set(db.session.scalars(mine))
    audience = set(db.session.scalars(select(Invitation.id).where(audiences.belonging_to(row.audience, row.edition))))
    wanted = (known - set(shown)) | ((set(shown) - set(chosen)) & audience)
    if back := known - wanted:
        db.session.execute(delete(Recipient).where(Recipient.campaign_id == row.id, out, _is_one_of(back)))
    if fresh := wanted - known:
        db.session.execute(
            insert(Recipient),
            [{"campaign_id": row.id, "invitation_id": one, "withheld": "left_out"} for one in sorted(fresh)],
        )
    if wanted != known:
        record(actor, "campaign.chosen", row, left_out=len(wanted))
    return len(wanted)


def narrow(row: Campaign, asked: Narrowing, *, actor: Actor) -> None:
    """Write to those of the audience alone for whom this holds; who is left out by name stays so.

    Raises WrongState, and ListGone where the list that is asked for was deleted meanwhile.
    """
    lock(row)
    must_be(row, "draft")
    if asked.list and row.narrowed.get("list") != asked.list:
        hold(asked.list)
    if row.narrowed != asked.kept():
        row.narrowed = asked.kept()
        record(actor, "campaign.narrowed", row, **row.narrowed)


def _let_no_other_freeze(row: Campaign) -> None:
    """Two campaigns of an edition that freeze at once would both invite whom neither has invited."""
    db.session.execute(
        select(Campaign.id).where(Campaign.edition_id == row.edition_id).order_by(Campaign.id).with_for_update()
    )


def _invite_the_list(row: Campaign) -> list[dict[str, Any]]:
    """Each of the list who is not invited yet gets an invitation; who does not is returned."""
    contacts = db.session.scalars(select(Contact).where(Contact.list_id == row.list_id).order_by(Contact.id)).all()
    known = set() if row.include_invited else invited_addresses(row.edition)
    withdrawn = withdrawn_addresses(row.edition)
    suppressed = suppressed_among((contact.email for contact in contacts), row.scopes)
    chosen: list[Contact] = []
    skipped: list[dict[str, Any]] = []
    for contact in contacts:
        if contact.email in withdrawn:
            skipped.append(_explained(contact.name, contact.email, "withdrawn"))
        elif reason := "invited" if contact.email in known else _reason_against(contact.email, suppressed):
            skipped.append(_explained(contact.name, contact.email, reason))
        else:
            chosen.append(contact)
    if not chosen:
        raise NothingToSend(
            _l("Nobody on this list would get a letter: it is empty, or all are invited already or want no letters.")
        )
    _address(row, _invited(row, chosen))
    return skipped


def _take_the_audience(row: Campaign) -> list[dict[str, Any]]:
    """Each invitation of the audience that was not left out becomes a recipient; who does not is returned."""
    left_out = select(Recipient.invitation_id).where(Recipient.campaign_id == row.id)
    found = db.session.scalars(
        select(Invitation).where(narrowing.whom(row), Invitation.id.not_in(left_out)).order_by(Invitation.id)
    ).all()
    suppressed = suppressed_among((one.written_to(row.kind)[1] for one in found), row.scopes)
    chosen: list[int] = []
    skipped: list[dict[str, Any]] = []
    seen: set[str] = set()
    for one in found:
        name, email = one.written_to(row.kind)
        if reason := "same_address" if email in seen else _reason_against(email, suppressed):
            skipped.append(_explained(name, email, reason))
        else:
            seen.add(email)
            chosen.append(one.id)
    if not chosen:
        raise NothingToSend(_l("Nobody would get this letter: there is nobody it is for, or all are left out."))
    _address(row, chosen)
    return skipped


def _reason_against(email: str, suppressed: Container[str]) -> str:
    """Why nothing can be sent to this address; empty if something can."""
    return wrong_with_address(email) or ("suppressed" if email in suppressed else "")


def _explained(name: str, email: str, reason: str) -> dict[str, Any]:
    return {"name": name, "email": email, "reason": reason}


def _address(row: Campaign, invitation_ids: Iterable[int]) -> None:
    """Write the campaign's recipients."""
    fresh = [{"campaign_id": row.id, "invitation_id": one} for one in invitation_ids]
    db.session.execute(insert(Recipient), fresh)
    row.to_send = len(fresh)


def _invited(row: Campaign, contacts: list[Contact]) -> list[int]:
    """The ids of the one invitation that each contact's address has to the edition; who has none is given one."""
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
    return [ids[contact.email] for contact in contacts]


def _forgotten() -> tuple[ColumnElement[bool], ...]:
    """Of invitations: no campaign writes to them, they neither answered nor registered, and nobody decided on them."""
    written_to = exists().where(Recipient.invitation_id == Invitation.id)
    untouched = Invitation.withdrawn_at.is_(None) & (Invitation.calendar_turns == 0)
    return ~written_to, Invitation.answer == "none", Invitation.registration_id.is_(None), untouched


def _is_one_of(invitation_ids: Collection[int]) -> ColumnElement[bool]:
    return Recipient.invitation_id.in_(sorted(invitation_ids))
