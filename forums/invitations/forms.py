from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, Field, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from forums.columns import Bilingual
from forums.errors import Refused
from forums.invitations import letter_text
from forums.invitations.answers import Answer
from forums.invitations.contacts.addresses import wrong_with_address
from forums.invitations.contacts.reading import REASONS
from forums.invitations.models import EMAIL, NAME, Campaign, ContactList, Invitation
from forums.invitations.sending import Words
from forums.registrations.forms import RegisterForm

MOST_COMPANIONS = 20
CAMPAIGN_STATES = {
    "draft": _l("Draft"),
    "frozen": _l("Frozen"),
    "scheduled": _l("Scheduled"),
    "running": _l("Sending"),
    "paused": _l("Paused"),
    "done": _l("Sent"),
    "cancelled": _l("Cancelled"),
}
ANSWER_NAMES = {
    "none": _l("No answer yet"),
    "coming": _l("Coming"),
    "not_coming": _l("Not coming"),
    "substitute": _l("Sends a substitute"),
}


class CampaignForm(FlaskForm):
    name = StringField(
        _l("Name of the campaign"), [DataRequired(), Length(max=200)], description=_l("For your own eyes.")
    )
    contact_list = SelectField(_l("To the people of"), coerce=int)
    include_invited = BooleanField(
        _l("Write again to people who have an invitation to this edition already"),
        description=_l("Without this, each address is invited once, whatever lists it stands on."),
    )
    subject_zh = StringField(_l("Subject (Chinese)"), [Length(max=300)])
    subject_en = StringField(_l("Subject (English)"), [Length(max=300)])
    body_zh = TextAreaField(_l("Letter (Chinese)"), [Length(max=20_000)], render_kw={"rows": 16})
    body_en = TextAreaField(_l("Letter (English)"), [Length(max=20_000)], render_kw={"rows": 16})

    validate_subject_zh = validate_subject_en = validate_body_zh = validate_body_en = lambda self, field: _placeholders(
        field
    )

    def start(self) -> None:
        """Words to begin with."""
        self.subject_zh.data, self.subject_en.data = letter_text.SUBJECT_ZH, letter_text.SUBJECT_EN
        self.body_zh.data, self.body_en.data = letter_text.BODY_ZH, letter_text.BODY_EN

    def show(self, row: Campaign) -> None:
        self.name.data, self.contact_list.data, self.include_invited.data = row.name, row.list_id, row.include_invited
        for name in ("subject", "body"):
            for language in ("zh", "en"):
                self[f"{name}_{language}"].data = getattr(getattr(row, name), language)

    def words(self, lists: dict[int, ContactList]) -> Words:
        def both(name: str) -> Bilingual:
            return Bilingual(*((self[f"{name}_{language}"].data or "").strip() for language in ("zh", "en")))

        return Words(
            name=self.name.data.strip(),
            contact_list=lists[self.contact_list.data],
            subject=both("subject"),
            body=both("body"),
            include_invited=self.include_invited.data,
        )


def _placeholders(field: Field) -> None:
    try:
        letter_text.check(field.data or "")
    except Refused as no:
        raise ValidationError(no.message) from no


class AnswerForm(FlaskForm):
    """What the invited say, on a page that needs no cookie: its link is secret enough."""

    class Meta:
        csrf = False

    answer = RadioField(
        _l("Will you come?"),
        [InputRequired(_l("Choose one of the answers."))],
        choices=[
            ("coming", _l("Yes, I am coming")),
            ("not_coming", _l("No, I cannot come")),
            ("substitute", _l("Somebody comes in my place")),
        ],
    )
    substitute_name = StringField(_l("Name of the substitute"), [Length(max=NAME)])
    substitute_email = EmailField(
        _l("E-mail of the substitute"), [Length(max=EMAIL)], description=_l("They get the ticket by letter.")
    )
    companions = IntegerField(
        _l("How many people accompany you?"),
        [Optional(), NumberRange(0, MOST_COMPANIONS)],
        description=_l("A driver or assistant, so that the organisers can prepare. They take no place of their own."),
    )
    note = TextAreaField(_l("Wishes or a word to the organisers"), [Length(max=1000)], render_kw={"rows": 3})

    def validate_substitute_name(self, field: Field) -> None:
        if self.answer.data == "substitute" and not (field.data or "").strip():
            raise ValidationError(_l("Tell us who comes in your place."))

    def validate_substitute_email(self, field: Field) -> None:
        if self.answer.data != "substitute":
            return
        address = (field.data or "").strip()
        wrong = wrong_with_address(address) if address else "missing_email"
        if wrong:
            raise ValidationError(REASONS[wrong])

    def show(self, row: Invitation) -> None:
        self.answer.data = None if row.answer == "none" else row.answer
        for name in ("substitute_name", "substitute_email", "note"):
            self[name].data = getattr(row, name)
        self.companions.data = row.companions

    def given(self) -> Answer:
        def text(value: Any) -> str:
            return " ".join((value or "").split())

        return Answer(
            answer=self.answer.data,
            companions=self.companions.data or 0,
            note=(self.note.data or "").strip(),
            substitute_name=text(self.substitute_name.data),
            substitute_email=text(self.substitute_email.data),
        )


class GuestForm(RegisterForm):
    """The registration form for somebody whose address we know; no other can be given."""

    class Meta:
        csrf = False

    email = None
