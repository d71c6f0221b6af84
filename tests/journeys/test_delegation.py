"""A unit with places: the office invites its contact, who names three people on a phone and swaps one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import House, keep
from tests.journeys.test_forum import fill, link_in, press

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_contact_names_three_people_and_swaps_one(house: House) -> None:
    desk = house.staff("staff")
    desk.goto("/office/e/demo-2027/delegations/new")
    fill(desk, name="示例铝箔公司", places="3", contact_name="王芳", contact_email="wang@unit.example.org")
    press(desk, "Add the unit")
    expect(desk.locator("h1")).to_have_text("示例铝箔公司")

    letter = house.letter("wang@unit.example.org", "3个名额")
    contact = house.window(language="zh-CN", size="phone")
    contact.goto(link_in(letter, "/my/delegation/"))
    fill(contact, **{"rows-0-name": "张伟", "rows-0-phone": "138 0013 8001", "rows-0-title": "总经理"})
    fill(contact, **{"rows-1-name": "李娜", "rows-1-email": "li@unit.example.org"})
    fill(contact, **{"rows-2-name": "赵六", "rows-2-role": "driver"})
    press(contact, "登记")
    expect(contact.locator(".flashes")).to_contain_text("已登记2人")
    expect(contact.locator(".field-error")).to_have_text("请填写赵六的手机号或邮箱。")
    keep(contact, "delegation-row-zh-390")
    fill(contact, **{"rows-0-phone": "13900139000"})
    press(contact, "登记")
    expect(contact.locator(".person")).to_have_count(3)
    expect(contact.locator("#add")).to_contain_text("名额已用完：贵单位共有3个名额。")
    house.letter("li@unit.example.org", "示例铝产业高峰论坛")

    contact.locator(".person").first.get_by_role("link", name="换人").click()
    fill(contact, name="孙丽", phone="13700137000")
    press(contact, "换人")
    expect(contact.locator(".flashes")).to_contain_text("孙丽将替换张伟参会")
    expect(contact.locator(".person")).to_have_count(3)
    with contact.expect_download() as download:
        contact.get_by_role("link", name="全部入场券").click()
    assert download.value.suggested_filename == "demo-2027-tickets.pdf"
    keep(contact, "delegation-zh-390")

    desk.reload()
    for name in ("孙丽", "李娜", "赵六"):
        expect(desk.get_by_role("link", name=name, exact=True)).to_be_visible()
    keep(desk, "delegation-en-1280")
    assert house.faults == []
