from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from forums.editions.forms import MOST_PLACES, show, typed
from forums.editions.models import Edition
from forums.registrations.categories.operations import CategoryFacts, fingerprint
from forums.registrations.categories.words import WHITE_TEXT, contrast_with_white
from forums.registrations.forms import one_line, trimmed
from forums.registrations.models import Category
from forums.web.dates import MomentField

MOST_HOURS = 24 * 30


class CategoryForm(FlaskForm):
    """The rules of a category; times are local to the edition."""

    seen = HiddenField()
    name_zh = StringField(_l("Name (Chinese)"), [Length(max=80), one_line], [trimmed])
    name_en = StringField(_l("Name (English)"), [Length(max=80), one_line], [trimmed])
    capacity = IntegerField(
        _l("Places"),
        [Optional(), NumberRange(0, MOST_PLACES)],
        description=_l("Empty: no limit of its own, only that of the event."),
    )
    access = SelectField(
        _l("Who may register"),
        choices=[("public", _l("everybody, on the public form")), ("invitation", _l("whoever has its private link"))],
    )
    opens_at = MomentField(
        _l("Opens"),
        [Optional()],
        description=_l("Local time of the venue; empty: with the event's registration."),
    )
    closes_at = MomentField(
        _l("Closes"),
        [Optional()],
        description=_l("Local time of the venue; empty: with the event's registration."),
    )
    needs_approval = BooleanField(
        _l("The organiser decides on each registration"),
        description=_l("A request holds no place until it is approved."),
    )
    offer_hours = IntegerField(
        _l("Hours to accept a place from the waiting list"),
        [Optional(), NumberRange(1, MOST_HOURS)],
        description=_l("Empty: the first in line is confirmed at once, without being asked."),
    )
    colour = StringField(
        _l("Colour on badges"),
        [Length(max=7)],
        [trimmed],
        description=_l("Like #22557f, dark enough for white letters; empty: one of ours."),
        render_kw={"placeholder": "#22557f", "autocomplete": "off"},
    )

    def __init__(self, edition: Edition, category: Category | None = None) -> None:
        super().__init__()
        self.edition = edition
        if category is not None and not self.is_submitted():
            self._fill(category)

    def validate_name_zh(self, field: Field) -> None:
        if not (field.data or self.name_en.data):
            raise ValidationError(_l("Give a name in Chinese or English."))

    def validate_closes_at(self, field: Field) -> None:
        if field.data and self.opens_at.data and field.data <= self.opens_at.data:
            raise ValidationError(_l("It closes before it opens."))

    def validate_colour(self, field: Field) -> None:
        if not field.data:
            return
        if not re.fullmatch("#[0-9a-fA-F]{6}", field.data):
            raise ValidationError(_l("Please give the colour as # and six digits or letters a to f, like #22557f."))
        if contrast_with_white(field.data) < WHITE_TEXT:
            raise ValidationError(_l("White letters cannot be read on this colour. Please take a darker one."))

    def facts(self) -> CategoryFacts:
        """What was typed; local times become UTC."""
        return CategoryFacts(
            name=typed(self, "name"),
            capacity=self.capacity.data,
            opens_at=self.opens_at.utc(self.edition.tz),
            closes_at=self.closes_at.utc(self.edition.tz),
            access=self.access.data,
            needs_approval=bool(self.needs_approval.data),
            offer_hours=self.offer_hours.data,
            colour=(self.colour.data or "").lower(),
        )

    def _fill(self, category: Category) -> None:
        self.seen.data = fingerprint(category)
        for name in ("capacity", "access", "needs_approval", "offer_hours", "colour"):
            self[name].data = getattr(category, name)
        for name in ("opens_at", "closes_at"):
            self[name].show(getattr(category, name), self.edition.tz)
        show(self, category, ("name",))
