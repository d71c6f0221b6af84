from __future__ import annotations

from datetime import UTC, datetime, time

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Email, Length, Optional

from forums.accounts.models import HOUSE
from forums.web.dates import DayField

LANGUAGES = [("zh", "中文"), ("en", "English")]
ROLE_NAMES = [
    ("admin", _l("Administrator")),
    ("organizer", _l("Organizer")),
    ("reviewer", _l("Reviewer")),
    ("staff", _l("Staff")),
    ("helper", _l("Check-in helper")),
    ("auditor", _l("Auditor")),
]


class NewAccountForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(), Length(max=200)])
    email = EmailField(
        _l("E-mail"),
        [DataRequired(), Length(max=320), Email(_l("Please enter an e-mail address such as name@example.com."))],
    )
    password = PasswordField(
        _l("First password"),
        [Optional(), Length(min=10, max=200)],
        description=_l("Leave it empty to let them choose one by “Forgot password”."),
    )
    language = SelectField(_l("Language"), choices=LANGUAGES)


class AccountForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(), Length(max=200)])
    language = SelectField(_l("Language"), choices=LANGUAGES)
    active = BooleanField(_l("May sign in"))


class GrantForm(FlaskForm):
    role = SelectField(_l("Role"), choices=ROLE_NAMES)
    scope = SelectField(_l("For"), choices=[(HOUSE, _l("The whole house"))])
    until = DayField(_l("Until"), [Optional()], description=_l("The last day; empty means without end."))

    @property
    def until_moment(self) -> datetime | None:
        """The end of the chosen day, UTC."""
        return datetime.combine(self.until.data, time.max, UTC) if self.until.data else None
