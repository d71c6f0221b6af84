"""One click in a mail program, or a button on a page: no cookie, no sign-in, and a way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from forums import clock, tokens
from forums.activity.models import Activity
from forums.editions.models import Edition
from forums.extensions import db
from forums.mail import queue
from forums.mail.models import Letter
from forums.mail.suppression import links, operations
from forums.mail.suppression.models import HOUSE, Suppression
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast
from tests.client import Reader
from tests.invitations.guests import campaign, make_campaign, make_list, send
from tests.mail.test_suppression import rows

Deliver = Callable[[], list[EmailMessage]]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def series(edition: Edition) -> str:
    """The scope of the edition's series."""
    return f"series:{edition.series_id}"


@pytest.fixture
def link(series: str) -> str:
    """The link in the letter of a campaign to guest0@example.org."""
    send(make_campaign(make_list(1)))
    return f"/unsubscribe/{links.token_of(the_letter())}"


def the_letter() -> Letter:
    return db.session.scalars(select(Letter)).one()


def standing() -> list[tuple[str, str, str]]:
    return [(row.address, row.scope, row.reason) for row in rows() if row.removed_at is None]


def one_click(page: Reader, link: str, **more: object) -> TestResponse:
    """As a mail provider sends it: no cookie, no token of a form."""
    with page.app.app_context():
        return page.app.test_client(use_cookies=False).post(link, data=ONE_CLICK, **more)  # type: ignore[arg-type]


