from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from forums.agreements.forms import choices_of
from forums.agreements.imports.reading import FIELDS, Mapping
from forums.agreements.imports.words import UNITS
from forums.agreements.vocabulary import BASES, BINDINGS, CHANNELS, KINDS
from forums.web.dates import DayField

MOST_PASTED = 4_000_000


class SheetForm(FlaskForm):
    """A register as a file."""

    file = FileField(
        _l("XLSX or CSV file"),
        [DataRequired()],
        description=_l(
            "One agreement in each row, with heads such as 序号, 项目名称, 投资方, 投资额（万元）, 签约日期 above. "
            "The next page shows what was understood; nothing is drafted yet."
        ),
        render_kw={"accept": ".xlsx,.csv,.txt"},
    )


class RowsForm(FlaskForm):
    """A register out of a spreadsheet's clipboard."""

    rows = TextAreaField(
        _l("Rows"),
        [InputRequired(), Length(max=MOST_PASTED)],
        description=_l("Copy the rows from a spreadsheet, with their heads."),
        render_kw={"rows": 8, "spellcheck": "false"},
    )


class ReadingForm(FlaskForm):
    """How the sheet is read. What each column holds stands beside its samples: fields called column-0, column-1, …"""

    title_row = SelectField(_l("Heads of the columns"), coerce=int)
    unit = SelectField(_l("Unit of plain numbers"))
    kind = SelectField(_l("Kind, where a row names none"))
    binding = SelectField(_l("Binding class, where a row names none"))
    basis = SelectField(_l("Basis, where a row names none"))
    channel = SelectField(_l("Channel, where a row names none"))
    signed_on = DayField(_l("Day of signing, where a row names none"), [InputRequired()])

    def __init__(self, *args: Any, language: str, first_rows: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title_row.choices = [(0, _l("There are none")), *first_rows]
        self.unit.choices = list(UNITS.items())
        self.kind.choices = choices_of(KINDS, language)
        self.binding.choices = choices_of(BINDINGS, language)
        self.basis.choices = choices_of(BASES, language)
        self.channel.choices = choices_of(CHANNELS, language, _l("not stated"))

    def mapping(self, columns: list[str], cells: dict[int, list[str]]) -> Mapping:
        """What was chosen; `cells` are those of the first rows, by their numbers."""
        row = self.title_row.data
        return Mapping(
            columns=tuple(name if name in FIELDS else "" for name in columns),
            titles=tuple(cells.get(row, ())),
            title_row=row,
            unit=self.unit.data,
            kind=self.kind.data,
            binding=self.binding.data,
            basis=self.basis.data,
            channel=self.channel.data,
            signed_on=self.signed_on.data.isoformat(),
        )


def doubled(columns: list[str]) -> list[str]:
    """The fields that several columns are said to hold."""
    return sorted({name for name in columns if name in FIELDS and columns.count(name) > 1})
