from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    EmailField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from forums.editions.models import Edition
from forums.registrations.delegations.members import Member
from forums.registrations.delegations.operations import DelegationFacts
from forums.registrations.delegations.words import ROLE_NAMES
from forums.registrations.forms import email_address, one_line, phone_number, trimmed, visible
from forums.registrations.models import Delegation, Registration
from forums.registrations.operations import Applicant
from forums.web.dates import MomentField
from forums.web.kept import fresh_key

MOST_PLACES = 10_000
MOST_ROWS = 200  # in one sending of the table
LANGUAGES = [("zh", "中文"), ("en", "English")]
COLUMNS = ("name", "role", "title", "phone", "email", "language")


class DelegationForm(FlaskForm):
    """What the office agrees on with a unit; times as they are where the event is."""

    revision = HiddenField()
    key = HiddenField(default=fresh_key)
    name = StringField(
        _l("Unit"),
        [DataRequired(), Length(max=160), one_line, visible],
        [trimmed],
        description=_l("As it should stand on the badges of its people."),
        render_kw={"list": "organisations", "autocomplete": "off"},
    )
    category_id = SelectField(_l("Category"), coerce=int)
    places = IntegerField(
        _l("Places"),
        [InputRequired(), NumberRange(min=1, max=MOST_PLACES)],
        description=_l("They are taken from the event and the category now; nobody else gets them."),
    )
    contact_name = StringField(_l("Contact person"), [Optional(), Length(max=80), one_line], [trimmed])
    contact_email = EmailField(
        _l("E-mail of the contact"),
        [Optional(), Length(max=254), one_line, email_address],
        [trimmed],
        description=_l("The private link goes there. Another address makes a new link; the old one stops working."),
    )
    contact_phone = TelField(
        _l("Phone of the contact"), [Optional(), Length(max=40), one_line, phone_number], [trimmed]
    )
    language = SelectField(_l("Language of letters"), choices=LANGUAGES)
    closes_at = MomentField(
        _l("Changes until"),
        [Optional()],
        description=_l("Local time of the venue. Afterwards the contact changes nothing any more; empty: to the end."),
    )
    note = TextAreaField(_l("Note for the office"), [Optional(), Length(max=2000)], [trimmed], render_kw={"rows": 3})
    send = BooleanField(_l("Send the private link to the contact now"), default=True)

    def __init__(self, edition: Edition, categories: list[tuple[int, str]], **values: Any) -> None:
        super().__init__(**values)
        self.category_id.choices = categories
        self._zone = edition.tz

    def validate_key(self, field: HiddenField) -> None:
        """A key that nobody here made is cut to what one of ours may be."""
        field.data = (field.data or "")[:64]

    def show(self, row: Delegation) -> None:
        """Fill in what the unit has."""
        for name in ("name", "contact_name", "contact_email", "contact_phone", "language", "note"):
            self[name].data = getattr(row, name)
        self.revision.data, self.category_id.data = str(row.revision), row.category_id
        self.closes_at.show(row.closes_at, self._zone)

    @property
    def seen(self) -> int | None:
        """The revision that the page carried, if it carried one."""
        text = self.revision.data or ""
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None

    def facts(self) -> DelegationFacts:
        """What was entered; the closing time becomes UTC."""
        return DelegationFacts(
            name=self.name.data or "",
            contact_name=self.contact_name.data or "",
            contact_email=self.contact_email.data or None,
            contact_phone=self.contact_phone.data or "",
            language=self.language.data,
            closes_at=self.closes_at.utc(self._zone),
            note=self.note.data or "",
        )


class ResizeForm(FlaskForm):
    """How many of the unit may come."""

    places = IntegerField(_l("Places"), [InputRequired(), NumberRange(min=1, max=MOST_PLACES)])


