"""Units with places: the office's pages, the contact's page, and N places that are never exceeded."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from threading import Thread
from typing import Any

import openpyxl
import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from forums import clock, tokens
from forums.activity.models import Actor
from forums.columns import Bilingual
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.editions.operations import ChangedMeanwhile
from forums.extensions import db, limiter
from forums.mail.models import Letter
from forums.mail.rendering import render
from forums.registrations import operations, places
from forums.registrations.delegations import members
from forums.registrations.delegations.members import Member, UnitClosed, register_members
from forums.registrations.delegations.operations import (
    DelegationFacts,
    change_delegation,
    create_delegation,
    remove_delegation,
    send_link,
)
from forums.registrations.delegations.queries import members_of
from forums.registrations.models import Category, Delegation, Registration
from forums.registrations.questions import answering
from forums.registrations.questions.models import Choice
from forums.registrations.refusals import Full
from forums.registrations.wishes import Given
from forums.transaction import settle, transaction
from tests.cast import SYSTEM, make_edition, make_series
from tests.registrations.asking import answers, ask, choice
from tests.registrations.make import applicant, make_registration, make_registrations, states
from tests.rules.test_junk import JUNK
from tests.sheets import workbook

UNITS = "/office/e/alu-2027/delegations"
CONTACT = Actor.guest("Wang")
NOON = datetime(2097, 3, 1, 4, tzinfo=UTC)


def make_unit(edition: Edition, places_given: int = 3, **facts: Any) -> Delegation:
    given = {"name": "濉溪铝业", "contact_name": "王芳", "contact_email": "wang@example.org", "language": "en"} | facts
    with transaction():
        return create_delegation(
            edition,
            operations.default_category(edition),
            DelegationFacts(**given),
            places_given=places_given,
            actor=SYSTEM,
            key=None,
        )


def member(number: int = 1, *, key: str = "", role: str = "attendee", **facts: Any) -> Member:
    silent = {"email": None, "phone": f"1380013800{number}", "name": f"人{number}"}
    return Member(applicant(number, **(silent | facts)), role, key)


def register(unit: Delegation, *people: Member, actor: Actor = CONTACT) -> list[str]:
    """What was said to each row; "" for who was registered."""
    return ["" if no is None else no.message for no in settle(lambda: register_members(unit, people, actor=actor))]


def link(unit: Delegation, tail: str = "") -> str:
    return f"/my/delegation/{tokens.sign('delegation', unit.id, unit.token_version)}{tail}"


def row(number: int, **values: str) -> dict[str, str]:
    """One row of the contact's table as a browser sends it."""
    given = {"role": "attendee", "title": "", "phone": "", "email": "", "language": "zh", "key": f"k{number}"}
    return {f"rows-{number}-{name}": value for name, value in (given | values).items()}


def letters(name: str = "") -> list[Letter]:
    db.session.rollback()
    rows = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    return [one for one in rows if one.letter.startswith(name)]


def send(page, url: str, data: dict[str, Any]):
    """Post without the bound on queries: what several people take at once is several times what one takes."""
    db.session.remove()
    with page.app.app_context():
        answer = page.client.post(url, data={"csrf_token": page.csrf(), **data}, headers={"Accept-Language": "en"})
    db.session.remove()
    return answer


# ---- Operations


def test_the_contact_registers_until_the_places_are_used(edition: Edition) -> None:
    unit = make_unit(edition, 2)
    said = register(unit, member(1), member(2, email="two@example.org", role="driver"), member(3))
    assert said == ["", "", "No free place is left: your unit has 2 in all."]
    assert [(one.name, one.role, one.organisation, one.source) for one in members_of(unit)] == [
        ("人1", "attendee", "", "delegation"),
        ("人2", "driver", "", "delegation"),
    ]
    assert (unit.taken, edition.taken, places.reconcile()) == (2, 2, [])
    assert db.session.scalars(select(Person.email).order_by(Person.id)).all() == [None, "two@example.org"], (
        "nobody without a place"
    )


