"""Building an edition's form: what was answered survives every change of it."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import date
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import func, select

from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.home.cloning import clone_edition
from forums.registrations import places
from forums.registrations.models import Category
from forums.registrations.questions import operations, queries
from forums.registrations.questions.consent import write_consent
from forums.registrations.questions.models import Choice, Question
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.client import Page, Reader, counted_queries
from tests.registrations.asking import answers, ask, choice
from tests.registrations.make import form, make_registration, states

OFFICE = "/office/e/alu-2027/questions"
PUBLIC = "/e/alu-2027/register"


@pytest.fixture
def office(page: Reader, cast, edition: Edition) -> Reader:
    return page.sign_in(cast.organizer)


def fields(page: Page) -> dict[str, Any]:
    """What the page's form would send as it stands."""
    data: dict[str, Any] = {}
    for field in page.find("//main//form[@data-once]//*[@name]"):
        name, kind = field.get("name"), field.get("type")
        if kind == "checkbox" and field.get("checked") is None:
            continue
        chosen = field.xpath(".//option[@selected]/@value") or field.xpath(".//option[1]/@value")
        data.setdefault(name, []).append(field.get("value") or (chosen or [""])[0] or (field.text or "").strip())
    return {name: values if len(values) > 1 else values[0] for name, values in data.items() if name != "csrf_token"}


def order() -> list[str]:
    db.session.rollback()
    rows = db.session.scalars(select(Question).order_by(Question.stage.desc(), Question.position, Question.id))
    return [row.label.en or row.label.zh for row in rows if row.archived_at is None]


def test_an_empty_builder_says_what_to_do(office: Reader) -> None:
    shown = office.get(OFFICE)
    assert "Nothing is asked besides" in shown.words
    assert len(shown.find("//a[contains(@href, 'kind=')]")) == 24
    assert "Nothing is asked besides" in office.get(f"{OFFICE}/answers").words
    assert "No other edition" in office.get(f"{OFFICE}/copying").words
    assert "Nothing is asked here" in office.get(f"{OFFICE}/preview").words


def test_a_question_is_made_once_however_often_the_form_is_sent(office: Reader) -> None:
    new = office.get(f"{OFFICE}/new?kind=diet&stage=confirmed")
    data = fields(new)
    assert (data["kind"], data["stage"], data["label_en"]) == ("diet", "confirmed", "Diet")
    assert data["choice_zh"][:3] == ["无特殊要求", "清真", "素食"]
    for _ in range(2):
        assert office.post(f"{OFFICE}/new", data).location.startswith(OFFICE)
    assert db.session.scalar(select(func.count(Question.id))) == 1
    assert db.session.scalar(select(func.count(Choice.id))) == 5


def test_a_form_with_an_error_keeps_what_was_typed(office: Reader) -> None:
    data = fields(office.get(f"{OFFICE}/new?kind=choice")) | {
        "label_en": "Visit",
        "choice_en": ["Foil", "Foil", ""],
        "choice_zh": ["", "", ""],
        "choice_places": ["3", "many", ""],
        "choice_order": ["2", "1", "3"],
        "choice_id": ["", "", ""],
    }
    again = office.post(f"{OFFICE}/new", data, expected=200)
    assert "twice" in again.find("//*[@role='alert']")[0].text_content()
    assert [value for value in again.find("//*[@name='choice_en']/@value") if value] == ["Foil", "Foil"]
    data["choice_en"] = ["Foil", "Port", ""]
    assert "whole number" in office.post(f"{OFFICE}/new", data, expected=200).words
    data["choice_places"] = ["3", "40", ""]
    office.post(f"{OFFICE}/new", data)
    rows = db.session.scalars(select(Choice).order_by(Choice.position)).all()
    assert [(row.label.en, row.capacity) for row in rows] == [("Port", 40), ("Foil", 3)]


