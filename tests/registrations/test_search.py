"""Finding people by what is typed, on the index that each database keeps."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, text

from forums.columns import Bilingual
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import operations, search
from forums.registrations.history import Attendee, record_attendance_history
from forums.registrations.models import Registration
from forums.registrations.queries import matching
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.registrations.make import applicant, make_registration


def found(edition: Edition, words: str, *, contact: bool = True) -> list[str]:
    return [row.name for row in db.session.scalars(matching(edition, words=words, sort="name", contact=contact))]


@pytest.fixture
def people(edition: Edition) -> Edition:
    rows = [
        ("张三丰", "濉溪铝业有限公司", "san.feng_01@163.com", "+86 138-0013-8000"),
        ("欧阳娜娜", "中南大学", "nana@csu.example.cn", "0561-6078880 转 12"),
        ("Ann O'Brien-Lee", "Mill 100% Ltd", "ann@example.org", ""),
        ("佐藤さくら", "東洋アルミ", "sakura@example.jp", "(03) 1234"),
    ]
    for number, (name, unit, email, phone) in enumerate(rows):
        make_registration(edition, number, name=name, organisation=unit, email=email, phone=phone)
    return edition


FOUND = {
    "张": ["张三丰"],
    "三丰": ["张三丰"],
    "张三丰": ["张三丰"],
    "丰": ["张三丰"],
    "张丰": [],
    "zhangsan": ["张三丰"],
    "sanfeng": ["张三丰"],
    "ZSF": ["张三丰"],
    "ｚｓｆ": ["张三丰"],
    "sf": ["张三丰"],
    "oynn": ["欧阳娜娜"],
    "铝业有限": ["张三丰"],
    "铝业公司": [],
    "lyyx": ["张三丰"],
    "张 濉溪": ["张三丰"],
    "张 大学": [],
    "o'brien": ["Ann O'Brien-Lee"],
    "brien-lee": ["Ann O'Brien-Lee"],
    "lee-brien": [],
    "100%": ["Ann O'Brien-Lee"],
    "%": ["Ann O'Brien-Lee"],
    "さくら": ["佐藤さくら"],
    "アルミ": ["佐藤さくら"],
    "": ["Ann O'Brien-Lee", "欧阳娜娜", "张三丰", "佐藤さくら"],
    "   ": ["Ann O'Brien-Lee", "欧阳娜娜", "张三丰", "佐藤さくら"],
    "' OR 1=1 --": [],
    "*": [],
    '"': [],
    "a:b & !c | <-> NOT": [],
    "\\": [],
    "x" * 5000: [],
    "😀": [],
}
FOUND_BY_CONTACT = {
    "san.feng_01@163.com": ["张三丰"],
    "feng_01": ["张三丰"],
    "163.com": ["张三丰"],
    "csu": ["欧阳娜娜"],
    "13800138000": ["张三丰"],
    "8613800": ["张三丰"],
    "+86-138": ["张三丰"],
    "138 0013 8000": ["张三丰"],
    "8000": ["张三丰"],
    "0561-6078880": ["欧阳娜娜"],
    "05616078880": ["欧阳娜娜"],
    "６０７８８８０": ["欧阳娜娜"],
}


def test_what_finds_whom(people: Edition) -> None:
    assert {words: found(people, words) for words in FOUND} == FOUND
    assert {words: found(people, words, contact=False) for words in FOUND} == FOUND
    assert {words: found(people, words) for words in FOUND_BY_CONTACT} == FOUND_BY_CONTACT


def test_contact_data_is_found_only_by_who_may_see_it(people: Edition) -> None:
    assert [words for words in FOUND_BY_CONTACT if found(people, words, contact=False)] == []


def test_a_reference_is_found_as_it_is_read_out(edition: Edition) -> None:
    row = make_registration(edition)
    with transaction():
        row.reference = "K01M-2D4X"
    for typed in ("K01M-2D4X", "k01m2d4x", "KOIM-2D4X", "koIm—2d4x", "K01M", "2d4x"):
        assert found(edition, typed) == ["Guest 1"], typed
    assert found(edition, "K01M-2D4Y") == []


def test_the_index_follows_every_change(edition: Edition) -> None:
    row = make_registration(edition, name="张三")
    with transaction():
        operations.change(row, applicant(name="李四", phone="13912345678"), actor=SYSTEM)
    assert [found(edition, words) for words in ("张三", "李四", "5678")] == [[], ["李四"], ["李四"]]
    with transaction():
        operations.cancel(row, actor=SYSTEM)
    assert found(edition, "李四") == ["李四"]
    with transaction() as session:
        session.execute(delete(Registration))
    assert found(edition, "李四") == []


def test_people_written_in_bulk_are_found(edition: Edition) -> None:
    with transaction():
        person = Person(name=Bilingual("王五"))
        db.session.add(person)
        db.session.flush()
        record_attendance_history(edition, [Attendee(person, [], "郑州大学")], actor=SYSTEM)
    assert [found(edition, words) for words in ("王五", "ww", "zzdx")] == [["王五"]] * 3


def test_a_search_looks_at_its_own_edition_only(edition: Edition) -> None:
    make_registration(edition, name="张三")
    other = make_edition(edition.series, slug="alu-2028")
    make_registration(other, name="张四")
    assert (found(edition, "张"), found(other, "张")) == (["张三"], ["张四"])


def test_an_index_that_was_lost_is_made_again(edition: Edition) -> None:
    """As when a migration rebuilds the table on SQLite, which drops its triggers."""
    make_registration(edition, name="张三")
    on_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect().execution_options(billet_write=True) as connection, connection.begin():
        connection.execute(
            text(f"DROP {'TRIGGER registration_search_added' if on_sqlite else 'INDEX registration_search'}")
        )
        connection.execute(text("UPDATE registrations SET search_terms = ''"))
        search.complete(connection)
        search.complete(connection)
    make_registration(edition, 2, name="张四")
    assert found(edition, "张") == ["张三", "张四"]
