"""Projects of a series: their list, their page with signings and ledger, duplicates, and the segments they count by."""

from __future__ import annotations

from collections.abc import Iterable

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.activity.queries import history
from forums.agreements import drafting, queries, review
from forums.agreements.blueprint import bp, late_words, sees_amounts
from forums.agreements.duplicates.operations import decide
from forums.agreements.forms import DuplicateForm, ProjectForm, SegmentForm, pair, printable, typed_version
from forums.agreements.models import Project
from forums.agreements.vocabularies.operations import Line, state_of
from forums.agreements.vocabularies.queries import used_segments
from forums.editions.models import Series
from forums.errors import Refused
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, can, may
from forums.web.language import language
from forums.web.paging import page_of

navigation.add("series", _l("Projects"), "agreements.projects", "outcomes.read", icon="agreement", order=20)
navigation.add("series", _l("Segments"), "agreements.segments", "agreements.draft", icon="list", order=40)


@bp.get("/office/series/<series>/projects")
@may("outcomes.read")
def projects(series: Series) -> ResponseReturnValue:
    search = printable(request.args.get("q", "")) or ""
    page = page_of(queries.projects_of(series, words=search))
    return render_template("agreements/projects.html", series=series, page=page, search=search)


@bp.get("/office/series/<series>/projects/<int:project_id>")
@may("outcomes.read")
def project(series: Series, project_id: int) -> ResponseReturnValue:
    return _project_page(series, _found(series, project_id))


@bp.route("/office/series/<series>/projects/<int:project_id>/facts", methods=["GET", "POST"])
@may("agreements.draft")
def change_project(series: Series, project_id: int) -> ResponseReturnValue:
    row = _found(series, project_id)
    form = ProjectForm()
    form.offer_words(language(), queries.segments_of(series), row)
    if not form.is_submitted():
        form.fill(row)
    if form.validate_on_submit():
        try:
            with transaction():
                row = _found(series, project_id, for_change=True)
                drafting.change_project(
                    row,
                    form.project_facts(),
                    version=typed_version(form.version.data),
                    actor=actor(),
                    reviewing=can("agreements.review", series),
                    sees_confidential=can("amounts.confidential", series),
                )
        except drafting.ChangedMeanwhile:
            row = _found(series, project_id)
            now = ProjectForm(formdata=None)
            now.offer_words(language(), queries.segments_of(series), row)
            now.fill(row)
            form.merge(now)
            form.form_errors = [*form.form_errors, late_words(_last_to_change(row))]
        except Refused as no:
            form.form_errors = [*form.form_errors, no.message]
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("agreements.project", series=series.slug, project_id=project_id), 303)
    return render_template("agreements/project_form.html", series=series, row=row, form=form)


@bp.post("/office/series/<series>/projects/<int:project_id>/duplicate")
@may("agreements.review")
def set_aside(series: Series, project_id: int) -> ResponseReturnValue:
    """Decide that this project is another one signed again under another name."""
    row = _found(series, project_id)
    form = _duplicate_form(series, row)
    if not form.validate():
        return _project_page(series, row, form)
    try:
        with transaction():
            into = _found(series, int(form.into.data))
            decide(_found(series, project_id), into, "same", stands=into, reason=form.reason.data, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("Set aside. Its signings count for the project that it is the same as."), "success")
    return redirect(url_for("agreements.project", series=series.slug, project_id=project_id), 303)


@bp.post("/office/series/<series>/projects/<int:project_id>/restoration")
@may("agreements.review")
def restore(series: Series, project_id: int) -> ResponseReturnValue:
    _found(series, project_id)
    reason = printable(request.form.get("reason", "")) or _("Decided anew")
    try:
        with transaction():
            review.restore(_found(series, project_id), reason=reason, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("Restored. It counts by itself again."), "success")
    return redirect(url_for("agreements.project", series=series.slug, project_id=project_id), 303)


@bp.route("/office/series/<series>/segments", methods=["GET", "POST"])
@may("agreements.draft")
def segments(series: Series) -> ResponseReturnValue:
    form = SegmentForm()
    if form.validate_on_submit():
        try:
            with transaction():
                drafting.add_segment(series, pair(form, "name"), actor=actor())
        except Refused as no:
            form.form_errors = [*form.form_errors, no.message]
        else:
            flash(_("The segment is added."), "success")
            return redirect(url_for("agreements.segments", series=series.slug), 303)
    return segments_page(series, form)


def segments_page(series: Series, form: SegmentForm | None = None, typed: Iterable[Line] = ()) -> ResponseReturnValue:
    """The segments to change and to add to; `typed` are lines that were refused."""
    return render_template(
        "agreements/segments.html",
        series=series,
        rows=[(str(row.id), row, state_of(row)) for row in queries.segments_of(series)],
        counts=used_segments(series),
        typed={line.key: line for line in typed},
        form=form or SegmentForm(formdata=None),
    )


def _last_to_change(row: Project) -> str:
    return next((line.actor_label for line in reversed(history(row)) if line.action == "project.changed"), "")


def _found(series: Series, project_id: int, *, for_change: bool = False) -> Project:
    row = queries.project_in(series, project_id, for_change=for_change)
    if row is None:
        abort(404)
    return row


def _duplicate_form(series: Series, row: Project) -> DuplicateForm:
    others = [other for other in queries.choosable_projects(series) if other.id != row.id]
    return DuplicateForm(language=language(), projects=others)


def _project_page(series: Series, row: Project, form: DuplicateForm | None = None) -> ResponseReturnValue:
    credited = {
        (credit.row.agreement_id, credit.row.edition_id): credit
        for credit in queries.credited(series, reviews=queries.EVERY_STATE)
    }
    return render_template(
        "agreements/project.html",
        series=series,
        row=row,
        visible=sees_amounts(row),
        credited=credited,
        duplicates=queries.duplicates_of(row),
        form=form or _duplicate_form(series, row),
    )
