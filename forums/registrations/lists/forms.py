from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import DataRequired, Length

from forums.registrations.forms import one_line, trimmed, visible


class ViewForm(FlaskForm):
    """A view's name, and whose it is."""

    name = StringField(_l("Name of the view"), [DataRequired(), Length(max=80), one_line, visible], filters=[trimmed])
    shared = BooleanField(_l("Everybody who works on this event sees it"))
    is_default = BooleanField(_l("Opens by itself"))
    query = HiddenField()
