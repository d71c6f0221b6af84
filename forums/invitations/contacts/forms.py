from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from forums.invitations.contacts.addresses import meant
from forums.invitations.contacts.reading import FIELDS, REASONS, Rejected
from forums.invitations.models import EMAIL, NAME, ORGANISATION, TITLE, Contact

MOST_PASTED = 4_000_000


class ListForm(FlaskForm):
    name = StringField(
        _l("Name of the list"),
        [DataRequired(), Length(max=200)],
        description=_l("For your own eyes, like “Experts of 2026” or “Member enterprises”."),
    )
    for_series = BooleanField(
        _l("Keep it for all editions of the series"),
        description=_l("Otherwise it belongs to this edition alone."),
    )


class PasteForm(FlaskForm):
    rows = TextAreaField(
        _l("Rows"),
        [DataRequired(), Length(max=MOST_PASTED)],
        description=_l(
            "Copy them from a spreadsheet, or write one person on each line: "
            "name, e-mail, organisation, form of address."
        ),
        render_kw={"rows": 8, "spellcheck": "false"},
    )


class UploadForm(FlaskForm):
    file = FileField(
        _l("CSV or XLSX file"),
        [DataRequired()],
        description=_l(
            "With a header such as 姓名, 邮箱, 单位, 职务 or name, email, organisation, title. "
            "UTF-8 and GB18030 are both read."
        ),
        render_kw={"accept": ".csv,.txt,.xlsx"},
    )


class PersonForm(FlaskForm):
    """One person as typed; what is wrong with it is told by reading.examine()."""

    name = StringField(_l("Name"), [Length(max=2 * NAME)])
    email = StringField(_l("E-mail"), [Length(max=2 * EMAIL)], render_kw={"inputmode": "email", "spellcheck": "false"})
    organisation = StringField(_l("Organisation"), [Length(max=2 * ORGANISATION)])
    title = StringField(
        _l("Form of address or post"),
        [Length(max=2 * TITLE)],
        description=_l("Letters begin with it: “尊敬的李明教授” is the name 李明 and the form of address 教授."),
    )
    language = SelectField(
        _l("Letters in"),
        choices=[("", _l("by the name")), ("zh", "中文"), ("en", "English")],
        validate_choice=False,
    )
    as_it_is = BooleanField(_l("The address is right as it is"))

    @property
    def typed(self) -> dict[str, str]:
        return {name: (self[name].data or "").strip() for name in FIELDS}

    def show(self, values: Mapping[str, str] | Contact) -> None:
        for name in FIELDS:
            self[name].data = values[name] if isinstance(values, Mapping) else getattr(values, name)

    def complain(self, rejected: Rejected) -> None:
        """Say at each field what is wrong with it."""
        for name, reason in rejected.faults:
            words = str(REASONS[reason])
            if better := meant(self.email.data or "") if name == "email" else "":
                words = f"{words} {_('Did you mean %(address)s?', address=better)}"
            self[name].errors = [*self[name].errors, words]
