"""The blueprint of this room, and what its pages share with the forms of registration that ask its questions."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash
from flask_babel import gettext as _
from sqlalchemy import select

from forums.documents.models import Document
from forums.documents.operations import receive
from forums.documents.refusals import WrongFile
from forums.documents.sending import send
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.registrations.models import Registration
from forums.registrations.questions import answering
from forums.registrations.questions.forms import Kept, QuestionFields
from forums.registrations.questions.models import Answer
from forums.registrations.refusals import ChoiceRemoved, Full
from forums.transaction import transaction
from forums.web.guards import actor

bp = Blueprint("questions", __name__)


def keep_files(asked: QuestionFields, edition: Edition) -> None:
    """Keep the files that came with the form before anything else is looked at, so that a form with an error, or a
    place that somebody else took, loses none."""
    for field, upload in asked.uploads:
        name, largest = upload.filename or "", field.largest
        try:
            arrival = receive(upload.stream, display_name=name, max_size=largest)
        except WrongFile as no:
            field.problem = no.message
        else:
            with transaction():
                field.kept = Kept.of(answering.keep_file(arrival, edition=edition, actor=actor()))
    if asked.uploads:
        asked.reload()


def answered(row: Registration, asked: QuestionFields) -> bool:
    """Save what a valid form says; False where it must be shown again with what is wrong."""
    try:
        with transaction():
            differs = answering.answer(row, asked.given(), actor=actor())
    except Full as no:
        if not asked.complain(no):
            flash(no.message, "danger")
        return False
    except ChoiceRemoved:
        return False
    except Refused as no:
        flash(no.message, "danger")
        return True
    flash(_("Saved.") if differs else _("Nothing was changed."), "success")
    return True


def file_of(row: Registration, question_id: int) -> Response:
    """The file that is an answer, as an attachment; 404 where there is none."""
    answer = db.session.scalar(
        select(Answer).where(Answer.registration_id == row.id, Answer.question_id == question_id)
    )
    if answer is None or answer.file is None:
        abort(404)
    return send(Document(stored=answer.file, display_name=answer.file_name))
