"""Who comes without having registered: under a phone number, once, and let in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from forums import clock
from forums.directory.models import Person
from forums.directory.operations import normal_phone
from forums.editions.models import Edition
from forums.extensions import db
from forums.mail.models import Letter
from forums.registrations.checkin.models import Passage
from forums.registrations.models import Registration
from tests.cast import make_edition
from tests.registrations.make import make_registration, states

DESK = "/office/e/alu-2027/walk-ins"
ON_THE_DAY = datetime(2097, 3, 18, 2, tzinfo=UTC)


@pytest.fixture
def desk(page, cast):
    return page.sign_in(cast.staff)


def walk_in(**values: str) -> dict[str, str]:
    given = {"name": "张伟", "phone": "13800138000", "organisation": "濉溪铝业", "category_id": "0", "key": "k1"}
    return given | {"then": "in"} | values


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("+86 138 0013 8000", "13800138000"),
        ("0086-13800138000", "13800138000"),
        ("１３８ ００１３ ８０００", "13800138000"),
        ("13800138000", "13800138000"),
        ("+86 561 607 8888", "05616078888"),
        ("(0561) 607-8888", "05616078888"),
        ("+86 0561 6078888", "05616078888"),
        ("6078888", "6078888"),
        ("+49 30 1234567", "49301234567"),
        ("86123456", "86123456"),
        ("", ""),
    ],
)
def test_phone_numbers_are_compared_as_dialled(written: str, compared: str) -> None:
    assert normal_phone(written) == compared


def test_registering_checks_in_and_offers_paper(desk, edition: Edition) -> None:
    with clock.frozen(ON_THE_DAY):
        desk.get(DESK)
        shown = desk.get(desk.post(DESK, walk_in()).location)
    assert "Registered and checked in" in shown.words
    assert "no letter is written" in shown.words
    links = shown.find("//main//a/@href")
    row = db.session.scalars(select(Registration)).one()
    assert (row.source, row.email, row.language, row.state) == ("desk", None, "zh", "confirmed")
    assert f"/office/e/alu-2027/registrations/{row.id}/badge-prints" in links
    assert f"/office/e/alu-2027/registrations/{row.id}/ticket.pdf" in links
    assert db.session.scalars(select(Letter)).all() == []
    with clock.frozen(ON_THE_DAY):
        desk.post(DESK, walk_in())
    assert (len(db.session.scalars(select(Passage)).all()), states()) == (1, ["confirmed"])


def test_only_registering_does_not_check_in(desk, edition: Edition) -> None:
    assert "Confirmed" in desk.get(desk.post(DESK, walk_in(then="")).location).words
    assert db.session.scalars(select(Passage)).all() == []


def test_the_same_person_is_shown_instead_of_registered_again(desk, edition: Edition) -> None:
    make_registration(edition, 1, name="张伟", phone="+86 138 0013 8000")
    shown = desk.post(DESK, walk_in(phone="１３８００１３８０００"), expected=200)
    assert "张伟 is registered already" in shown.words
    assert shown.find("//input[@name='code']")
    assert shown.find("//input[@name='seen']/@value") == [""]
    same = str(db.session.scalars(select(Registration.id)).one())
    desk.post(DESK, walk_in(seen=same), expected=200)
    assert states() == ["confirmed"]


def test_who_is_alike_is_asked_about_once(desk, edition: Edition) -> None:
    make_registration(edition, 1, name="张伟")
    make_registration(edition, 2, name="李娜", email=None, phone="138-0013-8000")
    shown = desk.post(DESK, walk_in(), expected=200)
    assert "Is it one of these?" in shown.words
    assert "李娜" in shown.words
    seen = shown.find("//input[@name='seen']/@value")[0]
    make_registration(db.session.scalars(select(Edition)).one(), 3, name="张伟")
    assert "Is it one of these?" in desk.post(DESK, walk_in(seen=seen), expected=200).words, "somebody new is alike"
    seen = desk.post(DESK, walk_in(seen=seen), expected=200).find("//input[@name='seen']/@value")[0]
    desk.post(DESK, walk_in(seen=seen))
    assert states() == ["confirmed"] * 4


def test_the_form_says_what_is_wrong(desk, edition: Edition) -> None:
    for wrong in (
        {"name": ""},
        {"phone": ""},
        {"phone": "12"},
        {"phone": "call me"},
        {"category_id": "99"},
        {"name": "a\x07"},
    ):
        desk.post(DESK, walk_in(**wrong), expected=200)
    desk.post(f"{DESK}?point=x&day=nonsense&seen=99999999999", walk_in(key="x" * 999, seen="9" * 500))
    assert states() == ["confirmed"]


def test_where_all_places_are_taken_the_person_waits(desk, app) -> None:
    make_registration(make_edition(capacity=1), 1)
    shown = desk.get(desk.post(DESK, walk_in()).location)
    assert "All places are taken: number 1 in line" in shown.words
    assert states() == ["confirmed", "waitlisted"]


def test_who_may_use_the_desk(page, cast, edition: Edition) -> None:
    for name, expected in (("organizer", 200), ("staff", 200), ("helper", 403), ("auditor", 403), ("outsider", 404)):
        page.sign_in(getattr(cast, name)).get(DESK, expected=expected)
    door = "/office/e/alu-2027/check-in"
    assert f"{DESK}" in page.sign_in(cast.staff).get(door).text
    assert f"{DESK}" not in page.sign_in(cast.helper).get(door).text


def test_one_person_however_the_number_is_written(edition: Edition) -> None:
    make_registration(edition, 1, name="张伟", email=None, phone="+86 138 0013 8000")
    make_registration(edition, 1, name="张伟", email=None, phone="138 0013 8000")
    assert states() == ["confirmed"]
    later = make_edition(edition.series, slug="alu-2028")
    make_registration(later, 1, name="张伟", email=None, phone="13800138000")
    assert len(db.session.scalars(select(Person)).all()) == 1
