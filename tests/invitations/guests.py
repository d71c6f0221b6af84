"""Lists and campaigns for tests; everybody in them is synthetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from forums.columns import Bilingual
from forums.documents.tables import Line
from forums.editions.models import Edition
from forums.editions.queries import edition_by_slug
from forums.extensions import db
from forums.invitations import answers, sending
from forums.invitations.answers import Answer
from forums.invitations.contacts import operations
from forums.invitations.contacts.operations import Origin
from forums.invitations.contacts.reading import read_contacts
from forums.invitations.models import Campaign, Invitation, Recipient
from forums.invitations.sending import Words
from forums.jobs import operations as jobs
from forums.links import capability_link
from forums.mail.models import Letter
from forums.transaction import transaction
from tests.cast import SYSTEM

SLUG = "alu-2027"
BODY = Bilingual(
    "尊敬的{name}{title}：\n\n请回复：\n\n{link}", "Dear {title} {name},\n\nplease answer: {link}\n\nThank you."
)
SUBJECT = Bilingual("邀请函：{edition}", "Invitation to {edition} for {name}")


def here() -> Edition:
    edition = edition_by_slug(SLUG)
    assert edition is not None
    return edition


def make_list(count: int = 3, *, start: int = 0, name: str = "Experts", language: str = "en") -> int:
    """A list of guest0@example.org …; its id."""
    lines = [
        Line(number + 1, (f"Guest {number}", f"guest{number}@example.org", f"Works {number}", "Prof.", language))
        for number in range(start, start + count)
    ]
    with transaction():
        row = operations.create_list(here(), name, actor=SYSTEM)
        if lines:
            operations.fill(row, read_contacts(lines), Origin(), actor=SYSTEM)
        return row.id


def make_campaign(list_id: int, *, subject: Bilingual = SUBJECT, body: Bilingual = BODY, again: bool = False) -> int:
    """A draft to the list; its id."""
    with transaction():
        row = db.session.get_one(operations.ContactList, list_id)
        words = Words(name="First round", contact_list=row, subject=subject, body=body, include_invited=again)
        return sending.create_campaign(here(), words, actor=SYSTEM).id


def make_kind(kind: str, **facts: Any) -> int:
    """A draft of this kind with its opening words, and what `facts` say of it; its id."""
    with transaction():
        words = sending.opening(kind, kind.title())
        return sending.create_campaign(here(), replace(words, **facts), actor=SYSTEM).id


def give_answer(campaign_id: int, number: int, **given: Any) -> None:
    """The guest with this number in the campaign answers; without any word they come."""
    row = invitations(campaign_id)[number]
    with transaction():
        answers.answer(row, Answer(**({"answer": "coming"} | given)), actor=SYSTEM)


def answer_page(row: Invitation) -> str:
    """The address of the page behind their link."""
    link = capability_link("invitations.answer", "invitation", row.id, row.token_version)
    return "/answer/" + link.rpartition("/")[2]


def campaign(campaign_id: int) -> Campaign:
    return db.session.get_one(Campaign, campaign_id)


def move(campaign_id: int, *steps: str) -> None:
    """freezing, sending, pause …, each in its own transaction."""
    for step in steps:
        with transaction():
            sending.STEPS[step](campaign(campaign_id), actor=SYSTEM)


def work() -> None:
    """Run the jobs that are due, as a worker would."""
    for job_id in jobs.due():
        jobs.run(job_id)
    db.session.rollback()


def send(campaign_id: int) -> None:
    """Freeze, send and expand."""
    move(campaign_id, "freezing", "sending")
    work()


def campaign_letters(letters: Sequence[Letter]) -> list[Letter]:
    """Those to guests, without what is told to whoever sent them."""
    return [letter for letter in letters if letter.batch is not None]


def invitations(campaign_id: int) -> list[Invitation]:
    db.session.rollback()
    rows = (
        db.select(Invitation)
        .join(Recipient, Recipient.invitation_id == Invitation.id)
        .where(Recipient.campaign_id == campaign_id)
        .order_by(Recipient.id)
    )
    return list(db.session.scalars(rows))
