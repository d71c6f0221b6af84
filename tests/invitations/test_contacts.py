"""Lists in the office: what is wrong is mended in place, people are corrected, an intake is taken back."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from openpyxl import load_workbook

from forums.documents.tables import read_file, read_text
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.contacts.models import RejectedRow, TakenOff
from forums.invitations.contacts.operations import Origin, fill
from forums.invitations.contacts.reading import is_head, read_contacts
from forums.invitations.models import Contact, ContactList, Intake
from forums.mail.suppression.operations import suppress
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast
from tests.client import Page, Reader
from tests.invitations.guests import SLUG, make_list

LISTS = f"/office/e/{SLUG}/contacts"
PASTED = (
    "姓名,邮箱,单位,职务\n"
    "李工,li@example.org,某铝业公司（示例）,总工程师\n"
    "王静,wang@gmial.com,某研究院（示例）,\n"
    ",zhao@example.org,某协会（示例）,会长\n"
    "Ann Lee,ann@example.org,Sample Works,\n"
    "李工,li.gong@example.org,某铝业公司（示例）,总工程师\n"
)

pytestmark = pytest.mark.usefixtures("edition")


@pytest.fixture
def office(page: Reader, cast: Cast) -> Reader:
    return page.sign_in(cast.organizer)


@pytest.fixture
def pasted(office: Reader) -> str:
    """The page of a list that holds what could be used of PASTED."""
    made = f"{LISTS}/{make_list(0)}"
    office.post(f"{made}/rows", {"rows": PASTED})
    return made


def people() -> list[tuple[str, str, str]]:
    db.session.rollback()
    rows = db.session.scalars(db.select(Contact).order_by(Contact.id))
    return [(one.name, one.email, one.title) for one in rows]


def rows_of(page: Page) -> list[str]:
    return [name.split()[0] for name in page.find("//tbody/tr/td[1]/a/bdi/text()")]


def test_rows_that_are_wrong_are_mended_in_place(office: Reader, pasted: str) -> None:
    """One with a click on what was meant, one by typing what is missing; both ways twice, and neither comes twice."""
    came_in = office.get(f"{pasted}/intakes/1")
    assert "Did you mean wang@gmail.com?" in came_in.words
    [meant] = came_in.find("//tbody//form")
    fields = {field.get("name"): field.get("value") for field in meant.findall(".//input")} | {"csrf_token": ""}
    for _ in range(2):
        office.post(meant.get("action"), {**fields, "csrf_token": office.csrf()})
    [nameless] = db.session.scalars(db.select(RejectedRow).where(RejectedRow.mended_at.is_(None)))
    mend = f"{pasted}/intakes/1/rows/{nameless.id}"
    shown = office.get(mend)
    assert "The name is missing" in shown.words
    typed = {**nameless.typed, "email": "zhao@firm.con"}
    again = office.post(mend, typed, expected=200)
    assert "Did you mean zhao@firm.com?" in again.words
    assert again.find("//input[@name='organisation']/@value") == ["某协会（示例）"]
    assert (
        "is on this list already, as 李工"
        in office.post(mend, {**typed, "name": "赵", "email": "LI@example.org"}, expected=200).words
    )
    office.post(mend, {**typed, "name": "赵", "email": "zhao@example.org"})
    assert people()[3:] == [("王静", "wang@gmail.com", ""), ("赵", "zhao@example.org", "会长")]
    assert "All rows that could not be used were corrected" in office.get(f"{pasted}/intakes/1").words


def test_a_rare_domain_is_taken_when_somebody_says_so(office: Reader, pasted: str) -> None:
    [wang, _] = db.session.scalars(db.select(RejectedRow).order_by(RejectedRow.number))
    mend, typed = f"{pasted}/intakes/1/rows/{wang.id}", wang.typed
    office.post(mend, typed, expected=200)
    office.post(mend, {**typed, "as_it_is": "y"})
    assert people()[-1] == ("王静", "wang@gmial.com", "")
    shown = f"{pasted}/people/{db.session.scalar(db.select(db.func.max(Contact.id)))}"
    office.post(shown, {**typed, "title": "主任"})
    assert people()[-1] == ("王静", "wang@gmial.com", "主任")


def test_the_bad_rows_as_a_file_that_comes_in_once_corrected(office: Reader, pasted: str) -> None:
    for language in ("zh", "en"):
        office.language = language
        content = office.get(f"{pasted}/intakes/1/rows.csv").response.get_data().decode("utf-8-sig")
        reading = read_contacts(read_file(content.encode(), is_head=is_head))
        assert [row.typed["email"] for row in reading.rejected] == ["wang@gmial.com", "zhao@example.org"]
        assert [row.typed["organisation"] for row in reading.rejected] == ["某研究院（示例）", "某协会（示例）"]
    table = list(csv.reader(io.StringIO(content)))
    assert (table[1][5], table[1][7]) == ("3", "wang@gmail.com")
    corrected = content.replace("gmial", "gmail").replace("\r\n,zhao", "\r\n赵,zhao")
    office.post(f"{pasted}/file", {"file": (io.BytesIO(corrected.encode()), "corrected.csv")})
    assert [name for name, _, _ in people()[3:]] == ["王静", "赵"]


def test_an_intake_is_taken_back_without_what_was_corrected(office: Reader, pasted: str) -> None:
    office.post(f"{pasted}/rows", {"rows": "李工,li@example.org\n周,zhou@example.org\n吴,wu@example.org"})
    zhou = db.session.scalars(db.select(Contact.id).where(Contact.name == "周")).one()
    office.post(f"{pasted}/people/{zhou}", {"name": "周", "email": "zhou@example.org", "title": "教授"})
    assert "1 person was corrected since and stays" in office.get(f"{pasted}/intakes/2").words
    for _ in range(2):
        office.post(f"{pasted}/intakes/2/undo")
    assert [name for name, _, _ in people()] == ["李工", "Ann Lee", "李工", "周"]
    assert db.session.get_one(Intake, 2).removed == 1
    assert "1 person is off the list. 1 person was corrected and stayed." in office.get(f"{pasted}/intakes/2").words


def test_who_was_taken_off_comes_back_by_hand(office: Reader, pasted: str) -> None:
    office.post(f"{pasted}/people/1/removal")
    assert db.session.scalars(db.select(TakenOff.email)).all() == ["li@example.org"]
    office.post(f"{pasted}/rows", {"rows": PASTED})
    assert [name for name, _, _ in people()] == ["Ann Lee", "李工", "李工"]
    assert db.session.scalars(db.select(TakenOff)).all() == []


def test_who_was_taken_off_is_put_back_as_they_were(office: Reader, pasted: str) -> None:
    office.post(f"{pasted}/people/1/removal")
    [back] = office.get(f"{pasted}/taken-off").find("//tbody//form/@action")
    office.post(back)
    office.post(back, expected=404)
    assert "Nobody was taken off" in office.get(f"{pasted}/taken-off").words
    assert people()[-1] == ("李工", "li@example.org", "总工程师")
    assert rows_of(office.get(f"{pasted}?sort=name")) == ["Ann", "李工", "李工"]
    office.post(f"{pasted}/people/2/removal")
    other = f"{LISTS}/{make_list(0)}"
    office.post(f"{other}/taken-off/{db.session.scalars(db.select(TakenOff.id)).one()}/return", expected=404)


def test_looking_at_a_list(office: Reader, pasted: str) -> None:
    """Sorted by pinyin, searched by it, narrowed to warnings; exports hold what the page shows."""
    office.post(f"{pasted}/rows", {"rows": "安琪\tan@example.org\t\t教授\tzh\n=1+1,x@example.org"})
    assert rows_of(office.get(f"{pasted}?sort=name")) == ["Ann", "安琪", "李工", "李工"]
    assert rows_of(office.get(f"{pasted}?q=ligong&language=zh")) == ["李工", "李工"]
    assert rows_of(office.get(f"{pasted}?warning=twin")) == ["李工", "李工"]
    assert rows_of(office.get(f"{pasted}?warning=any&sort=latest")) == ["李工", "Ann", "李工"]
    assert rows_of(office.get(f"{pasted}?intake=2")) == ["安琪"]
    assert "Nobody matches" in office.get(f"{pasted}?q=nobody&sort=x&page=99&intake=-1").words
    answer = office.get(f"{pasted}/people.xlsx?warning=any")
    sheet = load_workbook(io.BytesIO(answer.response.get_data())).worksheets[0]
    exported = list(sheet.iter_rows(values_only=True, max_col=2))
    assert exported[1:] == [("李工", "li@example.org"), ("Ann Lee", "ann@example.org"), ("李工", "li.gong@example.org")]
    again = read_contacts(read_file(office.get(f"{pasted}/people.csv").response.get_data(), is_head=is_head))
    assert (len(again.candidates), again.rejected) == (4, [])


def test_who_is_suppressed_is_marked_and_found(office: Reader, pasted: str) -> None:
    scope = f"series:{db.session.scalars(db.select(Edition.series_id)).one()}"
    with transaction():
        suppress("ann@example.org", reason="unsubscribed", scope=scope, actor=SYSTEM)
        suppress("li@example.org", reason="by_hand", scope="series:999", actor=SYSTEM)
    shown = office.get(f"{pasted}?warning=suppressed")
    assert rows_of(shown) == ["Ann"]
    assert len(shown.queries) <= 9  # six of the list itself
    exported = office.get(f"{pasted}/people.csv?q=ann").response.get_data().decode()
    assert "campaigns do not write to this address" in exported
    found = office.get(f"{LISTS}/search/list?list=1")
    assert found.find("//dl[@class='stats']//dt/text()")[:3] == ["Found", "Would come in", "Suppressed"]


def test_forms_of_address_are_filled_in_many_at_a_time(office: Reader, pasted: str) -> None:
    assert [cell.split()[0] for cell in office.get(f"{pasted}/titles").find("//tbody/tr/th/bdi/text()")] == ["Ann"]
    wrong = office.post(f"{pasted}/titles", {"title-2": "=1+1", "title-x": "", "title-999": "Dr"}, expected=200)
    assert wrong.find("//input[@name='title-2']/@value") == ["=1+1"]
    office.post(f"{pasted}/titles", {"title-2": " Prof. ", "title-999999999999": "Dr"})
    assert people()[1] == ("Ann Lee", "ann@example.org", "Prof.")
    assert "Everybody has a form of address" in office.get(f"{pasted}/titles").words


def test_a_chinese_domain_is_shown_as_it_is_written(office: Reader, pasted: str) -> None:
    office.post(f"{pasted}/rows", {"rows": "郑,zheng@例子.中国"})
    assert people()[-1][1] == "zheng@xn--fsqu00a.xn--fiqs8s"
    shown = office.get(f"{pasted}?q=zheng")
    assert "zheng@例子.中国" in shown.words
    [edit] = shown.find("//tbody//td[1]/a/@href")
    [typed] = office.get(edit).find("//input[@name='email']/@value")
    office.post(edit, {"name": "郑工", "email": typed})
    assert people()[-1][:2] == ("郑工", "zheng@xn--fsqu00a.xn--fiqs8s")


def test_two_who_paste_the_same_at_once_add_everybody_once(app: Flask) -> None:
    list_id, rows = make_list(0), "\n".join(f"Guest {number}, g{number}@example.org" for number in range(50))

    def paste(_number: int) -> int:
        with app.app_context(), transaction():
            row = db.session.get_one(ContactList, list_id)
            return fill(row, read_contacts(read_text(rows)), Origin(), actor=SYSTEM).added

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(paste, range(4)))
    assert (sorted(added), len(people())) == ([0, 0, 0, 50], 50)


def test_another_lists_rows_and_people_are_not_there(office: Reader, pasted: str) -> None:
    other = f"{LISTS}/{make_list(0)}"
    for rest in ("people/1", "intakes/1", "intakes/1/rows.csv", "intakes/1/rows/1"):
        office.get(f"{pasted}/{rest}")
        office.get(f"{other}/{rest}", expected=404)
    for rest in ("people/1", "people/1/removal", "intakes/1/undo", "intakes/1/rows/1"):
        office.post(f"{other}/{rest}", expected=404)