def test_the_same_row_sent_again_is_the_same_person(edition: Edition) -> None:
    unit = make_unit(edition)
    again = [member(1, key="a"), member(2, key="b", email="two@example.org", phone="")]
    assert register(unit, *again) == register(unit, *again) == ["", ""]
    assert states() == ["confirmed", "confirmed"]
    assert register(unit, member(1, key="c")) == ["人1 is in your list already."]


def test_a_key_of_another_edition_finds_no_unit_here(edition: Edition) -> None:
    there = make_edition(make_series("other"), slug="other")
    units = []
    for one in (edition, there, there):
        category, facts = operations.default_category, DelegationFacts("濉溪铝业")
        with transaction():
            units.append(create_delegation(one, category(one), facts, places_given=2, actor=SYSTEM, key="k"))
    assert [unit.edition_id for unit in units] == [edition.id, there.id, there.id]
    assert (units[1].id, edition.taken, there.taken) == (units[2].id, 2, 2)


def test_who_is_registered_elsewhere_is_not_registered_again(edition: Edition) -> None:
    unit = make_unit(edition)
    make_registration(edition, 1)
    make_registration(edition, 2, email=None, phone="13800138002", name="人2")
    said = register(unit, member(1, email="Guest1@example.org"), member(2), member(3))
    assert [bool(words) for words in said] == [True, True, False]
    assert "outside your unit" in said[0]
    assert (unit.taken, len(states())) == (1, 3)


def test_after_the_closing_time_only_staff_change_people(edition: Edition, cast) -> None:
    unit = make_unit(edition, closes_at=NOON)
    with clock.frozen(NOON - timedelta(seconds=1)):
        assert register(unit, member(1)) == [""]
    with clock.frozen(NOON):
        with pytest.raises(UnitClosed, match="is over"):
            register(unit, member(2))
        one = members_of(unit)[0]
        for act in (
            lambda: members.cancel_member(one, actor=CONTACT),
            lambda: members.swap_member(one, applicant(5), "attendee", actor=CONTACT),
            lambda: members.change_member(one, applicant(5), "attendee", actor=CONTACT),
        ):
            with pytest.raises(UnitClosed), transaction():
                act()
            db.session.rollback()
        assert register(unit, member(2), actor=cast.staff.actor) == [""]
    assert states() == ["confirmed", "confirmed"]


def test_swapping_keeps_the_place_and_kills_the_ticket(edition: Edition) -> None:
    unit = make_unit(edition, 1)
    register(unit, member(1))
    one = members_of(unit)[0]
    ticket = one.ticket_version
    with transaction():
        members.swap_member(one, applicant(2, phone="13900000000"), "companion", actor=CONTACT)
    assert (one.name, one.role, one.ticket_version, unit.taken) == ("Guest 2", "companion", ticket + 1, 1)
    assert [letter.recipient for letter in letters("registration_")] == ["guest2@example.org"]
    with transaction():
        members.swap_member(one, applicant(4), "attendee", actor=CONTACT)
    old, new = letters("registration_")[1:]
    assert [(letter.letter, letter.recipient, letter.recipient_name) for letter in (old, new)] == [
        ("registration_handed_over", "guest2@example.org", "Guest 2"),
        ("registration_changed", "guest4@example.org", "Guest 4"),
    ]
    told = render(old.letter, old.params, "en", name=old.recipient_name)
    assert ("Guest 4" in told.text, "/my/" in told.text) == (False, False), "no word of who comes, and no link"
    assert b"STATUS:CANCELLED" in told.attachments[0].content
    with transaction():
        members.swap_member(one, applicant(2), "attendee", actor=CONTACT)
    make_registration(edition, 3)
    with pytest.raises(operations.AddressTaken), transaction():
        members.swap_member(one, applicant(3), "attendee", actor=CONTACT)
    db.session.rollback()
    assert one.name == "Guest 2"


