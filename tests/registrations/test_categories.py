"""The office's categories: rules, order, removal, private links, and copies of them for the next edition."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from forums import tokens
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.home.cloning import clone_edition
from forums.registrations.categories import operations
from forums.registrations.categories.operations import CategoryFacts
from forums.registrations.categories.queries import Figures, figures
from forums.registrations.models import Category
from forums.registrations.operations import register
from forums.registrations.queries import categories_of
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast, make_edition
from tests.client import Reader
from tests.registrations.make import applicant, make_registrations, states

PLACES = "/office/e/alu-2027/registrations/places"
FOLDER = "/office/e/alu-2027/registrations/categories"


@pytest.fixture
def office(page: Reader, cast: Cast) -> Reader:
    return page.sign_in(cast.organizer)


def add(edition: Edition, en: str = "Expert", **rules: object) -> Category:
    with transaction():
        return operations.add_category(edition, CategoryFacts(Bilingual(en=en), **rules), actor=SYSTEM)  # type: ignore[arg-type]


def codes() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Category.code).order_by(Category.position, Category.id)))


def typed(**values: str) -> dict[str, str]:
    return {"name_zh": "专家", "name_en": "Expert", "access": "public"} | values


def test_without_categories_the_page_says_what_to_do(office: Reader, edition: Edition) -> None:
    shown = office.get(PLACES)
    assert "No categories yet" in shown.words
    assert "Entrepreneur" in shown.words


def test_a_category_is_added_and_changed(office: Reader, edition: Edition) -> None:
    rules = {"capacity": "3", "needs_approval": "y", "offer_hours": "48", "colour": "#22557F"}
    times = {"opens_at": "2097-01-02T09:00", "closes_at": "2097-02-01T18:00"}
    for _ in range(2):
        office.post(f"{FOLDER}/new", typed(**rules, **times))
    [row] = db.session.scalars(select(Category))
    assert (row.code, row.capacity, row.needs_approval, row.offer_hours) == ("expert", 3, True, 48)
    assert (row.colour, row.opens_at) == ("#22557f", datetime(2097, 1, 2, 1, tzinfo=UTC))
    number = row.id
    shown = office.get(f"{FOLDER}/{number}")
    assert shown.find("//input[@name='opens_at']/@value") == ["2097-01-02T09:00"]
    [seen] = shown.find("//input[@name='seen']/@value")
    office.post(f"{FOLDER}/{number}", typed(seen=seen, capacity="4"))
    row = db.session.get_one(Category, number)
    assert (row.capacity, row.needs_approval, row.opens_at) == (4, False, None)
    late = office.post(f"{FOLDER}/{number}", typed(seen=seen, capacity="9"), expected=200)
    assert "Somebody has changed this category" in late.words
    assert late.find("//input[@name='capacity']/@value") == ["9"]
    assert "0 / 4" in office.get(PLACES).words


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name_zh": "", "name_en": " "}, "Give a name in Chinese or English."),
        ({"capacity": "-1"}, "between 0"),
        ({"offer_hours": "0"}, "between 1"),
        ({"colour": "red"}, "# and six digits"),
        ({"colour": "#ffff00"}, "White letters cannot be read"),
        ({"opens_at": "2097-02-01T09:00", "closes_at": "2097-02-01T09:00"}, "It closes before it opens."),
        ({"opens_at": "0001-01-01T00:00"}, "no day and time from 1900 to 2199"),
        ({"access": "secret"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_taken_is_said_and_stays(
    office: Reader, edition: Edition, wrong: dict[str, str], said: str
) -> None:
    shown = office.post(f"{FOLDER}/new", typed(**wrong), expected=200)
    assert said in shown.words
    assert codes() == []


def test_a_name_is_given_once(office: Reader, edition: Edition) -> None:
    add(edition, "Expert")
    shown = office.post(f"{FOLDER}/new", {"name_en": "Expert", "access": "public", "capacity": "7"}, expected=200)
    assert "There is a category of this name already." in shown.words
    assert codes() == ["expert"]


def test_presets_are_added_with_one_click_and_once(office: Reader, edition: Edition) -> None:
    for _ in range(2):
        office.post(f"{FOLDER}/presets", {"code": "official"})
    office.post(f"{FOLDER}/presets", {"code": "media"})
    office.post(f"{FOLDER}/presets", {"code": "nonsense"})
    assert codes() == ["official", "media"]
    assert db.session.scalars(select(Category.access).order_by(Category.id)).all() == ["invitation", "public"]
    shown = office.get(PLACES)
    assert shown.find("//form[contains(@action, 'presets')]//input[@value='expert']")
    assert not shown.find("//form[contains(@action, 'presets')]//input[@value='media']")


def test_fewer_places_than_are_taken_are_refused_and_more_confirm(office: Reader, edition: Edition) -> None:
    row = add(edition, capacity=1)
    with transaction():
        for number in (1, 2):
            register(edition, applicant(number), actor=SYSTEM, category=row)
    url = f"{FOLDER}/{row.id}"
    assert "Places taken: 1." in office.post(url, typed(capacity="0"), expected=200).words
    office.post(url, typed(capacity="2"))
    assert states() == ["confirmed", "confirmed"]


def test_the_order_is_the_organisers(office: Reader, edition: Edition) -> None:
    ids = [add(edition, name).id for name in ("A", "B", "C")]
    office.post(f"{FOLDER}/{ids[2]}/move", {"way": "up"})
    assert codes() == ["a", "c", "b"]
    office.post(f"{FOLDER}/{ids[0]}/move", {"way": "up"})
    office.post(f"{FOLDER}/{ids[0]}/move", {"way": "down"})
    assert codes() == ["c", "a", "b"]
    office.post(f"{FOLDER}/order", {"order": f"{ids[1]} 999999 x {ids[0]}"})
    assert codes() == ["b", "a", "c"]


def test_a_category_with_people_in_it_is_closed_and_an_empty_one_removed(office: Reader, edition: Edition) -> None:
    empty, used = add(edition, "Empty").id, add(edition, "Used").id
    with transaction():
        register(edition, applicant(1), actor=SYSTEM, category=db.session.get_one(Category, used))
    office.post(f"{FOLDER}/{empty}/removal")
    office.post(f"{FOLDER}/{used}/removal")
    assert codes() == ["used"]
    assert db.session.get_one(Category, used).registration_state == "closed"
    assert "is closed: there are people in it" in office.get(PLACES).words


def test_the_last_category_stays(office: Reader, edition: Edition) -> None:
    number = add(edition).id
    office.post(f"{FOLDER}/{number}/removal")
    assert "at least one category" in office.get(PLACES).words
    assert codes() == ["expert"]


def test_a_private_link_is_shown_and_can_be_replaced(office: Reader, edition: Edition) -> None:
    number = add(edition, access="invitation").id
    [link] = office.get(f"{FOLDER}/{number}").find("//input[@id='category-link']/@value")
    assert link.endswith(f"/my/category/{tokens.sign('category', number, 1)}")
    office.post(f"{FOLDER}/{number}/link")
    assert db.session.get_one(Category, number).token_version == 2
    assert tokens.sign("category", number, 2) in office.get(f"{FOLDER}/{number}").text


def test_figures_of_each_category(office: Reader, edition: Edition) -> None:
    row = add(edition, capacity=1, needs_approval=True)
    make_registrations(edition, 3)  # in the first category there is
    assert states() == ["pending"] * 3
    assert figures(edition)[row.id] == Figures(registered=3, pending=3)
    office.get(PLACES)


def test_another_editions_category_is_not_there(office: Reader, edition: Edition) -> None:
    number = add(make_edition(edition.series, slug="other-2027")).id
    office.get(f"{FOLDER}/{number}", expected=404)
    for tail in ("", "/move", "/removal", "/link"):
        office.post(f"{FOLDER}/{number}{tail}", typed(), expected=404)


def test_the_next_edition_has_the_same_rules_and_nobody_in_it(edition: Edition) -> None:
    row = add(edition, capacity=5, needs_approval=True, closes_at=datetime(2097, 3, 1, 4, tzinfo=UTC), colour="#22557f")
    with transaction():
        register(edition, applicant(1), actor=SYSTEM, category=row, source="office")
        copy = clone_edition(
            edition, slug="alu-2028", title=Bilingual(en="Next"), starts_on=date(2098, 3, 17), actor=SYSTEM
        )
    [same] = categories_of(copy)
    assert (same.code, same.capacity, same.taken, same.needs_approval) == ("expert", 5, 0, True)
    assert (same.closes_at, same.colour) == (datetime(2098, 2, 28, 4, tzinfo=UTC), "#22557f")
