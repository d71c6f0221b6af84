"""The forms with which organisers build the questions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.registrations.forms import one_line, trimmed
from forums.registrations.models import Category
from forums.registrations.questions.consent import LONGEST as LONGEST_CONSENT
from forums.registrations.questions.models import CHOOSING, Question
from forums.registrations.questions.operations import MOST_CHOICES, ChoiceFacts, QuestionFacts, new_key
from forums.registrations.questions.reading import decimal, plain
from forums.registrations.questions.words import KINDS, STAGES, USUAL_DIETS
from forums.web.language import language

MOST_PLACES = 1_000_000
MOST_MEGABYTES = 20
LONGEST_LABEL = 300
SPARE_ROWS = 3


@dataclass
class ChoiceRow:
    """A row of the table of choices, as it was typed; `answers` says how often the choice was picked."""

    id: str = ""
    zh: str = ""
    en: str = ""
    places: str = ""
    order: str = ""
    removed: bool = False
    taken: int = 0
    answers: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.zh or self.en or self.id)

    @property
    def rank(self) -> int:
        return int(self.order) if re.fullmatch("[0-9]{1,6}", self.order) else MOST_PLACES


class ChoiceRows(Field):
    """Choices with their places, as parallel columns choice_id, choice_zh, choice_en, choice_places, choice_order."""

    widget = TextInput()
    rows: list[ChoiceRow]

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors = ()
        self.rows = []
        if formdata is None:
            return
        removed = set(formdata.getlist("choice_remove"))
        columns = [
            formdata.getlist(f"choice_{name}")[: MOST_CHOICES * 2] for name in ("id", "zh", "en", "places", "order")
        ]
        for cells in zip_longest(*columns, fillvalue=""):
            number, zh, en, places, order = (trimmed(cell) for cell in cells)
            row = ChoiceRow(number, zh, en, places, order)
            row.removed = bool(row.id) and row.id in removed
            if not row.is_empty:
                self.rows.append(row)

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        self.errors = []
        if form.kind.data not in CHOOSING:
            return True
        kept = [row for row in self.rows if not row.removed]
        try:
            self._check(kept, form)
        except ValidationError as fault:
            self.errors.append(str(fault))
        return not self.errors

    def facts(self) -> tuple[ChoiceFacts, ...]:
        """The choices in the order of their numbers; of those to be removed only which they are."""
        rows = sorted(self.rows, key=lambda row: row.rank)
        return tuple(
            ChoiceFacts(
                Bilingual(row.zh, row.en),
                int(row.places) if row.places and not row.removed else None,
                int(row.id) if re.fullmatch("[0-9]{1,9}", row.id) else None,
                row.removed,
            )
            for row in rows
        )

    def shown(self) -> list[ChoiceRow]:
        """The rows with numbers, and empty ones below for more."""
        filled = sorted(self.rows, key=lambda row: row.rank)
        for number, row in enumerate(filled, start=1):
            row.order = str(number)
        return [*filled, *(ChoiceRow(order=str(len(filled) + spare + 1)) for spare in range(SPARE_ROWS))]

    def _check(self, kept: list[ChoiceRow], form: Any) -> None:
        if not kept:
            raise ValidationError(_("Give at least one choice."))
        if len(kept) > MOST_CHOICES:
            raise ValidationError(_("A question has at most %(n)s choices.", n=MOST_CHOICES))
        names: set[str] = set()
        for row in kept:
            name = row.zh or row.en
            if not name:
                raise ValidationError(_("Each choice needs a name in Chinese or English."))
            if len(row.zh) > LONGEST_LABEL or len(row.en) > LONGEST_LABEL:
                raise ValidationError(_("“%(name)s…” is too long for a choice.", name=name[:20]))
            for text in (row.zh, row.en):
                one_line(form, _Text(text))
            if name in names:
                raise ValidationError(_("“%(name)s” stands there twice.", name=name))
            names.add(name)
            if row.places and not (re.fullmatch("[0-9]{1,7}", row.places) and int(row.places) <= MOST_PLACES):
                raise ValidationError(
                    _("Places of “%(name)s”: a whole number such as 40, or nothing for no limit.", name=name)
                )


@dataclass
class _Text:
    data: str


class QuestionForm(FlaskForm):
    """One question. `seen` is the revision that was opened; `key` makes a second sending the same question."""

    seen = HiddenField()
    key = HiddenField(default=new_key)
    kind = SelectField(_l("Kind"), choices=list(KINDS.items()))
    label_zh = StringField(_l("Question (Chinese)"), [Length(max=LONGEST_LABEL), one_line], [trimmed])
    label_en = StringField(_l("Question (English)"), [Length(max=LONGEST_LABEL), one_line], [trimmed])
    help_zh = TextAreaField(_l("Help (Chinese)"), [Optional(), Length(max=2_000)])
    help_en = TextAreaField(_l("Help (English)"), [Optional(), Length(max=2_000)])
    required = BooleanField(_l("An answer is required"))
    stage = SelectField(_l("When"), choices=list(STAGES.items()))
    categories = SelectMultipleField(
        _l("For whom"),
        [Optional()],
        coerce=int,
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_l("Tick none to ask everybody."),
    )
    shown_if = SelectField(_l("Asked"), choices=[])
    least = StringField(_l("Smallest number"), [Optional(), Length(max=24)], [trimmed])
    most = StringField(_l("Largest number, or largest file in MB"), [Optional(), Length(max=24)], [trimmed])
    choices = ChoiceRows(_l("Choices"))

    def __init__(self, edition: Edition, categories: Sequence[Category], parents: Sequence[Question]) -> None:
        super().__init__()
        self.edition = edition
        reader = language()
        self.categories.choices = [(row.id, row.name.local(reader)) for row in categories]
        self.shown_if.choices = [
            ("", _("always")),
            *(
                (
                    str(choice.id),
                    _(
                        "only if “%(question)s” is “%(choice)s”",
                        question=question.label.local(reader),
                        choice=choice.label.local(reader),
                    ),
                )
                for question in parents
                for choice in question.offered
            ),
        ]

    def validate_label_zh(self, field: Field) -> None:
        if not (field.data or self.label_en.data):
            raise ValidationError(_l("Give the question in Chinese or English."))

    def validate_least(self, field: Field) -> None:
        if self.kind.data == "number" and field.data and decimal(field.data) is None:
            raise ValidationError(_l("Please enter a number such as 12 or 3.5."))

    def validate_most(self, field: Field) -> None:
        most, least = decimal(field.data or ""), decimal(self.least.data or "")
        if self.kind.data == "number" and field.data:
            if most is None:
                raise ValidationError(_l("Please enter a number such as 12 or 3.5."))
            if least is not None and most < least:
                raise ValidationError(_l("The largest number is smaller than the smallest."))
        if self.kind.data == "file" and field.data and (most is None or not 1 <= most <= MOST_MEGABYTES or most % 1):
            raise ValidationError(_l("A size in whole MB, from 1 to %(most)s.", most=MOST_MEGABYTES))

    def begin(self, kind: str, stage: str) -> None:
        """A new question of this kind; diet comes with the usual answers."""
        self.kind.data = kind if kind in KINDS else "text"
        self.stage.data = stage if stage in STAGES else "registration"
        if self.kind.data == "diet":
            self.label_zh.data, self.label_en.data = "饮食要求", "Diet"
            self.choices.rows = [ChoiceRow(zh=diet.zh, en=diet.en) for diet in USUAL_DIETS]

    def fill(self, question: Question, picked: dict[int, int]) -> None:
        """Show what the question has; `picked` says how often each choice was."""
        self.seen.data = str(question.revision)
        for name in ("kind", "required", "stage", "least", "most"):
            self[name].data = getattr(question, name)
        self.label_zh.data, self.label_en.data = question.label.zh, question.label.en
        self.help_zh.data, self.help_en.data = question.help.zh, question.help.en
        self.categories.data = list(question.category_ids)
        self.shown_if.data = str(question.shown_if_choice_id or "")
        self.choices.rows = [
            ChoiceRow(
                str(choice.id),
                choice.label.zh,
                choice.label.en,
                "" if choice.capacity is None else str(choice.capacity),
                str(choice.position),
                taken=choice.taken,
                answers=picked.get(choice.id, 0),
            )
            for choice in question.offered
        ]

    def facts(self) -> QuestionFacts:
        """What was entered; bounds and choices only where the kind has them."""
        kind = self.kind.data
        least, most = decimal(self.least.data or ""), decimal(self.most.data or "")
        return QuestionFacts(
            kind=kind,
            label=Bilingual(self.label_zh.data or "", self.label_en.data or ""),
            help=Bilingual(_lines(self.help_zh.data), _lines(self.help_en.data)),
            required=self.required.data,
            stage=self.stage.data,
            category_ids=tuple(sorted(set(self.categories.data or ()))),
            shown_if_choice_id=int(self.shown_if.data) if self.shown_if.data else None,
            least=plain(least) if kind == "number" and least is not None else "",
            most=plain(most) if kind in {"number", "file"} and most is not None else "",
            choices=self.choices.facts() if kind in CHOOSING else (),
        )

    @property
    def revision(self) -> int | None:
        """The revision that the page carried, if it carried one."""
        text = self.seen.data or ""
        return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


class ConsentForm(FlaskForm):
    """The text that people agree to."""

    seen = HiddenField(default="0")
    text_zh = TextAreaField(_l("Text (Chinese)"), [Length(max=LONGEST_CONSENT)], render_kw={"rows": 8})
    text_en = TextAreaField(_l("Text (English)"), [Length(max=LONGEST_CONSENT)], render_kw={"rows": 8})

    def validate_text_zh(self, field: Field) -> None:
        if not ((field.data or "").strip() or (self.text_en.data or "").strip()):
            raise ValidationError(_l("Write the text in Chinese or English."))

    @property
    def text(self) -> Bilingual:
        return Bilingual(_lines(self.text_zh.data), _lines(self.text_en.data))

    @property
    def version(self) -> int:
        """The version that the page showed; 0 for none."""
        text = self.seen.data or ""
        return int(text) if re.fullmatch("[0-9]{1,9}", text) else 0


class CopyForm(FlaskForm):
    """From which earlier edition to take the questions."""

    source = SelectField(_l("Edition"), [DataRequired()], coerce=int)

    def __init__(self, editions: Sequence[Edition]) -> None:
        super().__init__()
        self.source.choices = [(row.id, row.title.local(language())) for row in editions]


def _lines(text: str | None) -> str:
    """Text of several lines as it is stored: no control characters that a text of lines does not need."""
    kept = "".join(c for c in (text or "").replace("\r\n", "\n") if c in "\n\t" or c.isprintable())
    return kept.strip()