class MemberFields(Form):
    """Who comes: one row of the contact's table. Without phone number and address nobody could be told apart."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=80), one_line, visible], [trimmed])
    role = SelectField(_l("Comes as"), choices=list(ROLE_NAMES.items()), default="attendee")
    title = StringField(_l("Position"), [Optional(), Length(max=80), one_line], [trimmed])
    phone = TelField(_l("Phone"), [Optional(), Length(max=40), one_line, phone_number], [trimmed])
    email = EmailField(_l("E-mail"), [Optional(), Length(max=254), one_line, email_address], [trimmed])
    language = SelectField(_l("Language"), choices=LANGUAGES)

    def validate_name(self, field: StringField) -> None:
        """Told beside the name, as neither of the two that may be missing is wrong by itself."""
        if not self.phone.data and not self.email.data:
            raise ValidationError(_l("Give a phone number or an e-mail address for %(name)s.", name=field.data))

    def applicant(self, unit: str) -> Applicant:
        """What was entered, as operations take it."""
        return Applicant(
            name=self.name.data or "",
            email=self.email.data or None,
            phone=self.phone.data or "",
            organisation=unit,
            title=self.title.data or "",
            language=self.language.data,
        )


class MemberRow(MemberFields):
    """A row of the table; one in which nothing was written is no mistake. `key` tells a second sending of it."""

    key = HiddenField()

    @property
    def is_blank(self) -> bool:
        return not any(self[name].data for name in ("name", "title", "phone", "email"))

    @property
    def is_good(self) -> bool:
        return not self.is_blank and not self.errors

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        return self.is_blank or super().validate(extra_validators)


class Rows(FieldList):
    """The rows by their numbers in the names of the fields; a name with anything else is none of ours."""

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        for name in formdata:
            number = name.removeprefix(f"{prefix}-").partition("-")[0]
            if name.startswith(f"{prefix}-") and re.fullmatch(r"[0-9]{1,6}", number):
                yield int(number)


class MembersForm(FlaskForm):
    """Several people at once."""

    rows = Rows(FormField(MemberRow), max_entries=MOST_ROWS)

    def given(self, unit: Delegation) -> list[tuple[int, Member]]:
        """The rows that can be registered, each with its place in the table."""
        return [
            (number, Member(row.applicant(unit.name), row.role.data, (row.key.data or "")[:64]))
            for number, row in enumerate(self.table)
            if row.is_good
        ]

    @property
    def table(self) -> list[MemberRow]:
        return [entry.form for entry in self.rows]

    @property
    def wrong(self) -> int:
        """In how many rows something is wrong."""
        return sum(1 for row in self.table if not row.is_blank and row.errors)


class ChangeMemberForm(FlaskForm, MemberFields):
    """One person of the unit."""

    organisation = StringField(_l("Organisation"), [Optional(), Length(max=160), one_line], [trimmed])

    def applicant_of(self, row: Registration) -> Applicant:
        """What was entered; what the form does not ask stays."""
        given = self.applicant(self.organisation.data or "")
        return Applicant(**{**vars(given), "region": row.region})


class SheetForm(FlaskForm):
    """The filled template."""

    file = FileField(_l("Filled template"), [FileRequired()], render_kw={"accept": ".xlsx,.csv,.txt"})


class UnitsForm(FlaskForm):
    """A list of units, pasted or from a file. `key` makes a second sending the same units."""

    key = HiddenField(default=fresh_key)
    rows = TextAreaField(
        _l("Rows"),
        [Length(max=1_000_000)],
        description=_l(
            "Copy them from a spreadsheet, with the names of the columns on top: 单位, 人数, 联系人, 邮箱, 手机."
        ),
        render_kw={"rows": 8, "spellcheck": "false"},
    )
    file = FileField(_l("or a CSV or XLSX file"), render_kw={"accept": ".csv,.txt,.xlsx"})
    closes_at = MomentField(
        _l("Changes until"), [Optional()], description=_l("For all of them; local time of the venue.")
    )
    send = BooleanField(_l("Send each contact the private link now"), default=True)

    validate_key = DelegationForm.validate_key


def table_of(
    rows: Iterable[tuple[Mapping[str, Any], Mapping[str, list[str]]]], *, blank: int, language: str
) -> MembersForm:
    """A table with these rows (values, and what is wrong with them by field) and so many blank ones behind them."""
    form = MembersForm(formdata=None)
    for values, wrong in rows:
        row = _append(form, values)
        for name, problems in wrong.items():
            row[name].errors = [*row[name].errors, *problems]
    for _ in range(min(blank, MOST_ROWS - len(form.rows))):
        _append(form, {"language": language, "role": "attendee"})
    return form


def _append(form: MembersForm, values: Mapping[str, Any]) -> MemberRow:
    entry = form.rows.append_entry({**values, "key": fresh_key()})
    row: MemberRow = entry.form
    return row
