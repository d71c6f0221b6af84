from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import Field, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from forums.documents.tables import MOST_ROWS, Lines, marked, read_text, read_upload
from forums.imports.models import BatchRow
from forums.imports.reading import Mapping

MOST_PASTED = 4_000_000
M = TypeVar("M", bound=Mapping)


def file_field(label: Any, description: Any) -> FileField:
    """A field for a table as a file."""
    return FileField(label, [DataRequired()], description=description, render_kw={"accept": ".csv,.txt,.xlsx"})


def rows_field(description: Any) -> TextAreaField:
    """A field for a table out of a spreadsheet's clipboard."""
    return TextAreaField(
        _l("Rows"),
        [InputRequired(), Length(max=MOST_PASTED)],
        description=description,
        render_kw={"rows": 8, "spellcheck": "false"},
    )


class FileForm(FlaskForm):
    """A table as a file; each import has a field `file` of its own."""

    file: FileField

    @property
    def source(self) -> Field:
        """The field that the table comes by."""
        return self.file

    @property
    def name(self) -> str:
        """What the table is called."""
        return self.file.data.filename or "file"

    def lines(self, **how: Any) -> Lines:
        """The rows as read_upload() finds them in this way. Raises Unreadable."""
        return read_upload(self.file.data, **how)


class RowsForm(FlaskForm):
    """A table out of a spreadsheet's clipboard; each import has a field `rows` of its own."""

    rows: TextAreaField

    @property
    def source(self) -> Field:
        return self.rows

    @property
    def name(self) -> str:
        return str(_("pasted rows"))

    def lines(self, *, most: int = MOST_ROWS, **_how: Any) -> Lines:
        return marked(Lines(read_text(self.rows.data, most=most)))


class MappingForm(FlaskForm):
    """How a table is read. What each column holds stands beside its samples: fields called column-0, column-1, …

    `mapping` is how it was read before, `first` are its first rows, `known` the fields that a column may hold.
    """

    title_row = SelectField(_l("Titles of the columns"), coerce=int)

    def __init__(
        self, mapping: Mapping, first: Sequence[BatchRow], known: Sequence[str], *, hides: bool = False, **data: Any
    ) -> None:
        super().__init__(data=vars(mapping) | data)
        self.first, self.known = first, known
        self.title_row.choices = [(0, _("There are none"))] + [(row.number, _row(row, hides)) for row in first]
        self.columns = [request.form.get(f"column-{at}", "") for at in range(len(mapping.columns))]

    @property
    def doubled(self) -> list[str]:
        """The fields that several columns are said to hold."""
        return sorted({name for name in self.columns if name in self.known and self.columns.count(name) > 1})

    def chosen(self, kind: type[M], /, **more: Any) -> M:
        """What was chosen, as this kind of mapping."""
        row = self.title_row.data
        return kind(
            columns=tuple(name if name in self.known else "" for name in self.columns),
            titles=next((tuple(one.cells) for one in self.first if one.number == row), ()),
            title_row=row,
            **more,
        )


def _row(row: BatchRow, hides: bool) -> str:
    """A row as a choice; `hides` what stands in it."""
    text = ", ".join(cell for cell in row.cells if cell)
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    return str(_("Row %(n)d", n=row.number) if hides else _("Row %(n)d: %(cells)s", n=row.number, cells=shown))
