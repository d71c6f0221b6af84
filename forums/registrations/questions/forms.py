"""The questions of an edition as fields of any form: the public one, the private page's, the office's.

    form = RegisterForm()
    asked = QuestionFields(form, edition, category_id=…)
    if form.validate_on_submit():
        … Wishes(answers=asked.given()) …

Whether a question is asked is decided here and never by the browser: what is hidden is ignored and cleared.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.widgets import TextInput

from forums import tokens
from forums.documents.models import Document, StoredFile
from forums.documents.operations import MIB
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import Category
from forums.registrations.offered import OfferedCategory
from forums.registrations.questions import queries
from forums.registrations.questions.answering import FILE
from forums.registrations.questions.models import Choice, ConsentText, Question
from forums.registrations.questions.queries import Asked, Known
from forums.registrations.questions.reading import Journey, NotUnderstood, cut, decimal, read, read_journey
from forums.registrations.questions.words import only_for, only_if
from forums.registrations.refusals import ChoiceRemoved, Full
from forums.registrations.wishes import Given
from forums.web.language import language

KEPT = "kept answer"  # the purpose of the token that stands for a file which was sent already

LARGEST_FILE = 20 * MIB
USUAL_FILE = 10 * MIB
MOST_RADIOS = 12
JOURNEYS = frozenset({"arrival", "departure"})


@dataclass(frozen=True)
class Option:
    """A choice as the page shows it."""

    id: int
    label: str
    left: int | None
    is_full: bool
    is_gone: bool
    is_picked: bool


@dataclass(frozen=True)
class Kept:
    """A file that came with the form and is kept until the answer is given."""

    document_id: int
    name: str
    stored: StoredFile

    @classmethod
    def of(cls, document: Document) -> Kept:
        return cls(document.id, document.display_name, document.stored)


class QuestionField(Field):
    """One question. What was typed stays as it was, right or wrong; `given` is what it means, once validated."""

    widget = TextInput()

    def __init__(self, *, asked: QuestionFields, question: Question, known: Known, **options: Any) -> None:
        super().__init__(question.label.local(language()), description=question.help.local(language()), **options)
        self.asked, self.question, self.known = asked, question, known
        self.given = Given(question)
        self.text, self.by, self.remark = known.text, "", ""
        self.picked: set[int] = set(known.picked)
        self.upload: FileStorage | None = None
        self.kept: Kept | None = None
        self.removed = False
        self.problem: str = ""
        if question.kind in JOURNEYS:
            journey = Journey.of(known.text)
            self.text, self.by = journey.at, journey.by
        elif question.is_choosing:
            self.text, self.remark = "", known.text
        if question.required:
            self.flags.required = True

    def take(self, values: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> None:
        """Read what was sent."""
        self.text = cut(values.get(self.name, ""))
        self.by = cut(values.get(f"{self.name}-by", ""))
        self.remark = cut(values.get(f"{self.name}-remark", ""))
        if self.question.is_choosing:
            self.picked = {int(one) for one in values.getlist(self.name) if re.fullmatch("[0-9]{1,9}", one)}
            self.problem = self._problem_of_picks(values.getlist(self.name))
        elif self.question.kind == "file":
            self.removed = bool(values.get(f"{self.name}-remove"))
            self.kept = _kept(values.get(f"{self.name}-kept", ""), self.question)
            sent = [one for one in files.getlist(self.name) if one.filename]
            self.upload = sent[0] if len(sent) == 1 else None
            self.problem = _("Please choose one file only.") if len(sent) > 1 else ""

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Understand what was typed; whether it can be taken. A question that is not asked has no answer."""
        self.errors = []
        self.given = Given(self.question)
        if not self.asked.asks(self.question):
            return True
        try:
            self.given = self._understood()
            self._refuse_nothing()
        except NotUnderstood as no:
            self.errors.append(no.message)
        return not self.errors

    @property
    def options(self) -> list[Option]:
        """The choices: those offered now, and what this person picked before, though it is offered no more."""
        return [
            Option(
                choice.id,
                choice.label.local(language()),
                choice.left,
                choice.is_full and choice.id not in self.known.picked,
                choice.archived_at is not None,
                choice.id in self.picked,
            )
            for choice in self.choices
        ]

    @property
    def choices(self) -> list[Choice]:
        """What this person may pick."""
        rows = self.question.choices
        return [choice for choice in rows if choice.archived_at is None or choice.id in self.known.picked]

    @property
    def is_list(self) -> bool:
        """Whether there are too many choices to show each."""
        return self.question.kind != "choices" and len(self.choices) > MOST_RADIOS

    @property
    def file_name(self) -> str:
        """The file that is the answer unless another is chosen."""
        if self.removed and self.kept is None:
            return ""
        return self.kept.name if self.kept is not None else self.known.file_name

    @property
    def kept_token(self) -> str:
        """What stands for the file that was sent already, so that a form that comes back does not lose it."""
        return tokens.sign(KEPT, self.kept.document_id, self.question.id) if self.kept is not None else ""

    @property
    def largest(self) -> int:
        """The most bytes that a file may have."""
        megabytes = decimal(self.question.most)
        return min(LARGEST_FILE, max(1, int(megabytes)) * MIB) if megabytes is not None else USUAL_FILE

    @property
    def conditions(self) -> str:
        """On which other fields it depends, as only-if.js reads it: "q3=7;category=1,2"."""
        return ";".join(self.asked.conditions_of(self.question))

    @property
    def condition_words(self) -> str:
        """The same for people."""
        return " ".join(self.asked.condition_words_of(self.question))

    def _understood(self) -> Given:
        question = self.question
        if self.problem:
            raise NotUnderstood(self.problem)
        if question.is_choosing:
            return Given(question, text=read(question, self.remark), choices=self._chosen())
        if question.kind in JOURNEYS:
            return Given(question, text=read_journey(self.text, self.by))
        if question.kind == "file":
            return Given(question, file=self._file(), file_name=self.file_name)
        return Given(question, text=read(question, self.text))

    def _chosen(self) -> tuple[Choice, ...]:
        chosen = [choice for choice in self.choices if choice.id in self.picked]
        if len(chosen) < len(self.picked):
            raise NotUnderstood(_("One of the choices is not offered here. Please choose again."))
        for choice in chosen:
            if choice.is_full and choice.id not in self.known.picked:
                raise NotUnderstood(Full(choice).message)
        return tuple(chosen)

    def _file(self) -> StoredFile | None:
        if self.kept is not None:
            return self.kept.stored
        return None if self.removed else self.known.file

    def _refuse_nothing(self) -> None:
        question, given = self.question, self.given
        if not question.required or not self.asked.insists:
            return
        if question.is_choosing and not given.choices:
            raise NotUnderstood(_("Please choose an answer."))
        if question.kind == "file" and given.file is None:
            raise NotUnderstood(_("Please choose a file."))
        if question.kind in JOURNEYS and not self.text:
            raise NotUnderstood(_("Please give day and time."))
        if not (given.text or given.choices or given.file):
            raise NotUnderstood(_("Please answer this question."))

    def _problem_of_picks(self, typed: list[str]) -> str:
        if any(one and not re.fullmatch("[0-9]{1,9}", one) for one in typed):
            return str(_("One of the choices is not offered here. Please choose again."))
        if self.question.kind != "choices" and len(self.picked) > 1:
            return str(_("Please choose one answer only."))
        return ""


