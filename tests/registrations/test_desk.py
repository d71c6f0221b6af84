"""The desk's pages: what helpers see and send, with and without scripts, and the points that organisers make."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from forums import ROOT, clock, tokens
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import operations
from forums.registrations.checkin.models import Passage, Point
from forums.registrations.checkin.operations import PointFacts, add_point
from forums.registrations.checkin.verdicts import Verdict
from forums.registrations.checkin.words import VERDICTS
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.client import Page, Reader
from tests.registrations.make import make_registration, make_registrations
from tests.rules.test_contrast import TEXT, luminance

OFFICE = "/office/e/alu-2027"
DESK = f"{OFFICE}/check-in"
DAY = "2097-03-18"
NINE = datetime(2097, 3, 18, 1, tzinfo=UTC)


@pytest.fixture
def helper(page, cast):
    return page.sign_in(cast.helper)


def scan(page: Reader, code: str, day: str = DAY, **fields: str) -> Page:
    return page.get(page.post(f"{DESK}/passages?day={day}", {"code": code, **fields}).location)


def send(page: Reader, scans: Any, *, query: str = "", expected: int = 200) -> Page:
    """A desk's queue, as its script sends it."""
    headers = {"X-CSRFToken": page.csrf()}
    body = {"scans": scans} if isinstance(scans, list) else scans
    return page.open("POST", f"{DESK}/passages.json{query}", json=body, headers=headers, expected=expected)


def queued(code: str, number: int = 0, at: datetime = NINE, **facts: Any) -> dict[str, Any]:
    return {"nonce": f"nonce-{number:06}", "code": code, "at": at.timestamp() * 1000, "offset": 0} | facts


def passages() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = select(Passage.direction, Passage.verdict).where(Passage.undone_at.is_(None)).order_by(Passage.id)
    return [(row[0], row[1]) for row in db.session.execute(rows)]


def test_helpers_check_in_and_see_no_contact_data(helper, edition: Edition) -> None:
    row = make_registration(edition, name="张伟", organisation="濉溪铝业", phone="138-0013 8000")
    reference, ticket = row.reference, tokens.sign("ticket", row.id, 1)
    for typed in ("zw", "濉溪", "8000"):
        found = scan(helper, typed)
        assert "张伟" in found.words
        assert "138 **** 8000" in found.words
        for secret in ("guest1@", "0013"):
            assert secret not in found.source
    for secret in ("guest1", "13800138000", "138", "0013", "001380"):
        assert "Nobody found" in helper.get(DESK, query_string={"q": secret}).words
    for typed, word in ((ticket, "Welcome"), (reference, "In since"), (reference.lower(), "Already checked in")):
        assert word in scan(helper, typed).words
    assert [verdict for _, verdict in passages()] == ["welcome", "already", "already"]
    first = db.session.scalars(select(Passage.id).order_by(Passage.id)).first()
    assert "Check-in taken back" in helper.get(helper.post(f"{DESK}/passages/{first}/undo").location).words
    assert passages() == []
    assert "Welcome" in scan(helper, reference, "2097-03-19").words
    assert db.session.scalars(select(Passage.day).where(Passage.undone_at.is_(None))).all() == [date(2097, 3, 19)]


@pytest.mark.parametrize(("state", "word"), [("cancelled", "Cancelled"), ("waitlisted", "On the waiting list")])
def test_who_has_no_place_is_not_let_in(helper, app, state: str, word: str) -> None:
    _, second = make_registrations(make_edition(capacity=1), 2)
    if state == "cancelled":
        with transaction():
            operations.cancel(second, actor=SYSTEM)
    shown = scan(helper, second.reference)
    assert word in shown.words
    assert "Guest 2" in shown.words
    assert passages() == []


def test_strange_tickets_are_told_apart(helper, edition: Edition) -> None:
    row, elsewhere = make_registration(edition), make_registration(make_edition(edition.series, slug="alu-2028"), 2)
    scans = {
        tokens.sign("ticket", row.id, 2): "This ticket was replaced",
        tokens.sign("ticket", elsewhere.id, 1): "A ticket of another event",
        elsewhere.reference: "A ticket of another event",
        tokens.sign("registration", row.id, 1): "Nobody found",
        "ZZZZ-ZZZZ": "Nobody found",
        "\u202e\U0001f3c6": "Nobody found",
        "a\x07b": "Not found",
        "x" * 1000: "Not found",
    }
    for scanned, word in scans.items():
        assert word in scan(helper, scanned).words, scanned


def test_a_form_that_is_sent_twice_is_one_passage(helper, edition: Edition) -> None:
    code = make_registration(edition).reference
    for _ in range(2):
        assert "Welcome" in scan(helper, code, nonce="the-same-form").words
    assert passages() == [("in", "welcome")]


