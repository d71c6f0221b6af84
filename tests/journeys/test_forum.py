"""One forum, from the first plan to the outcome report, in a browser, with letters through a real SMTP server."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from forums.demo.scan import sample_pdf
from tests.agenda import files
from tests.journeys.conftest import House, keep

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def fill(page: Page, **fields: str) -> None:
    """Type into, or choose in, the fields of these names."""
    for name, value in fields.items():
        field = page.locator(f"[name={name}]:not([type=hidden])")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def press(page: Page, name: str) -> None:
    """The button or link of exactly this name, and then, where it asks, its confirmation."""
    page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).first.click()
    dialog = page.locator("dialog[open]")
    if dialog.count():
        dialog.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def confirm(page: Page, action: str) -> None:
    """What cannot be undone: open the question in front of the form to this address, and say yes. In any language."""
    label = page.locator(f"form[action$='{action}'] button[type=submit]").first.text_content() or ""
    press(page, label.strip())


def link_in(letter: EmailMessage, path: str) -> str:
    """The first link in the letter's plain text whose path begins like this."""
    body = letter.get_body(("plain",))
    assert body is not None
    found = re.search(rf"https?://[^\s]+{re.escape(path)}[^\s]*", body.get_content())
    assert found, body.get_content()
    return found[0]


def plan_the_forum(house: House) -> Page:
    desk = house.staff("organizer")
    desk.goto("/office/series/new")
    fill(desk, slug="foil", title_zh="铝箔论坛（示例）", title_en="Foil Forum (synthetic)")
    press(desk, "Make the series")
    fill(desk, slug="foil-2098", title_zh="2098 铝箔论坛（示例）", title_en="Foil Forum 2098 (synthetic)")
    fill(desk, starts_on="2098-05-06", ends_on="2098-05-07", capacity="1", venue_zh="会展中心", venue_en="Expo Centre")
    press(desk, "Make the edition")
    expect(desk.locator("h1")).to_have_text("Foil Forum 2098 (synthetic)")
    desk.get_by_text("Add a hall", exact=True).click()
    fill(desk, code="A", name_zh="主会场", name_en="Main Hall")
    press(desk, "Add the hall")
    press(desk, "Publish")
    expect(desk.locator(".flashes")).to_contain_text("Published")
    keep(desk, "edition-en-1280")
    return desk


def bring_in_the_programme(house: House, desk: Page) -> None:
    """Uploaded twice: the second time changes nothing. A reader finds the session, its expert and its calendar."""
    programme = files.billet(edition={"slug": "foil-2098", "title": {"en": "Foil Forum"}, "zone": "Asia/Shanghai"})
    for day, moved in ((b"2027-03-18", b"2098-05-06"), (b"2027-03-19", b"2098-05-07"), (b"2027-03-20", b"2098-05-08")):
        programme = programme.replace(day, moved)
    for created in ("3", "0"):
        desk.goto("/office/e/foil-2098/agenda/imports")
        desk.locator("[name=file]").set_input_files(
            {"name": "programme.json", "mimeType": "application/json", "buffer": programme}
        )
        press(desk, "Import")
        expect(desk.locator("dl.stats")).to_contain_text(re.compile(rf"Created\s*{created}\b"))
    keep(desk, "imported-en-1280")
    reader = house.window(language="zh-CN", size="phone")
    reader.goto("/e/foil-2098/agenda")
    keep(reader, "agenda-zh-390")
    reader.get_by_role("link", name="开幕", exact=True).click()
    expect(reader.locator("h1")).to_have_text("开幕")
    reader.get_by_role("link", name="李雷").first.click()
    expect(reader.locator("h1")).to_have_text("李雷")
    keep(reader, "expert-zh-390")
    feed = reader.request.get(f"{house.address}/e/foil-2098/agenda.ics").text()
    assert feed.count("BEGIN:VEVENT") == 3


def plan_the_next(desk: Page) -> None:
    """Next year's draft from this year's edition."""
    desk.goto("/office/e/foil-2098/next")
    fill(desk, slug="foil-2099")
    press(desk, "Make the draft")
    expect(desk.locator("main")).to_contain_text("Main Hall")
    expect(desk.locator("main")).to_contain_text("Draft")


def check_in(house: House) -> None:
    """At the door, on a helper's phone: found by name, let in once, and known the second time."""
    helper = house.staff("helper", size="phone")
    helper.goto("/office/e/foil-2098/check-in")
    fill(helper, code="Li Si")
    helper.keyboard.press("Enter")
    found = helper.locator(".found-row")
    expect(found).to_have_count(1)
    assert "li@example.org" not in (helper.locator("main").text_content() or "")
    found.get_by_role("button", name="Check in", exact=True).click()
    expect(helper.locator(".door-count")).to_contain_text("1 / 1")
    keep(helper, "door-en-390")
    fill(helper, code="Li Si")
    helper.keyboard.press("Enter")
    expect(found).to_contain_text("checked in")


def register_two(house: House) -> None:
    """One place: the first gets it, the second waits and moves up when the first cancels."""
    first = house.window(language="zh-CN", size="phone")
    first.goto("/e/foil-2098/")
    keep(first, "public-zh-390")
    first.goto("/e/foil-2098/register")
    fill(first, name="张三（示例）", email="zhang@example.org", organisation="示例铝业")
    first.locator("[name=consent]").check()
    keep(first, "register-zh-390")
    first.locator("main form button[type=submit]").last.click()
    first.wait_for_url("**/my/registration/**")
    keep(first, "mine-zh-390")
    ticket = house.letter("zhang@example.org", "")
    kinds = {part.get_content_type() for part in ticket.walk()}
    assert {"image/png", "text/calendar", "text/plain", "text/html"} <= kinds

    second = house.window()
    second.goto("/e/foil-2098/register")
    fill(second, name="Li Si (synthetic)", email="li@example.org")
    second.locator("[name=consent]").check()
    second.locator("main form button[type=submit]").last.click()
    second.wait_for_url("**/my/registration/**")
    expect(second.locator("main")).to_contain_text("1")
    keep(second, "waiting-en-1280")

    first.goto(link_in(ticket, "/my/registration/"))
    confirm(first, "/cancellation")
    second.reload()
    keep(second, "promoted-en-1280")


