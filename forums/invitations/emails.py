from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from email.utils import parseaddr
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from forums.accounts.models import Account
from forums.clock import now
from forums.editions.models import Edition
from forums.invitations import itip, letter_text
from forums.invitations.calendars.models import CalendarVersion
from forums.invitations.calendars.operations import current_version, told_in
from forums.invitations.letter_text import Guest
from forums.invitations.models import Campaign, Contact, Invitation
from forums.links import capability_link
from forums.mail import CalendarPart, calendar, queue, their_own, told_at_delivery
from forums.mail.addresses import own_address
from forums.mail.models import Letter


def calendar_version(campaign: Campaign) -> CalendarVersion | None:
    """What the campaign's letters tell calendars, if they do: asked once for many letters, in the transaction."""
    if not campaign.with_calendar or campaign.kind == "thanks":
        return None
    return current_version(campaign.edition, is_cancelled=campaign.kind == "cancellation")


def invitation(row: Invitation, campaign: Campaign, version: CalendarVersion | None) -> Letter:
    """The letter of a campaign to one invitation; a second call finds the first one's row."""
    language = language_of(campaign, row.language)
    params = _params(campaign, _guest(row), language, link=(row.id, row.token_version))
    return queue(
        letter="invitation",
        event=f"campaign:{campaign.id}:invitation:{row.id}",
        to=row.email,
        name=row.name,
        language=language,
        params=params | _asked(version, campaign.edition, language, name=row.name, email=row.email),
        edition=campaign.edition,
        batch=campaign.batch,
        expires_at=campaign.expires_at,
        resend_in_doubt=campaign.in_doubt == "resend",
    )


def sample(campaign: Campaign, contact: Contact, language: str, account: Account) -> Letter:
    """The letter as `contact` would get it, to a member of staff; the link leads nowhere in particular."""
    language = language_of(campaign, language)
    campaign.tests_sent += 1
    version = calendar_version(campaign)
    params = _params(campaign, _guest(contact), language)
    return queue(
        letter="invitation",
        event=f"campaign:{campaign.id}:test:{campaign.tests_sent}",
        to=account.email,
        name=account.name,
        language=language,
        params=params | _asked(version, campaign.edition, language, name=account.name, email=account.email),
        edition=campaign.edition,
    )


# All letters of a campaign in one language are the same but for these, so they are rendered once.
their_own("invitation", "guest", "invitation", "calendar")


@told_at_delivery("invitation")
def words(params: dict[str, Any]) -> dict[str, Any]:
    """Subject and text in the pieces that the templates put together (letter_text.pieces)."""
    paragraphs = [[letter_text.pieces(line) for line in lines] for lines in params["paragraphs"]]
    return {
        "subject": letter_text.pieces(params["subject"]),
        "paragraphs": paragraphs,
        "names_the_link": any({"own": "link"} in line for lines in paragraphs for line in lines),
    }


@calendar("invitation")
def calendar_part(params: dict[str, Any], language: str) -> CalendarPart | None:
    """The REQUEST or CANCEL in the letter; the letter of a test asks for an event of its own."""
    asked = params.get("calendar")
    if not asked:
        return None
    invitation, domain = params["invitation"], current_app.config["MAIL_DOMAIN"]
    link = capability_link("invitations.answer", "invitation", *invitation, lang=language) if invitation else ""
    sender_name, sender = parseaddr(current_app.config["MAIL_FROM"])
    occasion = itip.Occasion(
        sequence=asked["sequence"],
        starts_on=date.fromisoformat(asked["starts_on"]),
        ends_on=date.fromisoformat(asked["ends_on"]),
        title=asked["title"],
        place=asked["place"],
        is_cancelled=asked["is_cancelled"],
    )
    guest = itip.Guest(
        uid=itip.uid_of(invitation[0], domain) if invitation else f"test-{asked['edition_id']}@{domain}",
        name=asked["name"],
        email=asked["email"],
        # Where the answer of a mail program is read, if it is read at all; else the people who organise it.
        organizer=(own_address("reply", invitation[0]) if invitation else "") or asked["contact"] or sender,
        organizer_name=asked["host"] or sender_name,
        description=_("Please answer here:") + "\n" + link if link and not occasion.is_cancelled else "",
        link=link if not occasion.is_cancelled else "",
        written_at=datetime.fromisoformat(asked["written_at"]),
    )
    return itip.message(occasion, guest)


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
        "guest": asdict(guest),
        "edition_title": campaign.edition.title.local(language),
        "invitation": list(link) if link else None,
    }


def _asked(version: CalendarVersion | None, edition: Edition, language: str, **guest: Any) -> dict[str, Any]:
    """What calendar_part() reads: the facts as they were when the letter was written, and whom they are told."""
    if version is None:
        return {}
    return {
        "calendar": told_in(version, language)
        | guest
        | {
            "edition_id": edition.id,
            "host": next(iter(edition.hosts.local(language).splitlines()), ""),
            "contact": edition.contact_email,
            "written_at": now().isoformat(),
        }
    }


def _guest(row: Invitation | Contact) -> Guest:
    return Guest(name=row.name, organisation=row.organisation, title=row.title)


def one_step(row: Invitation) -> Letter:
    """You are coming: this is the form that makes it a registration."""
    return _one_step(row, row.name, row.email, f"{row.answered_at:%Y%m%d%H%M%S}", (row.id, row.token_version))


def one_step_for_substitute(row: Invitation) -> Letter:
    """Somebody named you to come in their place: this is your form. It works until they name another."""
    version = row.substitute_version
    return _one_step(row, row.substitute_name, row.substitute_email, f"v{version}", (row.id, version), instead=row.name)


def _one_step(
    row: Invitation, name: str, email: str, occasion: str, link: tuple[int, int], *, instead: str = ""
) -> Letter:
    edition = row.edition
    return queue(
        letter="invitation_one_step",
        event=f"invitation:{row.id}:step:{occasion}",
        to=email,
        name=name,
        language=row.language,
        params={
            "name": name,
            "instead_of": instead,
            "edition_title": edition.title.local(row.language),
            "dates": letter_text.dates(edition, row.language),
            "venue": edition.venue.local(row.language),
            "contact_email": edition.contact_email,
            "invitation": list(link),
        },
        edition=edition,
    )
