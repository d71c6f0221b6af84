"""A forgotten password: a letter with a link, a new password, a notice."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import urlsplit

from flask_security import verify_password

from forums.mail.models import Letter
from tests.cast import PASSWORD, Cast
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


def test_the_link_leads_to_our_address_whatever_host_was_asked_for_and_works_once(
    page: Reader, cast: Cast, outbox: Callable[[], list[Letter]]
) -> None:
    page.post("/sign-in/reset", {"email": cast.helper.email}, expected=200, headers={"Host": "localhost:6666"})
    link = urlsplit(outbox()[0].params["reset_link"])
    assert f"{link.scheme}://{link.netloc}" == page.app.config["PUBLIC_URL"]
    assert page.get(link.path).response.headers["Cache-Control"] == "no-store"
    for chosen, answer in (("an entirely new password", 302), ("yet another password", 200)):
        page.post(link.path, {"password": chosen, "password_confirm": chosen}, expected=302)
        page.post("/sign-in", {"email": cast.helper.email, "password": chosen}, expected=answer)
        page.sign_out()


def test_the_outbox_shows_no_link_that_resets_a_password(
    page: Reader, cast: Cast, outbox: Callable[[], list[Letter]]
) -> None:
    page.post("/sign-in/reset", {"email": cast.admin.email}, expected=200)
    [letter] = outbox()
    number, token = letter.id, letter.params["reset_link"].rpartition("/")[2]
    page.sign_in(cast.staff)
    for address in (f"/office/outbox/{number}", f"/office/outbox/{number}/html", "/office/outbox"):
        assert token not in page.get(address).text


def test_whoever_changes_a_password_is_told(
    page: Reader, cast: Cast, deliver: Callable[[], list[EmailMessage]]
) -> None:
    page.post("/sign-in", {"email": "staff@example.org", "password": PASSWORD}, expected=302)
    new = {"password": PASSWORD, "new_password": "quite another one", "new_password_confirm": "quite another one"}
    page.post("/office/password", new, expected=302)
    assert [(letter["To"], letter["Subject"]) for letter in deliver()] == [
        ('"Staff (synthetic)" <staff@example.org>', "Your Billet password has been changed")
    ]
