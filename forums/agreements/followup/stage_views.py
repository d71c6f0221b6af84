"""Pages that move a project's stage."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.activity.models import Actor
from forums.agreements.blueprint import word_of
from forums.agreements.followup import queries, stages
from forums.agreements.followup.blueprint import begun, bp, form_page, found, kept, page_of_project, sees
from forums.agreements.followup.forms import StageForm
from forums.agreements.followup.ladder import ASIDE, ENDED, ORDER, STAGES, kind_of
from forums.agreements.followup.models import StageChange
from forums.agreements.forms import typed_version
from forums.agreements.models import Project
from forums.documents.sending import send
from forums.documents.shelf import FileMissing
from forums.editions.models import Series
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from forums.web.guards import actor, may


@bp.route("/office/series/<series>/projects/<int:project_id>/stage", methods=["GET", "POST"])
@may("agreements.draft")
def stage(series: Series, project_id: int) -> ResponseReturnValue:
    """Move the project on, aside or back; ?to= chooses."""
    row = found(series, project_id)

    def fresh() -> StageForm:
        project = found(series, project_id)
        now, past = StageForm(formdata=None), queries.Past.of(project)
        now.to.choices = _choices(project, past.standing(project))
        now.version.data, now.on.data = str(past.latest_id), queries.today_of(project)
        asked = request.args.get("to", "")
        now.to.data = asked if asked in STAGES else _next(project, past.standing(project))
        return now

    form = begun(fresh)

    def save(locked: Project, who: Actor) -> str:
        document = kept(form.evidence.arrival, series, who)
        wanted = stages.Move(form.to.data, form.on.data, form.reason.data or "", document)
        change = stages.move(locked, wanted, seen=form.seen, key=form.key.data, actor=who)
        if change.state == "proposed":
            return str(_("Proposed. It takes effect when another person confirms it."))
        return str(_("The stage is %(stage)s now.", stage=word_of("stages", change.to_stage)))

    return form_page(
        series,
        row,
        form,
        title=_("Change the stage"),
        save=save,
        fresh=fresh,
        anchor="stage",
        note=_("Stage: %(stage)s", stage=word_of("stages", row.stage)),
    )


Answer = Callable[..., StageChange]


@bp.post("/office/series/<series>/projects/<int:project_id>/reversal/confirmation")
@may("agreements.draft")
def confirm(series: Series, project_id: int) -> ResponseReturnValue:
    return _answered(series, project_id, stages.confirm, _("Confirmed. The project is back in that stage."))


@bp.post("/office/series/<series>/projects/<int:project_id>/reversal/refusal")
@may("agreements.draft")
def decline(series: Series, project_id: int) -> ResponseReturnValue:
    return _answered(series, project_id, stages.decline, _("Declined. The stage stays as it was."))


@bp.post("/office/series/<series>/projects/<int:project_id>/reversal/withdrawal")
@may("agreements.draft")
def withdraw(series: Series, project_id: int) -> ResponseReturnValue:
    return _answered(series, project_id, stages.withdraw, _("Withdrawn. The stage stays as it was."))


@bp.get("/office/series/<series>/projects/<int:project_id>/stages/<int:change_id>/evidence")
@may("outcomes.read")
def stage_evidence(series: Series, project_id: int, change_id: int) -> ResponseReturnValue:
    """What shows the change, as a download. It may name amounts, so it is as confidential as they are."""
    row, change = found(series, project_id), db.session.get(StageChange, change_id)
    if change is None or change.project_id != row.id or change.document is None or not sees(row):
        abort(404)
    try:
        return send(change.document)
    except FileMissing:
        abort(404)


def _answered(series: Series, project_id: int, answer: Answer, done: str) -> ResponseReturnValue:
    who: Actor = actor()
    try:
        with transaction():
            answer(found(series, project_id, for_change=True), seen=typed_version(request.form.get("seen")), actor=who)
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(done, "success")
    return page_of_project(series.slug, project_id, "stage")


def _choices(row: Project, standing: str) -> list[tuple[str, str]]:
    """Every stage with what going there needs; the present one only for a form that is sent again."""
    notes = {"skip": _("a reason"), "aside": _("a reason"), "reversal": _("a reason and a second person")}
    chosen = []
    for code in (*ORDER, *ASIDE):
        if code == row.stage and request.method == "POST":
            chosen.append((code, word_of("stages", code)))
        elif code != row.stage:
            note = notes.get(kind_of(row.stage, standing, code))
            name = word_of("stages", code)
            chosen.append((code, f"{name} ({note})" if note else name))
    return chosen


def _next(row: Project, standing: str) -> str:
    """The stage that comes after the present one, or where a paused project goes on."""
    if row.stage not in ORDER:
        return standing if row.stage not in ENDED else ORDER[0]
    return ORDER[min(ORDER.index(standing) + 1, len(ORDER) - 1)]
