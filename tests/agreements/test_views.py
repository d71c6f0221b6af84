"""The office pages: recording, reviewing, reading tallies."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from forums.agreements import drafting, queries
from forums.agreements.models import Agreement, Project
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import CODE, make_approved, make_draft, make_project, pass_review
from tests.cast import Cast, make_edition
from tests.client import Page, Reader
from tests.documents.hostile import PLAIN

HOME = "/office/e/alu-2027/agreements"
SERIES = "/office/series/alu"


def typed(**more: Any) -> dict[str, Any]:
    """A full form, as a browser sends it."""
    return {
        "project": "new",
        "name_zh": "铝箔项目（示例）",
        "name_en": "",
        "enterprise_zh": "示例铝业有限公司",
        "credit_code": CODE,
        "segment": "",
        "origin": "31",
        "channel": "business",
        "stage": "agreement",
        "title_zh": "投资协议（示例）",
        "kind": "investment",
        "binding": "contract",
        "relation": "first",
        "earlier": "",
        "signed_on": "2097-03-18",
        "position": "1",
        "document_state": "signed",
        "amount": "27.2亿元",
        "basis": "total_investment",
        "parties-0-role": "host",
        "parties-0-name_zh": "示例县人民政府",
        **more,
    }


def one() -> Agreement:
    db.session.rollback()
    return db.session.scalars(select(Agreement)).one()


def test_staff_record_what_was_signed_and_the_page_says_what_was_understood(
    edition: Edition, cast: Cast, page: Reader
) -> None:
    page.sign_in(cast.staff)
    page.get(f"{HOME}/new")
    scan = (BytesIO(PLAIN), "峰会协议.pdf")
    answer = page.post(f"{HOME}/new", typed(scan=scan))
    row = one()
    assert answer.location == f"{HOME}/{row.id}"
    shown = page.get(answer.location)
    row = one()
    assert "27.2亿元 = 2,720,000,000 yuan" in shown.words
    assert "2.72 billion yuan" in shown.words
    assert (row.project.organisation and row.project.organisation.credit_code, row.project.channel) == (
        CODE,
        "business",
    )
    (kept,) = row.scans
    assert page.get(f"{HOME}/{row.id}/scans/{kept.id}").response.data == PLAIN


def test_a_bad_amount_keeps_everything_typed(edition: Edition, cast: Cast, page: Reader) -> None:
    page.sign_in(cast.staff)
    shown = page.post(f"{HOME}/new", typed(amount="27.2", aliases="旧名"), expected=200)
    assert "has no unit" in shown.words
    for name, value in (("name_zh", "铝箔项目（示例）"), ("amount", "27.2"), ("parties-0-name_zh", "示例县人民政府")):
        assert shown.find(f"//input[@name='{name}']/@value") == [value]
    assert db.session.scalar(select(func.count()).select_from(Project)) == 0


@pytest.mark.parametrize(
    "junk",
    [
        {"amount": ""},
        {"amount": "-5亿元"},
        {"amount": "\x01亿"},
        {"amount": "5亿元", "undisclosed": "y"},
        {"credit_code": "123"},
        {"parties-0-credit_code": CODE[:-1] + "1"},
        {"project": "999999"},
        {"project": "x"},
        {"segment": "9"},
        {"kind": "x"},
        {"position": "9" * 30},
        {"signed_on": "2097-99-99"},
        {"signed_on": "1999-01-01"},
        {"earlier": "77"},
        {"relation": "upgrade"},
        {"title_zh": "长" * 400},
        {"name_zh": "\x07"},
        {"parties-0-role": "emperor"},
        {"scan": (BytesIO(b"MZ not a pdf"), "a.pdf")},
    ],
)
def test_junk_in_a_field_comes_back_with_the_form(
    edition: Edition, cast: Cast, page: Reader, junk: dict[str, Any]
) -> None:
    page.sign_in(cast.staff)
    if "scan" in junk:
        junk = {"scan": (BytesIO(b"MZ not a pdf"), "a.pdf")}
    page.post(f"{HOME}/new", typed(**junk), expected=200)
    assert db.session.scalar(select(func.count()).select_from(Agreement)) == 0


def test_control_characters_are_left_out(edition: Edition, cast: Cast, page: Reader) -> None:
    page.sign_in(cast.staff)
    page.post(f"{HOME}/new", typed(name_zh="铝\x01箔", number="7\x1f"))
    assert (one().project.name.zh, one().number) == ("铝箔", "7")
    page.get(f"{HOME}?q=%01%ff&state=%07&page=-1")
    page.get(f"{SERIES}/projects?q=%25%01")
    page.get(f"{SERIES}/tallies?unit=%01")


def test_the_amount_is_echoed_and_compared_while_it_is_typed(edition: Edition, cast: Cast, page: Reader) -> None:
    edition_id, row = edition.id, make_draft(edition, cast, "1亿元")
    for amount in ("2亿元", "3亿元", "4亿元"):
        make_draft(edition, cast, amount)
    project = make_project(edition, cast, confidential=True)
    row_of, secret = row.project_id, make_draft(edition, cast, "5亿元", project=project).project_id
    ask = f"{HOME}/amount.json?kind=investment&text="
    page.sign_in(cast.organizer)
    assert page.get(f"{ask}27.2亿元").json == {
        "echo": "27.2亿元 = 2,720,000,000 yuan", "error": "", "warning": "",
        "words": "two billion seven hundred and twenty million yuan",
    }  # fmt: skip
    assert "unit" in page.get(f"{ask}27.2").json["error"]
    assert page.get(f"{ask}10亿元&project={row_of}").json["warning"].startswith("1 billion yuan is ten times")
    assert page.get(f"{ask}50亿元&project={secret}").json["warning"] == ""
    make_draft(db.session.get_one(Edition, edition_id), cast, "5亿元")
    assert "the median is 300 million yuan" in page.get(f"{ask}50亿元").json["warning"]
    for calm in ("50亿元&basis=paid_in", "5000万美元", "5亿元&project=x&agreement=%01"):
        assert page.get(f"{ask}{calm}").json["warning"] == ""
    page.language = "zh"
    assert page.get(f"{ask}6.99亿").json["words"] == "陆亿玖仟玖佰万元整"
    assert page.get(f"{ask}6.99亿").json["echo"] == "6.99亿 = 699,000,000元"


def test_three_people_review_through_the_pages(edition: Edition, cast: Cast, page: Reader) -> None:
    row = make_draft(edition, cast)
    url = f"{HOME}/{row.id}"
    page.sign_in(cast.staff)
    page.post(f"{url}/submission", {"version": row.version})
    page.sign_in(cast.reviewer)
    assert page.get(url).find(f"//form[@action='{url}/verification']")
    page.post(f"{url}/verification", {"version": one().version})
    shown = page.get(url)
    assert not shown.find(f"//form[@action='{url}/approval']")
    page.post(f"{url}/approval", {"version": one().version})
    assert one().review == "verified"
    page.sign_in(cast.reviewer2)
    page.post(f"{url}/approval", {"version": one().version})
    assert one().review == "approved"
    assert "Approved. It counts" in page.get(url).words


def test_only_reviewers_review_and_an_old_page_does_nothing(edition: Edition, cast: Cast, page: Reader) -> None:
    row = pass_review(make_draft(edition, cast), cast, until="submitted")
    url, version = f"{HOME}/{row.id}", row.version
    for somebody in (cast.staff, cast.organizer, cast.admin, cast.helper, cast.auditor):
        page.sign_in(somebody)
        for step in ("verification", "approval", "return", "lock", "proposal/confirmation", "proposal/rejection"):
            page.post(f"{url}/{step}", {"version": version, "comment": "x"}, expected=403)
    page.sign_in(cast.outsider).post(f"{url}/verification", {"version": version}, expected=404)
    page.sign_in(cast.reviewer)
    for old in (version - 1, "", "x", "9" * 40):
        page.post(f"{url}/verification", {"version": old})
    assert one().review == "submitted"
    page.get(f"{url}/verification", expected=405)


def test_a_returned_agreement_shows_the_comment_and_can_be_changed(edition: Edition, cast: Cast, page: Reader) -> None:
    row = pass_review(make_draft(edition, cast), cast, until="submitted")
    url, version = f"{HOME}/{row.id}", row.version
    page.sign_in(cast.reviewer)
    page.post(f"{url}/return", {"version": version, "comment": ""}, expected=200)
    said = {"comment": "Page 2 is missing", "comments-amounts": "Is it 6亿元?"}
    page.post(f"{url}/return", {"version": version, **said})
    page.sign_in(cast.staff)
    shown = page.get(url)
    assert "Page 2 is missing" in shown.words
    assert shown.find("//dd//*[@class='field-comment']//text()") == ["Is it 6亿元?"]
    form = page.get(f"{url}/facts")
    assert form.find("//*[@id='amount-said']/text()") == ["Is it 6亿元?"]
    values = {
        field.get("name"): field.get("value") or ""
        for field in form.find("//form[@enctype]//input[not(@type='file' or @type='checkbox')]")
    }
    chosen = {field.get("name"): field.value or "" for field in form.find("//form[@enctype]//select")}
    page.post(f"{url}/facts", {**values, **chosen, "amount": "6亿元"})
    assert [entry.fen for entry in one().amounts] == [60_000_000_000]
    assert len(one().parties) == 2


def typed_in(shown: Page) -> dict[str, Any]:
    """What a browser would send of the form that stands on the page."""
    fields = shown.find("//main//form[not(contains(@class, 'filters'))]//*[self::input or self::textarea]")
    values = {
        one.get("name"): one.get("value") or one.text or ""
        for one in fields
        if one.get("type") not in {"file", "checkbox"}
    }
    boxes = {one.get("name"): "y" for one in fields if one.get("type") == "checkbox" and one.get("checked") is not None}
    return values | boxes | {one.get("name"): one.value or "" for one in shown.find("//main//form//select")}


def test_whoever_saves_an_agreement_second_is_told_and_loses_nothing(
    edition: Edition, cast: Cast, page: Reader
) -> None:
    row = make_draft(edition, cast, "5亿元", number="7")
    url = f"{HOME}/{row.id}/facts"
    page.sign_in(cast.staff)
    opened = typed_in(page.get(url))
    page.post(url, {**opened, "amount": "6亿元", "number": "8", "parties-0-name_zh": "示例市人民政府"})
    page.sign_in(cast.organizer)
    late = page.post(url, {**opened, "amount": "8亿元", "title_en": "Mine"}, expected=200)
    assert "Staff (synthetic) has changed this since you opened it" in late.words
    assert late.find("//*[@id='amount-said']/text()") == ["Now: 6亿元"]
    again = typed_in(late)
    assert [again[name] for name in ("amount", "title_en", "number", "parties-0-name_zh")] == [
        "8亿元", "Mine", "8", "示例市人民政府",
    ]  # fmt: skip
    page.post(url, {**again, "opened": "{broken"})
    assert ([e.source_text for e in one().amounts], one().title.en, one().number) == (["8亿元"], "Mine", "8")
    assert page.post(url, {**opened, "opened": "[]", "number": "9"}, expected=200).find(
        "//input[@name='number']/@value"
    ) == ["9"]


def test_whoever_saves_a_project_second_is_told_and_loses_nothing(edition: Edition, cast: Cast, page: Reader) -> None:
    project = make_project(edition, cast).id
    url = f"{SERIES}/projects/{project}/facts"
    page.sign_in(cast.staff)
    opened = typed_in(page.get(url))
    page.post(url, {**opened, "channel": "business", "name_en": "Theirs", "confidential": "y"})
    page.sign_in(cast.reviewer)
    late = page.post(url, {**opened, "name_en": "Mine", "aliases": "旧名"}, expected=200)
    assert "Staff (synthetic) has changed this since you opened it" in late.words
    assert late.find("//*[@id='name_en-said']/text()") == ["Now: Theirs"]
    page.post(url, typed_in(late))
    db.session.rollback()
    row = db.session.get_one(Project, project)
    assert (row.name.en, row.channel, row.aliases, row.confidential, row.version) == (
        "Mine",
        "business",
        "旧名",
        True,
        3,
    )


def test_corrections_and_cancellations(edition: Edition, cast: Cast, page: Reader) -> None:
    row = make_approved(edition, cast)
    url = f"{HOME}/{row.id}"
    page.sign_in(cast.organizer)
    wrong = {"version": row.version, "amount": "4", "basis": "total_investment", "reason": "Annex", "proof": "upload"}
    kept = page.post(f"{url}/correction", wrong, expected=200)
    assert kept.find("//input[@name='amount']/@value") == ["4"]
    assert "Attach the document" in kept.words
    scan = (BytesIO(PLAIN), "附件二.pdf")
    page.post(f"{url}/correction", {**wrong, "amount": "4亿元", "evidence": scan})
    assert (one().review, [entry.fen for entry in one().amounts]) == ("submitted", [40_000_000_000])
    shown = page.get(url)
    assert "Why did this change?" in shown.words
    (proof,) = set(shown.find("//section[@id='ledger']//a[contains(@href, '/evidence/')]/@href")[1:])
    assert page.get(proof).response.data == PLAIN
    page.post(f"{url}/cancellation", {"version": one().version, "on": "2097-04-01", "cause": "Sold"})
    page.post(f"{url}/proposal/confirmation", {"version": one().version}, expected=403)
    page.sign_in(cast.reviewer)
    assert "It is proposed to cancel this agreement" in page.get(url).words
    page.post(f"{url}/proposal/confirmation", {"version": one().version})
    assert one().cancel_reason == "Sold"
    assert "Cancelled" in page.get(url).words
    page.post(f"{url}/proposal/confirmation", {"version": one().version})
    assert "Nothing is proposed" in page.get(url).words
    page.post(f"{url}/reinstatement", {"version": one().version, "reason": ""})
    page.post(f"{url}/reinstatement", {"version": one().version, "reason": "Bought again"})
    page.post(f"{url}/proposal/withdrawal", {"version": one().version})
    assert (one().cancel_reason, one().open_proposal) == ("Sold", None)


def test_lists_filter_and_show_the_queue_by_age(edition: Edition, cast: Cast, page: Reader) -> None:
    make_draft(edition, cast)
    waiting = pass_review(make_draft(edition, cast), cast, until="submitted").id
    page.sign_in(cast.auditor)
    assert len(page.get(HOME).find("//tbody/tr")) == 2
    links = page.get(f"{HOME}?state=queue").find("//tbody/tr/th/a/@href")
    assert links == [f"{HOME}/{waiting}"]
    assert "No agreement like that" in page.get(f"{HOME}?q=nothing").words
    page.sign_in(cast.helper).get(HOME, expected=403)
    page.sign_in(cast.outsider).get(HOME, expected=404)


def test_another_edition_does_not_show_the_agreement(edition: Edition, cast: Cast, page: Reader) -> None:
    row_id = make_draft(edition, cast).id
    make_edition(edition.series, slug="alu-2028")
    page.sign_in(cast.staff).get(f"/office/e/alu-2028/agreements/{row_id}", expected=404)
    page.post(f"/office/e/alu-2028/agreements/{row_id}/submission", {"version": 1}, expected=404)
    page.get(f"{HOME}/999999", expected=404)


def test_projects_show_their_signings_and_duplicates_are_set_aside(edition: Edition, cast: Cast, page: Reader) -> None:
    first = make_approved(edition, cast).project_id
    twin = make_approved(edition, cast).project_id
    url = f"{SERIES}/projects/{twin}"
    page.sign_in(cast.reviewer)
    assert len(page.get(f"{SERIES}/projects").find("//tbody/tr")) == 2
    page.post(f"{url}/duplicate", {"into": "77", "reason": "x"}, expected=200)
    page.post(f"{url}/duplicate", {"into": first, "reason": "The same credit code"})
    assert "The same credit code" in page.get(url).words
    page.get(f"{SERIES}/projects/{first}")
    page.post(f"{url}/restoration")
    assert db.session.get_one(Project, twin).merged_into_id is None
    page.sign_in(cast.staff).post(f"{url}/duplicate", {"into": first, "reason": "x"}, expected=403)


def test_projects_and_segments_are_changed(edition: Edition, cast: Cast, page: Reader) -> None:
    project = make_project(edition, cast).id
    page.sign_in(cast.staff)
    page.post(f"{SERIES}/segments", {"name_zh": "板带箔", "name_en": "Sheet, strip, foil"})
    page.post(f"{SERIES}/segments", {"name_zh": "", "name_en": ""}, expected=200)
    assert "Sheet, strip, foil" in page.get(f"{SERIES}/segments").find("//table//input/@value")
    url = f"{SERIES}/projects/{project}/facts"
    page.get(url)
    facts = {"name_zh": "新名（示例）", "segment": "1", "origin": "", "channel": "", "stage": "talks", "version": "1"}
    page.post(url, facts)
    page.post(url, {**facts, "name_zh": ""}, expected=200)
    db.session.rollback()
    assert (db.session.get_one(Project, project).name.zh, db.session.get_one(Project, project).segment_id) == (
        "新名（示例）",
        1,
    )


def test_tallies_read_in_both_languages_and_lead_to_their_rows(edition: Edition, cast: Cast, page: Reader) -> None:
    make_approved(edition, cast, "27.2亿元")
    make_draft(edition, cast, "3亿元")
    page.sign_in(cast.auditor)
    for url in (f"{SERIES}/tallies", "/office/e/alu-2027/tallies"):
        shown = page.get(url)
        assert "2.72 billion yuan" in shown.words
        assert "+300.00" in shown.words
        for link in set(shown.find("//main//table//a/@href")):
            page.get(link)
    page.language = "zh"
    assert "27.2亿元" in page.get(f"{SERIES}/tallies").words
    assert "27.20" in page.get(f"{SERIES}/tallies?unit=yi").words
    rows = page.get(f"{SERIES}/tallies/rows?pending=1")
    assert len(rows.find("//tbody/tr")) == 1
    page.get(f"{SERIES}/tallies/rows?edition=x&page=x&column=%01")
    page.sign_in(cast.helper).get(f"{SERIES}/tallies", expected=403)
    page.sign_in(cast.outsider).get(f"{SERIES}/tallies", expected=404)


def test_exports_hold_the_same_figures_and_no_formulas(edition: Edition, cast: Cast, page: Reader) -> None:
    with transaction():
        evil = drafting.add_segment(edition.series, Bilingual("=1+1", '=HYPERLINK("x")'), actor=cast.organizer.actor)
    make_approved(edition, cast, "27.2亿元", project=make_project(edition, cast, segment_id=evil.id))
    page.sign_in(cast.auditor)
    text = page.get(f"{SERIES}/tallies.csv?unit=yi").response.data.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    assert ['\'=HYPERLINK("x")', "1", "1", "1", "27.2", "0", "0", "0", "0"] in rows
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    book = load_workbook(BytesIO(page.get(f"{SERIES}/tallies.xlsx?unit=yi").response.data))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert "f" not in {cell.data_type for cell in cells}
    assert {'=HYPERLINK("x")', 27.2} <= {cell.value for cell in cells}
    page.get("/office/e/alu-2027/tallies.xlsx")
    page.get(f"{SERIES}/tallies.exe", expected=404)


def test_confidential_amounts_are_seen_only_with_the_right(edition: Edition, cast: Cast, page: Reader) -> None:
    project = make_project(edition, cast, confidential=True)
    row = make_approved(edition, cast, "1.37亿元", project=project)
    row_id, project_id = row.id, project.id
    make_approved(edition, cast, "5亿元")
    urls = [
        HOME, f"{HOME}/{row_id}", f"{SERIES}/projects/{project_id}", f"{SERIES}/tallies", f"{SERIES}/tallies/rows",
        f"{SERIES}/tallies.csv", "/office/e/alu-2027/tallies", f"{HOME}?state=approved",
    ]  # fmt: skip
    tells = ("1.37", "137", "637", "6.37")
    page.sign_in(cast.organizer)
    for url in urls:
        source = page.get(url).source
        assert not [tell for tell in tells if tell in source.replace("\n", "")], url
    page.get(f"{HOME}/{row_id}/facts", expected=404)
    page.sign_in(cast.reviewer)
    assert "137 million yuan" in page.get(f"{HOME}/{row_id}").words
    assert "637 million yuan" in page.get(f"{SERIES}/tallies").words
    page.sign_in(cast.organizer)
    book = load_workbook(BytesIO(page.get(f"{SERIES}/tallies.xlsx").response.data))
    values = {str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line}
    assert not [value for value in values for tell in tells if tell in value]


def test_who_may_not_see_an_amount_cannot_become_its_drafter_by_correcting_it(
    edition: Edition, cast: Cast, page: Reader
) -> None:
    row = make_approved(edition, cast, "1.37亿元", project=make_project(edition, cast, confidential=True))
    page.sign_in(cast.organizer)
    wrong = {"version": str(row.version), "amount": "1亿元", "basis": "total_investment", "reason": "to see it"}
    page.post(f"{HOME}/{row.id}/correction", wrong, expected=404)
    assert (one().review, "1.37" in page.get(f"{HOME}/{row.id}").source) == ("approved", False)


def test_pages_take_the_same_queries_for_one_and_for_thirty_rows(edition: Edition, cast: Cast, page: Reader) -> None:
    edition_id = edition.id
    urls = [
        HOME,
        f"{SERIES}/projects",
        f"{SERIES}/tallies",
        f"{SERIES}/tallies/rows",
        f"{HOME}/1",
        f"{SERIES}/projects/1",
        f"{HOME}/new",
    ]
    page.sign_in(cast.reviewer)
    make_approved(edition, cast)
    before = [len(page.get(url).queries) for url in urls]
    for _ in range(29):
        make_approved(db.session.get_one(Edition, edition_id), cast)
    assert [len(page.get(url).queries) for url in urls] == before
    assert len(queries.credited(db.session.get_one(Edition, edition_id).series)) == 30
