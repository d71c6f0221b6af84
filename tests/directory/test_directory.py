from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from forums.columns import Bilingual
from forums.directory.models import Organisation, Person
from forums.directory.operations import find_or_create_organisation, find_or_create_person, normal_email
from forums.extensions import db
from forums.transaction import transaction
from tests.cast import Cast
from tests.client import Reader

CODE = "91110000600007156J"


def organisation(zh: str, code: str | None = None) -> Organisation:
    with transaction():
        return find_or_create_organisation(Bilingual(zh), credit_code=code, synthetic=True)


def person(zh: str, email: str | None, **facts: Organisation) -> Person:
    with transaction():
        return find_or_create_person(Bilingual(zh), email=email, synthetic=True, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Zhang@Example.ORG ", "zhang@example.org"),
        ("a@例子.中国", "a@xn--fsqu00a.xn--fiqs8s"),
        ("ｚhang＠ｅxample。org", "zhang@example.org"),
        ("no address", "@no address"),
    ],
)
def test_addresses_are_compared_in_one_form(typed: str, kept: str) -> None:
    assert normal_email(typed) == kept


def test_an_address_is_one_person_and_a_name_is_not(app: Flask) -> None:
    first = person("张三（示例）", "zhang@example.org")
    assert person("别名", "ZHANG@example.org ").id == first.id
    assert first.name.zh == "张三（示例）"
    assert person("李四（示例）", None).id != person("李四（示例）", None).id


def test_the_credit_code_decides_and_then_the_name(app: Flask) -> None:
    first = organisation("示例铝业", CODE)
    assert organisation("示例铝业（集团）", CODE).id == first.id
    assert organisation("示例铝业").id == first.id
    assert organisation("另一示例").id != first.id


def test_people_and_organisations_are_found_and_corrected(page: Reader, cast: Cast) -> None:
    unit = organisation("示例铝业")
    unit_id, row_id = unit.id, person("张三（示例）", "zhang@example.org", organisation=unit).id
    person("李四（示例）", "li@example.org")
    page.sign_in(cast.staff)
    for search in ("张三", "ZHANG@", "示例铝业"):
        words = page.get("/office/people", query_string={"q": search}).words
        assert ("张三" in words, "李四" in words) == (True, False)
    assert "Nobody matches" in page.get("/office/people?q=%25").words
    page.post(f"/office/people/{row_id}", {"name_zh": "张三丰（示例）", "title_zh": "教授", "phone": "+8613800000000"})
    row = db.session.get_one(Person, row_id)
    assert (row.name, row.title.zh, row.phone) == (Bilingual("张三丰（示例）"), "教授", "+8613800000000")
    page.post(f"/office/organisations/{unit_id}", {"name_zh": "示例铝业", "credit_code": CODE.lower()})
    assert db.session.get_one(Organisation, unit_id).credit_code == CODE
    assert "张三丰" in page.get(f"/office/organisations/{unit_id}").words
    assert "示例铝业" in page.get("/office/organisations?q=9111").words


def test_a_wrong_or_taken_code_is_explained(page: Reader, cast: Cast) -> None:
    organisation("甲（示例）", CODE)
    other_id = organisation("乙（示例）").id
    page.sign_in(cast.organizer)
    for code, said in ((CODE, "甲（示例）"), (CODE[:-1] + "A", "check digit"), ("x", "18 characters")):
        answer = page.post(f"/office/organisations/{other_id}", {"name_zh": "乙", "credit_code": code}, expected=200)
        assert said in answer.words
    assert page.post(f"/office/organisations/{other_id}", {"name_zh": " "}, expected=200).find(
        "//*[@class='field-error']"
    )


def test_empty_and_long_lists(page: Reader, cast: Cast) -> None:
    page.sign_in(cast.staff)
    assert "Nobody yet" in page.get("/office/people").words
    assert "No organisation yet" in page.get("/office/organisations").words
    person("一", None, organisation=organisation("甲"))
    few = len(page.get("/office/people").queries)
    for number in range(30):
        person(f"人{number}", None, organisation=organisation(f"单位{number}"))
    assert len(page.get("/office/people").queries) == few


def test_two_requests_at_once_that_meet_somebody_new_find_one_person_and_one_organisation(app: Flask) -> None:
    found, both_looked = [], threading.Barrier(2)

    def meet() -> None:
        with app.app_context():
            db.session.remove()
            both_looked.wait()
            with transaction():
                one = find_or_create_person(Bilingual("张三（示例）"), email="zhang@example.org")
                other = find_or_create_organisation(Bilingual("示例铝业"), credit_code=CODE)
                found.append((one.id, other.id))
                time.sleep(0.1)  # the other one looks before we commit

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(meet) for _ in range(2)]:
            done.result()
    assert found[0] == found[1]
    assert db.session.scalar(select(func.count(Person.id))) == 1
