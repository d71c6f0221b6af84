from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from forums.agreements.counting import Rules
from forums.agreements.definitions.queries import RULE_NAMES, Definition
from forums.agreements.definitions.words import RULES
from forums.agreements.forms import pair, printable
from forums.columns import Bilingual


class DefinitionForm(FlaskForm):
    name_zh = StringField(_l("Name (Chinese)"), [Length(max=300)], [printable])
    name_en = StringField(_l("Name (English)"), [Length(max=300)], [printable])
    note = TextAreaField(
        _l("What it is for"), [Length(max=2000)], [printable], description=_l("For instance whose report counts so.")
    )

    def __init__(self, of: Definition, **kwargs: Any) -> None:
        values = {name: getattr(of.rules, name) for name in RULE_NAMES}
        super().__init__(
            data=values | {"name_zh": of.name.zh, "name_en": of.name.en, "note": of.note} if of.own else values,
            **kwargs,
        )

    @property
    def name(self) -> Bilingual:
        return pair(self, "name")

    @property
    def rules(self) -> Rules:
        return Rules(**{name: bool(self[name].data) for name in RULE_NAMES})


for _name in RULE_NAMES:
    setattr(DefinitionForm, _name, BooleanField(RULES[_name][0], description=RULES[_name][1]))


class ChoiceForm(FlaskForm):
    reason = TextAreaField(
        _l("Why"), [InputRequired(_l("Say why: the next person reads it.")), Length(max=2000)], [printable]
    )
