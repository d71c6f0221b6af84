from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField, TelField
from wtforms.validators import Length, ValidationError

from forums.directory.credit_code import read_credit_code
from forums.errors import Refused


class _Named(FlaskForm):
    name_zh = StringField(_l("Name (Chinese)"), [Length(max=300)])
    name_en = StringField(_l("Name (English)"), [Length(max=300)])

    def validate_name_zh(self, field: Field) -> None:
        if not ((field.data or "").strip() or (self.name_en.data or "").strip()):
            raise ValidationError(_l("Give a name in Chinese or English."))


class PersonForm(_Named):
    name_zh = StringField(_l("Full name (Chinese)"), [Length(max=300)])
    name_en = StringField(_l("Full name (English)"), [Length(max=300)])
    title_zh = StringField(_l("Post or title (Chinese)"), [Length(max=300)])
    title_en = StringField(_l("Post or title (English)"), [Length(max=300)])
    phone = TelField(_l("Phone"), [Length(max=40)])


class OrganisationForm(_Named):
    credit_code = StringField(
        _l("Credit code"),
        [Length(max=40)],
        description=_l("18 characters; the last one checks the others. It tells organisations of like names apart."),
    )

    def validate_credit_code(self, field: Field) -> None:
        try:
            field.data = read_credit_code(field.data or "") or ""
        except Refused as no:
            raise ValidationError(no.message) from no
