from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, Field, HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from forums.agreements.forms import printable, typed_version
from forums.web.kept import fresh_key

MOST_WORDS = 2000


class OnceForm(FlaskForm):
    """A form that makes one row however often it is sent (`key`), and knows what its page had seen (`version`)."""

    key = HiddenField(default=fresh_key)
    version = HiddenField()

    def validate_key(self, field: Field) -> None:
        """A key that nobody here made is cut to what one of ours may be."""
        field.data = (printable(field.data) or "")[:64]

    @property
    def seen(self) -> int:
        """The version that the page showed; 0, which no row has, for anything else."""
        return typed_version(self.version.data)


def words(label: Any, *more: Any, **options: Any) -> TextAreaField:
    """A few sentences."""
    return TextAreaField(label, [Length(max=MOST_WORDS), *more], filters=[printable], **options)


class StageForm(OnceForm):
    to = SelectField(_l("New stage"))
    on = DateField(_l("Since which day"), [InputRequired()])
    reason = words(
        _l("Why"), description=_l("Needed when stages are left out, when the project stops, and when it goes back.")
    )
    evidence = FileField(_l("Evidence (PDF or picture)"))
