"""The numbers: every partition adds up to its whole, nobody is counted twice, and each number leads to its people."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO

import openpyxl
import pytest
from lxml import etree
from sqlalchemy import select

from forums import clock
from forums.columns import Bilingual
from forums.directory.models import Organisation, Person
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import operations
from forums.registrations.models import Category, Registration
from forums.registrations.numbers import writing
from forums.registrations.numbers.counting import BREAKDOWNS, MEASURES, REST
from forums.registrations.numbers.queries import days, guests, numbers, people_behind
from forums.registrations.queries import attendance
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.registrations.make import applicant, come, form, make_registration

NUMBERS = "/office/e/alu-2027/registrations/numbers"


@pytest.fixture
def two_editions(app) -> Edition:
    """Twelve people last time, of whom three came; this time five of them and twenty-five others."""
    before = make_edition(slug="alu-2026", capacity=50, starts_on=date(2096, 3, 18), ends_on=date(2096, 3, 19))
    here = make_edition(before.series, capacity=28)
    with transaction():
        before, here = db.session.merge(before), db.session.merge(here)
        for code, zh, en in (("expert", "专家", "Expert"), ("media", "媒体", "Media")):
            db.session.add(Category(edition=here, code=code, name=Bilingual(zh, en)))
        db.session.add(Organisation(name=Bilingual("濉溪铝业"), credit_code="91340621MA2MRC6P0X"))
        for name in ("91310000000000001A", "91320000000000002B"):
            db.session.add(Organisation(name=Bilingual("两地公司"), credit_code=name))
    for number in range(12):
        row = make_registration(before, number, organisation="老单位")
        if number < 3:
            _come(row, before.starts_on, *([before.ends_on] if number == 0 else []))
    media = db.session.scalars(select(Category.id).where(Category.code == "media")).one()
    for number in range(30):
        facts = applicant(
            number if number < 5 else number + 100,
            organisation=("濉溪铝业", "Alu Works", "alu works ", "两地公司", "")[number % 5]
            or f"单位{number}" * (number > 9),
        )
        with transaction():
            category = db.session.get(Category, media) if number % 2 else None
            row = operations.register(db.session.merge(here), facts, actor=SYSTEM, category=category).registration
        if number in {1, 2, 20}:
            _come(row, here.starts_on, *([here.ends_on] if number == 20 else []))
        if number in {6, 7}:
            with transaction():
                operations.cancel(db.session.get_one(Registration, row.id), actor=SYSTEM)
    # Somebody who cancelled registers again: two registrations, one person.
    make_registration(here, 106)
    return db.session.get_one(Edition, here.id)


def _come(row: Registration, *on: date) -> None:
    with transaction():
        for day in on:
            come(db.session.get_one(Registration, row.id), day)


def test_everybody_is_counted_once_and_every_partition_foots(two_editions: Edition) -> None:
    edition = two_editions
    people = [guest.person_id for guest in guests(edition)]
    registrations = db.session.scalars(select(Registration).where(Registration.edition_id == edition.id)).all()
    assert len(people) == len(set(people)) == len({row.person_id for row in registrations}) == 30
    assert len(registrations) == 31
    before = numbers(db.session.scalars(select(Edition).where(Edition.slug == "alu-2026")).one())
    for earlier in (None, before):
        for name in BREAKDOWNS:
            table = writing.breakdown_table(name, numbers(edition), earlier, "zh")
            assert table.faults() == [], name
            assert table.total is not None
            assert table.total[1:5] == (30, 28, 3, 4), name
            assert table.total[5:] == ((12, 3) if earlier else ()), name


def test_the_measures_agree_with_those_of_the_outcome_report(two_editions: Edition) -> None:
    whole = numbers(two_editions).tally.whole
    known = attendance(two_editions.series, two_editions)
    assert whole["confirmed"] == known.confirmed
    assert whole["came"] == known.checked_in_persons
    assert whole["person_times"] == known.checked_in_person_times


def test_who_came_under_two_registrations_on_one_day_came_once(edition: Edition) -> None:
    for number, day in ((1, edition.starts_on), (2, edition.starts_on), (3, edition.ends_on)):
        row = make_registration(edition, number)
        with transaction():
            row.person_id = db.session.scalars(select(Registration.person_id).order_by(Registration.id)).first()
        _come(row, day)
    known, whole = attendance(edition.series, edition), numbers(edition).tally.whole
    assert (known.checked_in_persons, known.checked_in_person_times) == (whole["came"], whole["person_times"]) == (1, 2)


def test_who_returns_is_known_by_having_come_not_by_having_registered(two_editions: Edition) -> None:
    counted = numbers(two_editions).tally
    assert counted.of("visit", "returning", "registered") == 3, "guests 0, 1 and 2 came to the edition before"
    assert counted.of("visit", "returning", "came") == 2
    assert counted.of("visit", "first", "registered") == 27


def test_regions_come_from_the_organisations_code_unless_the_name_means_two(two_editions: Edition) -> None:
    counted = numbers(two_editions).tally.parts["region"]
    assert {part: one["registered"] for part, one in counted.items()} == {"34": 6, "": 24}
    with transaction():
        mill = Organisation(name=Bilingual("远方厂"), credit_code="91440000000000003C")
        person = db.session.scalars(select(Person).where(Person.email == "guest120@example.org")).one()
        person.organisation = mill
    assert {guest.region for guest in guests(two_editions)} == {"34", ""}, "what was typed for this occasion goes first"
    with transaction():
        db.session.scalars(select(Person).where(Person.email == "guest121@example.org")).one().organisation = mill
        db.session.scalars(select(Registration).where(Registration.email == "guest122@example.org")).one().region = "81"
    assert {guest.region for guest in guests(two_editions)} == {"34", "44", "81", ""}, "what was said goes before all"


def test_organisations_spelt_alike_are_one_and_the_small_ones_stand_together(two_editions: Edition) -> None:
    here = numbers(two_editions)
    table = writing.breakdown_table("organisation", here, None, "en")
    shown = {row[0]: row[1] for row in table.rows}
    assert shown["Alu Works"] == 11
    assert here.tally.organisations == 7
    for number in range(200, 230):
        make_registration(two_editions, number, organisation=f"Unit {number}")
    table = writing.breakdown_table("organisation", numbers(db.session.merge(two_editions)), None, "en")
    assert len(table.rows) == 22
    assert [row[0] for row in table.rows[-2:]] == ["All others (17)", "not given"]
    assert table.faults() == []


def test_the_curve_ends_where_the_confirmed_stand(app) -> None:
    edition = make_edition(capacity=2)
    start = datetime(2027, 1, 1, 15, 0, tzinfo=UTC)
    for number, later in enumerate((0, 0, 2)):
        with clock.frozen(start + timedelta(days=later)):
            make_registration(edition, number)
    with clock.frozen(start + timedelta(days=3, hours=2)), transaction():
        operations.cancel(db.session.scalars(select(Registration).order_by(Registration.id)).first(), actor=SYSTEM)
    assert [(one.day.isoformat(), one.registered, one.cancelled, one.confirmed) for one in days(edition)] == [
        ("2027-01-01", 2, 0, 2),
        ("2027-01-02", 0, 0, 2),
        ("2027-01-03", 1, 0, 2),
        ("2027-01-04", 0, 0, 2),
        ("2027-01-05", 0, 1, 2),  # 01:00 in Shanghai; who waited has the place now
    ]


def test_each_number_leads_to_as_many_people_as_it_says(page, cast, two_editions: Edition) -> None:
    shown = page.sign_in(cast.staff).get(NUMBERS)
    links = shown.find("//td/a | //div[@class='report-figure']//dt/a")
    assert len(links) > 60
    seen: dict[str, int] = {}
    for link in links:
        card = link.xpath("ancestor::div[@class='report-figure']//dd[@class='report-value']/text()")
        number = int((card[0] if card else link.text_content()).replace(",", ""))
        if "person_times" not in link.get("href"):
            seen.setdefault(link.get("href"), number)
    assert len(seen) > 40
    for address, number in seen.items():
        listed = page.get(address)
        rows = list(csv.reader(StringIO(page.get(_as_csv(address)).text)))[1:]
        assert len(rows) == number, address
        assert len(listed.find("//tbody/tr")) == min(number, 50), address


def _as_csv(address: str) -> str:
    return address.replace("/numbers/people?", "/numbers/people.csv?")


def test_the_people_of_the_small_organisations_are_those_beyond_the_shown(two_editions: Edition) -> None:
    for number in range(200, 230):
        make_registration(two_editions, number, organisation=f"Unit {number}")
    edition = db.session.get_one(Edition, two_editions.id)
    assert len(people_behind(edition, "organisation", REST, "registered")) == 17
    assert [len(people_behind(edition, "", "", measure)) for measure in MEASURES] == [60, 28, 3, 3]


def test_the_page_takes_as_many_queries_for_300_people_as_for_30(page, cast, two_editions: Edition) -> None:
    page.sign_in(cast.staff)
    few = len(page.get(NUMBERS).queries)
    with transaction():
        edition = db.session.get_one(Edition, two_editions.id)
        for number in range(300, 570):
            operations.register(edition, replace(applicant(number), organisation=f"U{number}"), actor=SYSTEM)
    assert len(page.get(NUMBERS).queries) == few


def test_the_page_in_both_languages_and_when_nobody_is_there(page, cast, edition: Edition) -> None:
    page.sign_in(cast.organizer)
    assert "Nobody is registered yet" in page.get(NUMBERS).words
    for tail in ("/funnel.svg", "/days.svg", "/days.csv", ".csv", ".xlsx", "/people"):
        page.get(f"{NUMBERS}{tail}")
    make_registration(db.session.merge(edition))
    shown = page.get(NUMBERS)
    assert shown.h1 == "Registrations in numbers"
    assert len(shown.find("//*[name()='svg'][.//*[name()='rect']]")) == 2
    page.language = "zh"
    assert page.get(NUMBERS).h1 == "报名数据"


def test_files_hold_the_tables_and_the_pictures(page, cast, two_editions: Edition) -> None:
    page.sign_in(cast.staff)
    rows = list(csv.reader(StringIO(page.get(f"{NUMBERS}.csv").text.removeprefix("\ufeff"))))
    assert rows[0][:4] == ["Breakdown", "Part", "Registered", "Confirmed"]
    for name in ("State", "Category", "First-time or returning", "Province or region", "Organisation"):
        counted = [row for row in rows if row[0] == name]
        assert [sum(int(row[2]) for row in counted[:-1]), counted[-1][1]] == [30, "Total"]
    book = openpyxl.load_workbook(BytesIO(page.get(f"{NUMBERS}.xlsx").response.data))
    assert "Day by day" in book.sheetnames
    daily = list(csv.reader(StringIO(page.get(f"{NUMBERS}/days.csv").text)))
    assert daily[-1][1:] == ["31", "2", "28"]
    for name in ("funnel", "days"):
        picture = page.get(f"{NUMBERS}/{name}.svg").response
        assert etree.fromstring(picture.data).tag.endswith("svg")
        assert page.get(f"{NUMBERS}/{name}.png").response.data.startswith(b"\x89PNG")


@pytest.mark.parametrize("query", ["by=x", "by=region&of=99", "by=state&of=gone", "counted=money", "by=visit&of=x"])
def test_an_address_that_names_no_number_is_not_there(page, cast, edition: Edition, query: str) -> None:
    page.sign_in(cast.staff).get(f"{NUMBERS}/people?{query}", expected=404)


def test_who_sees_the_numbers(page, cast, edition: Edition) -> None:
    for name, expected in (("organizer", 200), ("staff", 200), ("helper", 403), ("auditor", 403), ("outsider", 404)):
        for tail in ("", "/people", ".csv", ".xlsx"):
            page.sign_in(getattr(cast, name)).get(f"{NUMBERS}{tail}", expected=expected)


def test_people_may_say_their_region_and_correct_it(page, cast, edition: Edition) -> None:
    page.get("/e/alu-2027/register")
    page.post("/e/alu-2027/register", form(1, region="34"))
    page.post("/e/alu-2027/register", form(2))
    page.post("/e/alu-2027/register", form(3, region="99"), expected=200)
    rows = db.session.scalars(select(Registration).order_by(Registration.id)).all()
    assert [row.region for row in rows] == ["34", ""]
    details = f"/office/e/alu-2027/registrations/{rows[0].id}"
    page.sign_in(cast.staff)
    assert "Anhui" in page.get(details).words
    kept = {"name": "Guest 1", "email": "guest1@example.org", "language": "en"}
    page.post(f"{details}/details", {**kept, "title": "Head"})
    assert db.session.get_one(Registration, rows[0].id).region == "34", "a form without the field leaves it alone"
    page.post(f"{details}/details", {**kept, "region": ""})
    db.session.rollback()
    assert db.session.get_one(Registration, rows[0].id).region == ""
