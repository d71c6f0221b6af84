"""The back office: list, details, places, exports, and the desk at the door."""

from __future__ import annotations

import csv
from datetime import date
from io import BytesIO, StringIO

import openpyxl
import pytest
from sqlalchemy import select

from forums.columns import Bilingual
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import history, operations
from forums.registrations.models import Registration
from forums.registrations.queries import attendance
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.registrations.make import make_registration, make_registrations, states

OFFICE = "/office/e/alu-2027"
LIST = f"{OFFICE}/registrations"


@pytest.fixture
def office(page, cast):
    return page.sign_in(cast.staff)


def names(page) -> list[str]:
    return [cell.text_content().split("\n")[0] for cell in page.find("//tbody/tr/td[1]//bdi[1]")]


@pytest.mark.parametrize("url", [LIST, f"{LIST}.csv", f"{LIST}.xlsx", f"{LIST}/1", f"{LIST}/new", f"{LIST}/places"])
def test_who_sees_contact_data(page, cast, edition: Edition, url: str) -> None:
    make_registration(edition)
    for name, expected in (("organizer", 200), ("staff", 200), ("helper", 403), ("auditor", 403), ("outsider", 404)):
        page.sign_in(getattr(cast, name)).get(url, expected=expected)


def test_the_list_takes_as_many_queries_for_30_rows_as_for_one(office, edition: Edition) -> None:
    make_registrations(edition, 1)
    for_one = len(office.get(LIST).queries)
    with transaction():
        edition = db.session.scalars(select(Edition)).one()
        for number in range(2, 31):
            operations.register(edition, operations.Applicant(f"G{number}", f"g{number}@example.org"), actor=SYSTEM)
    assert len(office.get(LIST).queries) == for_one
    assert len(names(office.get(LIST))) == 30


def test_search_filter_and_order(office, app) -> None:
    edition = make_edition(capacity=2)
    for number, (name, unit) in enumerate([("张伟", "濉溪铝业"), ("李娜", "中南大学"), ("Ann Lee", "Mill 100%")]):
        make_registration(edition, number, name=name, organisation=unit, phone=f"0561-607888{number}")
    for words, found in (
        ("张", ["张伟"]),
        ("zw", ["张伟"]),
        ("LINA", ["李娜"]),
        ("znd", ["李娜"]),
        ("guest2@", ["Ann Lee"]),
        ("100%", ["Ann Lee"]),
        ("6078880", ["张伟"]),
        ("%", ["Ann Lee"]),
        ("'; --", []),
    ):
        assert names(office.get(LIST, query_string={"q": words})) == found, words
    assert names(office.get(f"{LIST}?state=waitlisted")) == ["Ann Lee"]
    assert names(office.get(f"{LIST}?sort=name")) == ["Ann Lee", "李娜", "张伟"]
    assert names(office.get(f"{LIST}?state=nonsense&sort=oldest&category=x&page=99")) == ["张伟", "李娜", "Ann Lee"]


def test_adding_changing_and_cancelling_by_hand(office, edition: Edition, outbox) -> None:
    office.get(f"{LIST}/new")
    added = office.post(f"{LIST}/new", {"name": "王五", "email": "", "category_id": "0", "language": "zh"})
    assert office.get(added.location).h1 == "王五"
    details = f"{added.location}/details"
    office.get(details)
    office.post(details, {"name": "王五", "email": "wang@example.org", "language": "zh"})
    assert office.get(f"{added.location}/cancellation").status == 200
    office.post(f"{added.location}/cancellation", {"reason": "double booking"})
    shown = office.get(added.location)
    assert "double booking" in shown.words
    assert "Staff (synthetic)" in shown.words
    assert [letter.letter for letter in outbox()] == ["registration_changed", "registration_cancelled"]
    office.get(f"{LIST}/999", expected=404)


def test_a_registration_of_another_edition_is_not_there(office, edition: Edition) -> None:
    other = make_registration(make_edition(edition.series, slug="alu-2028")).id
    for tail in ("", "/details", "/cancellation", "/ticket.png"):
        office.get(f"{LIST}/{other}{tail}", expected=404)
    assert states() == ["confirmed"]


def test_more_places_from_the_office(office, app) -> None:
    make_registrations(make_edition(capacity=1), 3)
    office.get(f"{LIST}/places")
    office.post(f"{LIST}/places", {"capacity": "2"})
    assert states() == ["confirmed", "confirmed", "waitlisted"]
    assert "Places taken: 2" in office.post(f"{LIST}/places", {"capacity": "1"}, expected=200).words
    office.post(f"{LIST}/places", {"capacity": "-1"}, expected=200)
    category = db.session.scalars(select(Registration.category_id)).first()
    office.post(f"{LIST}/places/{category}", {"capacity": "2"})
    office.post(f"{LIST}/places", {"capacity": "3"})
    assert states() == ["confirmed", "confirmed", "waitlisted"], "the category is full"
    office.post(f"{LIST}/places/{category}", {"capacity": ""})
    assert states() == ["confirmed"] * 3


def test_exports_hold_what_was_entered_and_run_nothing(office, edition: Edition) -> None:
    entered = {"name": '=HYPERLINK("http://x","y")', "organisation": "@SUM(1+1)", "phone": "+86 138-0013-8000"}
    make_registration(edition, 1, **entered)
    make_registration(edition, 2, name="00123", organisation="-2+3", phone="0561 6078888")
    rows = list(csv.reader(StringIO(office.get(f"{LIST}.csv?sort=oldest").response.get_data(as_text=True))))
    assert [[*row[3:5], row[7]] for row in rows[1:]] == [
        ['\'=HYPERLINK("http://x","y")', "'@SUM(1+1)", "+86 138-0013-8000"],
        ["00123", "'-2+3", "0561 6078888"],
    ]
    book = openpyxl.load_workbook(BytesIO(office.get(f"{LIST}.xlsx?sort=oldest").response.data))
    cells = [list(row)[3:8] for row in book.active.iter_rows(min_row=2)]
    assert [[row[0].value, row[1].value, row[4].value] for row in cells] == [
        [entered["name"], entered["organisation"], entered["phone"]],
        ["00123", "-2+3", "0561 6078888"],
    ]
    assert {cell.data_type for row in cells for cell in row if cell.value} == {"s"}


def test_attendance_counts_persons_and_person_times_over_editions(app) -> None:
    first = make_edition(slug="first", starts_on=date(2019, 3, 18), ends_on=date(2019, 3, 19))
    second = make_edition(first.series, slug="second", starts_on=date(2020, 3, 18), ends_on=date(2020, 3, 19))
    with transaction():
        people = [Person(name=Bilingual(f"人{n}")) for n in range(3)]
        db.session.add_all(people)
        db.session.flush()
        for edition, came in ((first, people[:2]), (second, people[1:])):
            attendees = [
                history.Attendee(person, [edition.starts_on, edition.ends_on][: n + 1], f"Unit {n}")
                for n, person in enumerate(came)
            ]
            assert history.record_attendance_history(edition, attendees, actor=SYSTEM) == 2
            assert history.record_attendance_history(edition, attendees, actor=SYSTEM) == 0
    whole, one = attendance(first.series), attendance(first.series, second)
    assert (whole.registered, whole.confirmed, whole.checked_in_persons, whole.checked_in_person_times) == (4, 4, 3, 6)
    assert (one.checked_in_persons, one.checked_in_person_times, one.organisations) == (2, 3, 2)
    assert (first.taken, second.taken) == (2, 2)
