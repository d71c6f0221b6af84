from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, inspect, literal, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from forums.columns import Bilingual
from forums.documents.models import StoredFile
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import HOLDING, Registration, State
from forums.registrations.questions.models import Answer, Choice, ConsentText, PickedChoice, Question

Key = TypeVar("Key")
GONE = (State.CANCELLED, State.DECLINED, State.LAPSED)


@dataclass(frozen=True)
class Known:
    """What a registration answered to one question: text, the ids of what was picked, or a file."""

    text: str = ""
    picked: frozenset[int] = frozenset()
    file: StoredFile | None = None
    file_name: str = ""
    wished: frozenset[int] = frozenset()  # of what was picked, that of which no place is taken yet

    def __bool__(self) -> bool:
        return bool(self.text or self.picked or self.file)


@dataclass(frozen=True)
class Asked:
    """What the form of an edition asks now: the questions of one stage in order, and its own consent text, if any."""

    questions: list[Question]
    consent: ConsentText | None

    def __bool__(self) -> bool:
        return bool(self.questions or self.consent)


@dataclass(frozen=True)
class Column:
    """A question as a column of lists and exports."""

    question_id: int
    key: str
    kind: str
    stage: str
    label: Bilingual
    archived: bool


@dataclass(frozen=True)
class Line:
    """A question and what one registration answered.

    `missing` where an answer is still wanted; `wished` where a place was picked that is taken only on confirmation.
    """

    question: Question
    text: str
    file: StoredFile | None = None
    missing: bool = False
    wished: bool = False


def asked(edition: Edition, stage: str = "registration") -> Asked:
    """The live questions of a stage with their choices, and the newest consent text; one small query where none is."""
    return live_form(edition, stage) if asks_anything(edition) else Asked([], None)


def live_form(edition: Edition, stage: str = "registration") -> Asked:
    """The same, where something is asked for sure."""
    newest = select(func.max(ConsentText.version)).where(ConsentText.edition_id == edition.id).scalar_subquery()
    statement = (
        select(Question, ConsentText)
        .select_from(Edition)
        .outerjoin(
            Question,
            and_(Question.edition_id == Edition.id, Question.stage == stage, Question.archived_at.is_(None)),
        )
        .outerjoin(ConsentText, and_(ConsentText.edition_id == Edition.id, ConsentText.version == newest))
        .where(Edition.id == edition.id)
        .options(selectinload(Question.choices))
        .order_by(Question.position, Question.id)
    )
    rows = db.session.execute(statement).all()
    return Asked([question for question, _ in rows if question is not None], rows[0][1] if rows else None)


def read_again(questions: list[Question]) -> None:
    """Bring rows that a transaction has made stale up to date, with their choices, all at once."""
    ids = [identity[0] for question in questions if (identity := inspect(question).identity) is not None]
    statement = select(Question).where(Question.id.in_(ids)).options(selectinload(Question.choices))
    db.session.scalars(statement).all()


def asks_anything(edition: Edition) -> bool:
    """Whether the edition asks questions, or for consent in words of its own."""
    questions = select(Question.id).where(Question.edition_id == edition.id, Question.archived_at.is_(None))
    texts = select(ConsentText.id).where(ConsentText.edition_id == edition.id)
    return bool(db.session.scalar(select(questions.exists() | texts.exists())))


def questions_of(edition: Edition, *, archived: bool | None = False) -> list[Question]:
    """The edition's questions with their choices, by stage and position; archived None means both kinds."""
    statement = select(Question).where(Question.edition_id == edition.id).options(selectinload(Question.choices))
    if archived is not None:
        statement = statement.where(Question.archived_at.is_not(None) if archived else Question.archived_at.is_(None))
    # "registration" stands behind "confirmed" in the alphabet, and before it in time.
    return list(db.session.scalars(statement.order_by(Question.stage.desc(), Question.position, Question.id)))


def known_answers(registration_id: int) -> dict[int, Known]:
    """Question id → what was answered."""
    statement = (
        select(Answer)
        .where(Answer.registration_id == registration_id)
        .options(selectinload(Answer.picked), joinedload(Answer.file))
    )
    return {
        row.question_id: Known(
            row.text,
            frozenset(one.choice_id for one in row.picked),
            row.file,
            row.file_name,
            frozenset(one.choice_id for one in row.picked if not one.held),
        )
        for row in db.session.scalars(statement)
    }


