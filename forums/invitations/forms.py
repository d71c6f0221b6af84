from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from forums.invitations.answers import Answer
from forums.invitations.contacts.addresses import wrong_with_address
from forums.invitations.contacts.reading import REASONS
from forums.invitations.models import EMAIL, MOST_COMPANIONS, NAME, AnswerRules, Invitation
from forums.registrations.forms import RegisterForm, trimmed

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
    companion_names = TextAreaField(
        _l("Who accompanies you?"),
        [Length(max=2_000)],
        description=_l("One name on each line. Each of them takes a place and gets a badge."),
        render_kw={"rows": 3},
    )
    note = TextAreaField(_l("Wishes or a word to the organisers"), [Length(max=1000)], render_kw={"rows": 3})

    def __init__(self, *args: Any, rules: AnswerRules, **values: Any) -> None:
        super().__init__(*args, **values)
        self.most = rules.most
        if rules.companions != "counted":
            del self.companions
        else:
            self.companions.validators = [Optional(), NumberRange(0, rules.most)]
        if rules.companions != "places":
            del self.companion_names

    def validate_companion_names(self, field: Field) -> None:
        """Names as registrations take them, each once."""
        names = self.names()
        if len(names) > self.most:
            raise ValidationError(_l("Name at most %(most)s people.", most=self.most))
        for name in names:
            if len(name) > NAME or not any(letter.isalnum() for letter in name):
                raise ValidationError(_l("“%(name)s” is no name that we can keep.", name=name[:NAME]))

    def names(self) -> tuple[str, ...]:
        """Those who accompany the guest, without space around them and each once."""
        lines = (trimmed(line) for line in (self.companion_names.data or "").splitlines())
        return tuple(dict.fromkeys(" ".join(line.split()) for line in lines if line))

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
        if "companions" in self:
            self.companions.data = row.companions
        if "companion_names" in self:
            self.companion_names.data = row.companion_names

    def given(self) -> Answer:
        def text(value: Any) -> str:
            return " ".join((value or "").split())

        return Answer(
            answer=self.answer.data,
            companions=(self.companions.data or 0) if "companions" in self else None,
            companion_names=self.names() if "companion_names" in self else None,
            note=(self.note.data or "").strip(),
            substitute_name=text(self.substitute_name.data),
            substitute_email=text(self.substitute_email.data),
        )


class GuestForm(RegisterForm):
    """The registration form for somebody whose address we know; no other can be given."""

    class Meta:
        csrf = False

    email = None


class RulesForm(FlaskForm):
    """What the answer page asks."""

    companions = RadioField(
        _l("Those who accompany a guest"),
        [InputRequired()],
        choices=[
            ("none", _l("are not asked about")),
            ("counted", _l("are counted, and take no place")),
            ("places", _l("are named, and each takes a place in the guest's category")),
        ],
    )
    most = IntegerField(_l("At most"), [InputRequired(), NumberRange(1, MOST_COMPANIONS)])
