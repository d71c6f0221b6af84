from __future__ import annotations

from typing import Any

from forums.accounts.models import Account
from forums.invitations import letter_text
from forums.invitations.letter_text import Guest
from forums.invitations.models import Campaign, Contact, Invitation
from forums.mail import queue
from forums.mail.models import Letter


def invitation(row: Invitation, campaign: Campaign) -> Letter:
    """The letter of a campaign to one invitation; a second call finds the first one's row."""
    language = language_of(campaign, row.language)
    return queue(
        letter="invitation",
        event=f"campaign:{campaign.id}:invitation:{row.id}",
        to=row.email,
        name=row.name,
        language=language,
        params=_params(campaign, _guest(row), language, link=(row.id, row.token_version)),
        edition=campaign.edition,
        batch=campaign.batch,
        expires_at=campaign.expires_at,
        resend_in_doubt=campaign.in_doubt == "resend",
    )


def sample(campaign: Campaign, contact: Contact, language: str, account: Account) -> Letter:
    """The letter as `contact` would get it, to a member of staff; the link leads nowhere in particular."""
    language = language_of(campaign, language)
    campaign.tests_sent += 1
    return queue(
        letter="invitation",
        event=f"campaign:{campaign.id}:test:{campaign.tests_sent}",
        to=account.email,
        name=account.name,
        language=language,
        params=_params(campaign, _guest(contact), language),
        edition=campaign.edition,
    )


def language_of(campaign: Campaign, wished: str) -> str:
    """The language a letter is written in: the campaign's own, else the wished one, if the campaign has words in it."""
    written = [language for language in ("zh", "en") if getattr(campaign.body, language)]
    wished = campaign.language or wished
    return wished if wished in written or not written else written[0]


def preview(campaign: Campaign, guest: Guest, language: str) -> dict[str, Any]:
    """The parameters of the letter for the eyes of staff: with a link, which is masked when it is rendered."""
    return _params(campaign, guest, language, link=(0, 0))


def _params(campaign: Campaign, guest: Guest, language: str, *, link: tuple[int, int] | None = None) -> dict[str, Any]:
    """What templates/email/invitation/ reads. `link` is an invitation's id and version; without it, it is a test."""
    return {
        "subject": letter_text.fill(getattr(campaign.subject, language), guest, campaign.edition, language),
        "paragraphs": letter_text.paragraphs(
            letter_text.fill(getattr(campaign.body, language), guest, campaign.edition, language)
        ),
        "link_mark": letter_text.LINK_MARK,
        "edition_title": campaign.edition.title.local(language),
        "invitation": list(link) if link else None,
    }


def _guest(row: Invitation | Contact) -> Guest:
    return Guest(name=row.name, organisation=row.organisation, title=row.title)
