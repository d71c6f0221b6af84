"""A round of invitations to the edition to come: who got one, who answered what, and a reminder that waits.

Nobody is written to: the letters say that they went out, as far as the demonstration's invented addresses allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice

from sqlalchemy import select

from forums import clock
from forums.activity.models import Actor
from forums.columns import Bilingual
from forums.demo.came_back import came_back
from forums.demo.guests import guests
from forums.demo.staff import Staff
from forums.directory.operations import find_or_create_person
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import freezing, sending
from forums.invitations.answers import Answer, answer
from forums.invitations.contacts.operations import Origin, create_list, fill
from forums.invitations.contacts.reading import Candidate, Reading
from forums.invitations.models import Campaign, ContactList, Recipient
from forums.mail.models import Letter
from forums.mail.operations import in_batch
from forums.mail.outbox import withdraw
from forums.mail.suppression.operations import suppress, unsubscribe
from forums.masks import masked_email

SENDER = Actor.system("mail")
_LETTERS = "demo"
_INVITED = 24
_DEPUTY, _DEPUTY_EMAIL = Bilingual("代会者（示例）"), "deputy@guests.example.org"
# By the place on the list: what they answered, and how many days after the letter.
_ANSWERS: tuple[tuple[int, int, Answer], ...] = (
    (0, 1, Answer("coming")),
    (1, 1, Answer("coming", companions=1, note="请安排无障碍车位（示例）。")),
    (3, 2, Answer("not_coming", note="当日另有会议（示例）。")),
    (4, 2, Answer("coming")),
    (6, 3, Answer("substitute", substitute_name=_DEPUTY.zh, substitute_email=_DEPUTY_EMAIL)),
    (7, 3, Answer("coming", note="Vegetarian, please (synthetic).")),
    (9, 5, Answer("coming")),
    (12, 6, Answer("not_coming")),
)
_UNKNOWN_ADDRESS, _IN_DOUBT, _UNSUBSCRIBED = 10, 11, 14
_CAME_BACK = slice(15, 19)


def invite(edition: Edition, staff: Staff) -> None:
    """The list, the campaign of ten days ago with its answers, and the draft of a reminder."""
    with _days_ago(10):
        guest_list = _list(edition, staff)
        words = sending.opening("invitation", "专家邀请（示例）", guest_list)
        row = sending.create_campaign(edition, words, actor=staff.organizer)
        freezing.freeze(row, actor=staff.organizer)
        sending.send(row, actor=staff.organizer, number=_INVITED)
        while sending.expand(row.id):
            pass
        recipients = _deliver(row)
    find_or_create_person(_DEPUTY, email=_DEPUTY_EMAIL, phone=None, synthetic=True)
    with in_batch(_LETTERS):
        for place, days, given in _ANSWERS:
            with _days_ago(10 - days):
                guest = recipients[place].invitation
                answer(guest, given, actor=Actor.guest(guest.name))
    withdraw(_LETTERS)
    with _days_ago(6):
        declined = db.session.get_one(Letter, recipients[_UNSUBSCRIBED].letter_id)
        unsubscribe(declined, actor=Actor.guest(masked_email(declined.recipient)), how="List-Unsubscribe=One-Click")
    sending.finish()
    with _days_ago(9):
        came_back(recipients[_CAME_BACK])
    sending.create_campaign(edition, sending.opening("reminder", "回执提醒（示例）"), actor=staff.organizer)


def _list(edition: Edition, staff: Staff) -> ContactList:
    row = create_list(edition, "专家名单（示例）", actor=staff.organizer)
    people = [guest.applicant for guest in islice(guests(), _INVITED)]
    reading = Reading(
        [
            Candidate(number, one.name, one.email or "", one.organisation, one.title, one.language)
            for number, one in enumerate(people, 1)
        ],
        read=len(people),
    )
    fill(row, reading, Origin(words="synthetic"), actor=staff.organizer)
    return row


def _deliver(row: Campaign) -> Sequence[Recipient]:
    """Let the letters have gone out: one to an address that does not exist, one with an outcome nobody knows."""
    recipients = db.session.scalars(
        select(Recipient).where(Recipient.campaign_id == row.id).order_by(Recipient.id)
    ).all()
    for place, recipient in enumerate(recipients):
        letter = db.session.get_one(Letter, recipient.letter_id)
        if place == _UNKNOWN_ADDRESS:
            letter.state, letter.reason, letter.error = "failed", "address_gone", "550 5.1.1 no such user"
            suppress(letter.recipient, reason="bounced", actor=SENDER, detail=letter.error, letter_id=letter.id)
        elif place == _IN_DOUBT:
            letter.state, letter.reason = "unknown", "unanswered"
        else:
            letter.state, letter.sent_at = "sent", clock.now()
        letter.attempts = 1
    db.session.flush()
    return recipients


@contextmanager
def _days_ago(days: int) -> Iterator[None]:
    with clock.frozen(clock.now() - timedelta(days=days)):
        yield