def columns(edition: Edition) -> list[Column]:
    """The questions as columns, in the form's order; archived ones follow where somebody answered them."""
    answered = select(Answer.id).where(Answer.question_id == Question.id).exists()
    statement = select(Question).where(Question.edition_id == edition.id, Question.archived_at.is_(None) | answered)
    rows = db.session.scalars(
        statement.order_by(Question.archived_at.is_not(None), Question.stage.desc(), Question.position, Question.id)
    )
    return [Column(row.id, row.key, row.kind, row.stage, row.label, row.archived_at is not None) for row in rows]


def answers_of(registrations: Collection[int] | Select[int], language: str = "zh") -> dict[int, dict[int, str]]:
    """Registration id → question id → the answer as text, for ids or for a select of ids; always one query.

    Choices are named in the language, files by their names; several choices are joined as lists are.
    """
    statement = (
        select(
            Answer.registration_id,
            Answer.question_id,
            Answer.text,
            Answer.file_name,
            Choice.__table__.c.label_zh,
            Choice.__table__.c.label_en,
        )
        .outerjoin(PickedChoice, PickedChoice.answer_id == Answer.id)
        .outerjoin(Choice, Choice.id == PickedChoice.choice_id)
        .where(Answer.registration_id.in_(registrations))
        .order_by(Answer.id, Choice.position, Choice.id)
    )
    parts: dict[int, dict[int, list[str]]] = {}
    for registration_id, question_id, text, file_name, zh, en in db.session.execute(statement):
        said = parts.setdefault(registration_id, {}).setdefault(
            question_id, [part for part in (text, file_name) if part]
        )
        if zh or en:
            said.insert(_before_the_remark(said, text), Bilingual(zh or "", en or "").local(language))
    joint = "、" if language == "zh" else ", "
    return {
        registration_id: {question_id: joint.join(said) for question_id, said in answers.items() if said}
        for registration_id, answers in parts.items()
    }


def sheet(row: Registration, language: str) -> list[Line]:
    """All that a registration was asked and answered, for its page: one query where there are no questions."""
    every = questions_of(row.edition, archived=None)
    if not every:
        return []
    known = known_answers(row.id)
    texts = answers_of([row.id], language).get(row.id, {})
    asked_now = {question.id for question in applicable(every, row.category_id, known)}
    confirmed = row.state in HOLDING
    lines = []
    for question in every:
        answer = known.get(question.id, Known())
        wanted = question.id in asked_now and (question.stage == "registration" or confirmed)
        if answer or wanted:
            missing = wanted and not answer and (question.required or question.stage == "confirmed")
            wished = row.is_live and any(
                one.id in answer.wished and one.capacity is not None for one in question.choices
            )
            lines.append(Line(question, texts.get(question.id, ""), answer.file, missing, wished))
    return sorted(lines, key=lambda line: line.question.archived_at is not None)


def applicable(questions: Iterable[Question], category_id: int | None, known: dict[int, Known]) -> list[Question]:
    """The live questions that are asked of somebody of this category who gave these answers."""
    every = [question for question in questions if question.archived_at is None]
    asks = {choice.id: question for question in every for choice in question.choices}
    picked = frozenset(choice_id for answer in known.values() for choice_id in answer.picked)

    def is_asked(question: Question, below: tuple[int, ...] = ()) -> bool:
        if question.category_ids and category_id not in question.category_ids:
            return False
        if question.shown_if_choice_id is None:
            return True
        if question.shown_if_choice_id not in picked:
            return False
        parent = asks.get(question.shown_if_choice_id)  # None: of another stage, whose answers stand
        return parent is None or (parent.id not in below and is_asked(parent, (*below, question.id)))

    return [question for question in every if is_asked(question)]


def answer_counts(edition: Edition) -> dict[int, int]:
    """Question id → how many answers exist, whatever became of the registrations."""
    statement = (
        select(Answer.question_id, func.count())
        .join(Question, Question.id == Answer.question_id)
        .where(Question.edition_id == edition.id)
        .group_by(Answer.question_id)
    )
    return _counts(statement)