def test_bounds_and_texts_are_checked(office: Reader) -> None:
    number = fields(office.get(f"{OFFICE}/new?kind=number"))
    for wrong, said in (
        ({"label_en": "", "label_zh": " "}, "Chinese or English"),
        ({"label_en": "N", "least": "NaN"}, "such as 12"),
        ({"label_en": "N", "least": "9", "most": "1"}, "smaller than the smallest"),
        ({"label_en": "N", "most": "1e5"}, "such as 12"),
        ({"label_en": "a\x07b"}, "control characters"),
        ({"label_en": "F", "kind": "file", "most": "900"}, "from 1 to 20"),
        ({"label_en": "C", "kind": "choice"}, "at least one choice"),
        ({"label_en": "K", "kind": "poem"}, "valid choice"),
        ({"label_en": "S", "stage": "never"}, "valid choice"),
        ({"label_en": "X", "shown_if": "77"}, "valid choice"),
        ({"label_en": "Y", "categories": "77"}, "valid choice"),
    ):
        answer = office.post(f"{OFFICE}/new", number | wrong, expected=200)
        assert said in answer.find("//*[@role='alert']")[0].text_content(), wrong
    assert db.session.scalar(select(func.count(Question.id))) == 0
    office.post(f"{OFFICE}/new", number | {"label_en": "N", "least": "１", "most": "2.50"})
    assert db.session.execute(select(Question.least, Question.most)).one() == ("1", "2.5")


def test_what_was_typed_into_choices_that_are_not_kept_is_not_read(office: Reader, edition: Edition) -> None:
    """Their places would have been no number: of a kind without choices, and of a choice that goes."""
    typed = {"label_en": "Q", "choice_zh": ["甲", "乙"], "choice_places": ["many", "2"]}
    text = fields(office.get(f"{OFFICE}/new?kind=text"))
    office.post(f"{OFFICE}/new", text | typed | {"choice_id": ["", ""]})
    assert db.session.scalar(select(func.count(Choice.id))) == 0
    address = f"{OFFICE}/{ask(edition, 'choice', 'W', choices=['A', 'B']).id}"
    data = fields(office.get(address))
    ids = data["choice_id"][:2]
    office.post(address, data | typed | {"choice_id": ids, "choice_remove": ids[:1]})
    assert db.session.execute(select(Choice.label_zh, Choice.capacity)).all() == [("乙", 2)]


def test_rewording_keeps_answers_and_says_how_many(office: Reader, edition: Edition) -> None:
    visit = ask(edition, "choice", "Visit", choices=["Foil", ("Port", 5)])
    office.post(PUBLIC, form() | {f"q{visit.id}": choice(visit, "Port").id})
    shown = office.get(f"{OFFICE}/{visit.id}")
    assert "1 answer exists" in shown.words
    data = fields(shown) | {"label_en": "Excursion", "choice_en": ["Foil works", "Harbour", "", "", ""]}
    done = office.post(f"{OFFICE}/{visit.id}", data)
    assert "1 answer stays as it is" in office.get(done.location).words
    assert answers() == {visit.id: "Harbour"}
    late = office.post(f"{OFFICE}/{visit.id}", data | {"label_en": "Late"}, expected=200)
    assert "Somebody has changed this question" in late.words
    fixed = office.post(f"{OFFICE}/{visit.id}", data | {"seen": "1", "kind": "text"}, expected=200)
    assert "its kind stays" in fixed.words
    few = office.post(
        f"{OFFICE}/{visit.id}", data | {"seen": "1", "choice_places": ["", "0", "", "", ""]}, expected=200
    )
    assert "Places taken of" in few.words
    assert order() == ["Excursion"]
    assert places.reconcile() == []


def test_what_another_question_needs_stays(office: Reader, edition: Edition) -> None:
    hotel = ask(edition, "choice", "Hotel", choices=["Yes", "No"])
    room = ask(edition, "choice", "Room", choices=["Single"], only_if=choice(hotel, "Yes"))
    office.post(f"{OFFICE}/{hotel.id}/archival")
    assert "“Room” is asked only after this" in office.get(OFFICE).words
    data = fields(office.get(f"{OFFICE}/{hotel.id}")) | {"choice_remove": str(choice(hotel, "Yes").id)}
    assert "is asked only after this" in office.post(f"{OFFICE}/{hotel.id}", data, expected=200).words
    # A circle is not even offered.
    single = choice(room, "Single")
    assert not office.get(f"{OFFICE}/{hotel.id}").find(f"//select[@name='shown_if']/option[@value='{single.id}']")
    circle = replace(operations._facts_of(hotel.row), shown_if_choice_id=single.id)
    with pytest.raises(operations.NotPossible), transaction():
        operations.change_question(hotel.row, circle, seen=None, actor=SYSTEM)
    office.post(f"{OFFICE}/{room.id}/archival")
    office.post(f"{OFFICE}/{hotel.id}/archival")
    assert order() == []
    office.post(f"{OFFICE}/{room.id}/restoration")
    assert order() == ["Room"]
    assert room.row.shown_if_choice_id is None


