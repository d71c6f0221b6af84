from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from forums import tokens
from forums.accounts.models import Account
from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import itip, letter_text
from forums.invitations.calendars.models import CalendarVersion
from forums.invitations.calendars.operations import current_version, tell, told_in, version_to_show
from forums.invitations.calendars.queries import latest_version, was_asked
from forums.invitations.letter_text import Guest
from forums.invitations.letterhead.models import Letterhead
from forums.invitations.letterhead.paper import Words, file_name, letter_pdf
from forums.invitations.letterhead.queries import current_head
from forums.invitations.models import Campaign, Invitation
from forums.links import capability_link, external
from forums.mail import Attachment, CalendarPart, attachments, calendar, queue, their_own, told_at_delivery
from forums.mail.addresses import own_address
from forums.mail.compose import mailbox
from forums.mail.models import Letter
from forums.mail.operations import Facts, post_all
from forums.mail.rendering import MASK
from forums.registrations.emails import in_calendars
from forums.registrations.models import Registration

# Letters of these kinds want an answer: they have a button to it even where their words have no {link}.
ASKING = ("invitation", "reminder")


@dataclass(frozen=True)
class Enclosed:
    """What goes with every letter of a campaign: what calendars are told, and which letterhead a PDF has."""

    version: CalendarVersion | None = None
    head_id: int | None = None


def enclosed_with(campaign: Campaign, *, is_test: bool = False) -> Enclosed:
    """Asked once for many letters, in the transaction that writes them. A test tells nobody, so it writes nothing."""
    asks = campaign.with_calendar and campaign.kind != "thanks"
    current = version_to_show if is_test else current_version
    version = current(campaign.edition) if asks else None
    head = current_head(campaign.edition) if campaign.with_letter else None
    return Enclosed(version, head.id if head is not None else None)


def write(campaign: Campaign, invitations: Sequence[Invitation]) -> None:
    """The campaign's letters to these invitations; who has theirs already gets no other."""
    enclosed = enclosed_with(campaign)
    post_all([_facts(row, campaign, enclosed) for row in invitations])


def write_again(campaign: Campaign, row: Invitation, before: Letter) -> Letter:
    """The letter anew, as things are now, in place of one that came back or whose address was wrong."""
    first = before.event.partition(":after:")[0]  # an event has no room for all that came before
    return queue(**_facts(row, campaign, enclosed_with(campaign)) | {"event": f"{first}:after:{before.id}"})


def _facts(row: Invitation, campaign: Campaign, enclosed: Enclosed) -> Facts:
    language = language_of(campaign, row.language)
    name, email = row.written_to(campaign.kind)
    guest = _guest(row) if email == row.email else Guest(name, row.organisation)
    stands_in = email != row.email
    link = (row.id, row.substitute_version if stands_in else row.token_version)
    params = _params(campaign, guest, language, link=link) | {"stands_in": stands_in}
    own = tell(row, is_cancelled=campaign.kind == "cancellation") if enclosed.version is not None else 0
    return Facts(
        letter="invitation",
        event=f"campaign:{campaign.id}:invitation:{row.id}",
        to=email,
        name=name,
        language=language,
        params=params | _enclosures(enclosed, campaign, language, to=(name, email), own=own),
        edition=campaign.edition,
        batch=campaign.batch,
        expires_at=campaign.expires_at,
        resend_in_doubt=campaign.in_doubt == "resend",
    )


