"""Pages of a project's milestones."""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.activity.models import Actor
from forums.agreements.blueprint import word_of
from forums.agreements.followup import milestones, queries
from forums.agreements.followup.blueprint import bp, form_page, found, kept, sees
from forums.agreements.followup.forms import MilestoneForm, VerdictForm
from forums.agreements.followup.ladder import ORDER
from forums.agreements.followup.milestones import Verdict
from forums.agreements.followup.models import Milestone
from forums.agreements.followup.words import MILESTONE_STATES, milestone_name
from forums.agreements.models import Project
from forums.documents.sending import send
from forums.documents.shelf import FileMissing
from forums.editions.models import Series
from forums.web.guards import may
from forums.web.language import language


@bp.route("/office/series/<series>/projects/<int:project_id>/milestones/new", methods=["GET", "POST"])
@may("agreements.draft")
def plan_milestone(series: Series, project_id: int) -> ResponseReturnValue:
    row = found(series, project_id)
    form = _milestone_form()
    if not form.is_submitted():
        standing = ORDER.index(queries.Past.of(row).standing(row))
        form.stage.data = ORDER[min(standing + 1, len(ORDER) - 1)]

    def save(locked: Project, who: Actor) -> str:
        milestones.plan(locked, form.facts, key=form.key.data, actor=who)
        return str(_("The milestone is set."))

    return form_page(series, row, form, title=_("Set a milestone"), save=save, anchor="milestones")


@bp.route("/office/series/<series>/projects/<int:project_id>/milestones/<int:row_id>", methods=["GET", "POST"])
@may("agreements.draft")
def change_milestone(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    row = found(series, project_id)
    shown = _milestone(row, row_id)
    form = _milestone_form()
    if not form.is_submitted():
        form.fill(shown)
        form.version.data = str(shown.version)

    def save(locked: Project, who: Actor) -> str:
        milestones.change(locked, _milestone(locked, row_id), form.facts, seen=form.seen, actor=who)
        return str(_("Saved."))

    return form_page(series, row, form, title=_("Change the milestone"), save=save, anchor="milestones")


@bp.route("/office/series/<series>/projects/<int:project_id>/milestones/<int:row_id>/verdict", methods=["GET", "POST"])
@may("agreements.draft")
def judge_milestone(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    """Say whether it was met, with evidence."""
    row = found(series, project_id)
    shown = _milestone(row, row_id)
    form = VerdictForm()
    form.state.choices = [(code, str(word)) for code, word in MILESTONE_STATES.items()]
    if not form.is_submitted():
        form.state.data = "met" if shown.state == "scheduled" else shown.state
        form.on.data, form.note.data = shown.met_on or queries.today_of(row), shown.note
        form.version.data = str(shown.version)

    def save(locked: Project, who: Actor) -> str:
        verdict = Verdict(form.state.data, form.on.data, form.note.data or "", kept(form.evidence.arrival, series, who))
        milestone = _milestone(locked, row_id)
        if milestones.judge(locked, milestone, verdict, seen=form.seen, actor=who):
            return str(_("Saved. The stage is %(stage)s now.", stage=word_of("stages", locked.stage)))
        return str(_("Saved."))

    return form_page(
        series,
        row,
        form,
        title=_("Was the milestone met?"),
        save=save,
        anchor="milestones",
        note=milestone_name(shown, language()),
    )


@bp.get("/office/series/<series>/projects/<int:project_id>/milestones/<int:row_id>/evidence")
@may("outcomes.read")
def milestone_evidence(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    """What shows that it was met, as a download; as confidential as the project's amounts."""
    row = found(series, project_id)
    shown = _milestone(row, row_id)
    if shown.document is None or not sees(row):
        abort(404)
    try:
        return send(shown.document)
    except FileMissing:
        abort(404)


def _milestone(project: Project, row_id: int) -> Milestone:
    row = queries.entered_in(Milestone, project, row_id)
    return row if row is not None else abort(404)


def _milestone_form() -> MilestoneForm:
    form = MilestoneForm()
    form.stage.choices = [("", _("no stage")), *((code, word_of("stages", code)) for code in ORDER)]
    return form
