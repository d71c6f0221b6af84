from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from forums.directory.regions import choices
from forums.editions.models import Edition
from forums.registrations.models import Category
from forums.registrations.offered import Offered, OfferedSession, overlap
from forums.registrations.operations import CONSENT_VERSION, Applicant, default_category
from forums.web.guards import row_of
from forums.web.kept import fresh_key
from forums.web.language import language

# Control characters, lone surrogates and the two separators that break lines; everything else is somebody's name.
BREAKING = frozenset({"Cc", "Cs", "Zl", "Zp"})
LONGEST = 2_000
PHONE_PUNCTUATION = frozenset("+-() .*#/,;xX转")


def category_choices(categories: Sequence[Category]) -> list[tuple[int, str]]:
    """What may be chosen; 0, where there are none, is the one for everybody, also for a form that is sent again."""
    rows = [(row.id, row.name.local(language())) for row in categories]
    is_first = not rows or request.form.get("category_id") == "0"
    return [(0, _("Attendee")), *rows] if is_first else rows


def chosen_category(edition: Edition, category_id: int) -> Category:
    """The edition's category that was chosen; 404 for another's."""
    return row_of(edition, Category, category_id) if category_id else default_category(edition)


def trimmed(value: str | None) -> str:
    """Without space around it, in composed form; what is far too long is cut, so that refusing it costs little."""
    return unicodedata.normalize("NFC", (value or "")[:LONGEST]).strip()


def one_line(_form: FlaskForm, field: Field) -> None:
    """Refuse line breaks and control characters: they end up in letters, exports and on badges."""
    if any(unicodedata.category(letter) in BREAKING for letter in field.data or ""):
        raise ValidationError(_l("Please leave out line breaks and control characters."))


def visible(_form: FlaskForm, field: Field) -> None:
    """Refuse a name of nothing that can be read."""
    if field.data and not any(letter.isalnum() for letter in field.data):
        raise ValidationError(_l("Please enter a name with letters."))


def email_address(_form: FlaskForm, field: Field) -> None:
    """Refuse what is no e-mail address; nothing is asked of the network."""
    try:
        validate_email(field.data or "", check_deliverability=False, test_environment=True)
    except EmailNotValidError as fault:
        raise ValidationError(_l("Please enter an e-mail address such as name@example.com.")) from fault


def phone_number(_form: FlaskForm, field: Field) -> None:
    """Take a number as people write it, with extension and several if need be."""
    if any(not letter.isdecimal() and letter not in PHONE_PUNCTUATION for letter in field.data or ""):
        raise ValidationError(_l("Please enter a phone number: digits, spaces, +, - and brackets."))


class DetailsForm(FlaskForm):
    """Who somebody is."""

    name = StringField(
        _l("Name"), [DataRequired(), Length(max=80), one_line, visible], [trimmed], render_kw={"autocomplete": "name"}
    )
    organisation = StringField(
        _l("Organisation"),
        [Optional(), Length(max=160), one_line],
        [trimmed],
        render_kw={"autocomplete": "organization"},
    )
    title = StringField(
        _l("Position or title"),
        [Optional(), Length(max=80), one_line],
        [trimmed],
        render_kw={"autocomplete": "organization-title"},
    )
    phone = TelField(
        _l("Phone"), [Optional(), Length(max=40), one_line, phone_number], [trimmed], render_kw={"autocomplete": "tel"}
    )
    region = SelectField(_l("Province or region"), [Optional()], choices=lambda: [("", "–"), *choices(language())])

    def applicant(self, *, email: str | None, language: str) -> Applicant:
        """What was entered, as operations take it."""
        return Applicant(
            name=self.name.data or "",
            email=email,
            phone=self.phone.data or "",
            organisation=self.organisation.data or "",
            title=self.title.data or "",
            region=self.region.data or "",
            language=language,
        )


