from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from forums.invitations.answers import Answer
from forums.invitations.contacts.addresses import wrong_with_address
from forums.invitations.contacts.reading import REASONS
from forums.invitations.models import EMAIL, NAME, Invitation
from forums.registrations.forms import RegisterForm

MOST_COMPANIONS = 20
CAMPAIGN_STATES = {
    "draft": _l("Draft"),
    "frozen": _l("Frozen"),
    "scheduled": _l("Scheduled"),
    "running": _l("Sending"),
    "paused": _l("Paused"),
    "done": _l("Sent"),
    "expired": _l("Expired"),
    "cancelled": _l("Cancelled"),
}
ANSWER_NAMES = {
    "none": _l("No answer yet"),
    "coming": _l("Coming"),
    "not_coming": _l("Not coming"),
    "substitute": _l("Sends a substitute"),
}


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
