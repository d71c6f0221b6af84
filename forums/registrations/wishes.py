"""What somebody asks for besides coming: sessions with places, and answers to the organiser's questions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agenda.models import Session
from forums.documents.models import StoredFile
from forums.extensions import db
from forums.registrations import places
from forums.registrations.models import Registration, SessionPlace
from forums.registrations.questions.models import Answer, Choice, PickedChoice, Question
from forums.registrations.questions.queries import applicable, known_answers, questions_of
from forums.registrations.refusals import Full, must_be_live


@dataclass(frozen=True)
class Given:
    """The answer to one question: text in the form that Answer keeps, choices, or a stored file and its name."""

    question: Question
    text: str = ""
    choices: tuple[Choice, ...] = ()
    file: StoredFile | None = None
    file_name: str = ""


@dataclass(frozen=True)
class Wishes:
    """What somebody asks for besides coming: sessions with places, and answers to the organiser's questions."""

    sessions: tuple[Session, ...] = ()
    answers: tuple[Given, ...] = ()

    @property
    def quotas(self) -> tuple[places.Quota, ...]:
        """Of what places are wanted."""
        return (*self.sessions, *(choice for given in self.answers for choice in given.choices))


NO_WISHES = Wishes()


def change_wishes(row: Registration, wishes: Wishes, *, actor: Actor) -> bool:
    """Sign up for other sessions and answer anew; whether anything differed.

    Answers to questions that `wishes` does not name stay as they are. Raises NotLive, and Full when something new has
    no place left: then everything stays.
    """
    places.hold(row.edition)
    db.session.refresh(row)
    must_be_live(row)
    answers = _answers_of(row)
    gone = [one for one in row.session_places if one.session not in wishes.sessions]
    there = {one.session for one in row.session_places}
    new = [session for session in wishes.sessions if session not in there]
    differing = [given for given in wishes.answers if not _same(answers.get(given.question.id), given)]
    if not (gone or new or differing):
        return False
    before = [picked for given in differing for picked in _picked(answers.get(given.question.id))]
    if row.is_holding:
        places.release(one.session for one in gone if one.held)
        places.release(picked.choice for picked in before if picked.held)
        wanted: tuple[places.Quota, ...] = (*new, *(choice for given in differing for choice in given.choices))
        full = places.claim(wanted)
        if full is not None:
            raise Full(full)
    for one in gone:
        row.session_places.remove(one)
    for given in differing:
        if (old := answers.get(given.question.id)) is not None:
            db.session.delete(old)
    db.session.flush()
    ask_for(row, Wishes(tuple(new), tuple(differing)), held=row.is_holding)
    record(
        actor,
        "registration.wishes_changed",
        row,
        sessions=[session.id for session in wishes.sessions],
        questions=[given.question.id for given in differing],
    )
    return True


def forget_unasked(row: Registration) -> None:
    """Drop the answers to questions that are not asked in the category any more, and give their places back.

    The caller holds the gate.
    """
    live = questions_of(row.edition)
    still = {question.id for question in applicable(live, row.category.id, known_answers(row.id))}
    answers = _answers_of(row)
    _drop([answers[question.id] for question in live if question.id in answers and question.id not in still])


def forget_answers(row: Registration) -> None:
    """Drop all that somebody has answered, with its places. The caller holds the gate."""
    _drop(_answers_of(row).values())


def ask_for(row: Registration, wishes: Wishes, *, held: bool) -> None:
    """Write down what somebody asks for; `held` says that its places are taken."""
    for session in wishes.sessions:
        row.session_places.append(SessionPlace(session=session, held=held))
    for given in wishes.answers:
        if given.text or given.choices or given.file is not None:
            picked = [PickedChoice(choice=choice, held=held) for choice in given.choices]
            answer = Answer(
                registration=row,
                question=given.question,
                text=given.text,
                file=given.file,
                file_name=given.file_name,
                picked=picked,
            )
            db.session.add(answer)


def _answers_of(row: Registration) -> dict[int, Answer]:
    """Question id → answer."""
    answers = db.session.scalars(select(Answer).where(Answer.registration_id == row.id))
    return {answer.question_id: answer for answer in answers}


def _drop(answers: Collection[Answer]) -> None:
    """Delete these, with their places given back."""
    places.release(picked.choice for answer in answers for picked in answer.picked if picked.held)
    for answer in answers:
        db.session.delete(answer)
    db.session.flush()


def _picked(answer: Answer | None) -> list[PickedChoice]:
    return list(answer.picked) if answer is not None else []


def _same(answer: Answer | None, given: Given) -> bool:
    if answer is None:
        return not (given.text or given.choices or given.file)
    file_id = given.file.id if given.file is not None else None
    picked = {picked.choice_id for picked in answer.picked}
    return (answer.text, answer.file_id, picked) == (given.text, file_id, {choice.id for choice in given.choices})
