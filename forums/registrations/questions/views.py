"""Building an edition's form."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm

from forums.activity.queries import history
from forums.documents.render import csv
from forums.editions.models import Edition
from forums.errors import Refused
from forums.registrations.queries import categories_of
from forums.registrations.questions import answer_views, consent, my_views, operations, queries
from forums.registrations.questions.blueprint import bp
from forums.registrations.questions.builder import ConsentForm, CopyForm, QuestionForm
from forums.registrations.questions.forms import QuestionFields
from forums.registrations.questions.models import STAGES, Question
from forums.registrations.questions.operations import key_of, new_key, possible_conditions
from forums.registrations.questions.words import KINDS, kind_word, questionnaire
from forums.registrations.questions.words import STAGES as STAGE_WORDS
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, may, row_of
from forums.web.language import language

__all__ = ["answer_views", "bp", "my_views"]

navigation.add(
    "edition",
    _l("Questions"),
    "questions.listing",
    "editions.manage",
    icon="list",
    order=41,
    under="registrations.listing",
)
bp.add_app_template_filter(kind_word, "question_kind")


@bp.get("/office/e/<edition>/questions")
@may("editions.manage")
def listing(edition: Edition) -> ResponseReturnValue:
    every = queries.questions_of(edition, archived=None)
    return render_template(
        "registrations/questions/list.html",
        edition=edition,
        stages={stage: [row for row in every if row.stage == stage and row.archived_at is None] for stage in STAGES},
        archived=[row for row in every if row.archived_at is not None],
        parents={choice.id: (row, choice) for row in every for choice in row.choices},
        counts=queries.answer_counts(edition),
        categories={row.id: row for row in categories_of(edition)},
        stage_words=STAGE_WORDS,
        kinds=KINDS,
        new_key=new_key,
        consent=queries.consent_texts(edition),
    )


@bp.route("/office/e/<edition>/questions/new", methods=["GET", "POST"])
@may("editions.manage")
def new(edition: Edition) -> ResponseReturnValue:
    form = QuestionForm(edition, categories_of(edition), possible_conditions(edition, None))
    if not form.is_submitted():
        form.begin(request.args.get("kind", ""), request.args.get("stage", ""))
    if form.validate_on_submit():
        try:
            with transaction():
                row = operations.add_question(edition, form.facts(), key=key_of(form.key.data or ""), actor=actor())
                where = _place(row)
        except Refused as no:
            form.form_errors.append(no.message)
        else:
            flash(_("The question is added."), "success")
            return redirect(where, 303)
    return render_template("registrations/questions/edit.html", edition=edition, form=form, row=None, answers=0)


@bp.route("/office/e/<edition>/questions/<int:question_id>", methods=["GET", "POST"])
@may("editions.manage")
def edit(edition: Edition, question_id: int) -> ResponseReturnValue:
    row = row_of(edition, Question, question_id)
    form = QuestionForm(edition, categories_of(edition), possible_conditions(edition, row))
    if not form.is_submitted():
        form.fill(row, queries.picks(row))
    if form.validate_on_submit():
        try:
            with transaction():
                operations.change_question(row, form.facts(), seen=form.revision, actor=actor())
                where, answers = _place(row), queries.count_answers(row)
        except Refused as no:
            form.form_errors.append(no.message)
        else:
            flash(_saved(answers), "success")
            return redirect(where, 303)
    return render_template(
        "registrations/questions/edit.html",
        edition=edition,
        form=form,
        row=row,
        answers=queries.count_answers(row),
        history=history(row)[::-1],
    )


@bp.post("/office/e/<edition>/questions/<int:question_id>/copies")
@may("editions.manage")
def copy(edition: Edition, question_id: int) -> ResponseReturnValue:
    key = key_of(request.form.get("key", "") or new_key())

    def work(row: Question) -> Question:
        return operations.copy_question(row, key=key, actor=actor())

    return _do(edition, question_id, work, _("The question is copied. Change the copy as you need it."))


@bp.post("/office/e/<edition>/questions/<int:question_id>/archival")
@may("editions.manage")
def archive(edition: Edition, question_id: int) -> ResponseReturnValue:
    done = _("The question is asked no more. Its answers stay in lists and exports.")
    return _do(edition, question_id, lambda row: operations.archive(row, actor=actor()), done)


@bp.post("/office/e/<edition>/questions/<int:question_id>/restoration")
@may("editions.manage")
def restore(edition: Edition, question_id: int) -> ResponseReturnValue:
    done = _("The question is asked again.")
    return _do(edition, question_id, lambda row: operations.restore(row, actor=actor()), done)


@bp.post("/office/e/<edition>/questions/<int:question_id>/position")
@may("editions.manage")
def move(edition: Edition, question_id: int) -> ResponseReturnValue:
    by = -1 if request.form.get("by") == "-1" else 1
    return _do(edition, question_id, lambda row: operations.move(row, by, actor=actor()), "")


@bp.post("/office/e/<edition>/questions/order")
@may("editions.manage")
def order(edition: Edition) -> ResponseReturnValue:
    """The whole order of a stage, as it was dragged: ids with spaces between them."""
    stage = request.form.get("stage", "")
    if stage not in STAGES:
        abort(400)
    ids = [int(one) for one in re.findall(r"\b[0-9]{1,9}\b", request.form.get("order", "")[:5_000])]
    with transaction():
        operations.arrange(edition, stage, ids, actor=actor())
    return redirect(url_for("questions.listing", edition=edition.slug, _anchor=stage), 303)


@bp.get("/office/e/<edition>/questions/preview")
@may("editions.manage")
def preview(edition: Edition) -> ResponseReturnValue:
    """The questions as a guest of ?category= sees them in ?lang=; nothing can be sent."""
    categories = categories_of(edition)
    stage = request.args.get("stage", "")
    first = categories[0] if categories else None
    chosen = next((row for row in categories if str(row.id) == request.args.get("category")), first)
    stage = stage if stage in STAGES else "registration"
    asked = QuestionFields(FlaskForm(), edition, stage=stage, category_id=chosen.id if chosen is not None else None)
    return render_template(
        "registrations/questions/preview.html",
        edition=edition,
        asked=asked,
        categories=categories,
        chosen=chosen,
        stage=stage,
        stage_words=STAGE_WORDS,
    )


@bp.route("/office/e/<edition>/questions/copying", methods=["GET", "POST"])
@may("editions.manage")
def copy_from(edition: Edition) -> ResponseReturnValue:
    sources = queries.editions_with_questions(edition)
    form = CopyForm(sources)
    if form.validate_on_submit():
        source = next(row for row in sources if row.id == form.source.data)
        with transaction():
            added = operations.copy_questions(source, edition, actor=actor())
        said = ngettext("%(num)s question is copied.", "%(num)s questions are copied.", added)
        flash(said if added else _("All of its questions are here already."), "success" if added else "info")
        return redirect(url_for("questions.listing", edition=edition.slug), 303)
    return render_template("registrations/questions/copy.html", edition=edition, form=form, sources=sources)


@bp.get("/office/e/<edition>/questions.csv")
@may("editions.manage")
def as_csv(edition: Edition) -> ResponseReturnValue:
    rows = questionnaire(queries.questions_of(edition, archived=None), categories_of(edition), language())
    headers = {"Content-Disposition": f"attachment; filename={edition.slug}-questions.csv"}
    return Response(csv.lines(rows), content_type="text/csv; charset=utf-8", headers=headers)


@bp.route("/office/e/<edition>/questions/consent", methods=["GET", "POST"])
@may("editions.manage")
def edit_consent(edition: Edition) -> ResponseReturnValue:
    texts = queries.consent_texts(edition)
    form = ConsentForm()
    if not form.is_submitted():
        now_asked = texts[0].text if texts else consent.house_text()
        form.text_zh.data, form.text_en.data = now_asked.zh, now_asked.en
        form.seen.data = str(texts[0].version) if texts else "0"
    if form.validate_on_submit():
        try:
            with transaction():
                version = consent.write_consent(edition, form.text, seen=form.version, actor=actor()).version
        except Refused as no:
            form.form_errors.append(no.message)
        else:
            flash(_("Version %(version)s is asked from now on.", version=version), "success")
            return redirect(url_for("questions.edit_consent", edition=edition.slug), 303)
    return render_template(
        "registrations/questions/consent.html",
        edition=edition,
        form=form,
        texts=queries.consent_texts(edition),
        house=consent.house_text(),
        counts=queries.consent_counts(edition),
    )


def _do(edition: Edition, question_id: int, work: Callable[[Question], object], done: str) -> ResponseReturnValue:
    """Do one thing with a question and go back to it in the list."""
    row = row_of(edition, Question, question_id)
    try:
        with transaction():
            outcome = work(row)
            where = _place(outcome if isinstance(outcome, Question) else row)
    except Refused as no:
        flash(no.message, "danger")
        return redirect(url_for("questions.listing", edition=edition.slug, _anchor=f"question-{question_id}"), 303)
    if done:
        flash(done, "success")
    return redirect(where, 303)


def _place(row: Question) -> str:
    """Where a question stands in the list."""
    return url_for("questions.listing", edition=row.edition.slug, _anchor=f"question-{row.id}")


def _saved(answers: int) -> str:
    if not answers:
        return str(_("Saved. Nobody has answered this question yet."))
    return str(ngettext("Saved. %(num)s answer stays as it is.", "Saved. %(num)s answers stay as they are.", answers))
