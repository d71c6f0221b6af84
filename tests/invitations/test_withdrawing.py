"""An invitation taken back from one guest: nothing more goes out to them, and it can be given again."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from flask import Flask

from forums import clock
from forums.activity.models import Activity
from forums.extensions import db
from forums.invitations import guests, sending, withdrawing
from forums.invitations.answers import Answer, Withdrawn, answer
from forums.invitations.freezing import NothingToSend
from forums.invitations.guests import GuestFacts
from forums.invitations.models import Campaign, Recipient
from forums.invitations.queries import funnel
from forums.invitations.withdrawing import Withdrawal
from forums.mail import sweeping
from forums.mail.models import Letter
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast, make_edition
from tests.client import Reader
from tests.invitations.guests import (
    SLUG,
    answer_page,
    campaign,
    here,
    make_campaign,
    make_kind,
    make_list,
    move,
    send,
    work,
)
from tests.invitations.test_calendars import asked_by, everybody, write
from tests.invitations.test_replies import Guest
from tests.invitations.test_seeing import table
from tests.mail.notes import later
from tests.servers import Sink

Letters = Callable[[], list[Letter]]
Deliver = Callable[[], list[EmailMessage]]
GUESTS = f"/office/e/{SLUG}/guests"
PAGE = f"{GUESTS}/withdrawal"


@pytest.fixture
def invited(app: Flask, deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> int:
    """A list whose three people got a letter with a calendar; its id."""
    monkeypatch.setitem(app.config, "MAIL_INCOMING", "replies+*@mail.example.org")
    make_edition(contact_email="office@example.org", capacity=10)
    list_id = make_list(3)
    write(list_id)
    deliver()
    return list_id


def withdraw(*numbers: int, with_letter: bool = True, reason: str = "Double") -> Withdrawal:
    rows = everybody()
    ids = [rows[number].id for number in numbers]
    with transaction():
        return withdrawing.withdraw(here(), ids, reason=reason, with_letter=with_letter, actor=SYSTEM)


def restore(number: int) -> bool:
    row = everybody()[number]
    with transaction():
        return withdrawing.restore(row, actor=SYSTEM)


def test_the_office_asks_first_and_a_form_sent_twice_writes_one_letter(
    page: Reader, cast: Cast, invited: int, deliver: Deliver
) -> None:
    row = everybody()[0]
    with transaction():
        answer(row, Answer("coming"), actor=SYSTEM)
    before = len(deliver())
    office = page.sign_in(cast.organizer)
    [link] = office.get(f"{GUESTS}/{row.id}").find("//a[text()='Withdraw the invitation']/@href")
    asked = office.get(link)
    assert "Who is registered stays so" in asked.words
    assert asked.find("//input[@name='letter']/@checked") == ["checked"]
    assert "Say why" in office.post(PAGE, {"chosen": row.id, "letter": "y"}, expected=200).words
    for _ in range(2):
        office.post(PAGE, {"chosen": row.id, "letter": "y", "reason": "Invited by mistake"})
    [letter] = deliver()[before:]
    method, event = asked_by(letter)
    assert (method, event["SEQUENCE"], str(event["ATTENDEE"])) == ("CANCEL", 1, "mailto:guest0@example.org")
    assert str(event["UID"]).startswith(f"invitation-{row.id}-")
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "has been withdrawn" in text
    assert "office@example.org" in text
    assert "mistake" not in letter.as_string()
    shown = office.get(f"{GUESTS}/{row.id}").words
    assert "The invitation was withdrawn at" in shown
    assert "Invited by mistake" in shown
    assert "They are registered all the same" in shown
    registration = everybody()[0].registration
    assert registration is not None
    assert registration.is_confirmed
    assert [one[0] for one in table(office.get(f"{GUESTS}.csv?answer=withdrawn"))[1:]] == ["Guest 0"]
    assert [one[0] for one in table(office.get(f"{GUESTS}.csv?answer=coming"))[1:]] == []
    done = db.session.scalars(db.select(Activity).where(Activity.action == "invitation.withdrawn")).one()
    assert done.detail == {"reason": "Invited by mistake", "letters": 1, "stopped": 0}
    office.post(PAGE, {"chosen": [one.id for one in everybody()], "reason": "The hall is too small"})
    assert len(deliver()) == before + 1
    assert "Tick the guests" in office.get(office.get(PAGE, expected=303).location).words
    office.sign_in(cast.helper).get(PAGE, expected=403)
    office.post(PAGE, {"chosen": row.id, "reason": "x"}, expected=403)
    office.post(f"{GUESTS}/{row.id}/restoration", expected=403)


def test_the_link_says_kindly_that_it_was_withdrawn_until_it_is_given_again(page: Reader, invited: int) -> None:
    row = everybody()[0]
    link = answer_page(row)
    with transaction():
        answer(row, Answer("substitute", substitute_name="Sub", substitute_email="sub@example.org"), actor=SYSTEM)
    withdraw(0)
    for ending in ("", "/registration"):
        shown = page.get(link + ending, expected=410).words
        assert "have withdrawn this invitation" in shown
        assert "office@example.org" in shown
    page.post(link, {"answer": "not_coming"}, expected=410)
    page.get(f"{link}/event.ics", expected=404)
    row = everybody()[0]
    with transaction(), pytest.raises(Withdrawn):
        answer(row, Answer("not_coming"), actor=SYSTEM)
    assert (restore(0), restore(0)) == (True, False)
    assert "Sends a substitute" in page.get(link).words
    row = everybody()[0]
    assert (row.answer, row.calendar_turns, row.withdrawn_reason) == ("substitute", 2, "")


def test_a_substitute_who_was_written_to_is_told_as_well(invited: int, deliver: Deliver, sink: Sink) -> None:
    with transaction():
        answer(
            everybody()[0],
            Answer("substitute", substitute_name="Sub", substitute_email="sub@example.org"),
            actor=SYSTEM,
        )
    deliver()
    send(make_kind("update"))
    deliver()
    sink.received.clear()
    assert withdraw(0) == Withdrawal(people=1, letters=2)
    first, second = deliver()[-2:]
    assert [str(asked_by(one)[1]["ATTENDEE"]) for one in (first, second)] == [
        "mailto:guest0@example.org",
        "mailto:sub@example.org",
    ]
    assert sorted(sink.recipients) == ["guest0@example.org", "sub@example.org"]


def test_nothing_that_waits_goes_out_and_nobody_writes_to_them_any_more(
    invited: int, deliver: Deliver, sink: Sink, outbox: Letters
) -> None:
    """One letter waits in the outbox, one campaign is counted and not begun; later ones pass over the guest."""
    sink.received.clear()
    frozen, running = make_kind("update"), make_campaign(invited, again=True)
    move(frozen, "freezing")
    send(running)
    assert withdraw(0, 1, with_letter=False) == Withdrawal(people=2, stopped=2)
    assert (withdraw(0, 1), campaign(frozen).to_send) == (Withdrawal(), 1)
    deliver()
    assert sink.recipients == ["guest2@example.org"]
    assert restore(1)
    with transaction():
        sending.send(campaign(frozen), actor=SYSTEM, number=2)
    work()
    deliver()
    assert sink.recipients[1:] == ["guest1@example.org", "guest2@example.org"]
    assert {letter.reason for letter in outbox() if letter.state == "cancelled"} == {"withdrawn"}
    counted = funnel(campaign(running))
    assert (counted.invited, counted.sent, counted.withdrawn) == (3, 1, 1)
    again = make_campaign(invited, again=True)
    move(again, "freezing")
    row = campaign(again)
    assert ([one["name"] for one in row.skipped], row.to_send, row.suppressed_count) == (["Guest 0"], 2, 1)
    move(again, "thawing")
    withdraw(1, 2)
    for kind in ("reminder", "update", "cancellation"):
        with pytest.raises(NothingToSend):
            move(make_kind(kind), "freezing")
    with pytest.raises(NothingToSend):
        move(make_campaign(invited), "freezing")


def test_who_is_withdrawn_before_anything_was_written_stays_so(edition: object) -> None:
    list_id = make_list(1)
    campaign_id = make_campaign(list_id)
    move(campaign_id, "freezing")
    assert withdraw(0) == Withdrawal(people=1)
    move(campaign_id, "sending")
    work()
    assert [one.withheld for one in db.session.scalars(db.select(Recipient))] == ["withdrawn"]
    second = make_campaign(list_id)
    with pytest.raises(NothingToSend):
        move(second, "freezing")


def test_a_letter_that_was_on_its_way_does_not_go_again(
    app: Flask, edition: object, deliver: Deliver, sink: Sink, outbox: Letters
) -> None:
    """The line breaks while somebody withdraws, and letters in doubt go again by themselves."""
    campaign_id = make_campaign(make_list(2))
    with transaction():
        campaign(campaign_id).in_doubt = "resend"
    done: list[Withdrawal] = []

    def meanwhile(_letter: object) -> None:
        sink.on_letter = None
        sink.answers.clear()
        with app.app_context():
            done.append(withdraw(0, 1))

    sink.on_letter = meanwhile
    sink.answers["guest0@example.org"] = "hang up"
    send(campaign_id)
    deliver()
    assert done == [Withdrawal(people=2, letters=1, stopped=1)]  # who got nothing is told nothing
    with clock.frozen(later(hours=3)):
        sweeping.sweep()
        deliver()
    assert [(one.letter, one.state) for one in outbox()] == [
        *[("invitation", "cancelled")] * 2,
        ("invitation_withdrawn", "sent"),
    ]
    assert sink.recipients == ["guest0@example.org"] * 2


def test_a_calendar_that_answers_to_a_withdrawn_invitation_changes_nothing(invited: int, deliver: Deliver) -> None:
    guest = Guest(deliver()[0])
    assert guest.says("ACCEPTED", 1) == ("counted", "coming")
    withdraw(0)
    assert guest.says("DECLINED", 2) == ("noted", "let_go")
    assert guest.says("ACCEPTED", 4) == ("waiting", "withdrawn")
    assert guest.says("DECLINED", 3) == ("late", "older")
    assert everybody()[0].answer == "coming"
    again = Guest(deliver()[-1])  # the CANCEL
    assert again.uid == guest.uid


def test_the_next_letter_puts_the_event_back(invited: int, deliver: Deliver) -> None:
    withdraw(0)
    restore(0)
    assert not [one for one in deliver() if "withdrawn" in str(one["Subject"])]  # it waited, and was not true any more
    withdraw(0)
    restore(0)
    send(make_kind("update"))
    *_, first, second, third = deliver()
    assert [asked_by(one)[1]["SEQUENCE"] for one in (first, second, third)] == [4, 0, 0]
    assert {asked_by(one)[0] for one in (first, second, third)} == {"REQUEST"}


def test_the_outbox_sends_nothing_again_to_whoever_is_not_to_get_it(
    page: Reader, cast: Cast, invited: int, outbox: Letters
) -> None:
    office = page.sign_in(cast.organizer)
    campaign_id = db.session.scalars(db.select(Campaign.id)).one()

    def again(number: int) -> tuple[str, str]:
        """What the office is told of this letter of the outbox, which has failed, and its state after that."""
        with transaction():
            letter_id = outbox()[number].id
            db.session.get_one(Letter, letter_id).state = "failed"
        said = office.get(office.post(f"/office/e/{SLUG}/outbox/{letter_id}/resending").location)
        return said.find("string(//*[contains(@class, 'flash')])").strip(), outbox()[number].state

    assert again(0) == ("The letter goes out again, under the same number.", "queued")
    with transaction():
        outbox()[0].state = "sent"
    withdraw(0)
    assert again(0) == ("The invitation was withdrawn before this letter went out.", "failed")
    restore(0)
    assert again(-1) == ("They were invited again before this letter went out.", "failed")
    for state, said, then in (
        ("paused", "It goes out, under the same number, once its campaign goes on.", "held"),
        ("cancelled", "Its campaign was cancelled, so nothing more of it is sent.", "failed"),
    ):
        with transaction():
            campaign(campaign_id).state = state
        assert again(1) == (said, then)
    row = everybody()[2]
    with transaction():
        campaign(campaign_id).state = "done"
        guests.change_guest(row, GuestFacts(row.name, "right@example.org"), actor=SYSTEM)
    assert again(2) == ("The address was corrected before this letter went out.", "failed")
