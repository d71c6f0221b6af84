"""Questions on a phone: built, moved by keyboard and by finger, answered on a condition, seen in the office."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from forums.demo.scan import sample_pdf
from tests.journeys.conftest import House, keep, plan_edition
from tests.journeys.test_forum import fill, press

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

EDITION = "asked-2098"
DESK = f"/office/e/{EDITION}"
PDF = {"name": "论文摘要.pdf", "mimeType": "application/pdf", "buffer": sample_pdf("Synthetic abstract")}


def add(
    desk: Page, kind: str, zh: str, en: str, *, choices: tuple[tuple[str, str], ...] = (), only_if: str = ""
) -> None:
    desk.goto(f"{DESK}/questions/new?kind={kind}")
    fill(desk, label_zh=zh, label_en=en)
    for number, (name, places) in enumerate(choices):
        desk.locator("[name=choice_en]").nth(number).fill(name)
        desk.locator("[name=choice_places]").nth(number).fill(places)
    if only_if:
        desk.locator("[name=shown_if]").select_option(label=only_if)
    press(desk, "Add")
    expect(desk.locator(".flashes")).to_contain_text("The question is added.")


def expect_order(desk: Page, names: list[str]) -> None:
    """The questions of registration are these, in this order, once the page has come back."""
    expect(desk.locator("#registration .question-label")).to_have_text([re.compile(re.escape(name)) for name in names])


def drag(desk: Page, label: str, above: str) -> None:
    """By its handle, as a finger would."""
    rows = desk.locator("#registration .question-entry")
    rows.filter(has_text=label).locator("[data-reorder-handle]").hover()
    desk.mouse.down()
    for y in (40, 4):  # over the row, then to its upper edge
        rows.filter(has_text=above).hover(position={"x": 20, "y": y}, force=True)
    desk.mouse.up()


def test_questions_from_the_builder_to_the_answer(house: House) -> None:
    assert plan_edition(house, "asked") == EDITION
    desk = house.staff("organizer", size="phone")
    desk.goto(f"{DESK}/questions")
    before = desk.locator("#registration .question-label a").all_text_contents()
    add(desk, "file", "论文摘要", "Abstract")
    add(desk, "choice", "是否住宿", "Hotel?", choices=(("Yes", "1"), ("No", "")))
    add(desk, "number", "房间数", "Rooms", only_if="only if “Hotel?” is “Yes”")
    expect_order(desk, [*before, "Abstract", "Hotel?", "Rooms"])

    # By keyboard: the button keeps the focus while its row moves.
    up = desk.get_by_role("button", name="Move up: Hotel?")
    up.focus()
    desk.keyboard.press("Enter")
    expect_order(desk, [*before, "Hotel?", "Abstract", "Rooms"])
    expect(desk.locator("[data-move]:focus")).to_have_attribute("aria-label", re.compile(r"Move (up|down): Hotel\?"))
    drag(desk, "Rooms", "Abstract")
    expect_order(desk, [*before, "Hotel?", "Rooms", "Abstract"])
    keep(desk, "questions-en-390")

    guest = house.window(size="phone")
    guest.goto(f"/e/{EDITION}/register")
    rooms = guest.get_by_label("Rooms")
    expect(rooms).to_be_hidden()
    guest.get_by_label("Yes").check()
    expect(rooms).to_be_visible()
    rooms.fill("many")
    fill(guest, name="Ann Guest", email="ann.questions@example.org")
    first = guest.locator("[name=category]").first
    if first.count():
        first.check()
    guest.locator("input[type=file]").set_input_files(PDF)
    guest.check("[name=consent]")
    guest.get_by_role("button", name=re.compile("Register|Ask for a place|Join")).click()
    expect(guest.locator(".error-summary")).to_contain_text("such as 12 or 3.5")
    expect(guest.locator(".kept-file")).to_contain_text("论文摘要.pdf")
    keep(guest, "questions-error-en-390")
    rooms.fill("2")
    guest.get_by_role("button", name=re.compile("Register|Ask for a place|Join")).click()
    expect(guest.locator("h1")).to_have_text("Your registration")
    expect(guest.locator(".answers")).to_contain_text("论文摘要.pdf")

    # The only room of its kind is gone, and says so.
    other = house.window(size="phone", language="zh-CN")
    other.goto(f"/e/{EDITION}/register")
    expect(other.locator(".form-check").filter(has_text="Yes")).to_contain_text("已满")
    expect(other.get_by_label(re.compile("Yes"))).to_be_disabled()

    # Another answer hides the number of rooms, and its answer goes.
    press(guest, "Change answers")
    guest.get_by_label("No", exact=True).check()
    expect(guest.get_by_label("Rooms")).to_be_hidden()
    press(guest, "Save")
    expect(guest.locator(".answers")).not_to_contain_text("Rooms")

    desk.goto(f"{DESK}/questions/answers")
    keep(desk, "questions-answers-en-390")
    hotel = desk.locator("section").filter(has_text="Hotel?").first
    hotel.locator("tr").filter(has_text="No").first.get_by_role("link").click()
    expect(desk.locator(".table-wrap")).to_contain_text("Ann Guest")
    desk.get_by_role("link", name="Ann Guest").click()
    expect(desk.locator(".answers")).to_contain_text("论文摘要.pdf")
    assert house.faults == []
