"""A forgotten password: a letter with a link, a new password, a notice."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import urlsplit

from flask_security import verify_password

from forums.mail.models import Letter
from tests.cast import Cast
from tests.client import Reader


def test_a_forgotten_password_is_replaced_through_a_letter(
    page: Reader, cast: Cast, outbox: Callable[[], list[Letter]], deliver: Callable[[], list[EmailMessage]]
) -> None:
    page.post("/sign-in/reset", {"email": cast.organizer.email}, expected=200)
    [letter] = outbox()
    assert (letter.letter, letter.recipient) == ("password_reset", cast.organizer.email)
    link = urlsplit(letter.params["reset_link"])
    assert link.path in deliver()[0].get_body(("plain",)).get_content()

    chosen = "an entirely new password"
    page.post(link.path, {"password": chosen, "password_confirm": chosen}, expected=302)
    assert verify_password(chosen, cast.organizer.password)
    assert [letter.letter for letter in outbox()] == ["password_reset", "password_changed"]


def test_a_stranger_gets_the_same_answer_and_no_letter(
    page: Reader, cast: Cast, outbox: Callable[[], list[Letter]]
) -> None:
    known = page.post("/sign-in/reset", {"email": cast.organizer.email}, expected=200).words
    assert page.post("/sign-in/reset", {"email": "stranger@example.org"}, expected=200).words == known
    assert len(outbox()) == 1
