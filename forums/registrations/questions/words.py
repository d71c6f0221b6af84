"""The words for kinds, stages and conditions, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.columns import Bilingual
from forums.registrations.models import Category
from forums.registrations.questions.models import Question

KINDS = {
    "text": _l("Short text"),
    "paragraph": _l("Long text"),
    "number": _l("A number"),
    "date": _l("Date"),
    "choice": _l("One choice"),
    "choices": _l("Several choices"),
    "file": _l("File (PDF, PNG, JPEG)"),
    "phone": _l("Phone number"),
    "credit_code": _l("Credit code of an organisation"),
    "diet": _l("Diet"),
    "arrival": _l("Arrival: time and train or flight"),
    "departure": _l("Departure: time and train or flight"),
}
STAGES = {"registration": _l("Asked at registration"), "confirmed": _l("Asked after confirmation")}

# What a new question about diet offers; the organiser changes it like any other choices.
USUAL_DIETS = (
    Bilingual("无特殊要求", "No special diet"),
    Bilingual("清真", "Halal"),
    Bilingual("素食", "Vegetarian"),
    Bilingual("纯素", "Vegan"),
    Bilingual("无麸质", "Gluten-free"),
)


def kind_word(kind: str) -> str:
    """What kind of question it is."""
    return str(KINDS.get(kind, kind))


def only_if(question: str, choice: str) -> str:
    """The condition, for readers without scripts and for the organiser."""
    return str(_("Only if “%(question)s” is “%(choice)s”.", question=question, choice=choice))


def only_for(categories: list[str]) -> str:
    """Whom the question is for."""
    return str(_("Only for: %(categories)s.", categories=_(", ").join(categories)))


def questionnaire(
    questions: Sequence[Question], categories: Sequence[Category], language: str
) -> Iterator[list[object]]:
    """The form as a table for people to check or translate: one line for each question and one for each choice."""
    yield [
        _("When"), _("No."), _("Kind"), _("Question (Chinese)"), _("Question (English)"), _("Help (Chinese)"),
        _("Help (English)"), _("Required"), _("For whom"), _("Condition"), _("Places"), _("State"),
    ]  # fmt: skip
    names = {row.id: row.name.local(language) for row in categories}
    parents = {choice.id: (row, choice) for row in questions for choice in row.choices}
    for number, row in enumerate(questions, start=1):
        parent = parents.get(row.shown_if_choice_id or 0)
        condition = only_if(*(one.label.local(language) for one in parent)) if parent else ""
        whom = _(", ").join(names[one] for one in row.category_ids if one in names)
        yield [
            STAGES[row.stage], number, kind_word(row.kind), row.label.zh, row.label.en, row.help.zh, row.help.en,
            _("yes") if row.required else "", whom, condition, "", _("archived") if row.archived_at else "",
        ]  # fmt: skip
        for choice in row.choices:
            state = _("archived") if choice.archived_at else ""
            yield [
                "",
                number,
                _("Choice"),
                choice.label.zh,
                choice.label.en,
                "",
                "",
                "",
                "",
                "",
                choice.capacity,
                state,
            ]
