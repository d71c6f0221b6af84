"""Junk in any field of any page: a clear answer, never a fault.

The pages are found as a reader finds them, by following links from the front page and the office, signed in as
somebody with every role; each form that they show is sent with each kind of junk in each of its fields.
"""

from __future__ import annotations

import io
from collections import deque
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from forums.accounts.operations import give
from forums.extensions import db, limiter
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast, make_edition
from tests.client import Page, Reader

JUNK = (
    "",
    "\0",
    "9" * 40,
    "-1",
    "0",
    "١٢٣",
    "NaN",
    "2027-02-31",
    "../../etc/passwd",
    "=HYPERLINK(1)",
    "x\r\nBcc: a@example.org",
    "😀\u202e\ufeff\ud7ff" + "长" * 5000,
    "' OR 1=1 --<script>alert(1)</script>{{7*7}}%(x)s{0}",
    "0001-01-01",
    "9999-12-31",
)
# Days and times without a zone; beyond these ends of the calendar another zone has no name for them.
ENDS = ("0001-01-01", "0001-01-01T00:00", "9999-12-31", "9999-12-31T23:59", "10000-01-01T00:00", "0000-00-00")
MOST_PAGES = 120
LEAVE_ALONE = ("/sign-out", "/language", "/office/password")


@dataclass(frozen=True)
class Form:
    """Where a form goes and what its page fills in: (name, value) pairs; files, and fields of dates, by their names."""

    address: str
    method: str
    values: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    dates: tuple[str, ...]


def forms_of(page: Page, url: str) -> list[Form]:
    found = []
    for form in page.find("//form"):
        values, files, dates = [], [], []
        for field in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name] | .//button[@name]"):
            name, kind = field.get("name"), field.get("type", "")
            if kind == "file":
                files.append(name)
            elif name != "csrf_token":
                dates += [name] if kind in {"date", "datetime-local"} else []
                chosen = field.xpath(".//option[@selected]/@value") or field.xpath(".//option[1]/@value")
                values.append((name, field.get("value") or (chosen[0] if chosen else "") or field.text or ""))
        address = form.get("action") or url
        found.append(Form(address, (form.get("method") or "get").upper(), tuple(values), tuple(files), tuple(dates)))
    return found


def walk(page: Reader, start: list[str]) -> dict[tuple[str, str], Form]:
    """Every form that can be reached, one per endpoint and method."""
    adapter = page.app.url_map.bind("localhost")
    waiting, seen, forms = deque(start), set(start), {}
    visited = 0
    while waiting and visited < MOST_PAGES:
        url = waiting.popleft()
        visited += 1
        with page.app.app_context():
            response = page.client.get(url, follow_redirects=True)
        assert response.status_code < 500, url
        if response.mimetype != "text/html":
            continue
        shown = Page(response, [])
        for form in forms_of(shown, url):
            if not form.address.startswith(LEAVE_ALONE):
                endpoint, _ = adapter.match(form.address.split("?")[0], method=form.method)
                forms.setdefault((endpoint, form.method), form)
        for link in shown.find("//a/@href"):
            path = link.split("#")[0]
            if path.startswith("/") and path not in seen and path.count("page=") == 0:
                seen.add(path)
                waiting.append(path)
    return forms


def send(page: Reader, form: Form, values: dict[str, Any]) -> int:
    with page.app.app_context():
        if form.method == "GET":
            return page.client.get(form.address, query_string=values).status_code
        # Plain parts: what is thrown in would be three times as long in percent signs, and slow to read.
        data = {**values, "csrf_token": page.csrf()}
        return page.client.post(form.address, data=data, content_type="multipart/form-data").status_code


@pytest.fixture
def anybody(app: Flask, page: Reader, cast: Cast) -> Reader:
    make_edition()
    with transaction():
        for role in ("admin", "organizer", "reviewer", "staff", "auditor"):
            give(cast.staff, role, actor=SYSTEM)
    return page.sign_in(cast.staff)


def test_no_junk_in_any_field_is_a_fault(anybody: Reader) -> None:
    forms = walk(anybody, ["/", "/e/alu-2027/", "/office/", "/office/e/alu-2027/", "/office/series/alu"])
    print(sorted(forms))
    assert len(forms) > 10
    faults = []
    # A form reads what was typed alike on either database; what reaches the database does so field by field.
    at_once = JUNK if db.engine.dialect.name == "sqlite" else JUNK[:1]
    for form in forms.values():
        trials = [dict.fromkeys([name for name, _ in form.values], junk) for junk in at_once]
        trials += [dict(form.values) | {name: junk} for name, _ in form.values for junk in (JUNK[1], JUNK[2], JUNK[11])]
        filled = {name: value or "1" for name, value in form.values}
        trials += [filled | {name: end} for name in form.dates for end in ENDS]
        for values in trials:
            uploads = {name: (io.BytesIO(b"\xff\xfe\x00junk" * 50), "无.pdf") for name in form.files}
            limiter.reset()
            status = send(anybody, form, {**values, **uploads})
            if status >= 500:
                faults.append((form.method, form.address, values, status))
    assert faults == []
    assert {name for form in forms.values() for name in form.dates} >= {"starts_on", "starts_at", "until", "as_of"}
