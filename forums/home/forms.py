from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from forums.columns import Bilingual
from forums.web.dates import DayField


class CloneForm(FlaskForm):
    slug = StringField(
        _l("Short name in addresses"),
        [DataRequired(), Length(max=60)],
        description=_l("Small letters, digits and hyphens, like suixi-2027; it cannot be changed later."),
    )
    title_zh = StringField(_l("Title (Chinese)"), [Length(max=300)])
    title_en = StringField(_l("Title (English)"), [Length(max=300)])
    starts_on = DayField(
        _l("First day"), [InputRequired()], description=_l("All other dates keep their distance to it.")
    )

    def validate_title_zh(self, field: Field) -> None:
        if not (field.data or self.title_en.data):
            raise ValidationError(_l("Give a title in Chinese or English."))

    @property
    def title(self) -> Bilingual:
        return Bilingual((self.title_zh.data or "").strip(), (self.title_en.data or "").strip())
