from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from forums.agreements.duplicates.words import DECISIONS, EFFECTS
from forums.agreements.forms import printable, typed_version
from forums.agreements.models import Project


def _why() -> TextAreaField:
    return TextAreaField(_l("Why"), [InputRequired(), Length(max=2000)], filters=[printable])


class DecisionForm(FlaskForm):
    """What the two are to each other; `seen` is the decision that the page showed."""

    decision = RadioField(_l("The two are"), [InputRequired(_l("Choose what the two are to each other."))])
    stands = RadioField(
        _l("Which one stands"), description=_l("For the same project and for an increase: what the other counts for.")
    )
    reason = _why()
    seen = HiddenField()

    def __init__(self, *args: Any, language: str, pair: tuple[Project, Project], first: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decision.choices = [(code, f"{word} — {EFFECTS[code]}") for code, word in DECISIONS.items()]
        self.stands.choices = [(str(row.id), f"{row.name.local(language)} (#{row.id})") for row in pair]
        if not self.stands.data or self.stands.data == "None":
            self.stands.data = str(first.id)

    @property
    def seen_id(self) -> int:
        return typed_version(self.seen.data)


class UndoForm(FlaskForm):
    because = _why()