def test_moving_copying_archiving_and_restoring(office: Reader, edition: Edition) -> None:
    one, two, three = (ask(edition, "text", name) for name in ("One", "Two", "Three"))
    office.post(f"{OFFICE}/{three.id}/position", {"by": "-1"})
    assert order() == ["One", "Three", "Two"]
    office.post(f"{OFFICE}/{one.id}/position", {"by": "1"})
    office.post(f"{OFFICE}/{one.id}/position", {"by": "💥"})
    assert order() == ["Three", "Two", "One"]
    office.post(f"{OFFICE}/order", {"stage": "registration", "order": f"{two.id} 999999 {one.id} x {two.id}"})
    assert order() == ["Two", "One", "Three"]
    office.post(f"{OFFICE}/order", {"stage": "never", "order": ""}, expected=400)
    for _ in range(2):
        where = office.post(f"{OFFICE}/{two.id}/copies", {"key": "a key"}).location
    assert order() == ["Two", "Two", "One", "Three"]
    assert not where.endswith(f"question-{two.id}")
    for _ in range(2):
        office.post(f"{OFFICE}/{one.id}/archival")
    assert order() == ["Two", "Two", "Three"]
    assert "1 archived question" in office.get(OFFICE).words
    office.post(f"{OFFICE}/{one.id}/restoration")
    assert order() == ["Two", "Two", "Three", "One"]
    for path in ("archival", "restoration", "copies", "position"):
        office.post(f"{OFFICE}/999/{path}", expected=404)


def test_questions_of_an_earlier_edition_are_copied_once(office: Reader, edition: Edition) -> None:
    hotel = ask(edition, "choice", "Hotel", choices=[("Yes", 9), "No"])
    ask(edition, "number", "Nights", stage="confirmed", only_if=choice(hotel, "Yes"), least="1", required=True)
    with transaction():
        later = make_edition(db.session.merge(edition).series, slug="alu-2028")
    there = "/office/e/alu-2028/questions"
    data = {"source": str(db.session.merge(edition).id)}
    assert "2 questions are copied" in office.get(office.post(f"{there}/copying", data).location).words
    assert "here already" in office.get(office.post(f"{there}/copying", data).location).words
    assert office.post(f"{there}/copying", {"source": "999"}, expected=200).find("//*[@role='alert']")
    copied = queries.questions_of(db.session.merge(later))
    assert [(row.label.en, row.required, row.least) for row in copied] == [("Hotel", False, ""), ("Nights", True, "1")]
    assert [(one.label.en, one.capacity, one.taken) for one in copied[0].choices] == [("Yes", 9, 0), ("No", None, 0)]
    assert copied[1].shown_if_choice_id == copied[0].choices[0].id


def test_next_years_edition_asks_the_same(page: Reader, edition: Edition) -> None:
    with transaction():
        media = Category(edition=edition, code="media", name=Bilingual("媒体", "Media"), position=1, taken=0)
        db.session.add(media)
        db.session.flush()
    media_id = media.id
    ask(edition, "file", "Press card", category_ids=(media_id,))
    with transaction():
        write_consent(edition, Bilingual(en="Our own words."), seen=0, actor=SYSTEM)
        bare = make_edition(edition.series, slug="bare")
        row = clone_edition(edition, slug="next", title=edition.title, starts_on=date(2098, 3, 18), actor=SYSTEM)
        operations.copy_questions(edition, bare, actor=SYSTEM)
    [copied] = queries.questions_of(row)
    assert db.session.get_one(Category, copied.category_ids[0]).edition_id == row.id
    assert [text.text.en for text in queries.consent_texts(row)] == ["Our own words."]
    # Without the category, nobody is asked rather than everybody.
    [lonely] = queries.questions_of(bare)
    assert lonely.category_ids == [media_id]
    assert "Press card" not in page.get("/e/bare/register").words


