"""What Accept, Decline and Tentative in somebody's calendar come to: counted once, in their order, from them alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.message import EmailMessage

import pytest
from flask import Flask
from icalendar import Calendar

from forums import clock
from forums.errors import Refused
from forums.extensions import db
from forums.invitations import trouble
from forums.invitations.answers import Answer, answer
from forums.invitations.models import Invitation
from forums.mail.incoming.models import IncomingMail
from forums.mail.incoming.operations import decide, take_in
from forums.mail.models import Letter
from forums.registrations.models import Registration
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast, make_edition
from tests.client import Reader
from tests.invitations.guests import campaign, make_campaign, make_list, send
from tests.invitations.test_calendars import asked_by, change, write
from tests.mail.incoming import samples

Deliver = Callable[[], list[EmailMessage]]
# A guest's calendar: minutes of one morning, before which nothing was said.
MORNING = datetime(2027, 3, 15, 12, tzinfo=UTC)


class Guest:
    """The invited person's mail program: it holds what the letter told their calendar."""

    def __init__(self, letter: EmailMessage) -> None:
        [part] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
        [event] = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
        self.uid, self.organizer = str(event["UID"]), str(event["ORGANIZER"]).removeprefix("mailto:")
        self.letter_id = str(letter["Message-ID"])
        self.number = itertools.count()

    def says(self, word: str, minute: int = 0, **changes: object) -> tuple[str, str]:
        """Press the button at 8:<minute>; the outcome and its detail."""
        name = f"reply-{next(self.number)}"
        facts = {"to": self.organizer, "stamp": f"20270315T08{minute:02}00Z", "name": name, **changes}
        return taken(samples.calendar_reply(str(facts.pop("uid", self.uid)), word, **facts))  # type: ignore[arg-type]


def taken(raw: bytes) -> tuple[str, str]:
    with clock.frozen(MORNING):
        row = take_in(raw, way="imap")
    return (row.outcome, row.detail) if row else ("filed before", "")