class QuestionFields:
    """The live questions of one stage, added to `form` as fields named q12 (with `prefix` before it).

    `category_id` says who answers; `offered` are the categories that the same form lets people choose from, in the
    field `category_field`: then the questions of all of them are shown, each with its condition. `known` are the
    answers that are there already, of every stage; `found` what was asked of the database before.
    The office need not answer for others what is required of them: for it, `insists` is False.
    """

    def __init__(
        self,
        form: FlaskForm,
        edition: Edition,
        *,
        stage: str = "registration",
        category_id: int | None = None,
        offered: Collection[Category | OfferedCategory] = (),
        category_field: str = "category",
        known: dict[int, Known] | None = None,
        prefix: str = "",
        found: Asked | None = None,
        insists: bool = True,
    ) -> None:
        self.edition, self.stage = edition, stage
        self.category_id, self.offered, self.category_field = category_id, offered, category_field
        self.known, self.insists = known or {}, insists
        self._prefix = prefix
        found = found if found is not None else queries.asked(edition, stage)
        self.consent: ConsentText | None = found.consent
        self.fields: list[QuestionField] = [self._add(form, question) for question in found.questions]
        if self.fields and form.is_submitted():
            for field in self.fields:
                field.take(request.form, request.files)

    def __iter__(self) -> Iterator[QuestionField]:
        """The fields to show: those of the categories that may fill in this form."""
        possible = {self.category_id, *(category.id for category in self.offered)}
        for field in self.fields:
            if not field.question.category_ids or possible & set(field.question.category_ids):
                yield field

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    @property
    def takes_files(self) -> bool:
        """Whether the form must be sent with its files (enctype multipart/form-data)."""
        return any(field.question.kind == "file" for field in self)

    @property
    def depends_on_category(self) -> bool:
        """Whether it makes a difference who answers."""
        return any(field.question.category_ids for field in self.fields)

    @property
    def uploads(self) -> list[tuple[QuestionField, FileStorage]]:
        """The fields with which a file came just now, and the file."""
        return [(field, field.upload) for field in self.fields if field.upload is not None]

    def asks(self, question: Question) -> bool:
        """Whether this question is asked, given the category and the other answers as they were sent."""
        known = self.known | {field.question.id: Known(picked=frozenset(field.picked)) for field in self.fields}
        live = [field.question for field in self.fields]
        return question in queries.applicable(live, self.category_id, known)

    @property
    def answers(self) -> tuple[Given, ...]:
        """The answers, once validated; an empty one clears what was there."""
        return tuple(field.given for field in self.fields)

    def given(self) -> tuple[Given, ...]:
        """The answers, inside the transaction that keeps them. Raises ChoiceRemoved, which stands beside its field."""
        self.reload()
        for field in self.fields:
            # By the rows themselves: one that is gone cannot even say its id.
            if not set(field.given.choices) <= set(field.question.choices):
                field.given = Given(field.question)
                gone = ChoiceRemoved(_l("One of the choices is not offered here. Please choose again."))
                field.errors = [gone.message]
                raise gone
        return self.answers

    def reload(self) -> None:
        """Read the questions afresh in one go: a transaction that has begun, or failed, forgets them one by one."""
        if self.fields:
            queries.read_again([field.question for field in self.fields])

    def complain(self, no: Full) -> bool:
        """Show beside its question that a choice has become full; whether it is one of ours."""
        self.reload()
        for field in self.fields:
            if no.quota in field.question.choices:
                field.errors = [no.message]
                return True
        return False

    def conditions_of(self, question: Question) -> Iterator[str]:
        parent = self._parent_of(question)
        if parent is not None:
            yield f"{self._prefix}q{parent.id}={question.shown_if_choice_id}"
        if question.category_ids and len(self.offered) > 1:
            yield f"{self._prefix}{self.category_field}={','.join(str(one) for one in question.category_ids)}"

    def condition_words_of(self, question: Question) -> Iterator[str]:
        parent = self._parent_of(question)
        if parent is not None:
            [choice] = [one for one in parent.choices if one.id == question.shown_if_choice_id]
            yield only_if(parent.label.local(language()), choice.label.local(language()))
        if question.category_ids and len(self.offered) > 1:
            yield only_for([one.name.local(language()) for one in self.offered if one.id in question.category_ids])

    def _parent_of(self, question: Question) -> Question | None:
        """The question of this form that decides whether this one is asked."""
        for field in self.fields:
            if any(choice.id == question.shown_if_choice_id for choice in field.question.choices):
                return field.question
        return None

    def _add(self, form: FlaskForm, question: Question) -> QuestionField:
        name = f"{self._prefix}q{question.id}"
        known = self.known.get(question.id, Known())
        unbound = QuestionField(asked=self, question=question, known=known)
        BaseForm.__setitem__(form, name, unbound)  # a Form's own refuses fields that came after its class
        field: QuestionField = form[name]
        return field


def _kept(token: str, question: Question) -> Kept | None:
    """The file that was sent with this form before, when it came back."""
    named = tokens.read(KEPT, token[:100]) if token else None
    if named is None or named[1] != question.id:
        return None
    document = db.session.get(Document, named[0])
    return Kept.of(document) if document is not None and document.kind == FILE else None
