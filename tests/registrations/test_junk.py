"""Whatever is typed into any field: a clear error, or storage that keeps it as it is."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import openpyxl
import pytest
from sqlalchemy import select

from forums import tokens
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import Registration
from tests.registrations.make import form, make_registration

URL = "/e/alu-2027/register"
OFFICE = "/office/e/alu-2027"

REFUSED = {
    "empty": " \t ",
    "ten megabytes": "x" * 10_000_000,
    "too long": "字" * 300,
    "header injection": "Ann\r\nBcc: all@example.org",
    "bell": "a\x07b",
    "escape": "a\x1b[31mb",
    "line separator": "a\u2028b",
}
KEPT = {
    "emoji": "👩‍🔬 Ann 🏆",
    "right to left": "محمد علي \u202eevil",
    "formula": '=HYPERLINK("http://x","y")',
    "plus": "+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)",
    "markup": "<script>alert(1)</script>",
    "template": "{{7*7}} %(name)s {name} ${x}",
    "sql": "Robert'); DROP TABLE registrations;--",
    "rare": "𠮷野家 𝔘𝔫𝔦",
}


@pytest.mark.parametrize("junk", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("field", ["name", "email"])
def test_what_cannot_be_a_name_or_address_is_refused(page, edition: Edition, field: str, junk: str) -> None:
    answer = page.post(URL, form(**{field: junk}), expected=200)
    assert answer.find("//*[@role='alert']")
    assert db.session.scalar(select(Registration)) is None


@pytest.mark.parametrize("junk", (REFUSED | KEPT).values(), ids=REFUSED | KEPT)
def test_no_field_breaks_the_form(page, edition: Edition, junk: str) -> None:
    for field in ("organisation", "title", "phone", "key", "website", "consent", "csrf_token"):
        answer = page.client.post(URL, data={"csrf_token": page.csrf(), **form(**{field: junk})})
        assert answer.status_code in {200, 303, 400, 413}, field


@pytest.mark.parametrize("junk", KEPT.values(), ids=KEPT)
def test_strange_names_are_kept_as_they_are_everywhere(page, cast, edition: Edition, junk: str) -> None:
    private = page.post(URL, form(name=junk, organisation=junk, title=junk)).location
    row = db.session.scalars(select(Registration)).one()
    assert (row.name, row.organisation, row.title) == (junk, junk, junk)
    row_id = row.id
    assert page.get(private).find("//dd/bdi")[0].text == junk
    page.sign_in(cast.organizer)
    for url in (f"{OFFICE}/registrations", f"{OFFICE}/registrations/{row_id}", f"{OFFICE}/badges"):
        assert junk in [bdi.text for bdi in page.get(url).find("//bdi")]
    found = page.get(f"{OFFICE}/check-in", query_string={"q": junk})
    assert found.find("//tbody//bdi")[0].text == junk
    exports = f"{OFFICE}/registrations/exports"
    text = page.post(exports, {"format": "csv"}, expected=200).response.get_data(as_text=True)
    [_, cells] = list(csv.reader(StringIO(text)))
    written = {cell for cell in cells if cell.removeprefix("'") == junk}
    assert len(written) == 1
    assert written.pop()[0] not in "=+-@"
    book = openpyxl.load_workbook(BytesIO(page.post(exports, {"format": "xlsx"}, expected=200).response.data))
    assert {cell.data_type for cell in book.active[2] if cell.value == junk} == {"s"}


def test_bytes_that_are_no_text_are_no_fault(page, edition: Edition) -> None:
    body = f"csrf_token={page.csrf()}&name=%ff%fe&email=%ff@example.org&consent=y"
    answer = page.client.post(URL, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {200, 303}


JUNK_QUERIES = (
    "",
    "-1",
    "0",
    "x",
    "9" * 30,
    "\x07",
    "%",
    "_",
    "'",
    '"',
    "\\",
    "💥",
    "a" * 5000,
    "2097-02-31",
    "\u202e",
)


@pytest.mark.parametrize("path", ["registrations", "check-in", "sign-in-sheet", "badges", "badges/prints"])
def test_junk_in_every_query_of_the_office(page, cast, edition: Edition, path: str) -> None:
    make_registration(edition)
    page.sign_in(cast.organizer)
    names = ("q", "state", "category", "sort", "page", "day", "seen", "verdict", "badge", "no_email", "paper", "sample")
    for junk in JUNK_QUERIES:
        page.get(f"{OFFICE}/{path}", query_string=dict.fromkeys(names, junk))


@pytest.mark.parametrize("path", ["registrations/new", "registrations/1/details", "registrations/1/cancellation"])
def test_junk_in_every_field_of_the_office(page, cast, edition: Edition, path: str) -> None:
    make_registration(edition)
    page.sign_in(cast.organizer)
    fields = ("name", "email", "phone", "organisation", "title", "language", "category_id", "reason")
    for junk in ("\x07", "x" * 5000, "a\nb", "💥", "999999999999999999999", "-1"):
        for data in (dict.fromkeys(fields, junk), {"name": junk, "language": "en", "category_id": "1"}):
            answer = page.client.post(f"{OFFICE}/{path}", data={"csrf_token": page.csrf(), **data})
            assert answer.status_code in {200, 303}, junk[:20]


def test_junk_where_places_days_and_tokens_belong(page, cast, edition: Edition) -> None:
    row = make_registration(edition)
    token = tokens.sign("registration", row.id, 1)
    page.sign_in(cast.organizer)
    for junk in JUNK_QUERIES:
        for path, data in (
            ("registrations/places", {"capacity": junk}),
            ("registrations/categories/new", {"name_en": junk, "capacity": junk, "colour": junk, "opens_at": junk}),
            ("registrations/categories/1", {"name_zh": junk, "offer_hours": junk, "access": junk}),
            ("registrations/categories/presets", {"code": junk}),
            ("registrations/categories/order", {"order": junk}),
            ("check-in/passages", {"code": junk, "way": junk, "day": junk, "nonce": junk}),
        ):
            answer = page.client.post(f"{OFFICE}/{path}", data={"csrf_token": page.csrf(), **data})
            assert answer.status_code in {200, 303}, (path, junk[:20])
    for junk in ("💥", "%07", "a" * 3000, "..%2f..", "=" * 32):
        page.get(f"/my/registration/{junk}", expected=404)
    page.get(f"/my/registration/{token}")


def test_a_null_is_a_bad_request_everywhere(page, cast, edition: Edition) -> None:
    make_registration(edition)
    page.post(URL, form(name="a\x00b"), expected=400)
    page.sign_in(cast.organizer).get(f"{OFFICE}/registrations?q=%00", expected=400)


DEEP = b"[" * 60_000


@pytest.mark.parametrize("body", [DEEP, b"[1, 2]", b'{"name": 7, "email": ["x"], "key": {"a": null}}', b"{", b'"x"'])
def test_json_is_no_form_and_too_deep_is_no_json(page, cast, edition: Edition, body: bytes) -> None:
    headers = {"X-CSRFToken": page.csrf()}
    page.open("POST", URL, data=body, content_type="application/json", headers=headers, expected=415)
    page.sign_in(cast.helper)
    headers["X-CSRFToken"] = page.csrf()
    queue = f"{OFFICE}/check-in/passages.json"
    page.open("POST", queue, data=body, content_type="application/json", headers=headers, expected=400)
