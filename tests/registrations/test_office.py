"""The back office: list, details, places, exports, and the desk at the door."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from forums.columns import Bilingual
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import history
from forums.registrations.models import Registration
from forums.registrations.queries import attendance
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.registrations.make import make_registration, make_registrations, states

OFFICE = "/office/e/alu-2027"
LIST = f"{OFFICE}/registrations"


def names(page) -> list[str]:
    return [cell.text_content().split("\n")[0] for cell in page.find("//tbody/tr/td[1]//bdi[1]")]


@pytest.mark.parametrize("url", [LIST, f"{LIST}/views", f"{LIST}/1", f"{LIST}/new", f"{LIST}/places"])
def test_who_sees_contact_data(page, cast, edition: Edition, url: str) -> None:
    make_registration(edition)
    for name, expected in (("organizer", 200), ("staff", 200), ("helper", 403), ("auditor", 403), ("outsider", 404)):
        page.sign_in(getattr(cast, name)).get(url, expected=expected)


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


def test_a_form_for_an_event_without_categories_may_be_sent_twice(office, edition: Edition) -> None:
    shown = office.get(f"{LIST}/new")
    [key] = shown.find("//main//form[@method='post']//input[@name='key']/@value")
    [only] = shown.find("//select[@name='category_id']/option/@value")
    details = {"name": "No Address", "language": "en", "key": key, "category_id": only}
    led_to = {office.post(f"{LIST}/new", details).location for _ in range(2)}
    assert (len(led_to), states()) == (1, ["confirmed"])


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
    rules = {"name_en": "Attendee", "access": "public"}
    office.post(f"{LIST}/categories/{category}", rules | {"capacity": "2"})
    office.post(f"{LIST}/places", {"capacity": "3"})
    assert states() == ["confirmed", "confirmed", "waitlisted"], "the category is full"
    office.post(f"{LIST}/categories/{category}", rules | {"capacity": ""})
    assert states() == ["confirmed"] * 3


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
