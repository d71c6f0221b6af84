"""The board by colour, its files and rules, and what waits on everybody's first page."""

from __future__ import annotations

import csv
from datetime import date
from io import BytesIO, StringIO

from openpyxl import load_workbook

from forums.agreements.followup import team
from forums.agreements.followup.models import RuleBook
from forums.agreements.followup.tasks import sweep
from forums.agreements.followup.team import ActionFacts, MemberFacts, ObstacleFacts
from forums.agreements.models import Project
from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import make_approved, make_project
from tests.agreements.test_alarms import DAY0, led, now_is
from tests.cast import Cast
from tests.client import Reader

SERIES = "/office/series/alu"
BOARD = f"{SERIES}/followup"


def three_colours(edition: Edition, cast: Cast) -> tuple[int, int, int]:
    """A red, a yellow and a green project, beside one that nobody follows up and one that is over."""
    green = led(edition, cast, stage="full", name="绿（示例）")
    yellow = led(edition, cast, stage="started", name="黄（示例）")
    red = led(edition, cast, stage="started", name="红（示例）")
    for over in ("无班子（示例）", "已终止（示例）"):
        make_project(edition, cast, over, stage="terminated" if "终止" in over else "lead")
    with now_is(70), transaction():
        row = db.session.get_one(Project, red)
        facts = ActionFacts("=CALL()", date(2098, 4, 1), team.queries.team_of(row)[0].id)
        team.plan_action(row, facts, actor=cast.staff.actor)
        team.report_obstacle(row, ObstacleFacts("No power line", DAY0), actor=cast.staff.actor)
        team.join(row, MemberFacts("leader", account=cast.organizer), actor=cast.staff.actor)
    with now_is(70):
        sweep()
    return red, yellow, green


def test_the_board_shows_the_worst_first_and_filters(edition: Edition, cast: Cast, page: Reader) -> None:
    edition_id = edition.id
    page.sign_in(cast.auditor)
    assert "No projects to follow up" in page.get(BOARD).words
    edition = db.session.get_one(Edition, edition_id)
    make_approved(edition, cast, "1.37亿元")
    red, yellow, green = three_colours(edition, cast)
    with now_is(71):
        page.sign_in(cast.organizer)
        shown = page.get(BOARD)
        links = shown.find("//tbody/tr/th/a/@href")
        assert links[:3] == [f"{SERIES}/projects/{row}/followup" for row in (red, yellow, green)]
        assert len(links) == 5
        assert [" ".join(s.split()) for s in shown.find("//dd[@class='stat-value']/text()")] == ["1", "1", "1", "2"]
        for words in ("no visit for 71 days", "next action overdue by 41 days", "No power line"):
            assert words in shown.words, words
        for asked, number in (
            ("colour=red", 1), ("colour=none", 2), ("leader=mine", 1), (f"leader=a{cast.staff.id}", 2),
            ("edition=alu-2027", 1), ("segment=77", 0), ("leader=x&colour=%01&edition=x&segment=x&page=x", 5),
        ):  # fmt: skip
            assert len(page.get(f"{BOARD}?{asked}").find("//tbody/tr")) == number, asked
        section = page.get(f"{SERIES}/projects/{red}").find("//section[@id='followup']")[0].text_content()
        assert "No power line" in section
        assert "Organizer (synthetic)" in section
        assert "Your projects that wait" in page.get("/office/").words
        page.sign_in(cast.reviewer)
        assert "Your projects that wait" not in page.get("/office/").words
    page.sign_in(cast.helper).get(BOARD, expected=403)


def test_the_files_hold_the_same_rows_and_no_formulas(edition: Edition, cast: Cast, page: Reader) -> None:
    three_colours(edition, cast)
    page.sign_in(cast.auditor)
    with now_is(71):
        rows = list(csv.reader(StringIO(page.get(f"{BOARD}.csv").response.data.decode("utf-8-sig"))))
        book = load_workbook(BytesIO(page.get(f"{BOARD}.xlsx?colour=red").response.data))
    assert [row[3] for row in rows[1:]] == ["red", "yellow", "green", "no team"]
    assert rows[1][9:14] == ["Organizer (synthetic)", "'=CALL()", "Staff (synthetic)", "2098-04-01", "No power line"]
    cells = [cell for line in book.active.iter_rows() for cell in line if cell.value is not None]
    assert "=CALL()" in {cell.value for cell in cells}
    assert "f" not in {cell.data_type for cell in cells}
    assert book.active.max_row == 2


def test_rules_are_set_on_their_page(edition: Edition, cast: Cast, page: Reader) -> None:
    series_id = edition.series_id
    page.sign_in(cast.staff)
    form = page.get(f"{BOARD}/rules")
    sent = {field.get("name"): field.get("value") or "" for field in form.find("//main//form//input")}
    sent |= {field.get("name"): field.value or "" for field in form.find("//main//form//select")}
    first = {"rules-0-yellow": "9", "rules-0-red": "8"}
    kept = page.post(f"{BOARD}/rules", sent | first, expected=200)
    assert "Red comes after yellow" in kept.words
    assert kept.find("//input[@name='rules-0-yellow']/@value") == ["9"]
    page.post(f"{BOARD}/rules", sent | {"rules-0-yellow": "x"}, expected=200)
    page.post(f"{BOARD}/rules", sent | {"rules-0-yellow": "30", "rules-1-yellow": "", "rules-1-red": ""})
    book = db.session.get_one(RuleBook, series_id)
    assert [row["rule"] for row in book.rules].count("no_progress") == 1
    assert book.rules[0] == {"rule": "no_visit", "stage": "", "yellow": 30, "red": 120}
    stale = page.post(f"{BOARD}/rules", sent | {"rules-0-yellow": "40"}, expected=200)
    assert "Somebody has changed the rules" in stale.words
    assert stale.find("//input[@name='rules-0-yellow']/@value") == ["40"]
    version = stale.find("//input[@name='version']/@value")[0]
    page.post(f"{BOARD}/rules", sent | {"rules-0-yellow": "40", "version": version})
    page.sign_in(cast.auditor).get(f"{BOARD}/rules", expected=403)


def test_the_board_takes_the_same_queries_for_one_and_for_twenty(edition: Edition, cast: Cast, page: Reader) -> None:
    edition_id = edition.id
    led(edition, cast, stage="started")
    page.sign_in(cast.staff)
    with now_is(90):
        sweep()
        before = [len(page.get(url).queries) for url in (BOARD, f"{BOARD}.csv", "/office/")]
        for number in range(4):
            led(db.session.get_one(Edition, edition_id), cast, stage="started", name=f"{number}（示例）")
        sweep()
        assert [len(page.get(url).queries) for url in (BOARD, f"{BOARD}.csv", "/office/")] == before
