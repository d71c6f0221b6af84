"""What was answered: figures, the people behind each, and the answers of one registration for the office."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, abort, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import Select, select

from forums.directory.credit_code import BadCreditCode, read_credit_code
from forums.directory.models import Organisation
from forums.documents.render import csv
from forums.editions.models import Edition
from forums.extensions import db, limiter
from forums.registrations.models import Registration
from forums.registrations.questions import queries
from forums.registrations.questions.blueprint import answered, bp, file_of, keep_files
from forums.registrations.questions.consent import agreed_to
from forums.registrations.questions.forms import QuestionFields
from forums.registrations.questions.models import STAGES, Question
from forums.registrations.questions.words import STAGES as STAGE_WORDS
from forums.registrations.words import state_word
from forums.web.guards import may, public, row_of
from forums.web.language import language
from forums.web.paging import page_of


@bp.get("/office/e/<edition>/questions/answers")
@may("registrations.manage")
def summary(edition: Edition) -> ResponseReturnValue:
    return render_template(
        "registrations/questions/summary.html",
        edition=edition,
        tallies=queries.tallies(edition),
        stage_words=STAGE_WORDS,
    )


@bp.get("/office/e/<edition>/questions/<int:question_id>/answers")
@may("registrations.manage")
def behind(edition: Edition, question_id: int) -> ResponseReturnValue:
    """Who answered what: ?choice= one choice only, ?missing=1 who has not answered yet."""
    question = row_of(edition, Question, question_id)
    page = page_of(_asked_for(question))
    [tally] = queries.tallies(edition, question.id)
    return render_template(
        "registrations/questions/behind.html",
        edition=edition,
        tally=tally,
        question=question,
        page=page,
        answers=queries.answers_of([row.id for row in page.items], language()),
        chosen=request.args.get("choice", ""),
        missing=bool(request.args.get("missing")),
    )


@bp.get("/office/e/<edition>/questions/<int:question_id>/answers.csv")
@may("registrations.manage")
def behind_as_csv(edition: Edition, question_id: int) -> ResponseReturnValue:
    question = row_of(edition, Question, question_id)
    headers = {"Content-Disposition": f"attachment; filename={edition.slug}-question-{question.id}.csv"}
    lines = csv.lines(_table(question, _asked_for(question)))
    return Response(stream_with_context(lines), content_type="text/csv; charset=utf-8", headers=headers)


@bp.route("/office/e/<edition>/registrations/<int:row_id>/answers", methods=["GET", "POST"])
@may("registrations.manage")
def correct(edition: Edition, row_id: int) -> ResponseReturnValue:
    """The answers of one registration, of the stage ?stage=, for the office to see and correct."""
    row = row_of(edition, Registration, row_id)
    stage = request.args.get("stage", "")
    stage = stage if stage in STAGES else STAGES[0]
    form = FlaskForm()
    known = queries.known_answers(row.id)
    asked = QuestionFields(form, edition, stage=stage, category_id=row.category_id, known=known, insists=False)
    keep_files(asked, edition)
    if form.validate_on_submit() and answered(row, asked):
        return redirect(url_for("registrations.show", edition=edition.slug, row_id=row_id), 303)
    return render_template(
        "registrations/questions/correct.html",
        edition=edition,
        row=row,
        form=form,
        asked=asked,
        stage=stage,
        stage_words=STAGE_WORDS,
    )


@bp.get("/office/e/<edition>/registrations/<int:row_id>/answers/<int:question_id>/file")
@may("registrations.manage")
def file(edition: Edition, row_id: int, question_id: int) -> ResponseReturnValue:
    return file_of(row_of(edition, Registration, row_id), question_id)


@bp.get("/office/e/<edition>/registrations/<int:row_id>/consent")
@may("registrations.manage")
def consent_of(edition: Edition, row_id: int) -> ResponseReturnValue:
    """What the person agreed to, as it stood then."""
    row = row_of(edition, Registration, row_id)
    text = agreed_to(row)
    if text is None:
        abort(404)
    return render_template("registrations/questions/consent_of.html", edition=edition, row=row, text=text)


@bp.get("/e/<edition>/questions/organisation.json")
@limiter.limit("60/hour")
@public
def organisation(edition: Edition) -> ResponseReturnValue:
    """Whose credit code ?code= is, where we know it: for a field to say while somebody types."""
    try:
        code = read_credit_code(request.args.get("code", "")[:40])
    except BadCreditCode as no:
        return {"name": "", "error": no.message}
    row = db.session.scalar(select(Organisation).where(Organisation.credit_code == code)) if code else None
    return {"name": row.name.local(language()) if row is not None else "", "error": ""}


def _asked_for(question: Question) -> Select[Registration]:
    choice = next((one for one in question.choices if str(one.id) == request.args.get("choice")), None)
    return queries.behind(
        question,
        choice_id=choice.id if choice is not None else None,
        unanswered=bool(request.args.get("missing")),
    )


def _table(question: Question, statement: Select[Registration]) -> Iterator[list[str]]:
    spoken = language()
    yield [_("Reference"), _("Name"), _("Organisation"), _("Category"), _("State"), question.label.local(spoken)]
    for rows in db.session.scalars(statement.execution_options(yield_per=500)).partitions(500):
        answers = queries.answers_of([row.id for row in rows], spoken)
        for row in rows:
            said = answers.get(row.id, {}).get(question.id, "")
            category = row.category.name.local(spoken)
            yield [row.reference, row.name, row.organisation, category, state_word(row.state), said]
