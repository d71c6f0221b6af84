from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional, ValidationError

from forums.clock import known_zones
from forums.columns import Bilingual
from forums.editions.models import Edition, Series
from forums.editions.operations import EditionFacts, fingerprint
from forums.web.dates import DayField, MomentField

KIND_NAMES = [
    ("forum", _l("Forum")),
    ("seminar", _l("Seminar")),
    ("promotion", _l("Promotion meeting")),
    ("visit", _l("Visit")),
]
STATE_NAMES = {
    "draft": _l("Draft"),
    "published": _l("Published"),
    "closed": _l("Closed"),
    "archived": _l("Archived"),
}
BILINGUAL = ("title", "theme", "summary", "venue", "address", "hosts")
MOST_PLACES = 1_000_000


class SeriesForm(FlaskForm):
    slug = StringField(
        _l("Short name in addresses"),
        [DataRequired(), Length(max=60)],
        description=_l("Small letters, digits and hyphens, like suixi; it cannot be changed later."),
    )
    title_zh = StringField(_l("Title (Chinese)"), [Length(max=300)])
    title_en = StringField(_l("Title (English)"), [Length(max=300)])
    summary_zh = TextAreaField(_l("Summary (Chinese)"), [Length(max=20_000)])
    summary_en = TextAreaField(_l("Summary (English)"), [Length(max=20_000)])

    def validate_title_zh(self, field: Field) -> None:
        if not (field.data or self.title_en.data):
            raise ValidationError(_l("Give a title in Chinese or English."))

    def fill(self, series: Series) -> None:
        """Show what the series has."""
        self.slug.data = series.slug
        show(self, series, ("title", "summary"))


class EditionForm(FlaskForm):
    seen = HiddenField()
    slug = StringField(
        _l("Short name in addresses"),
        [DataRequired(), Length(max=60)],
        description=_l("Small letters, digits and hyphens, like suixi-2027; it cannot be changed later."),
    )
    kind = SelectField(_l("Kind"), choices=KIND_NAMES)
    title_zh = StringField(_l("Title (Chinese)"), [Length(max=300)])
    title_en = StringField(_l("Title (English)"), [Length(max=300)])
    theme_zh = StringField(_l("Theme (Chinese)"), [Length(max=300)])
    theme_en = StringField(_l("Theme (English)"), [Length(max=300)])
    starts_on = DayField(_l("First day"), [InputRequired()])
    ends_on = DayField(_l("Last day"), [InputRequired()])
    zone = SelectField(_l("Time zone"))
    venue_zh = StringField(_l("Venue (Chinese)"), [Length(max=300)])
    venue_en = StringField(_l("Venue (English)"), [Length(max=300)])
    address_zh = StringField(_l("Address (Chinese)"), [Length(max=300)])
    address_en = StringField(_l("Address (English)"), [Length(max=300)])
    capacity = IntegerField(
        _l("Places"),
        [InputRequired(), NumberRange(0, MOST_PLACES)],
        description=_l("Whoever comes later goes to the wait-list."),
    )
    registration_opens = MomentField(
        _l("Registration opens"),
        [Optional()],
        description=_l("Local time of the venue; empty: as soon as it is published."),
    )
    registration_closes = MomentField(
        _l("Registration closes"), [Optional()], description=_l("Local time of the venue; empty: with the last day.")
    )
    hosts_zh = TextAreaField(_l("Hosts and organisers (Chinese)"), [Length(max=5_000)])
    hosts_en = TextAreaField(_l("Hosts and organisers (English)"), [Length(max=5_000)])
    summary_zh = TextAreaField(_l("Summary (Chinese)"), [Length(max=20_000)])
    summary_en = TextAreaField(_l("Summary (English)"), [Length(max=20_000)])
    contact_email = EmailField(
        _l("Contact e-mail"),
        [Optional(), Length(max=320), Email(_l("Please enter an e-mail address such as name@example.com."))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone.choices = sorted(zone for zone in known_zones() if "/" in zone or zone == "UTC")
        if not self.zone.data:
            self.zone.data = "Asia/Shanghai"

    def validate_title_zh(self, field: Field) -> None:
        if not (field.data or self.title_en.data):
            raise ValidationError(_l("Give a title in Chinese or English."))

    def validate_ends_on(self, field: Field) -> None:
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_l("The last day is before the first."))

    def fill(self, edition: Edition) -> None:
        """Show what the edition has, times in its own zone."""
        self.seen.data = fingerprint(edition)
        for name in ("slug", "kind", "starts_on", "ends_on", "zone", "capacity", "contact_email"):
            self[name].data = getattr(edition, name)
        for name in ("registration_opens", "registration_closes"):
            self[name].show(getattr(edition, name), edition.tz)
        show(self, edition, BILINGUAL)

    def facts(self) -> EditionFacts:
        """What was typed, as an operation takes it; times become UTC."""
        tz = ZoneInfo(self.zone.data)
        return EditionFacts(
            **{name: typed(self, name) for name in BILINGUAL},
            kind=self.kind.data,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            zone=self.zone.data,
            capacity=self.capacity.data,
            registration_opens=self.registration_opens.utc(tz),
            registration_closes=self.registration_closes.utc(tz),
            contact_email=(self.contact_email.data or "").strip(),
        )


class CloneForm(FlaskForm):
    slug = StringField(_l("Short name in addresses"), [DataRequired(), Length(max=60)])
    starts_on = DayField(
        _l("First day"),
        [InputRequired()],
        description=_l("Halls and sessions move by as many days as the edition does."),
    )


class HallForm(FlaskForm):
    code = StringField(_l("Code"), [DataRequired(), Length(max=60)], description=_l("Short and unique, like A1."))
    name_zh = StringField(_l("Name (Chinese)"), [Length(max=300)])
    name_en = StringField(_l("Name (English)"), [Length(max=300)])
    capacity = IntegerField(_l("Seats"), [Optional(), NumberRange(0, MOST_PLACES)])


def typed(form: FlaskForm, name: str) -> Bilingual:
    """The two fields `<name>_zh` and `<name>_en` as one text."""
    return Bilingual((form[f"{name}_zh"].data or "").strip(), (form[f"{name}_en"].data or "").strip())


def show(form: FlaskForm, row: object, names: tuple[str, ...]) -> None:
    """Fill pairs of fields from the row's bilingual texts."""
    for name in names:
        text: Bilingual = getattr(row, name)
        form[f"{name}_zh"].data, form[f"{name}_en"].data = text.zh, text.en
