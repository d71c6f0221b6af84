"""The public form is rendered once for all visitors: nobody gets anything of somebody else's, nor anything old."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date

import pytest
from flask import Flask, render_template_string
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import views
from forums.registrations.models import Registration
from forums.transaction import transaction
from forums.web import headers, kept
from tests.cast import Cast
from tests.client import Page, Reader

FORM = "/e/alu-2027/register"
OWN = re.compile(r'nonce="([^"]+)"|name="(?:csrf_token|key)"[^>]*value="([^"]+)"')


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    kept._pages.clear()
    yield
    kept._pages.clear()


def own(page: Page) -> set[str]:
    """The words on the page that are this visitor's alone."""
    return {word for pair in OWN.findall(page.text) for word in pair if word}


def plain(page: Page) -> str:
    """The page without them, and without the language switch's signed way back."""
    return OWN.sub("", page.text)


def whole_pages() -> list[object]:
    """What is kept of this form, without the frame's parts."""
    return [shows for shows in kept._pages if isinstance(shows, tuple) and shows[0] == "registrations.register"]


def strangers(app: Flask, url: str = FORM) -> tuple[Page, Page]:
    return Reader(app).get(url), Reader(app).get(url)


def test_visitors_share_the_page_and_no_token(app: Flask, edition: Edition) -> None:
    first, second = strangers(app)
    assert len(whole_pages()) == 1
    assert len(own(first)) == len(own(second)) == 3  # nonce, CSRF token, key
    assert not own(first) & own(second)
    assert plain(first) == plain(second)
    assert "stand-in" not in first.text + second.text
    for page in (first, second):
        assert own(page) & {page.response.headers["Content-Security-Policy"].split("'nonce-")[1].split("'")[0]}


def test_without_stand_ins_the_tokens_would_be_shared(
    app: Flask, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the test above looks for is there when the holes are not."""
    monkeypatch.setattr(kept, "_standing_in", nullcontext)
    first, second = Reader(app), Reader(app)
    rendered = [reader.client.get(FORM, headers={"Accept-Language": "en"}).text for reader in (first, second)]
    tokens = [set(re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', text)) for text in rendered]
    assert tokens[0] == tokens[1] != set()


def test_the_kept_form_can_be_sent(app: Flask, edition: Edition) -> None:
    Reader(app).get(FORM)
    visitor = Reader(app)
    form = visitor.get(FORM).find("//form[.//input[@name='email']]")[0]
    data = {**dict(form.fields), "name": "Wang Fang", "email": "wang@example.org", "consent": "y"}
    for _ in range(2):
        visitor.open("POST", FORM, data={name: value or "" for name, value in data.items()}, expected=303)
    assert db.session.scalars(select(Registration.name)).all() == ["Wang Fang"]


CHANGES = {
    "title": Bilingual("新", "A new title"),
    "venue": Bilingual("", "A new venue"),
    "address": Bilingual("", "A new address"),
    "hosts": Bilingual("", "A new host"),
    "starts_on": date(2027, 3, 17),
    "contact_email": "new@example.org",
    "taken": 100,
}


def change(name: str, value: object) -> None:
    with transaction():
        setattr(db.session.scalars(select(Edition)).one(), name, value)


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_is_shown_at_once(app: Flask, edition: Edition, name: str) -> None:
    before = Reader(app).get(FORM)
    change(name, CHANGES[name])
    after = Reader(app).get(FORM)
    assert plain(before) != plain(after)
    assert len(whole_pages()) == 2


def test_every_column_is_part_of_what_is_shown(edition: Edition) -> None:
    """A column that comes later is seen, too."""
    assert len(views._facts(edition)) == len(Edition.__table__.columns) - 1


def test_languages_have_pages_of_their_own(app: Flask, edition: Edition) -> None:
    english, chinese = Reader(app), Reader(app)
    chinese.language = "zh"
    assert english.get(FORM).h1 == "Register"
    assert chinese.get(FORM).h1 == "报名"
    assert english.get(f"{FORM}?lang=zh").h1 == "报名"
    assert english.get(FORM).h1 == "Register"


def test_a_taken_place_alone_needs_no_new_page(app: Flask, edition: Edition) -> None:
    Reader(app).get(FORM)
    change("taken", 1)
    Reader(app).get(FORM)
    assert len(whole_pages()) == 1


def test_staff_and_their_pages_stay_out_of_it(app: Flask, edition: Edition, cast: Cast) -> None:
    staff = Reader(app).sign_in(cast.organizer)
    assert "Office" in staff.get(FORM).words
    assert whole_pages() == []
    assert "Office" not in Reader(app).get(FORM).words
    assert "Office" in staff.get(FORM).words


def test_a_message_is_shown_to_whom_it_is_for(app: Flask, edition: Edition) -> None:
    Reader(app).get(FORM)
    told = Reader(app)
    with told.client.session_transaction() as session:
        session["_flashes"] = [("success", "For you alone")]
    assert "For you alone" in told.get(FORM).words
    assert "For you alone" not in Reader(app).get(FORM).words
    assert "For you alone" not in told.get(FORM).words


def test_a_page_that_reads_rows_is_not_kept(app: Flask, edition: Edition) -> None:
    with app.test_request_context():
        for _ in range(2):
            db.session.expire_all()
            assert kept.page("rows", lambda: render_template_string("{{ e.slug }}", e=edition)) == "alu-2027"
        assert kept._pages == {}
        assert kept.page("none", lambda: render_template_string("{{ e.slug }}", e=edition)) == "alu-2027"
        assert list(kept._pages) == ["none"]


def test_few_pages_are_kept(app: Flask) -> None:
    with app.test_request_context():
        for number in range(kept.MOST * 2 + 1):
            assert kept.page(number, lambda: f"<p>{number}</p>") == f"<p>{number}</p>"  # noqa: B023  (called at once)
            assert len(kept._pages) <= kept.MOST


def test_a_part_inside_a_page_has_holes_of_its_own(app: Flask) -> None:
    nested = '{% call kept("part") %}{{ csp_nonce() }} {% endcall %}{{ csrf_token() }} {{ csp_nonce() }}'
    seen: list[list[str]] = []
    for name in ("one", "two", "two"):  # "two" meets a part that is kept already
        with app.app_context(), app.test_request_context():
            seen.append(kept.page(name, lambda: render_template_string(nested)).split())
            assert seen[-1][0] == seen[-1][2] == headers.csp_nonce()
            assert seen[-1][1] == generate_csrf()
    assert len({word for words in seen for word in words}) == 6
    assert set(kept._pages) == {("part",), "one", "two"}


def test_the_frame_follows_its_edition_and_its_reader(app: Flask, edition: Edition, cast: Cast) -> None:
    sent = f"{FORM}/sent"
    assert "A new host" not in Reader(app).get(sent).words
    change("hosts", Bilingual("", "A new host"))
    assert "A new host" in Reader(app).get(sent).words
    assert "Office" in Reader(app).sign_in(cast.organizer).get(sent).words
    assert "Office" not in Reader(app).get(sent).words
    current = "//nav[@class='edition-nav']//a[@aria-current]/text()"
    assert Reader(app).get(sent).find(current) == ["Register"]
    assert Reader(app).get("/e/alu-2027/").find(current) == ["Overview"]
    assert Reader(app).get("/").find(current) == []
