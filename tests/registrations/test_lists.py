"""The registrations list: order, filters, columns, saved views, chosen rows, and files."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from forums.activity.models import Activity
from forums.agenda.models import Session
from forums.clock import now
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.jobs.models import Job
from forums.jobs.operations import run
from forums.registrations import operations
from forums.registrations.badges.models import BadgePrint
from forums.registrations.lists import operations as lists
from forums.registrations.lists import selection
from forums.registrations.lists.asked import Asked, read, read_query
from forums.registrations.lists.models import SavedView
from forums.registrations.models import Category, Registration, SessionPlace
from forums.registrations.queries import rank_of
from forums.registrations.questions.models import Answer, Choice, PickedChoice, Question
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.registrations.make import make_registration, make_registrations

LIST = "/office/e/alu-2027/registrations"
EXPORTS, VIEWS = f"{LIST}/exports", f"{LIST}/views"


def names(page) -> list[str]:
    return [bdi.text for bdi in page.find("//tbody/tr/td[2]/a/bdi")]


def heads(page) -> list[str]:
    return [" ".join(head.text_content().split()) for head in page.find("//thead//th")][1:]


@pytest.fixture
def three(app) -> Edition:
    """Confirmed, confirmed and waiting, in this order."""
    edition = make_edition(capacity=2)
    for number, (name, unit) in enumerate([("张伟", "濉溪铝业"), ("李娜", "中南大学"), ("Ann Lee", "Mill 100%")]):
        make_registration(edition, number, name=name, organisation=unit, phone=f"0561-607888{number}")
    return edition


# ---- The list


def test_search_filter_and_order(office, three: Edition) -> None:
    for query, found in (
        ("q=张", ["张伟"]),
        ("q=LINA", ["李娜"]),
        ("q=guest2@", ["Ann Lee"]),
        ("q=6078880", ["张伟"]),
        ("q='; --", []),
        ("state=waitlisted", ["Ann Lee"]),
        ("sort=name", ["Ann Lee", "李娜", "张伟"]),
        ("sort=-name", ["张伟", "李娜", "Ann Lee"]),
        ("sort=organisation", ["Ann Lee", "李娜", "张伟"]),
        ("sort=rank", ["Ann Lee", "张伟", "李娜"]),
        ("sort=-rank", ["Ann Lee", "李娜", "张伟"]),
        ("sort=state", ["李娜", "张伟", "Ann Lee"]),
        ("sort=category&state=confirmed", ["李娜", "张伟"]),
        ("sort=sessions", ["Ann Lee", "李娜", "张伟"]),
        ("state=nonsense&sort=created&category=x&page=99", ["张伟", "李娜", "Ann Lee"]),
        ("category=99999999999999999999", []),
        ("delegation=1", []),
        ("region=34", []),
        ("session=1", []),
        ("question=1&answer=99999999", []),
        (
            "columns=nothing,;DROP&sort=__class__&page=-3&view=x&question=-1&answer=%00x"[:-6],
            ["Ann Lee", "李娜", "张伟"],
        ),
    ):
        assert names(office.get(f"{LIST}?{query}")) == found, query


def test_every_column_sorts_and_says_so(office, three: Edition) -> None:
    page = office.get(f"{LIST}?sort=name&state=confirmed&columns=name,phone")
    assert heads(page) == ["Name↑", "Phone"]
    assert [head.get("aria-sort") for head in page.find("//thead//th")] == [None, "ascending", None]
    down, phone = (link.get("href") for link in page.find("//thead//th/a"))
    assert names(office.get(down)) == ["张伟", "李娜"]
    assert names(office.get(phone)) == ["张伟", "李娜"]
    for option in page.find("//select[@name='sort']/option"):
        assert sorted(names(office.get(f"{LIST}?sort={option.get('value')}"))) == ["Ann Lee", "张伟", "李娜"]


def test_the_list_takes_few_queries_whatever_its_length(office, edition: Edition) -> None:
    make_registrations(edition, 1)
    for_one = len(office.get(LIST).queries)
    with transaction():
        edition = db.session.scalars(select(Edition)).one()
        for number in range(2, 62):
            operations.register(edition, operations.Applicant(f"G{number}", f"g{number}@example.org"), actor=SYSTEM)
        db.session.execute(Edition.__table__.update().values(capacity=edition.taken))
    make_registrations(edition, 2)
    page = office.get(LIST)
    assert len(names(page)) == 50
    assert "62 rows" in page.words
    assert len(page.queries) <= for_one + 1, "the ranks, once somebody waits"
    assert len(page.queries) <= 5, page.queries
    assert len(office.get(f"{LIST}?q=g").queries) <= 5
    second = office.get(page.find("//a[@class='page-link'][text()='2']")[0].get("href"))
    assert len(names(second)) == 12


def test_ranks_are_those_of_the_whole_line(office, app) -> None:
    edition = make_edition(capacity=1)
    rows = make_registrations(edition, 6)
    with transaction():
        operations.cancel(db.session.get_one(Registration, rows[2].id), actor=SYSTEM)
        db.session.get_one(Registration, rows[5].id).wait_sequence = rows[3].wait_sequence  # alike: by age then
    waiting = db.session.scalars(select(Registration).where(Registration.wait_sequence.is_not(None))).all()
    expected = {row.name: str(rank_of(row)) for row in waiting}
    assert expected == {"Guest 2": "1", "Guest 4": "2", "Guest 6": "3", "Guest 5": "4"}
    for query in ("", "&q=guest5", "&q=guest6&state=waitlisted"):
        page = office.get(f"{LIST}?sort=rank&columns=name,rank{query}")
        shown = {
            name: cell.text_content() for name, cell in zip(names(page), page.find("//tbody/tr/td[3]"), strict=True)
        }
        assert shown == {name: expected.get(name, "") for name in shown}


def test_columns_and_filters_of_sessions_and_answers(office, three: Edition) -> None:
    first, second, _third = db.session.scalars(select(Registration).order_by(Registration.id)).all()
    with transaction():
        talk = Session(
            edition_id=three.id, title=Bilingual("参观", "Visit"), capacity=5, source_key="v", starts_at=now()
        )
        diet = Question(edition_id=three.id, key="diet", kind="choices", label=Bilingual("饮食", "Diet"))
        diet.choices = [Choice(label=Bilingual("清真", "Halal")), Choice(label=Bilingual("素食", "Vegetarian"))]
        note = Question(edition_id=three.id, key="note", kind="text", label=Bilingual("备注", "Note"), position=1)
        db.session.add_all([talk, diet, note])
        db.session.flush()
        db.session.add(SessionPlace(registration_id=first.id, session_id=talk.id, held=True))
        picked = [PickedChoice(choice_id=choice.id) for choice in diet.choices]
        db.session.add(Answer(registration_id=first.id, question_id=diet.id, picked=picked))
        db.session.add(Answer(registration_id=second.id, question_id=note.id, text="=1+1"))
        db.session.add(
            BadgePrint(
                registration_id=first.id,
                paper="a6",
                language="zh",
                name="",
                organisation="",
                title="",
                ticket_version=1,
                by="x",
            )
        )
        session_id, diet_id, note_id, halal = talk.id, diet.id, note.id, diet.choices[0].id
    for query, found in (
        (f"session={session_id}", ["张伟"]),
        (f"question={diet_id}", ["张伟"]),
        (f"question={diet_id}&answer={halal}", ["张伟"]),
        (f"question={diet_id}&answer=missing", ["Ann Lee", "李娜"]),
        (f"question={note_id}&answer=given", ["李娜"]),
        ("badge=printed", ["张伟"]),
        ("badge=unprinted&state=confirmed", ["李娜"]),
    ):
        assert names(office.get(f"{LIST}?{query}")) == found, query
    columns = f"columns=name,sessions,q{diet_id},q{note_id}&sort=created"
    page = office.get(f"{LIST}?{columns}")
    assert heads(page) == ["Name", "Sessions", "Diet", "Note"]
    cells = [[cell.text_content().strip() for cell in row.xpath("td")][1:] for row in page.find("//tbody/tr")]
    assert cells == [["张伟", "Visit", "Halal, Vegetarian", ""], ["李娜", "", "", "=1+1"], ["Ann Lee", "", "", ""]]
    assert table(office, columns)[1:] == [
        ["张伟", "Visit", "Halal, Vegetarian", ""],
        ["李娜", "", "", "'=1+1"],
        ["Ann Lee", "", "", ""],
    ]


def test_an_address_says_the_whole_list_and_nothing_more() -> None:
    asked = read(
        MultiDict([("q", "张 三"), ("columns", "name,email"), ("columns", "phone"), ("sort", "-name"), ("x", "1")])
    )
    assert asked == Asked(q="张 三", columns=("name", "email", "phone"), sort="-name")
    assert read_query(asked.query()) == asked
    assert Asked().query() == ""


# ---- Saved views


def view(**facts: str) -> dict[str, str]:
    return {"name": "Waiting", "query": "state=waitlisted&sort=rank&columns=name,rank"} | facts


def test_a_view_is_kept_once_shared_renamed_and_deleted(office, cast, three: Edition) -> None:
    for _twice in range(2):
        saved = office.post(VIEWS, view())
    assert db.session.scalar(select(func.count(SavedView.id))) == 1
    page = office.get(saved.location)
    assert (heads(page), names(page)) == (["Name", "Rank↑"], ["Ann Lee"])
    assert [chip.text_content() for chip in page.find("//*[@aria-current='page'][contains(@class, 'chip')]")] == [
        "Waiting"
    ]
    view_id = db.session.scalars(select(SavedView.id)).one()
    own = f"{VIEWS}/{view_id}"
    office.sign_in(cast.organizer)
    assert "Waiting" not in [chip.text_content() for chip in office.get(LIST).find("//a[@class='chip']")]
    office.get(own, expected=404)
    office.sign_in(cast.staff)
    office.get(own)
    office.post(own, {"name": "Queue", "shared": "y"})
    office.sign_in(cast.organizer)
    assert "Queue" in [chip.text_content() for chip in office.get(LIST).find("//a[@class='chip']")]
    office.post(f"{own}/deletion")
    office.post(f"{own}/deletion")
    assert db.session.scalar(select(func.count(SavedView.id))) == 0


def test_a_default_view_opens_by_itself_and_only_then(office, three: Edition) -> None:
    office.post(VIEWS, view(is_default="y"))
    office.post(VIEWS, view(name="All names", query="columns=name", is_default="y"))
    assert heads(office.get(LIST)) == ["Name"]
    assert len(heads(office.get(f"{LIST}?view=0"))) == 8, "one waits, so there are ranks"
    assert names(office.get(f"{LIST}?state=waitlisted")) == ["Ann Lee"]
    assert [row.is_default for row in db.session.scalars(select(SavedView).order_by(SavedView.id))] == [False, True]


def test_a_view_needs_a_name_of_its_own(office, three: Edition) -> None:
    office.post(VIEWS, view())
    office.post(VIEWS, view(name="Other"))
    for name in ("", " ", "\u202e", "x" * 81, "a\nb"):
        office.post(VIEWS, view(name=name))
    assert db.session.scalar(select(func.count(SavedView.id))) == 2
    other = db.session.scalars(select(SavedView.id).where(SavedView.name == "Other")).one()
    assert "already" in office.post(f"{VIEWS}/{other}", {"name": "Waiting"}, expected=200).words
    office.post(f"{VIEWS}/{other}", {"name": "Third"})
    office.get(VIEWS)


def test_views_of_another_edition_are_not_there(office, three: Edition) -> None:
    office.post(VIEWS, view())
    view_id = db.session.scalars(select(SavedView.id)).one()
    make_edition(db.session.scalars(select(Edition)).one().series, slug="alu-2028")
    elsewhere = f"/office/e/alu-2028/registrations/views/{view_id}"
    office.get(elsewhere, expected=404)
    office.post(f"{elsewhere}/deletion", expected=404)


# ---- Chosen rows


def chosen(edition: Edition, **form: str | list[str]) -> list[str]:
    picked = selection.chosen(edition, MultiDict(form))
    kept = selection.kept(picked.params)
    assert kept.count(edition) == picked.count(edition)
    return [row.name for row in db.session.scalars(kept.rows(edition))]


def test_what_is_ticked_and_what_everybody_means(three: Edition) -> None:
    other = make_registration(make_edition(three.series, slug="alu-2028"), 9).id
    first, second, third = db.session.scalars(select(Registration.id).order_by(Registration.id).limit(3))
    assert chosen(three, rows=[str(third), str(first), str(first)], query="sort=name") == ["Ann Lee", "张伟"]
    assert chosen(three, rows=[str(first)], query="state=waitlisted") == ["张伟"], "a tick counts, whatever the filter"
    assert chosen(three, rows=[str(other), "x", "-1", "9" * 30, str(second)]) == ["李娜"]
    assert chosen(three, everyone="1", query="state=confirmed&sort=name") == ["李娜", "张伟"]
    assert chosen(three, everyone="1", rows=[str(third)], query="q=张") == ["张伟"]
    for form in ({}, {"rows": ["", "0"]}, {"everyone": "0"}, {"query": "state=confirmed"}):
        with pytest.raises(selection.NothingChosen):
            chosen(three, **form)


# ---- Files


def table(office, query: str = "sort=created", **form: object) -> list[list[str]]:
    """The list as CSV."""
    answer = office.post(EXPORTS, {"format": "csv", "query": query, **form}, expected=200)
    assert answer.response.headers["Content-Disposition"] == "attachment; filename=alu-2027-registrations.csv"
    text = answer.response.get_data(as_text=True)
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:], newline="")))


def workbook(office, query: str = "sort=created") -> list[list[object]]:
    answer = office.post(EXPORTS, {"format": "xlsx", "query": query}, expected=200)
    cells = list(openpyxl.load_workbook(BytesIO(answer.response.data)).active.iter_rows())
    assert {cell.data_type for row in cells for cell in row if cell.value is not None} == {"s"}
    return [[cell.value for cell in row] for row in cells]


def test_a_file_is_the_view_and_runs_nothing(office, edition: Edition) -> None:
    strange = [
        ('=HYPERLINK("http://x","y")', "@SUM(1+1)", "+86 138-0013-8000"),
        ("00123", "-2+3", "0561 6078888"),
        ("😀 علي \u202eتجربة", "_x0041_", "008613800138000"),
        ("“引号”,\"x\"; 'y'", "＝1+1", ""),
    ]
    for number, (name, unit, phone) in enumerate(strange):
        make_registration(edition, number, name=name, organisation=unit, phone=phone)
    with transaction():
        row = db.session.scalars(select(Registration).order_by(Registration.id)).first()
        row.title = "bell\x07 and\x1b more"
    query = "columns=phone,name,organisation,title&sort=created"
    title = "bell\x07 and\x1b more"
    assert table(office, query) == [
        ["Phone", "Name", "Organisation", "Position or title"],
        ["+86 138-0013-8000", '\'=HYPERLINK("http://x","y")', "'@SUM(1+1)", title],
        ["0561 6078888", "00123", "'-2+3", ""],
        ["008613800138000", strange[2][0], "_x0041_", ""],
        ["", strange[3][0], "'＝1+1", ""],
    ]
    rows = workbook(office, query)
    assert [[row[1], unescape(row[2]), row[0] or ""] for row in rows[1:]] == [list(row) for row in strange]
    assert rows[1][3] == "bell� and� more"


def test_a_file_holds_those_who_were_chosen(office, three: Edition) -> None:
    first = db.session.scalars(select(Registration.id).order_by(Registration.id)).first()
    assert [row[0] for row in table(office, "sort=name&state=confirmed")[1:]] == ["李娜", "张伟"]
    assert [row[0] for row in table(office, rows=str(first))[1:]] == ["张伟"]
    assert [row[0] for row in table(office, rows=str(first), everyone="1")[1:]] == ["张伟", "李娜", "Ann Lee"]
    assert table(office, "q=nobody-at-all")[1:] == []
    office.post(EXPORTS, {"format": "exe"}, expected=400)


def test_who_took_what_out_is_recorded(office, cast, three: Edition) -> None:
    table(office, "state=confirmed&columns=name,phone")
    line = db.session.scalars(select(Activity).where(Activity.action == "registration.exported")).one()
    assert line.actor_label == "Staff (synthetic)"
    assert line.detail == {
        "registrations": 2,
        "format": "CSV",
        "filter": "state=confirmed",
        "columns": "name, phone",
        "contact": True,
    }
    for name, expected in (("helper", 403), ("auditor", 403), ("reviewer", 403), ("outsider", 404)):
        office.sign_in(getattr(cast, name)).post(EXPORTS, {"format": "csv"}, expected=expected)


def test_the_record_of_an_export_holds_no_contact_data(office, cast, three: Edition) -> None:
    table(office, "q=zhang@example.org")
    row_id = db.session.scalars(select(Registration.id).order_by(Registration.id)).first()
    office.post(f"{LIST}/{row_id}/cancellation", {"reason": "call 13800138000 or li@example.org"})
    line = db.session.scalars(select(Activity).where(Activity.action == "registration.exported")).one()
    assert line.detail["filter"] == "q=z****@example.org"
    shown = office.sign_in(cast.auditor).get("/office/activity").words
    assert "call 138 **** 8000 or l****@example.org" in shown
    assert ["13800138000" in shown, "zhang@example.org" in shown, "li@example.org" in shown] == [False] * 3


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_long_list_is_written_by_a_job(office, cast, three: Edition, monkeypatch, kind: str) -> None:
    monkeypatch.setattr(lists, "MOST_AT_ONCE", 2)
    bar = office.post(EXPORTS, {"format": kind, "query": "sort=name&columns=name,state"}).location
    assert "Waiting" in office.get(bar).words
    office.get(f"{bar}/file", expected=404)
    job_id = db.session.scalars(select(Job.id)).one()
    assert run(job_id)
    assert "3 registrations" in office.get(bar).words
    data = office.get(f"{bar}/file").response.data
    if kind == "csv":
        assert data.decode("utf-8-sig").splitlines() == [
            "Name,State", "Ann Lee,Waiting list", "李娜,Confirmed", "张伟,Confirmed",
        ]  # fmt: skip
    else:
        rows = openpyxl.load_workbook(BytesIO(data)).active.iter_rows(values_only=True)
        assert [row[0] for row in rows] == ["Name", "Ann Lee", "李娜", "张伟"]
    job = db.session.get_one(Job, job_id)
    assert (job.done, job.total, job.result) == (3, 3, {"rows": 3})
    office.sign_in(cast.organizer).get(f"{bar}/file", expected=404)
    monkeypatch.setattr(lists, "KEPT_SECONDS", -1)
    assert lists.remove_old_exports() == 1
    assert "is gone" in office.sign_in(cast.staff).get(bar).words
    office.get(f"{bar}/file", expected=404)


def test_categories_of_another_edition_filter_nobody_in(office, three: Edition) -> None:
    other = make_registration(make_edition(three.series, slug="alu-2028"), 9)
    category = db.session.get_one(Category, other.category_id)
    assert names(office.get(f"{LIST}?category={category.id}")) == []
