"""The check-in desk in a browser: a helper's phone, a USB scanner, the network that goes and comes back, the camera."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Page, expect
from sqlalchemy import select

from forums import tokens
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.checkin.models import Passage
from forums.registrations.models import Registration
from forums.registrations.operations import Applicant, register
from forums.transaction import transaction
from tests.cast import SYSTEM
from tests.journeys.conftest import QUIET, House, chromium, keep, plan_edition

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
GUESTS = (
    ("张伟（示例）", "示例铝业"),
    ("李娜（示例）", "示例大学"),
    ("Ann Lee (synthetic)", "Mill"),
    ("王芳（示例）", ""),
)


def welcome_guests(house: House, edition: str) -> list[str]:
    """Registrations for the edition, and their tickets."""
    with house.inside(), transaction():
        row = db.session.scalars(select(Edition).where(Edition.slug == edition)).one()
        rows = [
            register(
                row, Applicant(name, f"g{n}@example.org", phone=f"1380013800{n}", organisation=unit), actor=SYSTEM
            ).registration
            for n, (name, unit) in enumerate(GUESTS)
        ]
        return [tokens.sign("ticket", row.id, row.ticket_version) for row in rows]


def noted(house: House, edition: str) -> list[tuple[str, datetime]]:
    """Who passed at the edition and when, in that order; what was taken back, too."""
    with house.inside():
        rows = select(Registration.name, Passage.at).join(Passage).join(Edition).where(Edition.slug == edition)
        return [(row[0], row[1]) for row in db.session.execute(rows.order_by(Passage.at, Passage.id))]


def scan(page: Page, code: str, verdict: str) -> None:
    """What a USB scanner does: letters at once, then Enter, wherever the focus is."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer] .verdict")).to_have_class(f"verdict verdict-{verdict}")


def test_check_in_goes_on_while_the_network_is_away(house: House) -> None:
    edition = plan_edition(house, "cut")
    first, second, third, fourth = welcome_guests(house, edition)
    page = house.staff("helper", language="zh-CN", size="phone")
    page.add_init_script("const real = Date.now; Date.now = () => real() - 5 * 3600e3;")  # a clock five hours slow
    page.goto(f"/office/e/{edition}/check-in")
    expect(page.locator("[data-kept=yes]")).to_have_count(1, timeout=15_000)
    scan(page, first, "welcome")
    page.locator("[data-mute]").focus()
    page.wait_for_timeout(1600)
    scan(page, first, "already")
    assert page.locator("[data-mute]").get_attribute("aria-pressed") == "false", "the scanner pressed no button"
    expect(page.locator("[data-answer]")).to_contain_text("已在签到处签到")
    expect(page.locator(".door-count")).to_contain_text("1 / 4")
    keep(page, "desk-zh-390")

    page.keyboard.type("8001")
    page.keyboard.press("Enter")
    expect(page.locator(".found-row")).to_contain_text("138 **** 8001")
    assert "g1@example.org" not in page.content()

    page.context.set_offline(True)
    scan(page, second, "welcome verdict-provisional")
    scan(page, second[:-1] + ("A" if second[-1] != "A" else "B"), "unknown verdict-provisional")
    expect(page.locator("[data-waiting]")).to_contain_text("2")
    page.keyboard.type("ann")
    page.keyboard.press("Enter")
    expect(page.locator(".found-row")).to_contain_text("Ann Lee")
    keep(page, "desk-cut-zh-390")
    page.once("dialog", lambda dialog: dialog.accept())  # leaving the page warns of what waits
    page.reload()
    expect(page.locator(".desk-network")).to_contain_text("网络中断")
    scan(page, third, "welcome verdict-provisional")
    scan(page, second, "already verdict-provisional")
    expect(page.locator("[data-waiting]")).to_contain_text("4")

    page.context.set_offline(False)
    expect(page.locator("[data-waiting]")).to_be_hidden(timeout=20_000)
    expect(page.locator(".door-count")).to_contain_text("3 / 4", timeout=15_000)
    expect(page.locator("[data-log]")).not_to_contain_text("待确认")
    scan(page, fourth, "welcome")
    page.locator("[data-answer]").get_by_role("button", name="撤销").click()
    expect(page.locator("[data-answer] .verdict")).to_have_class("verdict verdict-undone")
    rows = noted(house, edition)
    assert [GUESTS.index(next(guest for guest in GUESTS if guest[0] == name)) for name, _ in rows] == [0, 0, 1, 2, 1, 3]
    assert all(abs(at - datetime.now(UTC)) < timedelta(minutes=5) for _, at in rows), "the clock was put right"
    lost = [fault for fault in house.faults if "ERR_INTERNET_DISCONNECTED" not in fault]
    assert lost == []


def test_in_and_out_without_scripts(house: House) -> None:
    edition = plan_edition(house, "plain")
    ticket, *_ = welcome_guests(house, edition)
    signed_in = house.staff("helper").context
    context = house.browser.new_context(
        base_url=house.address, java_script_enabled=False, locale="en-GB", storage_state=signed_in.storage_state()
    )
    page = context.new_page()
    page.goto(f"/office/e/{edition}/check-in")
    page.get_by_role("link", name="Main hall door").click()
    for way, word in (("In", "Welcome"), ("Out", "Gone out"), ("In", "Welcome back")):
        page.get_by_label(way, exact=True).check()
        page.fill("[name=code]", ticket)
        page.press("[name=code]", "Enter")
        expect(page.locator(".verdict-word")).to_have_text(word)
    expect(page.locator(".door-count")).to_contain_text("1 inside now")
    keep(page, "desk-plain-en")


def test_the_camera_reads_a_ticket(house: House, tmp_path: Path) -> None:
    edition = plan_edition(house, "camera")
    ticket, *_ = welcome_guests(house, edition)
    film = tmp_path / "ticket.y4m"
    film.write_bytes(filmed(ticket))
    flags = [f"--{flag}" for flag in (*QUIET, "use-fake-ui-for-media-stream", "use-fake-device-for-media-stream")]
    with_camera = house.browser.browser_type.launch(
        executable_path=chromium(), args=[*flags, f"--use-file-for-fake-video-capture={film}"]
    )
    state = house.staff("helper").context.storage_state()
    page = with_camera.new_context(base_url=house.address, storage_state=state, locale="en-GB").new_page()
    page.goto(f"/office/e/{edition}/check-in")
    page.locator("[data-camera]").click()
    expect(page.locator("[data-answer] .verdict-welcome")).to_contain_text("张伟", timeout=30_000)
    page.locator("[data-camera]").click()
    expect(page.locator("[data-video]")).to_be_hidden()
    with_camera.close()


def filmed(text: str, width: int = 640, height: int = 480) -> bytes:
    """A film of one frame, uncompressed (YUV4MPEG2): the QR code, black on white."""
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix]
    scale = (height - 80) // len(rows)
    left, top = (width - scale * len(rows)) // 2, (height - scale * len(rows)) // 2
    light = bytearray(b"\xeb" * (width * height))
    for y, row in enumerate(rows):
        line = b"".join((b"\x10" if dark else b"\xeb") * scale for dark in row)
        for step in range(scale):
            at = (top + y * scale + step) * width + left
            light[at : at + len(line)] = line
    frame = b"FRAME\n" + bytes(light) + b"\x80" * (width * height // 2)
    return f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 10
