"""Pages of a project's milestones."""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.activity.models import Actor
from forums.agreements.blueprint import word_of
from forums.agreements.followup import milestones, queries
from forums.agreements.followup.blueprint import begun, bp, form_page, found, kept, sees
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
    form = _offered(MilestoneForm())
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

    def fresh() -> MilestoneForm:
        shown = _milestone(found(series, project_id), row_id)
        now = _offered(MilestoneForm(formdata=None))
        now.fill(shown)
        now.version.data = str(shown.version)
        return now

    form = begun(fresh)

    def save(locked: Project, who: Actor) -> str:
        milestones.change(locked, _milestone(locked, row_id), form.facts, seen=form.seen, actor=who)
        return str(_("Saved."))

    return form_page(series, row, form, title=_("Change the milestone"), save=save, fresh=fresh, anchor="milestones")


@bp.route("/office/series/<series>/projects/<int:project_id>/milestones/<int:row_id>/verdict", methods=["GET", "POST"])
@may("agreements.draft")
def judge_milestone(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    """Say whether it was met, with evidence."""
    row = found(series, project_id)
    shown = _milestone(row, row_id)

    def fresh() -> VerdictForm:
        project = found(series, project_id)
        now, known = VerdictForm(formdata=None), _milestone(project, row_id)
        now.state.choices = [(code, str(word)) for code, word in MILESTONE_STATES.items()]
        now.state.data = "met" if known.state == "scheduled" else known.state
        now.on.data, now.note.data = known.met_on or queries.today_of(project), known.note
        now.version.data = str(known.version)
        return now

    form = begun(fresh)

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
        fresh=fresh,
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


def _offered(form: MilestoneForm) -> MilestoneForm:
    form.stage.choices = [("", _("no stage")), *((code, word_of("stages", code)) for code in ORDER)]
    return form