def test_the_preview_shows_each_category_in_each_language(office: Reader, edition: Edition) -> None:
    with transaction():
        category = Category(edition=edition, code="media", name=Bilingual("媒体", "Media"), position=1, taken=0)
        db.session.add(category)
        db.session.flush()
        category_id = category.id
    ask(edition, "text", "For everybody")
    ask(edition, "file", "Press card", category_ids=(category_id,))
    shown = office.get(f"{OFFICE}/preview", query_string={"category": category_id, "lang": "zh"})
    assert "Press card" in shown.words
    assert "媒体" in shown.words
    assert not shown.find("//main//form[@method='post']")
    for junk in ("x", "999", "💥", "\x07"):
        office.get(f"{OFFICE}/preview", query_string={"category": junk, "stage": junk, "lang": junk})


def test_the_questionnaire_can_be_exported(office: Reader, edition: Edition) -> None:
    ask(edition, "choice", "=cmd()", choices=["Yes", ("No", 3)])
    text = office.get(f"{OFFICE}.csv").response.get_data(as_text=True)
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    assert [row[4] for row in rows] == ["Question (English)", "'=cmd()", "Yes", "No"]
    assert rows[3][10] == "3"


def test_figures_lead_to_the_people_behind_them(office: Reader, edition: Edition) -> None:
    visit = ask(edition, "choice", "Visit", choices=[("Foil", 2), "Port"])
    why = ask(edition, "text", "Why", only_if=choice(visit, "Foil"))
    foil = choice(visit, "Foil").id
    office.post(PUBLIC, form(1) | {f"q{visit.id}": foil, f"q{why.id}": "=1+1"})
    office.post(PUBLIC, form(2) | {f"q{visit.id}": foil})
    office.post(PUBLIC, form(3))
    db.session.rollback()
    [about_visit, about_why] = queries.tallies(db.session.merge(edition))
    assert (about_visit.asked, about_visit.answered, about_visit.unanswered) == (3, 2, 1)
    assert list(about_visit.per_choice.values()) == [2, 0]
    assert (about_why.asked, about_why.answered, about_why.unanswered) == (2, 1, 1)
    assert "2 / 2" in office.get(f"{OFFICE}/answers").words

    def names(query: str) -> list[str]:
        shown = office.get(f"{OFFICE}/{query}")
        return [cell.text_content() for cell in shown.find("//div[@class='table-wrap']//tbody/tr/td[1]")]

    assert names(f"{visit.id}/answers") == ["Guest 1", "Guest 2"]
    assert names(f"{visit.id}/answers?choice={foil}") == ["Guest 1", "Guest 2"]
    assert names(f"{visit.id}/answers?missing=1") == ["Guest 3"]
    assert names(f"{why.id}/answers?missing=1") == ["Guest 2"]
    assert names(f"{visit.id}/answers?choice=💥&missing=&edition=x") == ["Guest 1", "Guest 2"]
    rows = list(csv.reader(StringIO(office.get(f"{OFFICE}/{why.id}/answers.csv").response.get_data(as_text=True))))
    assert [row[5] for row in rows] == ["Why", "'=1+1"]
    office.get(f"{OFFICE}/999/answers", expected=404)
    few = len(office.get(f"{OFFICE}/answers").queries)
    for number in range(5):
        ask(edition, "choice", f"More {number}", choices=["A"])
    assert len(office.get(f"{OFFICE}/answers").queries) == few


def test_answers_as_columns_take_one_query(page: Reader, edition: Edition) -> None:
    visit = ask(edition, "choices", "Visit", choices=["Foil", "Port"])
    for number in (1, 2):
        page.post(PUBLIC, form(number) | {f"q{visit.id}": [choice(visit, "Foil").id, choice(visit, "Port").id]})
    make_registration(db.session.merge(edition), 3)
    with counted_queries() as seen:
        found = queries.answers_of([1, 2, 3], "zh")
    assert len(seen) == 1
    assert found == {1: {visit.id: "Foil、Port"}, 2: {visit.id: "Foil、Port"}}
    assert [column.label.en for column in queries.columns(db.session.merge(edition))] == ["Visit"]


