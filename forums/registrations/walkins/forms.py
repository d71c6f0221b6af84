from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TelField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from forums.directory.operations import normal_phone
from forums.registrations.forms import one_line, phone_number, trimmed, visible
from forums.registrations.operations import Applicant
from forums.web.kept import fresh_key

FEWEST_DIGITS = 5


class WalkInForm(FlaskForm):
    """What the desk asks, in the order in which people say it. `seen` are the ids of those who were shown as alike."""

    key = HiddenField(default=fresh_key)
    seen = HiddenField()
    name = StringField(
        _l("Name"), [DataRequired(), Length(max=80), one_line, visible], [trimmed], render_kw={"autocomplete": "off"}
    )
    phone = TelField(
        _l("Phone"),
        [DataRequired(), Length(max=40), one_line, phone_number],
        [trimmed],
        render_kw={"autocomplete": "off"},
    )
    organisation = StringField(
        _l("Organisation"), [Optional(), Length(max=160), one_line], [trimmed], render_kw={"autocomplete": "off"}
    )
    title = StringField(
        _l("Position or title"), [Optional(), Length(max=80), one_line], [trimmed], render_kw={"autocomplete": "off"}
    )
    category_id = SelectField(_l("Category"), coerce=int)

    def __init__(self, categories: list[tuple[int, str]], **values: object) -> None:
        super().__init__(**values)
        self.category_id.choices = categories

    def validate_key(self, field: HiddenField) -> None:
        """A key that nobody here made is cut to what one of ours may be."""
        field.data = (field.data or "")[:64]

    def validate_phone(self, field: TelField) -> None:
        """People are told apart by it, so it must be one."""
        if len(normal_phone(field.data or "")) < FEWEST_DIGITS:
            raise ValidationError(_l("A phone number has five digits at the least."))

    @property
    def ids_seen(self) -> set[int]:
        """Who was shown as alike when the form was sent."""
        return {int(text) for text in re.findall(r"[0-9]{1,10}", self.seen.data or "")}

    @property
    def applicant(self) -> Applicant:
        """Who it is; whoever has a Chinese name is spoken to in Chinese."""
        name = self.name.data or ""
        return Applicant(
            name=name,
            email=None,
            phone=self.phone.data or "",
            organisation=self.organisation.data or "",
            title=self.title.data or "",
            language="zh" if any("\u4e00" <= letter <= "\u9fff" for letter in name) else "en",
        )