def sample(campaign: Campaign, guest: Guest, language: str, account: Account) -> Letter:
    """The letter as this guest would get it, to a member of staff; the link leads nowhere in particular."""
    language = language_of(campaign, language)
    campaign.tests_sent += 1
    params = _params(campaign, guest, language)
    enclosed, to = enclosed_with(campaign, is_test=True), (account.name, account.email)
    return queue(
        letter="invitation",
        event=f"campaign:{campaign.id}:test:{campaign.tests_sent}",
        to=account.email,
        name=account.name,
        language=language,
        params=params | _enclosures(enclosed, campaign, language, to=to),
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


@calendar("invitation_declined")
@calendar("invitation_withdrawn")
@calendar("invitation")
def calendar_part(params: dict[str, Any], language: str) -> CalendarPart | None:
    """The REQUEST or CANCEL in the letter, to its reader alone; that of a test asks for an event of its own."""
    asked = params.get("calendar")
    if not asked:
        return None
    invitation, domain = params["invitation"], current_app.config["MAIL_DOMAIN"]
    link = _answer_link(params, language)
    sender = mailbox(current_app.config["MAIL_FROM"])
    occasion = itip.Occasion(
        sequence=asked["sequence"],
        starts_on=date.fromisoformat(asked["starts_on"]),
        ends_on=date.fromisoformat(asked["ends_on"]),
        title=asked["title"],
        place=asked["place"],
        is_cancelled=asked["is_cancelled"],
    )
    guest = itip.Guest(
        uid=itip.uid_of(invitation[0], tokens.seal("calendar", invitation[0]), domain)
        if invitation
        else f"test-{asked['edition_id']}@{domain}",
        name=asked["name"],
        email=asked["email"],
        # Where the answer of a mail program is read, if it is read at all; else the people who organise it.
        organizer=(own_address("reply", invitation[0]) if invitation else "") or asked["contact"] or sender.address,
        organizer_name=asked["host"] or sender.name,
        description=_("Please answer here:") + "\n" + link if link and not occasion.is_cancelled else "",
        link=link if not occasion.is_cancelled else "",
        written_at=datetime.fromisoformat(asked["written_at"]),
    )
    return itip.message(occasion, guest)


@calendar("registration_handed_over")
@calendar("registration_cancelled")
def taken_out(params: dict[str, Any], language: str) -> CalendarPart | None:
    """The CANCEL in the letter that ends a registration whose event bears the name of an invitation."""
    known = params.get("calendar")
    if not known:
        return None
    occasion = itip.Occasion(
        sequence=known["sequence"] + params["revision"],
        starts_on=date.fromisoformat(params["starts_on"]),
        ends_on=date.fromisoformat(params["ends_on"]),
        title=params["edition_title"],
        place=", ".join(part for part in (params["venue"], params["address"]) if part),
        is_cancelled=True,
    )
    guest = itip.Guest(
        uid=known["uid"],
        name=params["name"],
        email=params["email"],
        organizer=known["organizer"],
        organizer_name=known["host"],
        description="",
        link="",
        written_at=datetime.fromisoformat(params["written_at"]),
    )
    return itip.message(occasion, guest)


@in_calendars
def event_of(registration: Registration) -> dict[str, Any] | None:
    """The event by which the guest's calendar knows a registration: the one that the invitation asked for.

    Its SEQUENCE is that of the invitation's own letters, to which the registration adds its revision. One that another
    took the place of stays behind all that was told since, whenever its file is opened.
    """
    number = itip.invitation_of(registration.calendar_uid)
    row = db.session.get(Invitation, number) if number else None
    if row is None:
        return None
    version, sender = latest_version(row.edition), mailbox(current_app.config["MAIL_FROM"])
    is_former = row.registration_id is not None and row.registration_id > registration.id
    return {
        "uid": registration.calendar_uid,
        "sequence": 0 if is_former else (version.sequence if version is not None else 0) + row.calendar_turns,
        "organizer": own_address("reply", row.id) or row.edition.contact_email or sender.address,
        "host": next(iter(row.edition.hosts.local(registration.language).splitlines()), "") or sender.name,
    }


def uid_of(row: Invitation) -> str:
    """The name of a guest's event in calendars, for good."""
    return itip.uid_of(row.id, tokens.seal("calendar", row.id), current_app.config["MAIL_DOMAIN"])


@attachments("invitation")
def formal_letter(params: dict[str, Any], language: str) -> list[Attachment]:
    """The letter on paper, with the letterhead that it was written with."""
    formal = params.get("formal")
    if not formal:
        return []
    edition = db.session.get_one(Edition, formal["edition_id"])
    head = db.session.get_one(Letterhead, formal["letterhead_id"]) if formal["letterhead_id"] else None
    said = Words(
        language=language,
        guest=Guest(**params["guest"]),
        title=params["edition_title"],
        paragraphs=params["paragraphs"],
        link=_answer_link(params, language),
        written_on=date.fromisoformat(formal["written_on"]),
        kind=formal["kind"],
    )
    return [Attachment(file_name(said.kind, language), "application/pdf", letter_pdf(head, edition, said))]


def on_paper(campaign: Campaign, guest: Guest, language: str) -> bytes:
    """The formal letter as this guest would get it now, for the eyes of staff: its link is hidden."""
    edition, params = campaign.edition, _params(campaign, guest, language)
    said = Words(
        language=language,
        guest=guest,
        title=params["edition_title"],
        paragraphs=params["paragraphs"],
        link=masked_link(language),
        written_on=now().astimezone(edition.tz).date(),
        kind=campaign.kind,
    )
    return letter_pdf(current_head(edition), edition, said)


def masked_link(language: str) -> str:
    """What stands for the answer page where staff look at a letter."""
    return external("invitations.answer", token=MASK, lang=language)


def _answer_link(params: dict[str, Any], language: str) -> str:
    """Where whoever the letter goes to answers; a substitute has a page of their own, never the guest's."""
    if not params["invitation"]:
        return ""
    page, purpose = ("register_substitute", "substitute") if params.get("stands_in") else ("answer", "invitation")
    return capability_link(f"invitations.{page}", purpose, *params["invitation"], lang=language)


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
        "asks": campaign.kind in ASKING,
    }


