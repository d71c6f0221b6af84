"""Questions and answers for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import Registration
from forums.registrations.questions import queries
from forums.registrations.questions.models import Choice, Question
from forums.registrations.questions.operations import ChoiceFacts, QuestionFacts, add_question, new_key
from forums.transaction import transaction
from tests.cast import SYSTEM


@dataclass(frozen=True)
class Asked:
    """A question, by its id: rows do not outlive a request of the reader."""

    id: int

    @property
    def row(self) -> Question:
        return db.session.get_one(Question, self.id)


@dataclass(frozen=True)
class Picked:
    id: int
    taken: int


def ask(
    edition: Edition,
    kind: str = "text",
    label: str = "Question",
    *,
    choices: Sequence[str | tuple[str, int]] = (),
    only_if: Picked | None = None,
    **facts: Any,
) -> Asked:
    """A question; a choice with places is a pair of its name and their number."""
    pairs = [(one, None) if isinstance(one, str) else one for one in choices]
    wanted = QuestionFacts(
        kind=kind,
        label=Bilingual(en=label),
        choices=tuple(ChoiceFacts(Bilingual(en=name), places) for name, places in pairs),
        shown_if_choice_id=only_if.id if only_if is not None else None,
        **facts,
    )
    with transaction():
        return Asked(add_question(db.session.merge(edition), wanted, key=new_key(), actor=SYSTEM).id)


def choice(question: Asked, name: str) -> Picked:
    """The choice of this name, as it stands in the database now."""
    db.session.rollback()
    row = db.session.scalars(
        select(Choice).where(Choice.question_id == question.id, Choice.__table__.c.label_en == name)
    ).one()
    return Picked(row.id, row.taken)


def answers(row: Registration | None = None) -> dict[int, str]:
    """Question id → answer of a registration, of the only one if none is named."""
    db.session.rollback()
    row_id = row.id if row is not None else db.session.scalars(select(Registration.id)).one()
    return queries.answers_of([row_id], "en").get(row_id, {})