@pytest.fixture
def guest(app: Flask, deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> Guest:
    """Invited with a calendar to an edition with ten places."""
    monkeypatch.setitem(app.config, "MAIL_INCOMING", "replies+*@mail.example.org")
    make_edition(capacity=10)
    write(make_list(1))
    [letter] = deliver()
    return Guest(letter)


def invitation() -> Invitation:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(db.select(Invitation)).one()


def on_the_page(given: Answer, hour: int, minute: int = 0) -> None:
    """The same guest answers behind their link."""
    row = invitation()
    with clock.frozen(datetime(2027, 3, 15, hour, minute, tzinfo=UTC)), transaction():
        answer(row, given, actor=SYSTEM)


def registered() -> list[str]:
    db.session.rollback()
    rows = db.session.scalars(db.select(Registration).order_by(Registration.id))
    return [f"{row.email} {row.state}" for row in rows]


def test_accept_registers_the_guest_and_decline_gives_the_place_back(guest: Guest) -> None:
    assert guest.says("ACCEPTED", comment="谢谢\\, 一定到") == ("counted", "coming")
    assert (invitation().answer, invitation().note) == ("coming", "谢谢, 一定到")
    assert invitation().answered_at == datetime(2027, 3, 15, 8, tzinfo=UTC)
    assert registered() == ["guest0@example.org confirmed"]
    assert guest.says("ACCEPTED", 1) == ("repeated", "coming")
    assert guest.says("TENTATIVE", 2) == ("noted", "tentative")
    assert guest.says("DECLINED", 3) == ("counted", "not_coming")
    assert registered() == ["guest0@example.org cancelled"]
    assert guest.says("NEEDS-ACTION", 4) == ("noted", "unanswered")


def test_replies_count_in_the_order_in_which_they_were_given(guest: Guest) -> None:
    said = {"accept": ("ACCEPTED", 1), "again": ("ACCEPTED", 3), "decline": ("DECLINED", 2)}
    first = samples.calendar_reply(guest.uid, "ACCEPTED", to=guest.organizer)
    assert taken(first) == ("counted", "coming")
    assert taken(first) == ("filed before", "")
    outcomes = {name: guest.says(*said[name]) for name in ("again", "decline", "accept")}
    assert outcomes == {"again": ("repeated", "coming"), "decline": ("late", "older"), "accept": ("late", "older")}
    assert invitation().answer == "coming"


def test_what_was_said_on_the_page_later_stands(guest: Guest) -> None:
    on_the_page(Answer("not_coming", note="Sorry"), 8, 30)
    assert guest.says("ACCEPTED", 10) == ("late", "older")
    assert guest.says("ACCEPTED", 40) == ("counted", "coming")
    assert invitation().note == "Sorry"


def test_a_clock_that_is_ahead_does_not_silence_what_comes_after(guest: Guest) -> None:
    assert guest.says("ACCEPTED", stamp="20991231T000000Z") == ("counted", "coming")
    assert invitation().answered_at == MORNING
    with clock.frozen(MORNING.replace(hour=13)):
        row = take_in(samples.calendar_reply(guest.uid, "DECLINED", stamp="20270315T125900Z"), way="imap")
    assert row is not None
    assert row.outcome == "counted"


def test_after_the_event_began_a_reply_is_filed(guest: Guest) -> None:
    change(starts_on=date(2027, 3, 15), ends_on=date(2027, 3, 16))
    assert guest.says("ACCEPTED") == ("late", "closed")
    assert invitation().answer == "none"


@pytest.mark.parametrize(
    ("changes", "came"),
    [
        ({"to": samples.BOX}, ("counted", "coming")),  # the sealed UID says which invitation, the attendee who
        ({"to": samples.BOX, "uid": "invitation-1-aaaaaaaaaa@example.org"}, ("unmatched", "")),
        ({"to": samples.BOX, "uid": "invitation-1@example.org"}, ("unmatched", "")),
        ({"to": "replies+r1-aaaaaaaaaa@mail.example.org", "uid": "other"}, ("unmatched", "")),
        ({"sender": "office@works.example"}, ("counted", "coming")),  # an assistant answers for them
        ({"attendee": "g.zero@works.example"}, ("counted", "coming")),  # they have another address as well
        ({"attendee": "x@y.example", "sender": "x@y.example"}, ("waiting", "stranger")),
        ({"method": "COUNTER"}, ("waiting", "counter")),
        ({"uid": "another-event"}, ("counted", "coming")),
    ],
)
def test_only_the_guest_answers(guest: Guest, changes: dict[str, str], came: tuple[str, str]) -> None:
    assert guest.says("ACCEPTED", **changes) == came
    assert invitation().answer == ("coming" if came[0] == "counted" else "none")


def test_what_is_not_plain_waits_for_a_person(guest: Guest, deliver: Deliver) -> None:
    on_the_page(Answer("substitute", substitute_name="B", substitute_email="b@example.org"), 7)
    assert guest.says("DECLINED") == ("waiting", "substitute")
    assert guest.says("DELEGATED", 1) == ("waiting", "counter")
    on_the_page(Answer("coming"), 7, 30)
    change(starts_on=date(2097, 4, 18), ends_on=date(2097, 4, 19))
    write(make_list(1, name="Again"), kind="update")
    told = asked_by(deliver()[-1])[1]["SEQUENCE"]
    assert guest.says("DECLINED", 2) == ("waiting", "outdated")
    assert guest.says("DECLINED", 3, sequence=told) == ("counted", "not_coming")


def test_somebody_who_writes_to_the_organiser_waits_for_a_person_who_decides(guest: Guest) -> None:
    assert taken(samples.human(guest.letter_id)) == ("waiting", "")
    assert taken(samples.human("", to=guest.organizer).replace(b"human-1", b"human-2")) == ("waiting", "")
    assert taken(samples.vacation("", to=guest.organizer))[0] == "noted"
    first, second = db.session.scalars(
        db.select(IncomingMail).where(IncomingMail.outcome == "waiting").order_by(IncomingMail.id)
    )
    with transaction():
        decide(first, "coming", actor=SYSTEM)
    assert registered() == ["guest0@example.org confirmed"]
    with transaction():
        decide(second, "not_coming", actor=SYSTEM)
    assert registered() == ["guest0@example.org cancelled"]
    with pytest.raises(Refused), transaction():
        decide(second, "coming", actor=SYSTEM)


def test_the_page_offers_what_can_be_done(guest: Guest, page: Reader, cast: Cast) -> None:
    guest.says("ACCEPTED", attendee="x@y.example", sender="x@y.example")
    shown = page.sign_in(cast.organizer).get("/office/e/alu-2027/incoming")
    assert "Somebody else answered this invitation" in shown.words
    assert [button.text_content() for button in shown.find("//td//button")] == [
        "Count as coming",
        "Count as not coming",
        "Nothing to do",
    ]
    [action, *_] = shown.find("//td//form/@action")
    page.post(action, {"decision": "coming"})
    assert invitation().answer == "coming"
    assert "Count as coming: Organizer (synthetic)" in page.get("/office/e/alu-2027/incoming").words


def test_letters_that_come_back_count_against_the_budget_of_their_campaign(
    app: Flask, deliver: Deliver, outbox: Callable[[], list[Letter]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "ENOUGH_TRIED", 2)
    make_edition()
    campaign_id = make_campaign(make_list(3))
    send(campaign_id)
    deliver()
    assert campaign(campaign_id).state == "running"
    [letter, *_] = outbox()
    assert taken(samples.qmail(letter.message_id, says="552 mailbox is full"))[0] == "bounced"
    row = campaign(campaign_id)
    assert (row.state, row.paused_reason, row.paused_detail) == ("paused", "budget", "1/3")
