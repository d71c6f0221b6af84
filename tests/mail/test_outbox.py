"""The outbox pages: what was written, where it stands, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forums.editions.models import Edition
from forums.editions.queries import edition_by_slug
from forums.extensions import db
from forums.mail import delivery, queue
from forums.mail.models import STATES, Letter
from forums.transaction import transaction
from tests.cast import Cast, make_edition, make_series
from tests.client import Reader

Letters = Callable[[], list[Letter]]
SLUG = "alu-2027"


def write(count: int = 1, slug: str = "", **changes: object) -> list[int]:
    """Letters of the edition with this slug (without one, of the house); their ids."""
    with transaction():
        edition = edition_by_slug(slug) if slug else None
        rows = [
            queue(
                letter="password_reset",
                event=f"test:{slug}:{number}",
                to=f"guest{number}@example.org",
                name=f"嘉宾{number}",
                language="zh",
                params={"name": f"嘉宾{number}", "reset_link": "https://example.org/reset/very-secret"},
                edition=edition,
            )
            for number in range(count)
        ]
        for row in rows:
            for name, value in changes.items():
                setattr(row, name, value)
    return [row.id for row in rows]


def test_the_empty_outbox_says_what_comes(page: Reader, cast: Cast, edition: Edition) -> None:
    page.sign_in(cast.staff)
    assert "No letters yet" in page.get("/office/outbox").words
    assert "No letters yet" in page.get(f"/office/e/{SLUG}/outbox").words


def test_the_list_by_state_and_search(page: Reader, cast: Cast, edition: Edition) -> None:
    write(3, SLUG)
    write(2, state="failed", reason="refused_recipient", error="550 5.1.1 No such user")
    page.sign_in(cast.staff)
    everything = page.get("/office/outbox")
    assert len(everything.find("//tbody/tr")) == 5
    assert "The mail server refused this recipient" in everything.words
    assert len(page.get("/office/outbox?state=failed").find("//tbody/tr")) == 2
    assert len(page.get("/office/outbox?q=嘉宾1").find("//tbody/tr")) == 2
    assert len(page.get("/office/outbox?state=queued&q=guest2@").find("//tbody/tr")) == 1
    assert "No letter matches" in page.get("/office/outbox?q=%25").words
    assert len(page.get(f"/office/e/{SLUG}/outbox").find("//tbody/tr")) == 3
    assert len(page.get("/office/outbox?state=nonsense&page=-4").find("//tbody/tr")) == 5


def test_as_many_queries_for_one_letter_as_for_thirty(page: Reader, cast: Cast, edition: Edition) -> None:
    page.sign_in(cast.staff)
    write(1, SLUG)
    one = len(page.get(f"/office/e/{SLUG}/outbox").queries)
    write(30, SLUG)
    many = page.get(f"/office/e/{SLUG}/outbox")
    assert len(many.find("//tbody/tr")) == 30
    assert len(many.queries) == one


def test_a_letter_shows_what_it_says_without_its_secrets(page: Reader, cast: Cast) -> None:
    [letter_id] = write()
    page.sign_in(cast.staff)
    shown = page.get(f"/office/outbox/{letter_id}")
    assert "guest0@example.org" in shown.words
    assert "very-secret" not in shown.text
    [frame] = shown.find("//iframe")
    assert frame.get("sandbox") == ""
    html = page.get(frame.get("src"))
    assert "嘉宾0" in html.text
    assert "very-secret" not in html.text
    policy = html.response.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;")
    assert "default-src 'none'" in policy


def test_a_letter_is_shown_in_its_own_language(page: Reader, cast: Cast) -> None:
    """The reader's is English, the letter's Chinese; both are on the page."""
    [letter_id] = write()
    page.sign_in(cast.staff)
    page.language = "en"
    assert page.get(f"/office/outbox/{letter_id}").tree.get("lang") == "en"  # type: ignore[union-attr]
    assert 'lang="zh-Hans"' in page.get(f"/office/outbox/{letter_id}/html").text


def test_a_letter_that_cannot_be_written_has_a_page(page: Reader, cast: Cast) -> None:
    [broken] = write(1, letter="no_such_letter")
    page.sign_in(cast.staff)
    assert "TemplateNotFound" in page.get(f"/office/outbox/{broken}").words
    page.get(f"/office/outbox/{broken}/html", expected=404)


@pytest.mark.parametrize("state", STATES)
def test_what_can_be_sent_again(page: Reader, cast: Cast, letters: Letters, state: str) -> None:
    [letter_id] = write(1, state=state, attempts=8)
    message_id = letters()[0].message_id
    page.sign_in(cast.staff)
    resendable = state in {"failed", "unknown", "deferred"}
    shown = page.get(f"/office/outbox/{letter_id}")
    address = f"/office/outbox/{letter_id}/resending"
    assert bool(shown.find(f"//form[@action='{address}']")) is resendable
    page.post(address)
    [letter] = letters()
    assert (letter.state, letter.attempts) == (("queued", 0) if resendable else (state, 8))
    assert letter.message_id == message_id
    if resendable:
        assert f"sent again by {cast.staff.name}" in page.get(f"/office/outbox/{letter_id}").words
        delivery.deliver()
        assert letters()[0].state == "sent"


def test_only_those_who_look_after_registrations(page: Reader, cast: Cast, edition: Edition) -> None:
    [letter_id] = write(1, SLUG)
    pages = [
        f"{start}{rest}"
        for start in ("/office/outbox", f"/office/e/{SLUG}/outbox")
        for rest in ("", f"/{letter_id}", f"/{letter_id}/html")
    ]
    for url in pages:
        page.sign_out()
        page.get(url, expected=303)
        page.sign_in(cast.helper)
        page.get(url, expected=403)
        page.sign_in(cast.outsider)
        page.get(url, expected=403 if url.startswith("/office/outbox") else 404)
        page.sign_in(cast.organizer)
        page.get(url)
    page.sign_in(cast.helper)
    page.post(f"{pages[1]}/resending", expected=403)


def test_a_letter_of_another_edition_is_not_there(page: Reader, cast: Cast, edition: Edition) -> None:
    make_edition(make_series("second"), slug="second-2027")
    [letter_id] = write(1, "second-2027")
    page.sign_in(cast.organizer)
    for url in ("", "/html"):
        page.get(f"/office/e/{SLUG}/outbox/{letter_id}{url}", expected=404)
    page.post(f"/office/e/{SLUG}/outbox/{letter_id}/resending", expected=404)
    page.get("/office/outbox/999999", expected=404)
    assert db.session.get_one(Letter, letter_id).state == "queued"


@pytest.fixture(name="letters")
def every_letter(outbox: Letters) -> Letters:
    return outbox