def test_what_letters_of_campaigns_carry(
    app: Flask, edition: Edition, deliver: Deliver, page: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_INCOMING", "replies+*@mail.example.org")
    send(make_campaign(make_list(1, language="zh")))
    with transaction():
        queue(letter="password_changed", event="t", to="a@example.org", language="en", name="A")
    of_campaign, personal = sorted(deliver(), key=lambda message: "List-Unsubscribe" not in message)
    assert {personal["List-Unsubscribe"], personal["List-Unsubscribe-Post"], personal["Precedence"]} == {None}
    assert personal["Auto-Submitted"] == of_campaign["Auto-Submitted"] == "auto-generated"
    assert of_campaign["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (of_campaign["Precedence"], of_campaign["List-Id"]) == ("bulk", None)
    assert of_campaign["Reply-To"].addresses[0].addr_spec == "forum@example.org"
    [web, mailbox] = re.findall(r"<([^>]+)>", of_campaign["List-Unsubscribe"])
    assert re.fullmatch(r"mailto:replies\+u\d+-\w{10}@mail\.example\.org\?subject=unsubscribe", mailbox)
    text, shown = (of_campaign.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert text.splitlines()[-2:] == ["请不要再给我发送这类邮件：", web]
    assert f'href="{web}"' in shown
    path = web.removeprefix(app.config["PUBLIC_URL"])
    assert one_click(page, path).status_code == 200


def test_each_letter_has_its_own_link(edition: Edition, deliver: Deliver, app: Flask) -> None:
    send(make_campaign(make_list(3)))
    seen = set()
    for message in deliver():
        [web] = re.findall(r"<([^>]+)>", message["List-Unsubscribe"])
        text, shown = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
        assert text.splitlines()[-1] == web
        assert f'href="{web}"' in shown
        seen.add((str(message["Message-ID"]), web.rpartition("/")[2].partition("?")[0]))
    assert seen == {(one.message_id, links.token_of(one)) for one in db.session.scalars(select(Letter))}


def test_asked_many_times_at_once_it_is_noted_once(app: Flask, link: str, series: str, page: Reader) -> None:
    db.session.remove()
    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(lambda _: one_click(page, link).status_code, range(6)))
    assert statuses == [200] * 6
    assert standing() == [("guest0@example.org", series, "unsubscribed")]


def test_one_click_needs_no_cookie_and_answers_plainly(page: Reader, link: str, series: str) -> None:
    for _ in range(2):
        answer = one_click(page, f"{link}?lang=zh")
        assert (answer.status_code, answer.mimetype) == (200, "text/plain")
        assert "Set-Cookie" not in answer.headers
        assert answer.get_data(as_text=True) == "You get no more such letters.\n"
    multipart = one_click(page, link, content_type="multipart/form-data")
    assert multipart.status_code == 200
    assert standing() == [("guest0@example.org", series, "unsubscribed")]
    [row] = rows()
    assert (row.detail, row.created_by) == ("List-Unsubscribe=One-Click", "guest: g****@example.org")
    said = db.session.scalars(select(Activity).where(Activity.object_kind == "suppressions")).one()
    assert said.detail == {"address": "g****@example.org", "scope": "series", "reason": "unsubscribed"}


def test_looking_changes_nothing(page: Reader, link: str) -> None:
    shown = page.get(link)
    assert shown.h1 == "Unsubscribe"
    assert "g****@example.org" in shown.words
    assert "Aluminium Forum (synthetic)" in shown.words
    assert "guest0" not in shown.text
    assert "Guest 0" not in shown.text
    assert page.client.head(link).status_code == 200
    assert page.client.options(link).status_code == 200
    assert page.client.put(link).status_code == 405
    assert page.client.post(link, data={"wish": "everything"}).status_code == 400
    assert page.client.post(link).status_code == 400
    assert rows() == []


def test_the_page_unsubscribes_from_the_series_then_from_all_and_takes_it_back(
    page: Reader, link: str, series: str
) -> None:
    page.language = "zh"
    page.open("POST", link, data={"wish": "series"}, expected=303)
    assert page.get(link).h1 == "已退订"
    page.open("POST", link, data={"wish": HOUSE}, expected=303)
    assert {scope for _, scope, _ in standing()} == {series, HOUSE}
    after = page.get(link)
    assert after.find("//form[contains(@action, 'unsubscribe')]//button/@value") == ["keep"]
    page.open("POST", link, data={"wish": "keep"}, expected=303)
    page.open("POST", link, data={"wish": "keep"}, expected=303)
    assert standing() == []
    assert [(row.removed_by, row.removed_why) for row in rows()] == [("guest: g****@example.org", "asked")] * 2
    assert page.get(link).find("//form[contains(@action, 'unsubscribe')]//button/@value") == ["series", HOUSE]


def test_undo_takes_back_their_own_wish_only(page: Reader, link: str) -> None:
    with transaction():
        operations.suppress("guest0@example.org", reason="bounced", actor=SYSTEM)
        operations.suppress("guest0@example.org", reason="by_hand", detail="by court order", actor=SYSTEM)
    one_click(page, link)
    page.open("POST", link, data={"wish": "keep"}, expected=303)
    assert standing() == [("guest0@example.org", HOUSE, reason) for reason in ("bounced", "by_hand")]


def test_a_link_works_years_later_and_for_what_is_over(page: Reader, link: str, cast: Cast) -> None:
    with transaction():
        row = campaign(1)
        row.state = "cancelled"
        row.edition.state = "archived"
    with clock.frozen(clock.now() + timedelta(days=3_000)):
        assert page.get(link).h1 == "Unsubscribe"
        assert one_click(page, link).status_code == 200
    assert len(standing()) == 1


def test_a_wrong_link_is_not_there(page: Reader, link: str) -> None:
    letter_id = the_letter().id
    other = tokens.sign("invitation", letter_id, 1)
    for token in ("nothing", other, tokens.sign(links.PURPOSE, letter_id, 1), tokens.sign(links.PURPOSE, 999, 1)):
        page.get(f"/unsubscribe/{token}", expected=404)
        assert one_click(page, f"/unsubscribe/{token}").status_code == 404
    with transaction():
        the_letter().message_id = "<another@letter>"  # its number was given to another letter
    page.get(link, expected=404)
    assert db.session.scalars(select(Suppression)).all() == []


def test_many_links_from_one_address_are_welcome(page: Reader, edition: Edition) -> None:
    """A mail provider's proxy speaks for all its users."""
    send(make_campaign(make_list(70)))
    links_of_all = [f"/unsubscribe/{links.token_of(one)}" for one in db.session.scalars(select(Letter))]
    assert {one_click(page, link).status_code for link in links_of_all} == {200}
    assert len(standing()) == 70