def count_answers(question: Question) -> int:
    """How many answers to this question exist."""
    return db.session.scalar(select(func.count()).where(Answer.question_id == question.id)) or 0


def picks(question: Question) -> dict[int, int]:
    """Choice id → how often it was picked, cancelled registrations and wishes included."""
    statement = (
        select(PickedChoice.choice_id, func.count())
        .join(Choice, Choice.id == PickedChoice.choice_id)
        .where(Choice.question_id == question.id)
        .group_by(PickedChoice.choice_id)
    )
    return _counts(statement)


def consent_texts(edition: Edition) -> list[ConsentText]:
    """The edition's own texts of consent, the newest first."""
    statement = select(ConsentText).where(ConsentText.edition_id == edition.id).order_by(ConsentText.version.desc())
    return list(db.session.scalars(statement))


def consent_counts(edition: Edition) -> dict[str, int]:
    """Version of the consent text → how many registrations agreed to it."""
    statement = (
        select(Registration.consent_version, func.count())
        .where(Registration.edition_id == edition.id, Registration.consent_version != "")
        .group_by(Registration.consent_version)
    )
    return _counts(statement)


def editions_with_questions(edition: Edition) -> list[Edition]:
    """Other editions of the same series whose questions can be copied, the latest first."""
    has = select(Question.id).where(Question.edition_id == Edition.id, Question.archived_at.is_(None)).exists()
    statement = select(Edition).where(Edition.series_id == edition.series_id, Edition.id != edition.id, has)
    return list(db.session.scalars(statement.order_by(Edition.starts_on.desc(), Edition.id.desc())))


@dataclass(frozen=True)
class Tally:
    """How a question stands among the registrations that are asked it now (cancelled ones are left out)."""

    question: Question
    asked: int
    answered: int
    per_choice: dict[int, int]

    @property
    def unanswered(self) -> int:
        return self.asked - self.answered


def tallies(edition: Edition, question_id: int | None = None) -> list[Tally]:
    """The questions with their figures, in the form's order, archived ones last; or one question alone."""
    every = [row for row in questions_of(edition, archived=None) if question_id in (None, row.id)]
    figures = _figures(edition, every)
    picked = _picked(edition, question_id)
    found = [
        Tally(question, *_sums(question, figures.get(question.id, [])), _per_choice(question, picked))
        for question in every
    ]
    return sorted(found, key=lambda tally: tally.question.archived_at is not None)


def _figures(edition: Edition, questions: list[Question]) -> dict[int, list[Any]]:
    """Question id → (id, category, state, registrations asked, answers).

    Only where a question has a condition is each registration looked at for each question.
    """
    found: dict[int, list[Any]] = {}
    on_condition = {row.id for row in questions if row.shown_if_choice_id is not None and row.archived_at is None}
    plain = [row.id for row in questions if row.id not in on_condition]
    of = (Registration.category_id, Registration.state)
    here = (Registration.edition_id == edition.id, Registration.state.not_in(GONE))
    if plain:
        people = db.session.execute(select(*of, func.count()).where(*here).group_by(*of)).all()
        found = {row_id: [(row_id, *row, 0) for row in people] for row_id in plain}
        answers = (
            select(Answer.question_id, *of, literal(0), func.count())
            .join(Registration, Registration.id == Answer.registration_id)
            .where(*here, Answer.question_id.in_(plain))
            .group_by(Answer.question_id, *of)
        )
        for row in db.session.execute(answers):
            found[row[0]].append(row)
    if on_condition:
        statement = (
            select(Question.id, *of, func.count(Registration.id), func.count(Answer.id))
            .join(Registration, Registration.edition_id == Question.edition_id)
            .outerjoin(Answer, and_(Answer.registration_id == Registration.id, Answer.question_id == Question.id))
            .where(Question.id.in_(on_condition), *here, _condition_is_met())
            .group_by(Question.id, *of)
        )
        for row in db.session.execute(statement):
            found.setdefault(row[0], []).append(row)
    return found


