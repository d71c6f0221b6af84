from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from forums.registrations.imports.reading import FIELDS, Mapping

MOST_PASTED = 4_000_000


class UploadForm(FlaskForm):
    """A list as a file."""

    file = FileField(
        _l("CSV or XLSX file"),
        [DataRequired()],
        description=_l(
            "One person in each row, with titles such as 姓名, 手机, 邮箱, 单位, 职务 above. The next page shows "
            "what was understood; nobody is registered yet."
        ),
        render_kw={"accept": ".csv,.txt,.xlsx"},
    )


class PasteForm(FlaskForm):
    """A list out of a spreadsheet's clipboard."""

    rows = TextAreaField(
        _l("Rows"),
        [DataRequired(), Length(max=MOST_PASTED)],
        description=_l("Copy the rows from a spreadsheet, with the titles of the columns."),
        render_kw={"rows": 8, "spellcheck": "false"},
    )


class MappingForm(FlaskForm):
    """How the file is read. What each column holds stands beside its samples: fields called column-0, column-1, …"""

    title_row = SelectField(_l("Titles of the columns"), coerce=int)
    category_id = SelectField(_l("Category of who has none in the list"), coerce=int)
    language = SelectField(
        _l("Language of letters"),
        choices=[("auto", _l("Chinese for Chinese names, else English")), ("zh", "中文"), ("en", "English")],
    )
    letters = BooleanField(
        _l("Write to everybody who is imported"),
        description=_l("The letter with ticket and private link. Without it the letters lie in the outbox, withdrawn."),
    )

    def __init__(
        self, *, first_rows: list[tuple[int, str]], categories: list[tuple[int, str]], mapping: Mapping
    ) -> None:
        super().__init__(data=vars(mapping) | {"category_id": mapping.category_id or 0})
        self.title_row.choices = [(0, _l("There are none")), *first_rows]
        self.category_id.choices = categories

    def mapping(self, columns: list[str], cells: dict[int, list[str]]) -> Mapping:
        """What was chosen; `cells` are those of the first rows, by their numbers."""
        row = self.title_row.data
        return Mapping(
            columns=tuple(name if name in FIELDS else "" for name in columns),
            titles=tuple(cells.get(row, ())),
            title_row=row,
            category_id=self.category_id.data or None,
            language=self.language.data,
            letters=bool(self.letters.data),
        )


def doubled(columns: list[str]) -> list[str]:
    """The fields that several columns are said to hold."""
    chosen: list[Any] = [name for name in columns if name in FIELDS]
    return sorted({name for name in chosen if chosen.count(name) > 1})