def invite(house: House, desk: Page) -> None:
    """A list with a bad row, a letter, a test to oneself, then the real one; the guest answers behind the link."""
    desk.goto("/office/e/foil-2098/contacts")
    fill(desk, name="Experts (synthetic)")
    press(desk, "Make the list")
    press(desk, "Add people")
    people = (
        "王五（示例）,wang@example.org,示例大学,教授",
        "No Address,nowhere",
        "赵六（示例）,zhao@example.org,示例铝业,总工",
    )
    fill(desk, rows="\n".join(people))
    press(desk, "Take these rows")
    expect(desk.locator("main")).to_contain_text("nowhere")
    keep(desk, "intake-en-1280")
    desk.goto("/office/e/foil-2098/campaigns/new")
    fill(desk, name="First round")
    press(desk, "Save the draft")
    keep(desk, "campaign-en-1280")
    confirm(desk, "/tests")
    house.letter("organizer@demo.example.org", "")
    press(desk, "Freeze and count")
    fill(desk, number="2")
    press(desk, "Send the letters")
    letter = house.letter("wang@example.org", "")
    house.letter("zhao@example.org", "")
    desk.reload()
    keep(desk, "campaign-sent-en-1280")

    guest = house.window(language="zh-CN", size="phone")
    guest.goto(link_in(letter, "/answer/"))
    keep(guest, "answer-zh-390")
    guest.locator("[name=answer][value=not_coming]").check()
    guest.locator("main form button[type=submit]").last.click()
    guest.wait_for_load_state()
    desk.reload()
    expect(desk.locator("main")).to_contain_text("Not coming")
    assert [str(m["To"]) for m in house.sink.letters if "wang@example.org" in str(m["To"])] == [str(letter["To"])]


def sign(house: House) -> None:
    """One contract of 27.2亿元: drafted by one, verified by another, approved by a third, then it counts."""
    staff = house.staff("staff")
    staff.goto("/office/e/foil-2098/agreements/new")
    fill(staff, name_zh="年产30万吨铝箔项目（示例）", enterprise_zh="示例铝业有限公司", title_zh="投资合同（示例）")
    fill(staff, binding="contract", signed_on="2098-05-07", amount="27.2亿元")
    expect(staff.locator("main")).to_contain_text("2,720,000,000")
    staff.locator("[name=scan]").set_input_files(
        {"name": "峰会协议.pdf", "mimeType": "application/pdf", "buffer": sample_pdf("Synthetic scan")}
    )
    keep(staff, "agreement-form-en-1280")
    press(staff, "Save")
    expect(staff.locator("main")).to_contain_text("峰会协议.pdf")
    keep(staff, "agreement-en-1280")
    check(house)
    press(staff, "Submit for review")
    where = staff.url
    for login, step in (("reviewer", "Verify"), ("reviewer2", "Approve")):
        reviewer = house.staff(login)
        reviewer.goto(where)
        press(reviewer, step)
        if step == "Verify":
            assert reviewer.get_by_role("button", name="Approve", exact=True).count() == 0
    staff.goto("/office/series/foil/tallies")
    expect(staff.locator("main")).to_contain_text("2.72 billion yuan")
    keep(staff, "tallies-en-1280")


def check(house: House) -> None:
    """Who holds a copy of the scan asks with its hash alone: the file stays in the browser."""
    holder = house.window(size="phone")
    holder.goto("/check")
    asked = []
    holder.on("request", lambda request: asked.append((request.method, request.post_data)))
    for words, answer in (("Synthetic scan", "This file is on record here."), ("Another", "not on record here")):
        copy = {"name": "copy.pdf", "mimeType": "application/pdf", "buffer": sample_pdf(words)}
        expect(holder.locator("[data-check-file]")).to_be_visible()  # from when the page listens
        holder.locator("#check-file").set_input_files(copy)
        expect(holder.locator("main")).to_contain_text(answer)
    assert set(asked) == {("GET", None)}


def report(house: House, desk: Page) -> None:
    """Compiled by the worker, with progress on the page; readable, and downloadable as PDF and XLSX."""
    desk.goto("/office/e/foil-2098/outcomes")
    press(desk, "Compile a report")
    link = desk.locator("a[href*='/office/e/foil-2098/outcomes/1']").first
    for _ in range(60):
        if link.count():
            break
        desk.wait_for_timeout(500)
        desk.goto("/office/e/foil-2098/outcomes")
    link.click()
    expect(desk.locator("main")).to_contain_text("2.72 billion")
    keep(desk, "report-en-1280")
    for kind, head in (("pdf_zh", b"%PDF"), ("pdf_en", b"%PDF"), ("xlsx", b"PK")):
        answer = desk.request.get(f"{house.address}/office/e/foil-2098/outcomes/1/{kind}")
        assert answer.status == 200
        assert answer.body().startswith(head)


def test_a_forum_from_start_to_finish(house: House) -> None:
    desk = plan_the_forum(house)
    bring_in_the_programme(house, desk)
    register_two(house)
    invite(house, desk)
    sign(house)
    check_in(house)
    report(house, desk)
    plan_the_next(desk)
    assert house.faults == []