def test_the_office_answers_for_somebody_added_by_hand(office: Reader, edition: Edition) -> None:
    with transaction():
        for position, code in enumerate(("expert", "media"), start=1):
            db.session.add(Category(edition=edition, code=code, name=Bilingual(en=code), position=position, taken=0))
        db.session.flush()
        ids = [row.id for row in db.session.scalars(select(Category).order_by(Category.position))]
    topic = ask(edition, "text", "Topic", category_ids=(ids[0],), required=True)
    press = ask(edition, "choice", "Press", choices=[("Photo", 1)], category_ids=(ids[1],), required=True)
    new = "/office/e/alu-2027/registrations/new"
    shown = office.get(new)
    assert shown.find(f"//*[@data-only-if='category_id={ids[0]}']")
    assert "Only for: media." in shown.words
    photo = choice(press, "Photo").id
    sent = {"name": "Ann", "language": "en", "region": "", "category_id": str(ids[1])}
    office.post(new, sent | {f"q{topic.id}": "ignored", f"q{press.id}": photo})
    assert answers() == {press.id: "Photo"}
    again = office.post(new, sent | {"name": "Bob", f"q{press.id}": photo}, expected=200)
    assert "has no place left" in again.find(f"//*[@id='q{press.id}-error']")[0].text_content()
    office.post(new, sent | {"name": "Bob"})
    assert places.reconcile() == []


JUNK = (
    "",
    "\0",
    "9" * 40,
    "-1",
    "١٢٣",
    "²",
    "NaN",
    "2027-02-31",
    "=1+1",
    "a\r\nb",
    "😀\u202e" + "长" * 5000,
    "x" * 400_000,
)


@pytest.mark.parametrize("junk", JUNK, ids=[ascii(junk[:8]) for junk in JUNK])
def test_no_junk_in_any_field_is_a_fault(office: Reader, edition: Edition, junk: str) -> None:
    every = [
        ask(edition, kind, kind, choices=["A"] if kind in {"choice", "choices", "diet"} else [])
        for kind in ("text", "paragraph", "number", "date", "choice", "choices", "file", "phone", "credit_code", "diet")
    ] + [ask(edition, "arrival", "arrival"), ask(edition, "departure", "departure")]
    make_registration(edition)
    names = [f"q{row.id}{part}" for row in every for part in ("", "-by", "-remark", "-kept", "-remove")]
    building = ("key", "seen", "kind", "label_zh", "label_en", "help_zh", "required", "stage", "categories", "shown_if",
                "least", "most", "choice_id", "choice_zh", "choice_places", "choice_order", "choice_remove", "by",
                "order", "source", "text_zh", "text_en", "consent_version")  # fmt: skip
    for path, data in (
        (PUBLIC, form() | dict.fromkeys(names, junk)),
        (PUBLIC, form(name=junk, consent_version=junk)),
        ("/office/e/alu-2027/registrations/1/answers", dict.fromkeys(names, junk)),
        (f"{OFFICE}/new", dict.fromkeys(building, junk)),
        (f"{OFFICE}/new", dict.fromkeys(building, junk) | {"kind": "choice", "stage": "confirmed", "label_en": "x"}),
        (f"{OFFICE}/{every[4].id}", dict.fromkeys(building, junk) | {"kind": "choice", "label_en": "x"}),
        (f"{OFFICE}/{every[0].id}/copies", dict.fromkeys(building, junk)),
        (f"{OFFICE}/{every[0].id}/position", dict.fromkeys(building, junk)),
        (f"{OFFICE}/order", dict.fromkeys(building, junk) | {"stage": "registration"}),
        (f"{OFFICE}/copying", dict.fromkeys(building, junk)),
        (f"{OFFICE}/consent", dict.fromkeys(building, junk)),
    ):
        db.session.remove()
        with office.app.app_context():
            answer = office.client.post(path, data={"csrf_token": office.csrf(), **data})
        assert answer.status_code in {200, 303, 400, 413}, (path, re.sub("<[^>]*>", "", answer.text)[:300])
    office.get(OFFICE)
    office.get(PUBLIC)


def test_ten_megabytes_in_one_answer_are_refused_in_words(office: Reader, edition: Edition) -> None:
    row_id = ask(edition, "text", "text").id
    answer = office.post(PUBLIC, form() | {f"q{row_id}": "x" * 10_000_000}, expected=200)
    assert answer.find(f"//*[@id='q{row_id}-error']")
    assert states() == []
