"""Building an edition's form: questions and choices that were answered are archived, never lost."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.registrations import places
from forums.registrations.models import Category
from forums.registrations.questions import queries
from forums.registrations.questions.models import CHOOSING, KINDS, STAGES, Choice, Question

MOST_CHOICES = 100
MOST_QUESTIONS = 100


class ChangedMeanwhile(Refused):
    """Somebody else has saved the question since this person opened it."""


class KindIsFixed(Refused):
    """A question with answers cannot become one of another kind."""


class IsNeeded(Refused):
    """Another question is asked only after this one, or after this choice."""


class NotPossible(Refused):
    """A question that could not be asked: without a text, without choices, or asked only after itself."""


@dataclass(frozen=True)
class ChoiceFacts:
    """One choice as the organiser wants it; `id` names one that is there already."""

    label: Bilingual
    capacity: int | None = None
    id: int | None = None
    removed: bool = False


@dataclass(frozen=True)
class QuestionFacts:
    """What an organiser decides about a question.

    `least` and `most` are the bounds of a number as text ("" for none); of a file, `most` is its size in MB.
    """

    kind: str
    label: Bilingual
    help: Bilingual = field(default_factory=Bilingual)
    required: bool = False
    stage: str = "registration"
    category_ids: tuple[int, ...] = ()
    shown_if_choice_id: int | None = None
    least: str = ""
    most: str = ""
    choices: tuple[ChoiceFacts, ...] = ()


def add_question(edition: Edition, facts: QuestionFacts, *, key: str, actor: Actor) -> Question:
    """A question at the end of its stage; the same form sent again (`key`) finds the question it made.

    Raises NotPossible.
    """
    places.hold(edition)
    made = db.session.scalar(select(Question).where(Question.edition_id == edition.id, Question.key == key))
    if made is not None:
        return made
    if len(queries.questions_of(edition)) >= MOST_QUESTIONS:
        raise NotPossible(_l("A form of more than %(n)s questions would be filled in by nobody.", n=MOST_QUESTIONS))
    row = Question(edition=edition, key=key, kind=facts.kind, position=_next_position(edition, facts.stage))
    db.session.add(row)
    _check(row, facts)
    _apply(row, facts)
    _arrange_choices(row, facts.choices)
    record(actor, "question.added", row, edition=edition, title=_name(row))
    return row


def change_question(question: Question, facts: QuestionFacts, *, seen: int | None, actor: Actor) -> None:
    """Reword, bound, condition and rearrange. `seen` is the revision that the actor worked on.

    Raises ChangedMeanwhile, KindIsFixed, IsNeeded, NotPossible, and PlacesTaken below what is taken.
    """
    places.hold(question.edition)
    db.session.refresh(question)
    if seen is not None and seen != question.revision:
        raise ChangedMeanwhile(_l("Somebody has changed this question since you opened it. Look at it again."))
    if facts.kind != question.kind and queries.count_answers(question):
        raise KindIsFixed(_l("People have answered this question, so its kind stays. Add another question instead."))
    if facts.stage != question.stage:
        _refuse_if_needed(question, [choice.id for choice in question.choices])
        question.position = _next_position(question.edition, facts.stage)
    _check(question, facts)
    _apply(question, facts)
    _arrange_choices(question, facts.choices)
    question.revision += 1
    record(actor, "question.changed", question, title=_name(question))


def copy_question(question: Question, *, key: str, actor: Actor) -> Question:
    """The same question once more, behind it in the form, without its answers. `key` as for add_question."""
    edition = question.edition
    copied = add_question(edition, _facts_of(question), key=key, actor=actor)
    order = [row.id for row in _stage(edition, question.stage) if row.id != copied.id]
    at = order.index(question.id) + 1 if question.id in order else len(order)
    arrange(edition, question.stage, [*order[:at], copied.id, *order[at:]], actor=actor)
    return copied


def archive(question: Question, *, actor: Actor) -> None:
    """Ask it no more; its answers stay. One without answers is deleted outright. Raises IsNeeded."""
    places.hold(question.edition)
    db.session.refresh(question)
    if question.archived_at is not None:
        return
    _refuse_if_needed(question, [choice.id for choice in question.choices])
    record(actor, "question.archived", question, title=_name(question))
    question.archived_at = now()
    question.revision += 1


def restore(question: Question, *, actor: Actor) -> None:
    """Ask an archived question again, at the end of its stage."""
    places.hold(question.edition)
    db.session.refresh(question)
    if question.archived_at is None:
        return
    question.position = _next_position(question.edition, question.stage)
    question.archived_at = None
    if question.shown_if_choice_id not in _choices_to_depend_on(question):
        question.shown_if_choice_id = None
    question.revision += 1
    record(actor, "question.restored", question, title=_name(question))


def arrange(edition: Edition, stage: str, ids: Sequence[int], *, actor: Actor) -> bool:
    """Put the questions of a stage into this order; ids that are not its are passed over, missing ones come last.

    Whether anything moved.
    """
    places.hold(edition)
    rows = _stage(edition, stage)
    before = [row.id for row in rows]
    wanted = {row_id: rank for rank, row_id in reversed(list(enumerate(ids)))}
    rows.sort(key=lambda row: wanted.get(row.id, len(ids)))
    for position, row in enumerate(rows, start=1):
        row.position = position
    if [row.id for row in rows] == before:
        return False
    record(actor, "question.arranged", edition, edition=edition)
    return True


def move(question: Question, by: int, *, actor: Actor) -> bool:
    """One step up (-1) or down (1), or as far as that goes; whether it moved."""
    ids = [row.id for row in _stage(question.edition, question.stage)]
    if question.id not in ids:
        return False
    at = ids.index(question.id)
    ids.remove(question.id)
    ids.insert(max(0, at + by), question.id)
    return arrange(question.edition, question.stage, ids, actor=actor)


def copy_questions(source: Edition, target: Edition, *, actor: Actor) -> int:
    """The live questions of another edition, without answers; how many were added.

    A question keeps its key, so that a second run adds nothing. Categories are matched by their codes; a condition
    follows its choice.
    """
    places.hold(target)
    known = set(db.session.scalars(select(Question.key).where(Question.edition_id == target.id)))
    codes = dict(db.session.execute(select(Category.id, Category.code).where(Category.edition_id == source.id)).all())
    ours = {
        code: row_id
        for row_id, code in db.session.execute(
            select(Category.id, Category.code).where(Category.edition_id == target.id)
        )
    }
    new_choices: dict[int, int] = {}
    pending: list[tuple[Question, int]] = []
    added = 0
    for original in queries.questions_of(source):
        if original.key in known:
            continue
        facts = _facts_of(original)
        ids = tuple(ours[codes[one]] for one in original.category_ids if codes.get(one) in ours)
        # Where it has none of these categories, nobody is asked until the organiser says who.
        ids = ids or tuple(original.category_ids)
        row = Question(edition=target, key=original.key, kind=facts.kind, position=_next_position(target, facts.stage))
        db.session.add(row)
        _apply(row, facts, category_ids=ids, shown_if_choice_id=None)
        _arrange_choices(row, facts.choices)
        db.session.flush()
        new_choices |= {old.id: new.id for old, new in zip(original.offered, row.choices, strict=True)}
        if original.shown_if_choice_id is not None:
            pending.append((row, original.shown_if_choice_id))
        added += 1
    for row, old_choice in pending:
        row.shown_if_choice_id = new_choices.get(old_choice)
    if added:
        record(actor, "question.copied", target, edition=target, count=added, source=source.slug)
    return added


def new_key() -> str:
    """A key for a form that makes a question, so that sending it twice makes one."""
    return secrets.token_urlsafe(18)


def key_of(typed: str) -> str:
    """The key that a form carried, as it is stored: whatever was sent, of a length that fits."""
    return typed if 0 < len(typed) <= 64 else hashlib.sha256(typed.encode("utf-8", "replace")).hexdigest()


def _check(question: Question, facts: QuestionFacts) -> None:
    if facts.kind not in KINDS or facts.stage not in STAGES:
        raise NotPossible(_l("There is no such kind of question."))
    if not facts.label:
        raise NotPossible(_l("A question needs a text in Chinese or English."))
    kept = [choice for choice in facts.choices if not choice.removed]
    if facts.kind in CHOOSING and not kept:
        raise NotPossible(_l("Give at least one choice."))
    if len(kept) > MOST_CHOICES:
        raise NotPossible(_l("A question has at most %(n)s choices.", n=MOST_CHOICES))
    wanted = facts.shown_if_choice_id
    if wanted is not None and wanted not in _choices_to_depend_on(question, facts.stage):
        raise NotPossible(_l("This choice cannot decide it: it comes later, is archived, or depends on this question."))


def _choices_to_depend_on(question: Question, stage: str = "") -> set[int]:
    """The ids of choices that may decide whether this question is asked."""
    return {choice.id for row in possible_conditions(question.edition, question, stage) for choice in row.offered}


def possible_conditions(edition: Edition, question: Question | None, stage: str = "") -> list[Question]:
    """The questions with choices on which this one may depend: none that depends on it, and none asked later."""
    every = queries.questions_of(edition)
    owner = {choice.id: row.id for row in every for choice in row.choices}
    above = {row.id: owner.get(row.shown_if_choice_id or 0) for row in every}
    late = (stage or (question.stage if question is not None else "confirmed")) == "confirmed"

    def depends(row_id: int | None) -> bool:
        passed: set[int] = set()
        while row_id is not None and row_id not in passed:
            if question is not None and row_id == question.id:
                return True
            passed.add(row_id)
            row_id = above.get(row_id)
        return False

    return [row for row in every if row.is_choosing and (late or row.stage == "registration") and not depends(row.id)]


def _apply(
    row: Question,
    facts: QuestionFacts,
    **instead: object,
) -> None:
    for name in ("kind", "label", "help", "required", "stage", "shown_if_choice_id", "least", "most"):
        setattr(row, name, instead.get(name, getattr(facts, name)))
    row.category_ids = list(instead.get("category_ids", facts.category_ids))  # type: ignore[call-overload]


def _arrange_choices(question: Question, wanted: Sequence[ChoiceFacts]) -> None:
    """The choices in this order; one that is left out or removed is archived when somebody picked it, else deleted."""
    db.session.flush()
    known = {choice.id: choice for choice in question.choices}
    picked = queries.picks(question)
    if question.kind not in CHOOSING:
        wanted = ()
    kept = {facts.id: facts for facts in wanted if facts.id in known and not facts.removed}
    gone = [choice for choice in question.choices if choice.id not in kept and choice.archived_at is None]
    _refuse_if_needed(question, [choice.id for choice in gone])
    for one in gone:
        if picked.get(one.id) or one.taken:
            one.archived_at = now()
        else:
            question.choices.remove(one)
    for position, facts in enumerate((one for one in wanted if not one.removed), start=1):
        choice = known.get(facts.id or 0)
        if choice is None:
            db.session.add(
                Choice(question=question, label=facts.label, position=position, capacity=facts.capacity, taken=0)
            )
            continue
        choice.label, choice.position, choice.archived_at = facts.label, position, None
        _resize(choice, facts.capacity)
    db.session.flush()
    db.session.expire(question, ["choices"])


def _resize(choice: Choice, capacity: int | None) -> None:
    if choice.capacity != capacity and not places.resize(choice, capacity):
        raise NotPossible(
            _l(
                "Places taken of “%(choice)s”: %(taken)s; there cannot be %(capacity)s.",
                choice=choice.label.zh or choice.label.en,
                taken=choice.taken,
                capacity=capacity,
            )
        )


def _refuse_if_needed(question: Question, choice_ids: Sequence[int]) -> None:
    """Raises IsNeeded when a live question is asked only after one of these choices."""
    if not choice_ids:
        return
    dependent = db.session.scalar(
        select(Question)
        .where(
            Question.edition_id == question.edition_id,
            Question.id != question.id,
            Question.archived_at.is_(None),
            Question.shown_if_choice_id.in_(choice_ids),
        )
        .limit(1)
    )
    if dependent is not None:
        raise IsNeeded(
            _l(
                "“%(question)s” is asked only after this. Change or archive that question first.",
                question=_name(dependent),
            )
        )


def _facts_of(question: Question) -> QuestionFacts:
    """A question as it stands, with its choices as new ones."""
    return QuestionFacts(
        kind=question.kind,
        label=question.label,
        help=question.help,
        required=question.required,
        stage=question.stage,
        category_ids=tuple(question.category_ids),
        shown_if_choice_id=question.shown_if_choice_id,
        least=question.least,
        most=question.most,
        choices=tuple(ChoiceFacts(choice.label, choice.capacity) for choice in question.offered),
    )


def _stage(edition: Edition, stage: str) -> list[Question]:
    return [row for row in queries.questions_of(edition) if row.stage == stage]


def _next_position(edition: Edition, stage: str) -> int:
    statement = select(func.max(Question.position)).where(Question.edition_id == edition.id, Question.stage == stage)
    return (db.session.scalar(statement) or 0) + 1


def _name(question: Question) -> str:
    return (question.label.zh or question.label.en)[:80]