def test_the_people_of_a_unit_are_asked_to_complete_what_others_did_not_know(page, edition: Edition) -> None:
    diet, flight = ask(edition, "text", "Diet", required=True), ask(edition, "arrival", "Arrival", stage="confirmed")
    register(make_unit(edition), member(1, email="one@example.org", language="en"))
    [letter] = letters("registration_confirmed")

    def said() -> bool:
        return "complete your registration" in render(letter.letter, letter.params, "en", name="One").text

    with transaction():
        db.session.merge(edition).registration_closes = NOON - timedelta(days=9000)
    mine = f"/my/registration/{tokens.sign('registration', letter.params['registration_id'], 1)}"
    assert (page.get(mine).words.count("Please complete your registration"), said()) == (2, True)
    page.post(f"{mine}/answers/registration", {f"q{diet.id}": "none"})
    assert (page.get(mine).words.count("Please complete your registration"), said()) == (1, True)
    page.post(f"{mine}/answers/confirmed", {f"q{flight.id}": "2097-03-18T09:00"})
    assert (page.get(mine).words.count("Please complete your registration"), said()) == (0, False)


def test_another_contact_gets_another_link(edition: Edition) -> None:
    unit = make_unit(edition)
    facts = {"name": unit.name, "contact_name": "李娜", "contact_email": "li@example.org", "language": "en"}
    with transaction():
        assert change_delegation(unit, DelegationFacts(**facts), actor=SYSTEM, revision=unit.revision)
    assert (unit.token_version, unit.contact_name) == (2, "李娜")
    with transaction():
        assert not change_delegation(unit, DelegationFacts(**facts), actor=SYSTEM)
    with pytest.raises(ChangedMeanwhile), transaction():
        change_delegation(unit, DelegationFacts(**facts), actor=SYSTEM, revision=0)


def test_a_unit_moves_to_another_category_with_its_people(edition: Edition) -> None:
    unit = make_unit(edition, 2)
    register(unit, member(1))
    facts = DelegationFacts(name=unit.name, contact_name="王芳", contact_email="wang@example.org", language="en")
    with transaction():
        small, large = (
            Category(edition=edition, code=code, name=Bilingual(code), taken=0, capacity=capacity)
            for code, capacity in (("small", 1), ("large", 5))
        )
        db.session.add_all([small, large])
    with pytest.raises(Full), transaction():
        change_delegation(unit, facts, category=small, actor=SYSTEM)
    db.session.rollback()
    with transaction():
        change_delegation(unit, facts, category=large, actor=SYSTEM)
    assert (large.taken, members_of(unit)[0].category, places.reconcile()) == (2, large, [])
    bus = ask(edition, "choice", "Bus", choices=[("North", 1)], category_ids=(large.id,))
    one = members_of(unit)[0]
    with transaction():
        picked = db.session.get_one(Choice, choice(bus, "North").id)
        answering.answer(one, [Given(bus.row, choices=(picked,))], actor=SYSTEM)
    assert choice(bus, "North").taken == 1
    with transaction():
        change_delegation(unit, facts, category=operations.default_category(edition), actor=SYSTEM)
    assert (choice(bus, "North").taken, answers(one), places.reconcile()) == (0, {}, [])


def test_removing_a_unit_cancels_its_people_and_serves_who_waits(edition: Edition) -> None:
    with transaction():
        edition.capacity = 2
    unit = make_unit(edition, 2)
    register(unit, member(1, email="one@example.org"), member(2))
    make_registrations(edition, 1)
    before = link(unit)
    with transaction():
        assert remove_delegation(unit, actor=SYSTEM) == 2
    assert states() == ["cancelled", "cancelled", "confirmed"]
    assert (unit.capacity, unit.taken, edition.taken, places.reconcile()) == (0, 0, 1, [])
    assert link(unit) != before
    assert [letter.letter for letter in letters("delegation")] == ["delegation_news", "delegation_removed"]
    assert letters("delegation_news")[0].state == "cancelled"


