from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from forums.editions.forms import show, typed
from forums.experts.models import Expert
from forums.experts.operations import Profile

PAIRS = ("name", "title", "organisation", "bio")


class ExpertForm(FlaskForm):
    name_zh = StringField(_l("Full name (Chinese)"), [Length(max=300)])
    name_en = StringField(_l("Full name (English)"), [Length(max=300)])
    title_zh = StringField(_l("Position or title (Chinese)"), [Length(max=300)])
    title_en = StringField(_l("Position or title (English)"), [Length(max=300)])
    organisation_zh = StringField(_l("Organisation (Chinese)"), [Length(max=300)])
    organisation_en = StringField(_l("Organisation (English)"), [Length(max=300)])
    bio_zh = TextAreaField(_l("Biography (Chinese)"), [Length(max=20_000)])
    bio_en = TextAreaField(_l("Biography (English)"), [Length(max=20_000)])

    def validate_name_zh(self, field: Field) -> None:
        if not (field.data or "").strip() and not (self.name_en.data or "").strip():
            raise ValidationError(_l("Give a name in Chinese or English."))

    def fill(self, expert: Expert) -> None:
        """Show what is known."""
        show(self, expert.person, ("name", "title"))
        show(self, expert, ("bio",))
        organisation = expert.person.organisation
        if organisation is not None:
            self.organisation_zh.data, self.organisation_en.data = organisation.name.zh, organisation.name.en

    def profile(self) -> Profile:
        return Profile(**{name: typed(self, name) for name in PAIRS})
