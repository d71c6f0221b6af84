from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField
from wtforms.validators import Length

from forums.agreements.forms import printable
from forums.agreements.vocabularies.operations import MOST_POSITION, Line
from forums.columns import Bilingual

LONGEST = 200
MOST_LINES = 400


class WordForm(FlaskForm):
    """A word to add; a kind says which of the built-in ones it counts as."""

    name_zh = StringField(_l("Name (Chinese)"), [Length(max=LONGEST)], filters=[printable])
    name_en = StringField(_l("Name (English)"), [Length(max=LONGEST)], filters=[printable])
    counts_as = SelectField(
        _l("Follows the rules of"), description=_l("The counting rules see it as this kind, for good.")
    )

    def __init__(self, *args: Any, classes: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counts_as.choices = classes
        if not classes:
            del self.counts_as


def typed_lines(form: MultiDict[str, str]) -> list[Line]:
    """The lines of a table of words: `key` names each, its fields are zh-…, en-…, position-…, retired-… and was-…"""
    return [
        Line(
            key=key,
            name=Bilingual(_text(form.get(f"zh-{key}")), _text(form.get(f"en-{key}"))),
            position=_position(form.get(f"position-{key}")),
            retired=bool(form.get(f"retired-{key}")),
            was=form.get(f"was-{key}", ""),
        )
        for key in form.getlist("key")[:MOST_LINES]
    ]


def _text(text: str | None) -> str:
    return (printable(text) or "").replace("\n", " ")[:LONGEST]


def _position(text: str | None) -> int:
    return min(int(text), MOST_POSITION) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
