"""What a campaign does by itself is told by a letter to whoever sent it: that it paused, or ended with letters unsent.

These letters belong to no batch: the campaign neither holds them back nor counts them, and nobody unsubscribes them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from forums.accounts.models import Account
from forums.accounts.policy import allowed
from forums.clock import now
from forums.extensions import db
from forums.invitations.models import Campaign
from forums.invitations.queries import waiting_of
from forums.mail import post
from forums.mail.reasons import REASONS
from forums.mail.rendering import speaking


def expired(row: Campaign) -> None:
    """Its time has passed, and `unsent` letters never went out. Once for each campaign."""
    ended = f"{row.expires_at.astimezone(row.edition.tz):%Y-%m-%d %H:%M}" if row.expires_at else ""
    facts = {"unsent": row.unsent, "total": row.to_send, "ended": ended, "to_a_list": row.audience == "list"}
    _tell(row, "campaign_expired", "expired", facts)


def paused(row: Campaign) -> None:
    """It has paused by itself, for the reason that it names. Once for each pause."""
    facts = {"reason": row.paused_reason, "detail": row.paused_detail, "waiting": waiting_of(row)}
    _tell(row, "campaign_paused", f"paused:{now():%Y%m%d%H%M%S%f}", facts)


def _tell(row: Campaign, letter: str, occasion: str, facts: dict[str, Any]) -> None:
    edition, (name, email, language) = row.edition, _responsible(row)
    if not email:
        return
    with speaking(language):
        why = str(REASONS.get(facts.get("reason", ""), ""))
    post(
        letter=letter,
        event=f"campaign:{row.id}:{occasion}",
        to=email,
        name=name,
        language=language,
        params={
            "name": name,
            "campaign": row.name,
            "edition_title": edition.title.local(language),
            "place": {"edition": edition.slug, "campaign_id": row.id},
            "why": why,
            **facts,
        },
        edition=edition,
    )


def _responsible(row: Campaign) -> tuple[str, str, str]:
    """Name, address and language of who sent it, or of the edition's contact where they no longer organise it."""
    if row.sent_by is not None and allowed(row.sent_by, "editions.manage", row.edition):
        return row.sent_by.name, row.sent_by.email, row.sent_by.language
    contact = row.edition.contact_email
    known = db.session.scalar(select(Account).where(func.lower(Account.email) == contact.lower())) if contact else None
    return ("", contact, known.language if known is not None else "zh")
