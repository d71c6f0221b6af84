from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField

from forums.imports import forms
from forums.registrations.imports.models import ImportRow
from forums.registrations.imports.reading import FIELDS, Mapping


class UploadForm(forms.FileForm):
    """A list as a file."""

    file = forms.file_field(
        _l("CSV or XLSX file"),
        _l(
            "One person in each row, with titles such as 姓名, 手机, 邮箱, 单位, 职务 above. The next page shows "
            "what was understood; nobody is registered yet."
        ),
    )


class PasteForm(forms.RowsForm):
    """A list out of a spreadsheet's clipboard."""

    rows = forms.rows_field(_l("Copy the rows from a spreadsheet, with the titles of the columns."))


class MappingForm(forms.MappingForm):
    """How a list is read."""

    category_id = SelectField(_l("Category of who has none in the list"), coerce=int)
    language = SelectField(
        _l("Language of letters"),
        choices=[("auto", _l("Chinese for Chinese names, else English")), ("zh", "中文"), ("en", "English")],
    )
    letters = BooleanField(
        _l("Write to everybody who is imported"),
        description=_l("The letter with ticket and private link. Without it the letters lie in the outbox, withdrawn."),
    )

    def __init__(self, mapping: Mapping, first: Sequence[ImportRow], categories: list[tuple[int, str]]) -> None:
        super().__init__(mapping, first, FIELDS, category_id=mapping.category_id or 0)
        self.category_id.choices = categories

    def mapping(self) -> Mapping:
        """What was chosen."""
        return self.chosen(
            Mapping,
            category_id=self.category_id.data or None,
            language=self.language.data,
            letters=bool(self.letters.data),
        )
