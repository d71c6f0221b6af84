from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import InputRequired

from forums.agreements.forms import choices_of
from forums.agreements.imports.models import RegisterRow
from forums.agreements.imports.reading import FIELDS, Mapping
from forums.agreements.imports.words import UNITS
from forums.agreements.vocabulary import BASES, BINDINGS, CHANNELS, KINDS
from forums.imports import forms
from forums.web.dates import DayField


class SheetForm(forms.FileForm):
    """A register as a file."""

    file = forms.file_field(
        _l("XLSX or CSV file"),
        _l(
            "One agreement in each row, with heads such as 序号, 项目名称, 投资方, 投资额（万元）, 签约日期 above. "
            "The next page shows what was understood; nothing is drafted yet."
        ),
    )


class RowsForm(forms.RowsForm):
    """A register out of a spreadsheet's clipboard."""

    rows = forms.rows_field(_l("Copy the rows from a spreadsheet, with their heads."))


class ReadingForm(forms.MappingForm):
    """How a sheet is read."""

    title_row = SelectField(_l("Heads of the columns"), coerce=int)
    unit = SelectField(_l("Unit of plain numbers"))
    kind = SelectField(_l("Kind, where a row names none"))
    binding = SelectField(_l("Binding class, where a row names none"))
    basis = SelectField(_l("Basis, where a row names none"))
    channel = SelectField(_l("Channel, where a row names none"))
    signed_on = DayField(_l("Day of signing, where a row names none"), [InputRequired()])

    def __init__(
        self, mapping: Mapping, first: Sequence[RegisterRow], starts_on: date, *, language: str, hides: bool
    ) -> None:
        day = date.fromisoformat(mapping.signed_on) if mapping.signed_on else starts_on
        super().__init__(mapping, first, FIELDS, hides=hides, signed_on=day)
        self.unit.choices = list(UNITS.items())
        self.kind.choices = choices_of(KINDS, language)
        self.binding.choices = choices_of(BINDINGS, language)
        self.basis.choices = choices_of(BASES, language)
        self.channel.choices = choices_of(CHANNELS, language, _l("not stated"))

    def mapping(self) -> Mapping:
        """What was chosen."""
        return self.chosen(
            Mapping,
            unit=self.unit.data,
            kind=self.kind.data,
            binding=self.binding.data,
            basis=self.basis.data,
            channel=self.channel.data,
            signed_on=self.signed_on.data.isoformat(),
        )