def test_the_contact_hears_of_the_silent_at_most_once_an_hour(edition: Edition) -> None:
    unit = make_unit(edition, 5)
    with clock.frozen(NOON):
        register(unit, member(1), member(2))
        register(unit, member(3, email="three@example.org"))
    first = letters("delegation_news")[0]
    assert (first.recipient, first.not_before) == ("wang@example.org", NOON + timedelta(minutes=5))
    assert [one["name"] for one in first.params["people"]] == ["人1", "人2"], "who has an address is told directly"
    with clock.frozen(NOON + timedelta(minutes=4)):
        register(unit, member(4))
    assert [one["name"] for one in letters("delegation_news")[0].params["people"]] == ["人1", "人2", "人3", "人4"]
    with transaction():
        first.state, first.sent_at = "sent", NOON + timedelta(minutes=5)
    with clock.frozen(NOON + timedelta(minutes=10)), transaction():
        members.cancel_member(members_of(unit)[0], actor=CONTACT)
    news = letters("delegation_news")
    assert [letter.not_before for letter in news] == [NOON + timedelta(minutes=5), NOON + timedelta(minutes=65)]
    assert news[1].params["people"][-1]["state"] == "Cancelled"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_letters_to_the_contact_say_all_and_carry_tickets(edition: Edition, language: str) -> None:
    unit = make_unit(edition, 3, language=language, closes_at=NOON, name="<b>{{7*7}} 单位")
    with clock.frozen(NOON), transaction():
        assert send_link(unit, actor=SYSTEM)
        assert send_link(unit, actor=SYSTEM)
    assert len(letters("delegation")) == 1, "a second press in the same minute writes no second letter"
    register(unit, member(1), member(2, email="two@example.org"))
    with transaction():
        remove_delegation(unit, actor=SYSTEM)
    seen = {letter.letter for letter in letters("delegation")}
    assert seen == {"delegation_invited", "delegation_news", "delegation_removed"}
    for letter in letters("delegation"):
        parts = render(letter.letter, letter.params, letter.language, name=letter.recipient_name)
        assert "<b>" not in parts.html
        assert "{{7*7}}" in parts.text + parts.subject
        assert ("/my/delegation/" in parts.text) == (letter.letter != "delegation_removed")


def test_the_news_carry_the_tickets_of_the_silent(edition: Edition) -> None:
    unit = make_unit(edition, 3)
    register(unit, member(1), member(2, email="two@example.org"), member(3))
    news = letters("delegation_news")[0]
    files = render(news.letter, news.params, news.language, name="").attachments
    assert [(one.filename, len(PdfReader(BytesIO(one.content)).pages)) for one in files] == [("tickets.pdf", 2)]


def test_twenty_at_once_never_exceed_the_places(app: Flask) -> None:
    """As 20 browser tabs of one contact would, while the office cancels and resizes."""
    unit = make_unit(make_edition(), 7)
    register(unit, member(99, name="first"))
    unit_id, first_id = unit.id, members_of(unit)[0].id
    said: list[str] = []
    faults: list[BaseException] = []

    def tab(number: int) -> None:
        with app.app_context():
            try:
                mine = db.session.get_one(Delegation, unit_id)
                if number == 7:
                    with transaction():
                        operations.cancel(db.session.get_one(Registration, first_id), actor=SYSTEM)
                    return
                people = [member(number * 2 + n, name=f"人{number}-{n}", phone=f"139{number:04}{n}") for n in (0, 1)]
                said.extend(register(mine, *people))
            except BaseException as fault:  # noqa: BLE001
                faults.append(fault)
            finally:
                db.session.remove()

    db.session.remove()
    tabs = [Thread(target=tab, args=(number,)) for number in range(20)]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join()
    assert faults == []
    unit = db.session.get_one(Delegation, unit_id)
    confirmed = [one for one in members_of(unit) if one.is_confirmed]
    assert len(confirmed) == unit.taken <= 7
    assert len(said) == 38
    assert said.count("") == len([one for one in members_of(unit) if one.id != first_id])
    assert set(said) <= {"", "No free place is left: your unit has 7 in all."}
    assert places.reconcile() == []


# ---- The office


def unit_form(**values: str) -> dict[str, str]:
    given = {
        "name": "濉溪铝业",
        "category_id": "0",
        "places": "3",
        "contact_name": "王芳",
        "language": "zh",
        "key": "k1",
    }
    return given | {"contact_email": "wang@example.org", "send": "y"} | values


