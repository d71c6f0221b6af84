"""Billet as its users meet it: one process of its own, a real SMTP server, and Debian's chromium.

All journeys of a test process go through the same house, one after another: each plans an edition of its own, and
writes to addresses that no other writes to.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from forums.accounts.operations import DEMO_PASSWORD
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.checkin.operations import PointFacts, add_point
from forums.transaction import transaction
from tests import servers
from tests.cast import SYSTEM, make_edition, make_series
from tests.conftest import make_app
from tests.running import billet, wait_for

expect.set_options(timeout=20_000)  # five seconds are few where much else runs
SHOTS = Path(__file__).parent.parent / "screenshots"
QUIET = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-sync")
SIZES = {"phone": (390, 844), "desk": (1280, 900)}


def chromium() -> str | None:
    """Where this machine's browser is."""
    return next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        reason = "no chromium on this machine: install Debian's package chromium"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=[f"--{flag}" for flag in QUIET])
        yield opened
        opened.close()


@dataclass
class House:
    """A running Billet: its address, the letters it sent, and windows on it."""

    address: str
    sink: servers.Sink
    log: Path
    data: Path
    browser: Browser
    faults: list[str]

    def window(self, *, language: str = "en-GB", size: str = "desk") -> Page:
        """A reader's own window: no cookies of others. What goes wrong in it is kept in `faults`."""
        width, height = SIZES[size]
        context: BrowserContext = self.browser.new_context(
            base_url=self.address, locale=language, viewport={"width": width, "height": height}
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on(
            "console", lambda said: self.faults.append(f"{page.url}: {said.text}") if said.type == "error" else None
        )
        page.on("response", lambda got: self.faults.append(f"{got.url}: {got.status}") if got.status >= 500 else None)
        return page

    def staff(self, login: str, *, language: str = "en-GB", size: str = "desk") -> Page:
        """A window in which one of the demo staff has signed in."""
        page = self.window(language=language, size=size)
        page.goto("/sign-in")
        page.fill("input[name=email]", f"{login}@demo.example.org")
        page.fill("input[name=password]", DEMO_PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/office/**")
        return page

    @contextmanager
    def inside(self) -> Iterator[Flask]:
        """The running house's own database, seen from here."""
        app = make_app(self.data)
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()

    def letter(self, to: str, subject: str) -> EmailMessage:
        """The letter to this address whose subject contains these words, once it has come."""

        def found() -> list[EmailMessage]:
            return [m for m in self.sink.letters if to in str(m["To"]) and subject in str(m["Subject"])]

        wait_for(lambda: bool(found()), self.log)
        return found()[-1]


@pytest.fixture(scope="session")
def running(browser: Browser, tmp_path_factory: pytest.TempPathFactory, lend: Callable[..., None]) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    sink, port, log = servers.Sink(), str(servers.free_port()), folder / "log"
    environ = {
        "BILLET_DATA": str(folder / "data"),
        "PORT": port,
        "SMTP_URL": sink.url + "?starttls=0",
        "MAIL_FROM": "Forum Office <forum@example.org>",
    }
    lend(folder / "data", "demo_data")
    with billet(log, **environ):
        yield House(f"http://127.0.0.1:{port}", sink, log, folder / "data", browser, [])
    sink.stop()


@pytest.fixture
def house(running: House) -> Iterator[House]:
    """The house with every window closed."""
    running.faults.clear()
    yield running
    for context in running.browser.contexts:
        context.close()


def plan_edition(house: House, slug: str) -> str:
    """An edition of its own series, open for registration, with a door; its slug."""
    with house.inside():
        edition: Edition = make_edition(make_series(slug), slug=f"{slug}-2098")
        name = Bilingual("主会场门口", "Main hall door")
        with transaction():
            add_point(edition, PointFacts(name, both_ways=True, leads_to=edition.halls[0]), actor=SYSTEM)
        return edition.slug


def keep(page: Page, name: str) -> None:
    """A picture of the whole page, for people to look at, and proof that nothing runs off its side."""
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert too_wide <= 0, f"{page.url} is {too_wide} px wider than the window"
