from __future__ import annotations

import secrets
from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from forums.agreements.footing import pasting
from forums.agreements.footing.models import PublishedVersion
from forums.agreements.footing.operations import TableFacts, Ties
from forums.agreements.forms import printable
from forums.web.dates import DayField

LONGEST_TEXT = 60_000


def lines(text: str | None) -> str | None:
    """As printable(), with the tabs and the empty first cell that a pasted table has."""
    if not text:
        return text
    return "".join(c for c in text if c in "\n\r\t" or (ord(c) >= 32 and not 0xD800 <= ord(c) < 0xE000)).strip("\r\n")


class PublishedForm(FlaskForm):
    title = StringField(_l("Title"), [Length(max=300)], filters=[printable])
    source = StringField(
        _l("Source"),
        [Length(max=500)],
        filters=[printable],
        description=_l("Who published it and where, so that another person finds it."),
    )
    published_on = DayField(_l("Published on"), [Optional()])
    table = TextAreaField(
        _l("Table"),
        [Length(max=LONGEST_TEXT)],
        filters=[lines],
        render_kw={"rows": 10, "spellcheck": "false", "wrap": "off"},
        description=_l(
            "Paste it from a spreadsheet: the heads first, then one line for each row, its name in the first column. A "
            "line called “Total” or 合计 is the published total. Amounts name their unit in the head: 金额（亿元）."
        ),
    )
    note = TextAreaField(_l("Note"), [Length(max=2000)], filters=[printable])
    version = HiddenField()
    key = HiddenField(default=lambda: secrets.token_urlsafe(18))

    def fill(self, row: PublishedVersion) -> None:
        """Show what is saved."""
        self.title.data, self.source.data, self.note.data = row.title, row.source, row.note
        self.published_on.data, self.version.data = row.published_on, str(row.version)
        self.table.data = pasting.typed(row.columns, row.rows, row.total)

    def validate_title(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_l("Give the table a title."))

    def validate_source(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_l("Say who published these figures and where."))

    def validate_table(self, field: Field) -> None:
        try:
            pasting.read(field.data or "")
        except pasting.NoTable as no:
            raise ValidationError(no.message) from None

    def facts(self) -> TableFacts:
        """What was typed, as an operation takes it."""
        return TableFacts(
            title=self.title.data or "",
            source=self.source.data or "",
            text=self.table.data or "",
            published_on=self.published_on.data,
            note=self.note.data or "",
        )

    def typed_key(self) -> str:
        """The key that the form carried, or a new one in place of junk."""
        typed = printable(self.key.data) or ""
        return typed if 16 <= len(typed) <= 64 and typed.isascii() else secrets.token_urlsafe(18)


def ties(sent: Mapping[str, str], row: PublishedVersion) -> Ties:
    """What the selects of a table's page say; one that was not sent says nothing."""
    return Ties(
        columns=tuple(sent.get(f"column-{number}", "") for number in range(len(row.columns))),
        rows=tuple(sent.get(f"row-{number}", "") for number in range(len(row.rows))),
        total=sent.get("total", ""),
    )