def test_who_sees_the_units(page, cast, edition: Edition) -> None:
    unit_id = make_unit(edition).id
    for url in (UNITS, f"{UNITS}/new", f"{UNITS}/{unit_id}", f"{UNITS}.csv", f"{UNITS}/people.xlsx"):
        for name, expected in (
            ("organizer", 200),
            ("staff", 200),
            ("helper", 403),
            ("auditor", 403),
            ("outsider", 404),
        ):
            page.sign_in(getattr(cast, name)).get(url, expected=expected)


def test_adding_a_unit_takes_its_places_and_sends_the_link(office, edition: Edition) -> None:
    assert "No unit has places yet" in office.get(UNITS).words
    office.get(f"{UNITS}/new")
    assert "The event has 100 free places" in office.post(f"{UNITS}/new", unit_form(places="101"), expected=200).words
    shown = office.post(f"{UNITS}/new", unit_form())
    assert office.post(f"{UNITS}/new", unit_form()).location == shown.location, "sent twice is once"
    page = office.get(shown.location)
    assert page.h1 == "濉溪铝业"
    assert "wang@example.org" in page.words
    assert [(one.letter, one.recipient, one.language) for one in letters()] == [
        ("delegation_invited", "wang@example.org", "zh")
    ]
    listed = office.get(f"{UNITS}?q=sxly")
    assert [cell.text_content() for cell in listed.find("//tbody/tr/td[@class='num']")] == ["3", "0", "3"]
    assert "No unit matches" in office.get(f"{UNITS}?q=nobody&sort=free").words


def test_changing_resizing_and_removing_say_no_in_numbers(office, edition: Edition) -> None:
    unit = make_unit(edition)
    url, unit_id = f"{UNITS}/{unit.id}", unit.id
    register(unit, member(1), member(2))
    changed = unit_form(contact_email="li@example.org", revision="0", closes_at="2097-03-01T12:00")
    assert office.get(f"{url}/details").status == 200
    office.post(f"{url}/details", changed)
    assert "changed 濉溪铝业 meanwhile" in office.post(f"{url}/details", changed, expected=200).words
    unit = db.session.get_one(Delegation, unit_id)
    assert (unit.contact_email, unit.closes_at, unit.token_version) == ("li@example.org", NOON, 2)
    assert letters("delegation_invited")[0].recipient == "li@example.org"
    assert "uses 2 places" in office.post(f"{url}/places", {"places": "1"}, expected=200).words
    assert "has 97 free places" in office.post(f"{url}/places", {"places": "200"}, expected=200).words
    office.post(f"{url}/places", {"places": "x"}, expected=200)
    office.post(f"{url}/places", {"places": "5"})
    office.post(f"{url}/letters")
    assert "changed the places of the delegation" in office.get(url).words
    send(office, f"{url}/removal", {})
    assert states() == ["cancelled", "cancelled"]
    assert "no longer works" in office.get(url).words
    assert "removed" in office.get(UNITS).words
    office.get(f"{UNITS}/999", expected=404)


def test_the_exports_hold_units_and_people(office, edition: Edition) -> None:
    unit = make_unit(edition, name="=1+1 铝业")
    register(unit, member(1, phone="+86 138 0013 8000", name="@SUM"))
    units = list(csv.reader(StringIO(office.get(f"{UNITS}.csv").response.get_data(as_text=True))))
    assert units[1][:5] == ["'=1+1 铝业", "Attendee", "3", "1", "2"]
    people = list(csv.reader(StringIO(office.get(f"{UNITS}/people.csv").response.get_data(as_text=True))))
    assert people[1][:6] == ["'=1+1 铝业", "'@SUM", "Participant", "Confirmed", "", "+86 138 0013 8000"]
    book = openpyxl.load_workbook(BytesIO(office.get(f"{UNITS}/people.xlsx").response.data))
    assert book.active["F2"].value == "+86 138 0013 8000"
    assert openpyxl.load_workbook(BytesIO(office.get(f"{UNITS}.xlsx").response.data)).active["A2"].value == "=1+1 铝业"


