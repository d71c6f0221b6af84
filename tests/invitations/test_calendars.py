"""Letters that ask the reader's calendar: one event for each guest, told of every change and of the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date, timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from icalendar import Calendar, Event

from forums.clock import now
from forums.columns import Bilingual
from forums.editions.operations import EditionFacts, change_edition, move
from forums.extensions import db
from forums.invitations import sending
from forums.invitations.answers import Answer, answer, find_registrations
from forums.invitations.calendars.operations import current_version, own_sequence
from forums.invitations.calendars.queries import latest_version, told
from forums.invitations.freezing import leave_out
from forums.invitations.letter_text import Guest
from forums.invitations.models import Campaign, Invitation
from forums.mail.addresses import own_address
from forums.registrations.emails import facts_of
from forums.registrations.models import Registration
from forums.registrations.operations import Applicant, cancel, register
from forums.registrations.operations import change as correct
from forums.registrations.tickets import calendar_entry
from forums.tokens import seal
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast, make_edition
from tests.client import Reader
from tests.invitations.guests import answer_page, campaign, here, make_campaign, make_kind, make_list, send

Deliver = Callable[[], list[EmailMessage]]


def write(list_id: int, *, kind: str = "invitation", with_calendar: bool = True) -> int:
    """A campaign to everybody on the list, sent; its id."""
    campaign_id = make_campaign(list_id, again=True)
    with transaction():
        campaign(campaign_id).kind, campaign(campaign_id).with_calendar = kind, with_calendar
    send(campaign_id)
    return campaign_id


def change(**changes: object) -> None:
    with transaction():
        known = {field.name: getattr(here(), field.name) for field in fields(EditionFacts)}
        change_edition(here(), EditionFacts(**(known | changes)), actor=SYSTEM)


def everybody() -> list[Invitation]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Invitation).order_by(Invitation.id)))


def counted() -> tuple[int, int]:
    """Calendars that have the event, and those that have it as it was."""
    version = latest_version(here())
    assert version is not None
    return told(version).people, told(version).outdated


def newest() -> Campaign:
    db.session.rollback()
    return db.session.scalars(db.select(Campaign).order_by(Campaign.id.desc())).first()  # type: ignore[return-value]


def asked_by(message: EmailMessage) -> tuple[str, Event]:
    """The method and the event of a letter, which must be no file and stand there once."""
    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    [part] = parts
    assert (message.get_content_type(), list(message.iter_attachments())) == ("multipart/alternative", [])
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    [event] = calendar.walk("VEVENT")
    assert part["Content-Type"].params["method"] == str(calendar["METHOD"])
    return str(calendar["METHOD"]), event


@pytest.fixture
def asked(app: Flask) -> int:
    """A list whose three people got a letter with a calendar, not yet delivered; its id."""
    make_edition(contact_email="office@example.org", hosts=Bilingual("濉溪县（示例）", "Suixi County (synthetic)\nB"))
    list_id = make_list(3)
    write(list_id)
    return list_id


def test_each_guest_is_asked_once_and_answers_to_an_address_of_their_own(
    asked: int, app: Flask, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_INCOMING", "replies+*@mail.example.org")
    guests = everybody()
    found = [asked_by(message) for message in deliver()]
    domain = app.config["MAIL_DOMAIN"]
    assert [(method, str(event["UID"]), event["SEQUENCE"]) for method, event in found] == [
        ("REQUEST", f"invitation-{row.id}-{seal('calendar', row.id)}@{domain}", 0) for row in guests
    ]
    assert [str(event["ORGANIZER"]) for _, event in found] == [
        f"mailto:{own_address('reply', row.id)}" for row in guests
    ]
    [event, *_] = [event for _, event in found]
    assert event["ORGANIZER"].params["CN"] == "Suixi County (synthetic)"
    assert (str(event["ATTENDEE"]), event["ATTENDEE"].params["CN"]) == ("mailto:guest0@example.org", "Guest 0")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (here().starts_on, date(2097, 3, 20))
    assert str(event["SUMMARY"]) == here().title.en
    assert str(event["URL"]) in str(event["DESCRIPTION"])


def test_without_a_mailbox_for_answers_they_go_to_the_contact(asked: int, deliver: Deliver) -> None:
    assert {str(asked_by(message)[1]["ORGANIZER"]) for message in deliver()} == {"mailto:office@example.org"}


def test_a_letter_says_what_was_true_when_it_was_written(asked: int, deliver: Deliver) -> None:
    change(venue=Bilingual("", "Another hall"))
    assert {asked_by(message)[1]["SEQUENCE"] for message in deliver()} == {0}


def test_the_sequence_rises_with_what_a_calendar_shows_and_with_nothing_else(asked: int) -> None:
    def sequence() -> int:
        version = latest_version(here())
        assert version is not None
        return version.sequence

    change(summary=Bilingual("", "Something else"), capacity=7)
    assert sequence() == 0
    steps = (
        {"ends_on": date(2097, 3, 21)},
        {"venue": Bilingual("", "Hall B")},
        {"title": Bilingual("", "Another title")},
        {"address": Bilingual("", "Road 1")},
        {"venue": Bilingual("", "")},
    )
    for number, step in enumerate(steps, start=1):
        change(**step)
        assert sequence() == number
    with transaction():
        assert current_version(here()).sequence == len(steps)


def test_an_update_is_offered_once_calendars_are_wrong(asked: int, deliver: Deliver, page: Reader, cast: Cast) -> None:
    page.sign_in(cast.organizer)
    deliver()
    index, offer = "/office/e/alu-2027/campaigns", "Dates, title or place have changed"
    assert offer not in page.get(index).words
    with transaction():
        answer(everybody()[0], Answer("not_coming"), actor=SYSTEM)
    change(venue=Bilingual("", "Hall B"))
    for shown in (index, "/office/e/alu-2027/"):
        assert f"{offer} since: 2 guests" in page.get(shown).words
    [shown] = {page.post("/office/e/alu-2027/calendars/update").location for _ in range(2)}
    assert offer not in page.get(shown).words  # it is what mends it
    row = newest()
    assert (row.kind, row.audience, row.with_calendar, row.state) == ("update", "expected", True, "draft")
    send(row.id)
    assert offer not in page.get(index).words
    updates = [asked_by(message) for message in deliver() if "Hall B" in str(asked_by(message)[1].get("LOCATION"))]
    assert [(method, event["SEQUENCE"]) for method, event in updates] == [("REQUEST", 1)] * 2
    assert counted() == (2, 0)


def test_a_cancellation_is_offered_once_the_edition_is_put_away(
    asked: int, deliver: Deliver, page: Reader, cast: Cast
) -> None:
    page.sign_in(cast.organizer)
    deliver()
    with transaction():
        move(here(), "draft", actor=SYSTEM)
    index, offer = "/office/e/alu-2027/campaigns", "The edition is no longer public before it has begun, and 3 guests"
    assert offer in page.get(index).words
    page.post("/office/e/alu-2027/calendars/cancellation")
    row = newest()
    assert (row.kind, row.with_calendar) == ("cancellation", True)
    send(row.id)
    assert offer not in page.get(index).words
    assert [asked_by(message)[0] for message in deliver()[3:]] == ["CANCEL"] * 3


def test_a_test_letter_asks_for_an_event_of_its_own_and_tells_the_guests_nothing(
    app: Flask, cast: Cast, deliver: Deliver
) -> None:
    make_edition()
    campaign_id = make_campaign(make_list(1))
    with transaction():
        row = campaign(campaign_id)
        row.kind, row.with_calendar = "cancellation", True
        sending.send_test(row, Guest("Guest 0"), "en", cast.organizer)
    method, event = asked_by(deliver()[0])
    assert (method, str(event["UID"]).partition("-")[0], str(event["ATTENDEE"])) == (
        "CANCEL",
        "test",
        "mailto:organizer@example.org",
    )
    assert latest_version(here()) is None


def test_an_edition_that_no_calendar_knows_has_no_versions(app: Flask) -> None:
    make_edition()
    write(make_list(1), with_calendar=False)
    change(venue=Bilingual("", "Hall B"))
    assert latest_version(here()) is None


def test_whoever_has_old_facts_is_counted_updated_and_told_of_the_end(asked: int, deliver: Deliver) -> None:
    assert counted() == (0, 0)  # nothing has gone out yet
    deliver()
    with transaction():
        answer(everybody()[0], Answer("not_coming"), actor=SYSTEM)
    assert counted() == (2, 0)
    change(starts_on=date(2097, 3, 19))
    assert counted() == (2, 2)
    write(asked, kind="update")
    updates = [asked_by(message) for message in deliver()[3:]]
    assert counted() == (2, 0)
    write(asked, kind="cancellation")
    write(asked, kind="thanks")
    *ends, thanks, _, _ = deliver()[6:]
    cancels = [asked_by(message) for message in ends]
    assert [(method, event["SEQUENCE"], str(event["STATUS"])) for method, event in (*updates, *cancels)] == [
        *[("REQUEST", 1, "CONFIRMED")] * 3,
        *[("CANCEL", 2, "CANCELLED")] * 3,
    ]
    assert {str(event["UID"]) for _, event in updates} == {str(event["UID"]) for _, event in cancels}
    assert [part.get_content_type() for part in thanks.iter_parts()] == ["text/plain", "text/html"]


def file_of(message: EmailMessage) -> Event:
    """The event of the file that hangs on a letter."""
    [content] = [part.get_content() for part in message.iter_attachments() if part.get_filename() == "event.ics"]
    [event] = Calendar.from_ical(content).walk("VEVENT")
    return event


def test_the_file_of_the_registration_is_the_event_that_the_letter_asked_for(
    asked: int, deliver: Deliver, page: Reader
) -> None:
    """One entry for the guest, whose SEQUENCE rises with each thing that it is told, from either side."""
    uid = str(asked_by(deliver()[0])[1]["UID"])
    row = everybody()[0]
    page.post(link := answer_page(row), {"answer": "coming"})
    ticket = file_of(deliver()[-1])
    told = [("PUBLISH", str(ticket["UID"]), ticket["SEQUENCE"])]
    change(venue=Bilingual("", "Hall B"))
    [event] = Calendar.from_ical(page.get(f"{link}/event.ics").response.get_data()).walk("VEVENT")
    told.append(("PUBLISH", str(event["UID"]), event["SEQUENCE"]))
    write(asked, kind="update")
    told += [(method, str(event["UID"]), event["SEQUENCE"]) for method, event in [asked_by(deliver()[-3])]]
    page.post(link, {"answer": "not_coming"})
    method, event = asked_by(deliver()[-1])  # without a file, since the letter asks the calendar itself
    told.append((method, str(event["UID"]), event["SEQUENCE"]))
    assert (str(event["ATTENDEE"]), str(event["ORGANIZER"])) == ("mailto:guest0@example.org", str(ticket["ORGANIZER"]))
    page.post(link, {"answer": "coming"})
    ticket = file_of(deliver()[-1])
    told.append(("PUBLISH", str(ticket["UID"]), ticket["SEQUENCE"]))
    assert told == [
        ("PUBLISH", uid, 0),
        ("PUBLISH", uid, 1),
        ("REQUEST", uid, 1),
        ("CANCEL", uid, 2),
        ("PUBLISH", uid, 3),
    ]
    first, second = db.session.scalars(db.select(Registration).order_by(Registration.id))
    assert [calendars_know(one) for one in (first, second)] == [(uid, 1), (uid, 3)]


def calendars_know(row: Registration) -> tuple[str, int]:
    [event] = Calendar.from_ical(calendar_entry(facts_of(row))).walk("VEVENT")
    return str(event["UID"]), int(event["SEQUENCE"])


def test_whoever_registered_by_themselves_keeps_their_entry(asked: int) -> None:
    with transaction():
        known = register(here(), Applicant(name="Guest 0", email="guest0@example.org"), actor=SYSTEM).registration
    row = everybody()[0]
    with transaction():
        answer(row, Answer("coming"), actor=SYSTEM)
    assert everybody()[0].registration_id == known.id
    assert calendars_know(known)[0].startswith(f"registration-{known.id}@")


def test_a_cancellation_to_a_chosen_few_takes_the_event_from_them_alone(
    asked: int, deliver: Deliver, page: Reader, cast: Cast
) -> None:
    deliver()
    few = make_kind("cancellation", audience="invited")
    _, *others = everybody()
    with transaction():
        leave_out(campaign(few), [one.id for one in others], [], actor=SYSTEM)
    send(few)
    assert asked_by(deliver()[-1])[0] == "CANCEL"
    assert counted() == (2, 0)
    change(venue=Bilingual("", "Hall B"))
    assert counted() == (2, 2)
    write(asked, kind="update")
    updates = [asked_by(message) for message in deliver()[-3:]]
    assert [(method, event["SEQUENCE"]) for method, event in updates] == [
        ("REQUEST", 3),
        ("REQUEST", 1),
        ("REQUEST", 1),
    ]
    write(asked, kind="cancellation")
    ends = [asked_by(message) for message in deliver()[-3:]]
    assert [(method, event["SEQUENCE"]) for method, event in ends] == [("CANCEL", 4), ("CANCEL", 2), ("CANCEL", 2)]
    assert counted() == (0, 0)


def test_whoever_said_yes_and_then_no_on_the_page_gets_the_day_back(asked: int, deliver: Deliver, page: Reader) -> None:
    """There is no registration whose letter would do that: registering is over. Who never said yes gets no letter."""
    deliver()
    with transaction():
        here().registration_closes = here().registration_opens = now()
    first, second, _ = everybody()
    page.post(link := answer_page(first), {"answer": "coming"})
    for _ in range(2):
        page.post(link, {"answer": "not_coming"})
    page.post(answer_page(second), {"answer": "not_coming"})
    [letter] = deliver()[3:]
    method, event = asked_by(letter)
    assert (method, event["SEQUENCE"], str(event["ATTENDEE"])) == ("CANCEL", 1, "mailto:guest0@example.org")
    assert link in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    page.post(link, {"answer": "coming"})
    write(asked, kind="update")
    assert [asked_by(one)[1]["SEQUENCE"] for one in deliver()[-3:]] == [2, 0, 0]
    with transaction():
        row = db.session.get_one(Invitation, first.id)
        answer(row, Answer("not_coming"), actor=SYSTEM, at=now() + timedelta(seconds=1))
    assert len(deliver()) == 7  # the button told their program


def test_what_becomes_of_a_registration_never_lowers_the_sequence(asked: int, deliver: Deliver) -> None:
    """It is corrected, cancelled and deleted; whatever the calendar is told next is newer than all that."""
    deliver()

    def told_next() -> int:
        write(asked, kind="update")
        return next(
            int(event["SEQUENCE"])
            for event in (asked_by(one)[1] for one in reversed(deliver()))
            if str(event["ATTENDEE"]) == "mailto:guest0@example.org"
        )

    with transaction():
        answer(everybody()[0], Answer("coming"), actor=SYSTEM)
    found = [told_next()]
    registration = db.session.scalars(db.select(Registration)).one()
    with transaction():
        correct(registration, Applicant(name="Guest Zero", email="guest0@example.org"), actor=SYSTEM)
    found.append(told_next())
    with transaction():
        cancel(registration, actor=SYSTEM)
    deliver()
    found.append(own_sequence(everybody()[0]))
    with transaction():
        db.session.delete(db.session.get_one(Registration, registration.id))
    assert everybody()[0].registration_id is None
    found += [own_sequence(everybody()[0]), told_next()]
    assert found == [0, 1, 3, 3, 3]


def test_the_registration_of_a_substitute_counts_for_one_event_alone(asked: int) -> None:
    """Guest 1 comes in the place of guest 0 and then does not: their own calendar hears nothing of either."""
    first = everybody()[0]
    with transaction():
        answer(
            first, Answer("substitute", substitute_name="Guest 1", substitute_email="guest1@example.org"), actor=SYSTEM
        )
    with transaction():
        find_registrations()
        row = db.session.scalars(db.select(Registration)).one()
        correct(row, Applicant(name="Guest One", email="guest1@example.org"), actor=SYSTEM)
    first, second, _ = everybody()
    assert second.registration_id == row.id
    assert (own_sequence(first), own_sequence(second)) == (1, 0)
    with transaction():
        answer(db.session.get_one(Invitation, first.id), Answer("coming"), actor=SYSTEM)
        find_registrations()
    first, second, _ = everybody()
    assert (own_sequence(first), own_sequence(second)) == (2, 0)
