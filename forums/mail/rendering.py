"""A letter's parts from its templates and frozen parameters, in the letter's own language.

The same parameters give the same parts, but for what a room tells at delivery. For the eyes of staff a letter is
rendered `masked`: its private links and secrets are hidden, because whoever holds such a link may act as the recipient.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app, g
from flask_babel import force_locale
from jinja2 import Environment, StrictUndefined

from forums.links import capability_link, external
from forums.mail.attachments import attachments_of, calendar_of, values_of
from forums.mail.compose import Parts, one_line

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
MASK = "hidden"


def render(letter: str, params: dict[str, Any], language: str, *, name: str = "", masked: bool = False) -> Parts:
    """Subject, text, HTML and files. Raises whatever the templates or the makers of files raise."""
    values = {"name": name, **params, **values_of(letter, params), "language": language}
    values |= _masked_links() if masked else _links()
    templates = _environment()
    with speaking(language):
        subject, text, html = (
            templates.get_template(f"email/{letter}/{part}").render(values)
            for part in ("subject.txt", "body.txt", "body.html")
        )
        files = attachments_of(letter, params, language)
        asked = calendar_of(letter, params, language)
    return Parts(subject=one_line(subject), text=text.strip() + "\n", html=html, attachments=files, calendar=asked)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let gettext and the filters of templates speak this language, whatever the reader of the page speaks."""
    before = g.get("language")
    g.language = language
    try:
        with force_locale(LOCALES[language]):
            yield
    finally:
        if before is None:
            g.pop("language")
        else:
            g.language = before


def _environment() -> Environment:
    """The application's templates, strict: a letter with a hole in it fails instead of going out."""
    known: Environment | None = current_app.extensions.get("letter_templates")
    if known is None:
        known = current_app.jinja_env.overlay(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        current_app.extensions["letter_templates"] = known
    return known


def _links() -> dict[str, Any]:
    return {"link": capability_link, "url": external, "secret": lambda text: text, "masked": False}


def _masked_links() -> dict[str, Any]:
    def link(endpoint: str, purpose: str, row_id: int, version: int, **values: Any) -> str:
        return external(endpoint, token=MASK, **values)

    return {"link": link, "url": external, "secret": lambda _: MASK, "masked": True}
