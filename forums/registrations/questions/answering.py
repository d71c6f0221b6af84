"""Answers of a registration: given by the person or corrected by the office, with the files that come with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from forums.activity.models import Actor
from forums.clock import now
from forums.documents.models import Document
from forums.documents.operations import Arrival, discard, keep
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import operations
from forums.registrations.models import HOLDING, Registration
from forums.registrations.questions import queries
from forums.registrations.questions.models import STAGES, Answer
from forums.registrations.questions.queries import Known
from forums.registrations.wishes import Given, Wishes, change_wishes

FEW = 200  # files at a time
FILE = "answer"  # the kind of document that an answer's file is


def answer(row: Registration, given: Sequence[Given], *, actor: Actor) -> bool:
    """Keep these answers, and clear those to questions that are asked no more because of them; whether any differed.

    Sessions stay as they are. Raises NotLive, and Full when a choice has no place left: then everything stays.
    """
    live = queries.questions_of(row.edition)
    known = queries.known_answers(row.id)
    for one in given:
        known[one.question.id] = Known(one.text, frozenset(choice.id for choice in one.choices), one.file)
    still = {question.id for question in queries.applicable(live, row.category_id, known)}
    hidden = [Given(question) for question in live if question.id not in still and known.get(question.id)]
    named = {one.question.id for one in hidden}
    answers = (*(one for one in given if one.question.id not in named), *hidden)
    sessions = tuple(place.session for place in row.session_places)
    return change_wishes(row, Wishes(sessions=sessions, answers=answers), actor=actor)


def keep_file(arrival: Arrival, *, edition: Edition, actor: Actor) -> Document:
    """Keep a file that came with a form, so that it is there when the form comes back."""
    return keep(arrival, kind=FILE, actor=actor, edition=edition)


def forget_files(moment: datetime) -> list[str]:
    """Drop files that came with forms before `moment` and are nobody's answer: the form was given up, or another file
    or none took its place. The SHA-256 of the bytes that nothing holds any more."""
    held = select(Answer.id).where(Answer.file_id == Document.stored_file_id)
    given_up = select(Document).where(Document.kind == FILE, Document.created_at < moment, ~held.exists())
    hashes = [discard(document) for document in db.session.scalars(given_up.order_by(Document.id).limit(FEW)).all()]
    return [sha256 for sha256 in hashes if sha256 is not None]


def open_stages(row: Registration) -> list[str]:
    """The stages whose answers the person may give and change now.

    What is asked at registration, until registration closes, or longer by whom others registered and nobody asked;
    travel and hotel, by whoever holds a place; all of it as long as the event is not over.
    """
    edition = row.edition
    over = now().astimezone(edition.tz).date() > edition.ends_on
    if not row.is_live or edition.state not in {"published", "closed"} or over:
        return []
    asked = row.source == operations.PUBLIC
    may = {
        "registration": not asked or edition.registration_state != "closed",
        "confirmed": row.state in HOLDING,
    }
    return [stage for stage in STAGES if may[stage]]


def stages_to_complete(row: Registration) -> list[str]:
    """The open stages in which the organiser still wants answers."""
    wanted = {line.question.stage for line in queries.sheet(row, row.language) if line.missing}
    return [stage for stage in open_stages(row) if stage in wanted]
