"""Pages of the team and of what it does: next actions, visits, obstacles."""

from __future__ import annotations

from typing import TypeVar

from flask import abort, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from forums.accounts.models import Account
from forums.accounts.policy import allowed
from forums.activity.models import Actor
from forums.agreements.followup import queries, team
from forums.agreements.followup.blueprint import begun, bp, form_page, found, page_of_project
from forums.agreements.followup.forms import (
    ActionForm,
    DoneForm,
    MemberForm,
    ObstacleForm,
    OwnedForm,
    ResolvedForm,
    VisitForm,
)
from forums.agreements.followup.models import Entered, NextAction, Obstacle, TeamMember, Visit
from forums.agreements.followup.words import ROLES
from forums.agreements.models import Project
from forums.editions.models import Series
from forums.extensions import db
from forums.transaction import transaction
from forums.web.guards import account, actor, may
from forums.web.language import language

Row = TypeVar("Row", bound=Entered)


@bp.route("/office/series/<series>/projects/<int:project_id>/team/new", methods=["GET", "POST"])
@may("agreements.draft")
def join(series: Series, project_id: int) -> ResponseReturnValue:
    """Put somebody on the team; the first is proposed as its leader."""
    row = found(series, project_id)
    form = MemberForm()
    known = {str(one.id): one for one in _accounts(series)}
    form.role.choices = [(code, str(word)) for code, word in ROLES.items()]
    form.account.choices = [("", _("nobody with an account")), *((code, one.name) for code, one in known.items())]
    if not form.is_submitted():
        has_leader = any(member.role == "leader" for member in queries.team_of(row))
        form.role.data = "member" if has_leader else "leader"

    def save(locked: Project, who: Actor) -> str:
        accounts = {code: db.session.get_one(Account, one) for code, one in ids.items()}
        member = team.join(locked, form.facts(accounts), actor=who)
        return str(_("%(name)s is on the team.", name=member.name.local(language())))

    ids = {code: one.id for code, one in known.items() if code == form.account.data}
    return form_page(series, row, form, title=_("Somebody joins the team"), save=save, anchor="team")


@bp.post("/office/series/<series>/projects/<int:project_id>/team/<int:member_id>/departure")
@may("agreements.draft")
def leave(series: Series, project_id: int, member_id: int) -> ResponseReturnValue:
    found(series, project_id)
    with transaction():
        row = found(series, project_id, for_change=True)
        member = db.session.get(TeamMember, member_id)
        if member is None or member.project_id != row.id:
            abort(404)
        team.leave(row, member, actor=actor())
        name = member.name.local(language())
    flash(_("%(name)s has left the team.", name=name), "success")
    return page_of_project(series.slug, project_id, "team")


@bp.route("/office/series/<series>/projects/<int:project_id>/actions/new", methods=["GET", "POST"])
@may("agreements.draft")
def plan_action(series: Series, project_id: int) -> ResponseReturnValue:
    row = found(series, project_id)
    form = ActionForm()
    _offer_team(form, row)

    def save(locked: Project, who: Actor) -> str:
        team.plan_action(locked, form.facts, key=form.key.data, actor=who)
        return str(_("The next action is written down."))

    return form_page(series, row, form, title=_("Next action"), save=save, anchor="actions")


