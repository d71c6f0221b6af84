from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, StringField
from wtforms.validators import DataRequired, Length

from forums.registrations.forms import email_address, one_line, trimmed


class AddressForm(FlaskForm):
    """An e-mail address. `website` is for bots only."""

    email = EmailField(
        _l("E-mail"),
        [DataRequired(), Length(max=254), one_line, email_address],
        [trimmed],
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )
    website = StringField(_l("Leave this field empty"))
