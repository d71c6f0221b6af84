"""Experts: the list, the form, and the history over editions."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from forums.columns import Bilingual
from forums.directory.models import Organisation, Person
from forums.editions.models import Edition
from forums.experts.models import Expert
from forums.extensions import db
from tests.agenda.make import make_expert, make_session
from tests.cast import Cast, make_edition, make_series
from tests.client import Reader


@pytest.fixture
def office(page: Reader, cast: Cast) -> Reader:
    return page.sign_in(cast.organizer)


def names(page: Reader, url: str) -> list[str]:
    return [" ".join(link.text_content().split()) for link in page.get(url).find("//tbody/tr/td[1]/a")]


def test_an_expert_is_added_and_changed(office: Reader) -> None:
    assert "No experts yet" in office.get("/office/experts").words
    facts = {
        "name_zh": "张三",
        "name_en": "Zhang San",
        "title_en": "Professor",
        "organisation_zh": "示例大学",
        "bio_en": "Bio",
    }
    where = office.post("/office/experts/new", facts).location
    expert = db.session.scalars(select(Expert)).one()
    assert (expert.person.name, expert.bio) == (Bilingual("张三", "Zhang San"), Bilingual("", "Bio"))
    assert office.get(where).find("//input[@name='organisation_zh']/@value") == ["示例大学"]
    office.post(where, facts | {"title_en": "Academician", "organisation_zh": "", "bio_en": ""})
    expert = db.session.scalars(select(Expert)).one()
    assert (expert.person.title.en, expert.person.organisation, expert.bio) == ("Academician", None, Bilingual())
    # The organisation stays in the directory, for whoever else belongs to it.
    assert db.session.scalar(select(func.count(Organisation.id))) == 1


def test_a_name_is_needed(office: Reader) -> None:
    found = office.post("/office/experts/new", {"name_zh": " ", "bio_en": "Bio"}, expected=200)
    assert "Give a name in Chinese or English." in found.words
    assert db.session.scalar(select(func.count(Person.id))) == 0


def test_two_of_one_name_are_two(office: Reader) -> None:
    for _ in range(2):
        office.post("/office/experts/new", {"name_zh": "张三"})
    assert db.session.scalar(select(func.count(Expert.id))) == 2


def test_the_list_is_searched(office: Reader) -> None:
    make_expert("张三", "Zhang San", organisation=Bilingual("示例大学", "Sample University"))
    make_expert("李四", "Li Si", title=Bilingual("教授", "Professor"))
    assert names(office, "/office/experts") == ["Li Si", "Zhang San"]
    for asked, expected in {"zhang": ["Zhang San"], "示例": ["Zhang San"], "教授": ["Li Si"], "%": [], "_": []}.items():
        assert names(office, f"/office/experts?q={asked}") == expected, asked


def test_history_runs_over_the_editions(app: Flask, page: Reader, cast: Cast) -> None:
    series = make_series()
    expert = make_expert()
    for year in (2026, 2027):
        make_session(make_edition(series, slug=f"alu-{year}"), f"Talk {year}", experts=(expert,))
    make_session(make_edition(series, slug="alu-2028", published=False), "Talk 2028", experts=(expert,))
    public = page.get(f"/experts/{expert.id}").words
    assert "Talk 2026" in public
    assert "Talk 2027" in public
    assert "Talk 2028" not in public
    page.sign_in(cast.organizer)
    assert "Talk 2028" in page.get(f"/office/experts/{expert.id}").words
    # An organiser of another series edits the profile, and learns nothing of drafts that are not theirs.
    page.sign_in(cast.outsider)
    assert "Talk 2028" not in page.get(f"/office/experts/{expert.id}").words


def test_who_appears_nowhere_has_no_public_page(app: Flask, page: Reader, edition: Edition) -> None:
    page.get(f"/experts/{make_expert().id}", expected=404)
    page.get("/experts/999999", expected=404)


def test_the_list_asks_as_often_for_30_rows_as_for_1(office: Reader) -> None:
    make_expert("甲", "A", organisation=Bilingual("", "Org"))
    few = len(office.get("/office/experts").queries)
    for number in range(30):
        make_expert(f"乙{number}", f"B{number}", organisation=Bilingual("", f"Org {number}"))
    assert len(office.get("/office/experts").queries) == few


def test_experts_stand_in_the_order_of_the_readers_language(page: Reader, edition: Edition) -> None:
    for zh, en in (("张三", "Anna"), ("李四", "Zoe"), ("Bob", "bob")):
        make_session(edition, en, experts=(make_expert(zh, en),))

    def order() -> list[str]:
        return [
            " ".join(name.text_content().split()).split()[0] for name in page.get("/e/alu-2027/experts").find("//h3")
        ]

    assert order() == ["Anna", "bob", "Zoe"]
    page.language = "zh"
    assert order() == ["Bob", "李四", "张三"]
