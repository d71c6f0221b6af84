"""Pages for people who met an error, in both languages."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import default_exceptions

from forums.errors import Refused
from tests.client import Reader


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_missing_page(page: Reader, language: str) -> None:
    page.language = language
    assert page.get("/no/such/page", expected=404).h1


@pytest.mark.parametrize("code", [400, 403, 405, 413, 429, 500, 503])
def test_every_error_has_its_words(page: Reader, code: int) -> None:
    with page.app.test_request_context("/"):
        answer = page.app.make_response(page.app.handle_user_exception(default_exceptions[code]()))
    assert answer.status_code == code
    assert f">{code}<" in answer.get_data(as_text=True)


def test_a_refusal_shows_its_own_words(page: Reader) -> None:
    with page.app.test_request_context("/"):
        answer = page.app.make_response(page.app.handle_user_exception(Refused("All 40 places are taken.")))
    assert answer.status_code == 409
    assert "All 40 places are taken." in answer.get_data(as_text=True)