def test_a_queue_is_noted_once_however_often_it_is_sent(helper, edition: Edition) -> None:
    rows = make_registrations(edition, 2)
    codes = [tokens.sign("ticket", row.id, 1) for row in rows]
    late = NINE + timedelta(minutes=5)
    queue = [queued(codes[0], 1, late), queued(codes[1], 2), queued(codes[0], 3)]
    with clock.frozen(NINE + timedelta(hours=1)):
        first = send(helper, queue, query=f"?day={DAY}").json["answers"]
        again = send(helper, queue[::-1], query=f"?day={DAY}").json["answers"][::-1]
    assert [one["verdict"] for one in first] == ["welcome"] * 3
    assert "once more" in first[2]["detail"], "the earlier scan came later: it says who was let in twice"
    assert [(one["nonce"], one["verdict"], one["passage"]) for one in again] == [
        (one["nonce"], one["verdict"], one["passage"]) for one in first
    ]
    assert len(passages()) == 3
    assert send(helper, [queued("nonsense", 4)]).json["answers"][0]["verdict"] == "unknown"
    assert {"email", "phone"} & set(first[0]) == {"phone"}
    assert first[0]["name"] == "Guest 1"


def test_a_clock_that_is_off_by_hours_is_put_right(helper, edition: Edition) -> None:
    code = make_registration(edition).reference
    slow = NINE - timedelta(hours=7)
    with clock.frozen(NINE + timedelta(hours=1)):
        answers = send(helper, [queued(code, 1, slow, offset=7 * 3600 * 1000)]).json["answers"]
        future = send(helper, [queued(code, 2, NINE + timedelta(days=90))]).json["answers"]
        another_day = send(helper, [queued(code, 3, NINE - timedelta(days=90))]).json["answers"]
    assert [one[0]["verdict"] for one in (answers, future, another_day)] == ["welcome", "already", "wrong_day"]
    db.session.rollback()
    assert db.session.scalars(select(Passage.at).order_by(Passage.id)).all() == [NINE, NINE + timedelta(hours=1)]


@pytest.mark.parametrize(
    "junk",
    [
        None,
        [],
        "scans",
        {"scans": "x"},
        {"scans": [1]},
        {"scans": [{}]},
        {"scans": [queued("a", at=NINE) | {"nonce": "short"}]},
        {"scans": [queued("a") | {"nonce": "\ud800" * 12}]},
        {"scans": [queued("a") | {"direction": "up"}]},
        {"scans": [queued("a") | {"at": float("nan")}]},
        {"scans": [queued("a") | {"at": True}]},
        {"scans": [queued("a") | {"offset": 1e300}]},
        {"scans": [queued("a" * 201)]},
        {"scans": [queued("a", n) for n in range(101)]},
    ],
)
def test_what_is_no_queue_is_refused(helper, edition: Edition, junk: Any) -> None:
    assert send(helper, {"x": 1} if junk == [] else junk, expected=400).json["error"]


def test_a_queue_needs_the_token(helper, edition: Edition) -> None:
    helper.app.config["WTF_CSRF_ENABLED"] = True
    helper.open("POST", f"{DESK}/passages.json", json={"scans": []}, expected=400)


def test_one_scan_takes_few_statements(helper, edition: Edition) -> None:
    first, second = (tokens.sign("ticket", row.id, 1) for row in make_registrations(edition, 2))
    with clock.frozen(NINE):
        send(helper, [queued(first, 1)])
        answer = send(helper, [queued(second, 2)])
    assert answer.json["answers"][0]["verdict"] == "welcome"
    assert len(answer.queries) <= 10, "\n".join(answer.queries)


def test_roster_people_and_counts(helper, edition: Edition) -> None:
    code = make_registration(edition, name="张伟", phone="13800138000").reference
    with clock.frozen(NINE):
        send(helper, [queued(code)])
        roster = helper.get(f"{DESK}/roster.json")
        people = helper.get(f"{DESK}/people.json?q=8000").json["people"]
        numbers = helper.get(f"{DESK}/counts.json").json
    assert (roster.json["day"], len(roster.json["people"])) == (DAY, 1)
    assert "13800138000" not in roster.text
    assert "guest1@" not in roster.text
    assert [(one["name"], one["phone"], one["last"]["direction"]) for one in people] == [
        ("张伟", "138 **** 8000", "in")
    ]
    assert (numbers["places"][0]["today"], numbers["places"][0]["expected"]) == (1, 1)
    assert helper.get(f"{DESK}/people.json?q=").json == {"people": []}


@pytest.mark.parametrize(("count", "queries"), [(1, 12), (40, 12)])
def test_the_roster_takes_as_many_queries_for_many(helper, edition: Edition, count: int, queries: int) -> None:
    make_registrations(edition, count)
    assert len(helper.get(f"{DESK}/roster.json").queries) <= queries