class SessionsForm(FlaskForm):
    """Which of these sessions somebody signs up for; what is full, gone or at the same time is refused."""

    sessions = SelectMultipleField(
        _l("Sessions with places"),
        coerce=int,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def __init__(self, *args: Any, sessions_offered: tuple[OfferedSession, ...] = (), **values: Any) -> None:
        super().__init__(*args, **values)
        self.sessions_offered = {each.id: each for each in sessions_offered}
        self.sessions.choices = [(each.id, each.title.local(language())) for each in sessions_offered]

    def validate_sessions(self, field: SelectMultipleField) -> None:
        """Refuse what cannot be had."""
        chosen = [self.sessions_offered[number] for number in field.data or () if number in self.sessions_offered]
        if len(chosen) < len(field.data or ()):
            raise ValidationError(_l("One of the sessions takes nobody any more. Please choose again."))
        for each in chosen:
            if each.is_full:
                raise ValidationError(
                    _l(
                        "“%(name)s” has no place left. Please choose something else.",
                        name=each.title.local(language()),
                    )
                )
        if (clash := overlap(chosen)) is not None:
            one, two = (each.title.local(language()) for each in clash)
            raise ValidationError(
                _l("“%(one)s” and “%(two)s” are at the same time. Please choose one of them.", one=one, two=two)
            )


class RegisterForm(SessionsForm, DetailsForm):
    """The public form. `website` is for bots only; `key` makes a second sending the same registration."""

    category = RadioField(_l("You come as"), coerce=int, validate_choice=False)
    email = EmailField(
        _l("E-mail"),
        [DataRequired(), Length(max=254), one_line, email_address],
        [trimmed],
        description=_l("Your ticket and your private link go to this address."),
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )
    consent = BooleanField(
        _l("I agree that the organiser uses these details to run this event and to write to me about it."),
        [InputRequired()],
    )
    consent_version = HiddenField(default=CONSENT_VERSION)
    website = StringField(_l("Leave this field empty"))
    key = HiddenField(default=fresh_key)
    read_version = asked_version = CONSENT_VERSION

    def __init__(self, *args: Any, offered: Offered, **values: Any) -> None:
        super().__init__(*args, sessions_offered=offered.sessions, **values)
        self.offered = offered
        self.category.choices = [(each.id, each.name.local(language())) for each in offered.categories]

    @property
    def category_id(self) -> int | None:
        """The category that was chosen, or the only one there is; None where the edition has none yet."""
        if len(self.offered.categories) > 1:
            chosen: int | None = self.category.data
            return chosen
        return self.offered.categories[0].id if self.offered.categories else None

    def validate_category(self, field: RadioField) -> None:
        """Where there is a choice, ask for one."""
        if len(self.offered.categories) < 2:
            return
        if field.data is None:
            raise ValidationError(_l("Please choose what you come as."))
        if field.data not in {each.id for each in self.offered.categories}:
            raise ValidationError(_l("This category takes no registrations any more. Please choose another."))

    def ask_for(self, version: str) -> None:
        """Ask for consent to the edition's own text, which stands above the box; the page says which version it was."""
        self.read_version, self.asked_version = self.consent_version.data, version
        self.consent_version.data = version
        self.consent.label.text = _l("I have read this text and agree to it.")

    def validate_consent(self, field: BooleanField) -> None:
        """Whoever read another version than the one that counts now reads it again."""
        if self.read_version != self.asked_version:
            field.data = False
            raise ValidationError(
                _l("The text has changed since you opened this page. Please read it again and agree once more.")
            )

    def validate_key(self, field: HiddenField) -> None:
        """A key that nobody here made is cut to what one of ours may be."""
        field.data = (field.data or "")[:64]


class OfficeForm(DetailsForm):
    """What the office may enter and correct: people without e-mail, too."""

    email = EmailField(
        _l("E-mail"),
        [Optional(), Length(max=254), one_line, email_address],
        [trimmed],
        description=_l("Another address makes a new private link; the old one stops working."),
    )
    language = SelectField(_l("Language of letters"), choices=[("zh", "中文"), ("en", "English")])


class CorrectionForm(OfficeForm):
    """What the office corrects, the category too where the registration has one of its own."""

    category_id = SelectField(
        _l("Category"),
        coerce=int,
        description=_l("In another category, answers to questions that are not asked there are dropped."),
    )

    def __init__(self, *, categories: list[tuple[int, str]], **values: Any) -> None:
        super().__init__(**values)
        self.category_id.choices = categories
        if not categories:
            del self.category_id


class NewRegistrationForm(OfficeForm):
    """Registering somebody by hand. `key` makes a second sending the same registration."""

    key = HiddenField(default=fresh_key)
    category_id = SelectField(_l("Category"), coerce=int)

    def __init__(self, *, categories: list[tuple[int, str]], **values: Any) -> None:
        super().__init__(**values)
        self.category_id.choices = categories
        self.email.description = _l("Without an address no letter is written; print the ticket instead.")

    def validate_key(self, field: HiddenField) -> None:
        """A key that nobody here made is cut to what one of ours may be."""
        field.data = (field.data or "")[:64]


class CancelForm(FlaskForm):
    """Why the office cancels; the reason goes into the letter."""

    reason = StringField(
        _l("Reason"),
        [Optional(), Length(max=300), one_line],
        [trimmed],
        description=_l("The person reads this in the letter. It may stay empty."),
    )


class PlacesForm(FlaskForm):
    """How many may come."""

    capacity = IntegerField(_l("Places"), [InputRequired(), NumberRange(min=0, max=1_000_000)])
