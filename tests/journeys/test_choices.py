"""Categories, a visit with one place, a waiting list that asks first, and a new address, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import House, keep
from tests.journeys.test_forum import fill, link_in, press

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PLACES = "/office/e/rod-2098/registrations/places"


def plan(house: House) -> Page:
    """Experts ask for a place, two entrepreneurs may come, one of them after an offer; a visit has one place."""
    desk = house.staff("organizer")
    desk.goto("/office/series/new")
    fill(desk, slug="rod", title_zh="铝杆论坛（示例）", title_en="Rod Forum (synthetic)")
    press(desk, "Make the series")
    fill(desk, slug="rod-2098", title_zh="2098 铝杆论坛（示例）", title_en="Rod Forum 2098 (synthetic)")
    fill(desk, starts_on="2098-05-06", ends_on="2098-05-07", capacity="50")
    press(desk, "Make the edition")
    press(desk, "Publish")
    desk.goto(PLACES)
    for name in ("Entrepreneur", "Expert", "Official"):
        desk.locator(".presets").get_by_role("button", name=name, exact=True).click()
        expect(desk.locator(".category-name", has_text=name)).to_be_visible()
    desk.locator(".category-entry", has_text="Expert").get_by_role("button", name=re.compile("Move up")).click()
    expect(desk.locator(".category-name").first).to_contain_text("Expert")
    rules = {"Expert": {"needs_approval": ""}, "Entrepreneur": {"capacity": "1", "offer_hours": "48"}}
    for name, changes in rules.items():
        desk.locator(".category-name a", has_text=name).click()
        if "needs_approval" in changes:
            desk.locator("[name=needs_approval]").check()
        else:
            fill(desk, **changes)
        press(desk, "Save")
    keep(desk, "places-en-1280")
    desk.goto("/office/e/rod-2098/agenda/new")
    fill(desk, title_zh="参观铝杆厂", title_en="Visit to the rod works", kind="visit", state="published")
    fill(desk, starts_at="2098-05-06T09:00", ends_at="2098-05-06T11:00", capacity="1")
    press(desk, "Add the session")
    return desk


def register(house: House, name: str, category: str, *, language: str = "zh-CN", visit: bool = False) -> Page:
    """On a phone; the page that follows."""
    phone = house.window(language=language, size="phone")
    phone.goto("/e/rod-2098/register")
    phone.locator(".choice-card", has_text=category).first.click()
    if visit:
        phone.locator("[name=sessions]").check()
    fill(phone, name=f"{name} (synthetic)", email=f"{name.lower()}@visit.example.org")
    phone.locator("[name=consent]").check()
    keep(phone, f"choices-{language[:2]}-390")
    phone.locator("main form button[type=submit]").last.click()
    phone.wait_for_url("**/my/registration/**")
    return phone


def test_choosing_waiting_and_accepting_on_a_phone(house: House) -> None:
    desk = plan(house)

    first = register(house, "Zhang", "企业家", visit=True)
    expect(first.locator(".pass")).to_contain_text("参观铝杆厂")
    keep(first, "mine-sessions-zh-390")

    expert = register(house, "Wang", "Expert", language="en-GB")
    expect(expert.locator(".pass")).to_contain_text("Your request has arrived.")
    expert.goto("/e/rod-2098/register")
    expect(expert.locator("[name=sessions]")).to_be_disabled()

    second = register(house, "Li", "Entrepreneur", language="en-GB")
    expect(second.locator(".pass")).to_contain_text("You are number 1 on the waiting list.")
    keep(second, "waiting-en-390")

    first.get_by_role("button", name="取消报名", exact=True).click()
    first.locator("dialog[open] button[type=submit]").click()
    first.wait_for_load_state()

    offer = house.letter("li@visit.example.org", "A place for you")
    second.goto(link_in(offer, "/my/registration/"))
    expect(second.locator(".pass")).to_contain_text("A place is free for you.")
    keep(second, "offered-en-390")
    press(second, "Accept the place")
    expect(second.locator(".pass")).to_contain_text("You have a place.")

    press(second, "Change sessions")
    second.locator("[name=sessions]").check()
    press(second, "Save")
    expect(second.locator(".pass")).to_contain_text("Visit to the rod works")

    press(second, "Change the e-mail address")
    fill(second, email="lisi@visit.example.org")
    press(second, "Write to the new address")
    before = second.url
    second.goto(link_in(house.letter("lisi@visit.example.org", "confirm your address"), "/my/address/"))
    keep(second, "address-en-390")
    press(second, "Confirm this address")
    expect(second.locator(".pass")).to_contain_text("lisi@visit.example.org")
    assert second.url != before
    house.letter("li@visit.example.org", "another address")

    desk.goto(PLACES)
    desk.get_by_role("link", name="Visit to the rod works").click()
    expect(desk.locator("main tbody tr")).to_have_count(1)
    expect(desk.locator("main tbody")).to_contain_text("Li (synthetic)")
    keep(desk, "signed-up-en-1280")
    assert house.faults == []