def _picked(edition: Edition, question_id: int | None) -> list[Any]:
    """(choice, category, state, how often) for every choice that was picked where its question was asked."""
    statement = (
        select(PickedChoice.choice_id, Registration.category_id, Registration.state, func.count())
        .join(Answer, Answer.id == PickedChoice.answer_id)
        .join(Question, Question.id == Answer.question_id)
        .join(Registration, Registration.id == Answer.registration_id)
        .where(Question.edition_id == edition.id, Registration.state.not_in(GONE), _condition_is_met())
        .group_by(PickedChoice.choice_id, Registration.category_id, Registration.state)
    )
    if question_id is not None:
        statement = statement.where(Question.id == question_id)
    return list(db.session.execute(statement))


def _sums(question: Question, rows: list[Any]) -> tuple[int, int]:
    """How many were asked, and how many answered; of an archived question nobody is asked who has not answered."""
    counted = [
        (asked_of, answered) for _, category, state, asked_of, answered in rows if _is_for(question, category, state)
    ]
    answered = sum(answers for _, answers in counted)
    return (sum(people for people, _ in counted) if question.archived_at is None else answered), answered


def _per_choice(question: Question, rows: list[Any]) -> dict[int, int]:
    counts = {choice.id: 0 for choice in question.choices}
    for choice_id, category, state, number in rows:
        if choice_id in counts and _is_for(question, category, state):
            counts[choice_id] += number
    return counts


def _is_for(question: Question, category_id: int, state: str) -> bool:
    if question.archived_at is not None:
        return True
    return (not question.category_ids or category_id in question.category_ids) and (
        question.stage == "registration" or state in HOLDING
    )


def _condition_is_met() -> ColumnElement[bool]:
    """Whether the registration picked the choice that the question depends on, in a statement over both tables."""
    its_answer = aliased(Answer)
    condition = (
        select(PickedChoice.id)
        .join(its_answer, its_answer.id == PickedChoice.answer_id)
        .where(its_answer.registration_id == Registration.id, PickedChoice.choice_id == Question.shown_if_choice_id)
        .correlate(Registration, Question)
    )
    return or_(Question.shown_if_choice_id.is_(None), Question.archived_at.is_not(None), condition.exists())


def behind(question: Question, *, choice_id: int | None = None, unanswered: bool = False) -> Select[Registration]:
    """The registrations behind a figure: who picked a choice, who answered at all, or who has not answered yet."""
    answers = select(Answer.id).where(Answer.registration_id == Registration.id, Answer.question_id == question.id)
    if choice_id is not None:
        answers = answers.join(PickedChoice, PickedChoice.answer_id == Answer.id).where(
            PickedChoice.choice_id == choice_id
        )
    statement = select(Registration).where(_is_asked(question)).options(joinedload(Registration.category))
    statement = statement.where(~answers.exists() if unanswered else answers.exists())
    return statement.order_by(Registration.name_sort, Registration.id)


def _is_asked(question: Question) -> ColumnElement[bool]:
    """Which registrations the question is for, or was, where it is archived.

    An answer to a hidden question is cleared when it is given, so that one condition says enough here: a chain holds
    because the question in between would have no answer.
    """
    conditions = [Registration.edition_id == question.edition_id, Registration.state.not_in(GONE)]
    if question.archived_at is not None:
        answer = select(Answer.id).where(Answer.registration_id == Registration.id, Answer.question_id == question.id)
        return and_(*conditions, answer.exists())
    if question.category_ids:
        conditions.append(Registration.category_id.in_(question.category_ids))
    if question.stage == "confirmed":
        conditions.append(Registration.state.in_(HOLDING))
    if question.shown_if_choice_id is not None:
        condition = (
            select(PickedChoice.id)
            .join(Answer, Answer.id == PickedChoice.answer_id)
            .where(Answer.registration_id == Registration.id, PickedChoice.choice_id == question.shown_if_choice_id)
        )
        conditions.append(condition.exists())
    return and_(*conditions)


def _counts(statement: Select[Key, int]) -> dict[Key, int]:
    return {key: count for key, count in db.session.execute(statement)}  # noqa: C416  (dict() would take a mapping)


def _before_the_remark(said: list[str], text: str) -> int:
    """Where a choice stands among what was said: before the remark that was written beside it."""
    return len(said) - 1 if text and said else len(said)