def _enclosures(
    enclosed: Enclosed, campaign: Campaign, language: str, *, to: tuple[str, str], own: int = 0
) -> dict[str, Any]:
    """What calendar_part() and formal_letter() read: facts as they are now, while the letter is written."""
    edition, version, params = campaign.edition, enclosed.version, {}
    if version is not None:
        told = told_in(version, language, own=own, is_cancelled=campaign.kind == "cancellation")
        params["calendar"] = _asked(edition, told, language, to)
    if campaign.with_letter:
        params["formal"] = {
            "edition_id": edition.id,
            "letterhead_id": enclosed.head_id,
            "kind": campaign.kind,
            "written_on": now().astimezone(edition.tz).date().isoformat(),
        }
    return params


def _asked(edition: Edition, told: dict[str, Any], language: str, to: tuple[str, str]) -> dict[str, Any]:
    """What calendar_part() reads."""
    return told | {
        "edition_id": edition.id,
        "host": next(iter(edition.hosts.local(language).splitlines()), ""),
        "contact": edition.contact_email,
        "name": to[0],
        "email": to[1],
        "written_at": now().isoformat(),
    }


def _guest(row: Invitation) -> Guest:
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


def withdrawn(row: Invitation, name: str, email: str) -> Letter:
    """We take the invitation back; where the reader's calendar was asked, the event goes out of it."""
    return _let_go(row, "withdrawn", name, email)


def declined(row: Invitation) -> Letter:
    """You do not come after all; this takes the event out of your calendar."""
    return _let_go(row, "declined", row.name, row.email)


def _let_go(row: Invitation, what: str, name: str, email: str) -> Letter:
    """A letter with a CANCEL to its reader alone, where their calendar was asked: RFC 5546, 3.2.5."""
    edition, language = row.edition, row.language
    version, asked = latest_version(edition), None
    if version is not None and was_asked(row, email):
        told = told_in(version, language, own=tell(row, is_cancelled=True), is_cancelled=True)
        asked = _asked(edition, told, language, (name, email))
    return queue(
        letter=f"invitation_{what}",
        event=f"invitation:{row.id}:{what}:{row.calendar_turns}",
        to=email,
        name=name,
        language=language,
        params={
            "name": name,
            "edition_title": edition.title.local(language),
            "dates": letter_text.dates(edition, language),
            "contact_email": edition.contact_email,
            "invitation": [row.id, row.token_version],
            "calendar": asked,
        },
        edition=edition,
    )