def test_organisers_make_points_and_helpers_use_them(page, cast, edition: Edition) -> None:
    hall = edition.halls[0].id
    code = make_registration(edition).reference
    page.sign_in(cast.organizer)
    assert "One entrance" in page.get(f"{DESK}/points").words
    page.post(f"{DESK}/points", {"name_en": "", "leads_to": "entrance"}, expected=200)
    page.post(f"{DESK}/points", {"name_en": "Hall door", "leads_to": f"hall-{hall}", "both_ways": "y"})
    assert "Hall door" in page.get(f"{DESK}/points").words
    made = db.session.scalars(select(Point).order_by(Point.id)).all()
    assert [(point.kind, point.both_ways) for point in made] == [("entrance", False), ("hall", True)]
    door = made[1].id
    page.post(f"{DESK}/points/{door}", {"name_en": "Main door", "both_ways": "y"})
    page.get(f"{DESK}/points/{door}")
    page.post(f"{DESK}/points/{door}/position", {"to": "up"})
    page.sign_in(cast.helper)
    page.get(f"{DESK}/points", expected=403)
    assert "Main door" in page.get(DESK).words
    for direction, word in (("in", "Welcome"), ("out", "Gone out"), ("in", "Welcome back")):
        answer = page.post(f"{DESK}/passages?day={DAY}&point={door}", {"code": code, "direction": direction})
        assert word in page.get(answer.location).words
    page.sign_in(cast.organizer)
    page.post(f"{DESK}/points/{door}/retirement")
    assert "retired" in page.get(f"{DESK}/points").words
    page.post(f"{DESK}/points/{made[0].id}/retirement")
    assert "the only point in use" in page.get(f"{DESK}/points").words
    page.post(f"{DESK}/points/{door}/retirement", {"retired": "no"})
    assert db.session.scalar(select(func.count(Point.id)).where(Point.retired_at.is_(None))) == 2


def test_another_events_rows_are_not_there(page, cast, edition: Edition) -> None:
    other = make_edition(edition.series, slug="alu-2028")
    row = make_registration(other)
    page.sign_in(cast.organizer)
    page.post("/office/e/alu-2028/check-in/passages", {"code": row.reference})
    passage, point = db.session.scalars(select(Passage.id)).one(), db.session.scalars(select(Point.id)).one()
    page.post(f"{DESK}/passages/{passage}/undo", expected=404)
    page.get(f"{DESK}/points/{point}", expected=404)
    page.post(f"{DESK}/points/{point}/retirement", expected=404)
    assert "Guest" not in page.get(f"{DESK}?passage={passage}&point={point}").words


def test_only_this_page_may_use_the_camera(helper, edition: Edition) -> None:
    desk, points = helper.get(DESK).response.headers, helper.get("/").response.headers
    assert "camera=(self)" in desk["Permissions-Policy"]
    assert "'wasm-unsafe-eval'" in desk["Content-Security-Policy"]
    assert "camera=()" in points["Permissions-Policy"]
    assert "wasm" not in points["Content-Security-Policy"]


def test_the_board_shows_the_numbers_and_who_was_turned_away(page, cast, app) -> None:
    edition = make_edition(capacity=1)
    first, second = (row.reference for row in make_registrations(edition, 2))
    with transaction():
        hall = db.session.scalars(select(Edition)).one().halls[0]
        add_point(hall.edition, PointFacts(Bilingual("门", "Hall door"), True, hall), actor=SYSTEM)
    page.sign_in(cast.helper)
    for code in (first, second):
        scan(page, code)
    board = page.get(f"{DESK}/board?day={DAY}")
    shown = [place.text_content().split() for place in board.find("//section[@data-place]")]
    assert [" ".join(words[:2]) for words in shown] == ["The venue", "Main Hall"]
    assert board.find("string(//section[@data-place='entrance-0']//p)").split() == ["1", "/", "1"]
    assert "On the waiting list: 1" in board.words
    assert "Hall door" in board.words
    page.sign_in(cast.auditor).get(f"{DESK}/board", expected=403)


def test_the_worker_answers_for_this_page_only(helper, edition: Edition) -> None:
    answer = helper.get(f"{DESK}/worker.js").response
    assert answer.headers["Service-Worker-Allowed"] == DESK
    assert answer.mimetype == "text/javascript"


def test_every_verdict_has_a_colour_a_sign_a_word_and_a_sound_of_its_own() -> None:
    colours = dict(re.findall(r"\.verdict-(\w+) { --tone: (#\w+)", (ROOT / "static/css/registrations.css").read_text()))
    signs = dict(re.findall(r'"(\w+)": "(\w+)"', (ROOT / "templates/registrations/checkin/parts.html").read_text()))
    sounds = dict(
        re.findall(r"^  (\w+): (\[\[.*\]\]),$", (ROOT / "static/js/desk/sounds.js").read_text(), re.MULTILINE)
    )
    for kind in (colours, signs, VERDICTS, sounds):
        assert len({str(kind[verdict]) for verdict in Verdict}) == len(Verdict)


def test_tones_are_readable_under_white_words() -> None:
    for verdict, colour in re.findall(
        r"\.verdict-(\w+) { --tone: (#\w+)", (ROOT / "static/css/registrations.css").read_text()
    ):
        assert 1.05 / (luminance(colour) + 0.05) >= TEXT, verdict
