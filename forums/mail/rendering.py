"""A letter's parts from its templates and frozen parameters, in the letter's own language.

The same parameters give the same parts, but for what a room tells at delivery. For the eyes of staff a letter is
rendered `masked`: its private links and secrets are hidden, because whoever holds such a link may act as the recipient.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from babel import Locale
from flask import current_app, g
from flask_babel import force_locale
from jinja2 import Environment, StrictUndefined

from forums.links import capability_link, external
from forums.mail.attachments import attachments_of, calendar_of, values_of
from forums.mail.compose import Parts, one_line
from forums.mail.prepared import Prepared, Words, is_prepared, printed

LOCALES = {"zh": Locale.parse("zh_Hans_CN"), "en": Locale.parse("en")}
MASK = "hidden"


def render(
    letter: str, params: dict[str, Any], language: str, *, name: str = "", masked: bool = False, unsubscribe: str = ""
) -> Parts:
    """Subject, text, HTML and files; with an `unsubscribe` link, text and HTML end in it.

    Raises whatever the templates or the makers of files raise.
    """
    values = {"name": name, **params, "language": language, "unsubscribe": unsubscribe}
    templates = _templates()
    with speaking(language):
        if masked or not is_prepared(letter):
            words = templates.words(letter, values | (_masked_links() if masked else _links()))
        else:
            words = templates.prepared.words(letter, values, _links(), partial(templates.words, letter))
        files = attachments_of(letter, params, language)
        asked = calendar_of(letter, params, language)
    return Parts(
        subject=one_line(words.subject),
        text="\n\n".join(filter(None, (words.text.strip(), words.foot.strip()))) + "\n",
        html=words.html,
        attachments=files,
        calendar=asked,
    )


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


@dataclass
class _Templates:
    """The application's templates, strict: a letter with a hole in it fails instead of going out."""

    environment: Environment
    prepared: Prepared = field(default_factory=Prepared)

    def words(self, letter: str, values: dict[str, Any]) -> Words:
        parts = [f"{letter}/subject.txt", f"{letter}/body.txt", f"{letter}/body.html"]
        if values["unsubscribe"]:
            parts.append("parts/unsubscribe.txt")
        said = values | values_of(letter, values)
        return Words(*(self.environment.get_template(f"email/{part}").render(said) for part in parts))


def _templates() -> _Templates:
    known: _Templates | None = current_app.extensions.get("letter_templates")
    if known is None:
        environment = current_app.jinja_env.overlay(
            undefined=StrictUndefined, finalize=printed, trim_blocks=True, lstrip_blocks=True
        )
        known = _Templates(environment)
        current_app.extensions["letter_templates"] = known
    return known


def _links() -> dict[str, Any]:
    return {"link": capability_link, "url": external, "secret": lambda text: text, "masked": False}


def _masked_links() -> dict[str, Any]:
    def link(endpoint: str, purpose: str, row_id: int, version: int, **values: Any) -> str:
        return external(endpoint, token=MASK, **values)

    return {"link": link, "url": external, "secret": lambda _: MASK, "masked": True}