@bp.route("/office/series/<series>/projects/<int:project_id>/actions/<int:row_id>", methods=["GET", "POST"])
@may("agreements.draft")
def change_action(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    row = found(series, project_id)

    def fresh() -> ActionForm:
        now, shown = ActionForm(formdata=None), _entered(NextAction, found(series, project_id), row_id)
        _offer_team(now, found(series, project_id), shown.owner_id)
        now.fill(shown)
        now.version.data = str(shown.version)
        return now

    form = begun(fresh)

    def save(locked: Project, who: Actor) -> str:
        team.change_action(locked, _entered(NextAction, locked, row_id), form.facts, seen=form.seen, actor=who)
        return str(_("Saved."))

    return form_page(series, row, form, title=_("Change the next action"), save=save, fresh=fresh, anchor="actions")


@bp.route("/office/series/<series>/projects/<int:project_id>/actions/<int:row_id>/completion", methods=["GET", "POST"])
@may("agreements.draft")
def finish_action(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    row = found(series, project_id)
    shown = _entered(NextAction, row, row_id)

    def fresh() -> DoneForm:
        now = DoneForm(formdata=None)
        now.on.data = queries.today_of(found(series, project_id))
        now.version.data = str(_entered(NextAction, found(series, project_id), row_id).version)
        return now

    form = begun(fresh)

    def save(locked: Project, who: Actor) -> str:
        action = _entered(NextAction, locked, row_id)
        team.finish_action(locked, action, on=form.on.data, outcome=form.outcome.data or "", seen=form.seen, actor=who)
        return str(_("Done. What comes next?"))

    title = _("The action is done")
    return form_page(series, row, form, title=title, save=save, fresh=fresh, anchor="actions", note=shown.what)


@bp.route("/office/series/<series>/projects/<int:project_id>/visits/new", methods=["GET", "POST"])
@may("agreements.draft")
def record_visit(series: Series, project_id: int) -> ResponseReturnValue:
    row = found(series, project_id)
    form = VisitForm()
    if not form.is_submitted():
        form.on.data = queries.today_of(row)
        somebody = account()
        form.visitors.data = somebody.name if somebody else ""

    def save(locked: Project, who: Actor) -> str:
        team.record_visit(locked, form.facts, key=form.key.data, actor=who)
        return str(_("The visit is written down."))

    return form_page(series, row, form, title=_("Record a visit"), save=save, anchor="visits")


@bp.route("/office/series/<series>/projects/<int:project_id>/visits/<int:row_id>", methods=["GET", "POST"])
@may("agreements.draft")
def change_visit(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    row = found(series, project_id)

    def fresh() -> VisitForm:
        now, shown = VisitForm(formdata=None), _entered(Visit, found(series, project_id), row_id)
        now.fill(shown)
        now.version.data = str(shown.version)
        return now

    form = begun(fresh)

    def save(locked: Project, who: Actor) -> str:
        team.change_visit(locked, _entered(Visit, locked, row_id), form.facts, seen=form.seen, actor=who)
        return str(_("Saved."))

    return form_page(series, row, form, title=_("Change the visit"), save=save, fresh=fresh, anchor="visits")


@bp.route("/office/series/<series>/projects/<int:project_id>/obstacles/new", methods=["GET", "POST"])
@may("agreements.draft")
def report_obstacle(series: Series, project_id: int) -> ResponseReturnValue:
    row = found(series, project_id)
    form = ObstacleForm()
    _offer_team(form, row)
    if not form.is_submitted():
        form.found_on.data = queries.today_of(row)

    def save(locked: Project, who: Actor) -> str:
        team.report_obstacle(locked, form.facts, key=form.key.data, actor=who)
        return str(_("The obstacle is written down."))

    return form_page(series, row, form, title=_("Report an obstacle"), save=save, anchor="obstacles")


@bp.route("/office/series/<series>/projects/<int:project_id>/obstacles/<int:row_id>", methods=["GET", "POST"])
@may("agreements.draft")
def change_obstacle(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    row = found(series, project_id)

    def fresh() -> ObstacleForm:
        now, shown = ObstacleForm(formdata=None), _entered(Obstacle, found(series, project_id), row_id)
        _offer_team(now, found(series, project_id), shown.owner_id)
        now.fill(shown)
        now.version.data = str(shown.version)
        return now

    form = begun(fresh)

    def save(locked: Project, who: Actor) -> str:
        team.change_obstacle(locked, _entered(Obstacle, locked, row_id), form.facts, seen=form.seen, actor=who)
        return str(_("Saved."))

    return form_page(series, row, form, title=_("Change the obstacle"), save=save, fresh=fresh, anchor="obstacles")


@bp.route(
    "/office/series/<series>/projects/<int:project_id>/obstacles/<int:row_id>/resolution", methods=["GET", "POST"]
)
@may("agreements.draft")
def resolve_obstacle(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    row = found(series, project_id)
    shown = _entered(Obstacle, row, row_id)

    def fresh() -> ResolvedForm:
        now = ResolvedForm(formdata=None)
        now.on.data = queries.today_of(found(series, project_id))
        now.version.data = str(_entered(Obstacle, found(series, project_id), row_id).version)
        return now

    form = begun(fresh)

    def save(locked: Project, who: Actor) -> str:
        obstacle = _entered(Obstacle, locked, row_id)
        team.resolve_obstacle(locked, obstacle, on=form.on.data, how=form.how.data, seen=form.seen, actor=who)
        return str(_("The obstacle is gone."))

    title = _("The obstacle is gone")
    return form_page(series, row, form, title=title, save=save, fresh=fresh, anchor="obstacles", note=shown.problem)


def _entered(model: type[Row], project: Project, row_id: int) -> Row:
    row = queries.entered_in(model, project, row_id)
    return row if row is not None else abort(404)


def _offer_team(form: OwnedForm, project: Project, owner_id: int | None = None) -> None:
    """The team's people and units, and who owned it before even if they have left."""
    members = queries.team_of(project)
    if owner_id is not None and owner_id not in {member.id for member in members}:
        members = [*members, db.session.get_one(TeamMember, owner_id)]
    form.owner.choices = [("", _("nobody yet")), *((str(one.id), one.name.local(language())) for one in members)]


def _accounts(series: Series) -> list[Account]:
    """The active accounts that may read the series, by name."""
    rows = db.session.scalars(select(Account).where(Account.active).order_by(Account.name, Account.id))
    return [row for row in rows if allowed(row, "outcomes.read", series)]