def test_the_list_takes_as_many_queries_for_20_units_as_for_one(office, edition: Edition) -> None:
    make_unit(edition)
    for_one = len(office.get(UNITS).queries)
    edition = db.session.scalars(select(Edition)).one()
    for number in range(20):
        make_unit(edition, 1, name=f"Unit {number}")
    assert len(office.get(UNITS).queries) == for_one


# ---- The contact's page


def test_good_rows_are_registered_and_bad_ones_stay(page, edition: Edition) -> None:
    unit = make_unit(edition, 5)
    url = link(unit)
    assert "Nobody is registered yet" in page.get(url).words
    rows = row(0, name="张伟", phone="13800138000") | row(1, name="李娜") | row(2, name="", phone="1") | row(3)
    rows |= row(4, name="王五", email="no address", title="总经理", role="pilot")
    answer = send(page, f"{url}/people", rows)
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    for words in (
        "1 person is registered.",
        "3 rows need a look",
        "Give a phone number or an e-mail address for 李娜.",
        "Please enter an e-mail address",
        'value="总经理"',
        'value="no address"',
    ):
        assert words in text, words
    assert 'value="张伟"' not in text
    assert states() == ["confirmed"]
    again = send(page, f"{url}/people", rows)
    assert (again.status_code, states()) == (200, ["confirmed"])
    shown = page.get(url)
    assert "张伟" in shown.words
    assert "4" in [element.text_content() for element in shown.find("//dd[@class='stat-value']")]


def test_more_rows_come_without_a_script(page, edition: Edition) -> None:
    url = link(make_unit(edition, 9))
    more = page.post(f"{url}/people", row(0, name="张伟", phone="1") | {"more": "1"}, expected=200)
    assert len(more.find("//fieldset")) == 6
    assert more.find("//input[@name='rows-0-name']/@value") == ["张伟"]
    assert states() == []
    for junk in ({"rows-²-name": "x"}, {"rows-99999999999999-name": "x"}, {"rows": "x"}, {"rows-0": "y"}):
        page.post(f"{url}/people", junk)


def test_full_says_so_and_the_row_stays(page, edition: Edition) -> None:
    url = link(make_unit(edition, 1))
    answer = send(page, f"{url}/people", row(0, name="张伟", phone="1380") | row(1, name="李娜", phone="1390"))
    text = answer.get_data(as_text=True)
    assert "No free place is left: your unit has 1 in all" in text
    assert 'value="李娜"' in text
    assert "No free place is left: your unit has 1 in all" in page.get(url).words
    assert states() == ["confirmed"]


def test_the_contact_changes_swaps_and_cancels(page, edition: Edition) -> None:
    unit = make_unit(edition, 1)
    url, before = link(unit), link(unit)
    page.post(f"{url}/people", row(0, name="张伟", phone="13800138000"))
    one = db.session.scalars(select(Registration)).one()
    person, ticket = f"{url}/people/{one.id}", one.ticket_version
    page.get(f"{person}/details")
    data = {"name": "张伟", "role": "driver", "phone": "13800138001", "language": "zh", "organisation": "濉溪铝业"}
    page.post(f"{person}/details", data)
    page.post(f"{person}/details", data | {"phone": ""}, expected=200)
    one = db.session.scalars(select(Registration)).one()
    assert (one.phone, one.role, one.organisation, one.ticket_version) == ("13800138001", "driver", "濉溪铝业", ticket)
    assert page.get(f"{person}/ticket.png").response.mimetype == "image/png"
    assert len(PdfReader(BytesIO(page.get(f"{url}/tickets.pdf").response.data)).pages) == 1
    page.get(f"{person}/successor")
    page.post(f"{person}/successor", data | {"name": "李娜", "phone": "13900139000"})
    db.session.rollback()
    one = db.session.scalars(select(Registration)).one()
    assert (one.name, one.ticket_version, one.state) == ("李娜", ticket + 1, "confirmed")
    page.post(f"{person}/cancellation")
    assert states() == ["cancelled"]
    page.get(f"{person}/ticket.png", expected=404)
    page.get(f"{url}/tickets.pdf", expected=404)
    page.get(f"{person}/details", expected=303)
    page.get(f"{before}x", expected=404)


