from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, ValidationError

from forums.registrations.deciding.operations import AFTER_ALL, APPROVE, DECLINE
from forums.registrations.forms import one_line, trimmed


class DecisionForm(FlaskForm):
    """Yes, or no with a reason: the person reads it in the letter."""

    decision = StringField(_l("Decision"), [InputRequired(), AnyOf([APPROVE, DECLINE, AFTER_ALL])])
    reason = StringField(
        _l("Reason"),
        [Length(max=300), one_line],
        [trimmed],
        description=_l("The person reads this in the letter."),
        render_kw={"list": "reasons"},
    )

    def validate_reason(self, field: Field) -> None:
        if self.decision.data == DECLINE and not field.data:
            raise ValidationError(_l("Give a reason: the person reads it in the letter."))


class RefusalForm(DecisionForm):
    """No, with a reason: who waits is not approved, but moves up."""

    decision = StringField(_l("Decision"), [InputRequired(), AnyOf([DECLINE])])


class RankForm(FlaskForm):
    """Another place in the waiting list."""

    rank = IntegerField(_l("New rank"), [InputRequired(), NumberRange(min=1, max=1_000_000)])
    reason = StringField(
        _l("Reason"),
        [InputRequired(), Length(max=300), one_line],
        [trimmed],
        description=_l("For the record; the person does not read it."),
    )