def test_the_link_reaches_its_own_unit_only(page, edition: Edition) -> None:
    unit, other = make_unit(edition), make_unit(edition, name="Other")
    register(other, member(1))
    foreign = members_of(other)[0].id
    for tail in ("details", "successor", "ticket.png"):
        page.get(link(unit, f"/people/{foreign}/{tail}"), expected=404)
    page.post(link(unit, f"/people/{foreign}/cancellation"), expected=404)
    page.get(f"/my/delegation/{tokens.sign('registration', unit.id, 1)}", expected=404)
    page.get(f"/my/delegation/{tokens.sign('delegation', unit.id, 2)}", expected=404)


def test_the_closed_page_says_so(page, cast, edition: Edition) -> None:
    unit = make_unit(edition, closes_at=datetime(2020, 1, 1, tzinfo=UTC))
    url = link(unit)
    shown = page.get(url)
    assert "The time for changes ended at 2020-01-01 08:00" in shown.words
    assert not shown.find("//fieldset")
    page.post(f"{url}/people", row(0, name="张伟", phone="1"), expected=200)
    assert states() == []
    page.sign_in(cast.staff)
    assert page.get(url).find("//fieldset")
    page.post(f"{url}/people", row(0, name="张伟", phone="1"))
    assert states() == ["confirmed"]


def test_a_filled_template_is_looked_at_before_anybody_is_registered(page, edition: Edition) -> None:
    unit = make_unit(edition, 3)
    make_registration(edition, 1)
    url = link(unit)
    page.language = "zh"
    book = openpyxl.load_workbook(BytesIO(page.get(f"{url}/template.xlsx").response.data))
    sheet = book.active
    assert [cell.value for cell in sheet[1]] == ["姓名", "参会身份", "职务", "电话", "邮箱", "语言"]
    for cells in (
        ("张伟", "司机", "司机", "+86 138 0013 8000", "", "中文"),
        ("李娜", "", "", "", "guest1@example.org", ""),
        ("", "", "", "1", "", ""),
        ("王五", "飞行员", "", "139", "", ""),
        ("赵六", "随行人员", "", "137", "", "English"),
    ):
        sheet.append(cells)
    filled = BytesIO()
    book.save(filled)
    page.language = "en"
    shown = page.post(f"{url}/sheet", {"file": (BytesIO(filled.getvalue()), "people.xlsx")}, expected=200)
    assert states() == ["confirmed"]
    assert "5 rows were read from the file. 3 need a look" in shown.words
    assert "outside your unit" in shown.words
    assert shown.find("//input[@name='rows-0-phone']/@value") == ["+86 138 0013 8000"]
    assert shown.find("//select[@name='rows-0-role']/option[@selected]/@value") == ["driver"]
    assert shown.find("//select[@name='rows-4-language']/option[@selected]/@value") == ["en"]
    for junk, name in (
        (b"\x00junk", "x.xlsx"),
        (b"PK\x03\x04", "x.xlsx"),
        (b"a,b\n1,2\n", "x.csv"),
        (b"name,phone\n", "x.csv"),
    ):
        page.post(f"{url}/sheet", {"file": (BytesIO(junk), name)}, expected=200)
    page.post(f"{url}/sheet", {}, expected=200)


def test_no_junk_on_the_contacts_page_is_a_fault(page, edition: Edition) -> None:
    unit = make_unit(edition, 3)
    register(unit, member(1))
    url, person = link(unit), link(unit, f"/people/{members_of(unit)[0].id}")
    fields = ("name", "role", "title", "phone", "email", "language", "organisation", "key")
    for junk in JUNK:
        table = {f"rows-{n}-{name}": junk for n in (0, 1) for name in fields}
        for address, data in (
            (f"{url}/people", table),
            (f"{url}/people", table | {"more": junk or "1"}),
            (f"{url}/sheet", {"file": (BytesIO(junk.encode("utf-8", "replace")), "x.csv")}),
            (f"{person}/details", dict.fromkeys(fields, junk)),
            (f"{person}/successor", dict.fromkeys(fields, junk)),
        ):
            limiter.reset()
            assert send(page, address, data).status_code < 500, (address, junk[:40])
    assert [one.is_live for one in members_of(db.session.get_one(Delegation, 1))] == [True]


# ---- Units from a list

INVITED = "单位\t人数\t联系人\t邮箱\t手机\t类别\n"


def units() -> list[tuple[str, int, str | None]]:
    db.session.rollback()
    rows = db.session.scalars(select(Delegation).order_by(Delegation.id))
    return [(unit.name, unit.capacity, unit.contact_email) for unit in rows]


def test_a_list_with_places_becomes_units_after_a_look(office, edition: Edition) -> None:
    make_unit(edition, name="老单位")
    listed = INVITED + (
        "濉溪铝业\t5人\t王芳\tWang@Example.org\t13800138000\t\n"
        "铝箔研究院\t３\t\t\t\tAttendee\n"
        "老单位\t2\t\t\t\t\n"
        "\t2\t\t\t\t\n"
        "坏数\t0\t\t\t\t\n"
        "坏邮箱\t2\t\tnobody\t\t\n"
        "坏类别\t2\t\t\t\t火星\n"
        "太多\t99\t\t\t\t\n"
    )
    office.get(f"{UNITS}/list")
    seen = office.post(f"{UNITS}/list", {"rows": listed, "key": "k", "send": "y"}, expected=200)
    assert len(units()) == 1, "nothing is made by looking"
    for words in (
        "Units that can be made 3",
        "Their places 107",
        "Rows that need a look 5",
        "This unit is in the list already",
        "The name of the unit is missing.",
        "“0” is no number of places",
        "“nobody” is no e-mail address.",
        "There is no category “火星” here.",
    ):
        assert words in seen.words, words
    made = send(office, f"{UNITS}/list", {"rows": listed, "key": "k", "send": "y", "make": "1"})
    text = made.get_data(as_text=True)
    assert made.status_code == 200
    assert "2 units have their places. 1 letter is on its way." in text
    assert "The event has 89 free places" in text
    assert "铝箔研究院" not in text, "what was made is not in the rows any more"
    assert units()[1:] == [("濉溪铝业", 5, "wang@example.org"), ("铝箔研究院", 3, None)]
    assert [letter.recipient for letter in letters("delegation_invited")] == ["wang@example.org"]
    send(office, f"{UNITS}/list", {"rows": listed, "key": "k", "send": "y", "make": "1"})
    assert len(units()) == 3


def test_a_list_of_units_may_be_a_file(office, edition: Edition) -> None:
    content = b"Unit,Places,Contact,E-mail\nAlu Works,4,Ann,ann@example.org\n"
    upload = {"file": (BytesIO(content), "units.csv"), "key": "k", "make": "1", "closes_at": "2097-03-01T12:00"}
    assert office.post(f"{UNITS}/list", upload).location.endswith("/delegations")
    assert units() == [("Alu Works", 4, "ann@example.org")]
    assert db.session.scalars(select(Delegation.closes_at)).one() == NOON
    assert letters() == [], "nobody asked for letters"
    rows = (["单位", "人数", "联系人"], ["甲厂", 5, "王芳"], ["乙厂", None, None], ["丙厂", 2, None])
    content = workbook(*rows, merged=("B2:B3", "C2:C4"))
    seen = office.post(f"{UNITS}/list", {"file": (BytesIO(content), "单位.xlsx"), "make": "1"}, expected=200)
    assert seen.words.count("“5” places are merged over several rows: give each unit its own.") == 2
    assert units()[1:] == [("丙厂", 2, None)]
    assert db.session.scalars(select(Delegation.contact_name).order_by(Delegation.id)).all() == ["Ann", "王芳"]
    assert "甲厂\t\t王芳" in seen.source, "sent again as text, the merged number is nobody's"
    for junk in ("", "a,b\n1,2", "单位\n甲", "\x01", "单位,人数\n" + "x" * 3000 + ",1"):
        office.post(f"{UNITS}/list", {"rows": junk, "make": "1"}, expected=200)
