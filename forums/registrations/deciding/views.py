from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.clock import now
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.jobs.models import Job
from forums.registrations import waiting
from forums.registrations.deciding import operations, queries
from forums.registrations.deciding.forms import DecisionForm, RankForm, RefusalForm
from forums.registrations.lists import selection
from forums.registrations.lists.asked import LONGEST_WORDS, Asked
from forums.registrations.models import Registration, State
from forums.registrations.queries import categories_of, rank_of, tally
from forums.registrations.words import STATES
from forums.transaction import transaction
from forums.web import navigation
from forums.web.addresses import LARGEST_ID
from forums.web.guards import actor, may
from forums.web.paging import page_of

bp = Blueprint("deciding", __name__)
COLUMNS_OF_LINE = ("rank", "name", "organisation", "title", "email", "phone", "category", "reference", "created")
UNDER = {"under": "registrations.listing"}
navigation.add("edition", _l("Requests"), "deciding.requests", "registrations.manage", icon="inbox", order=41, **UNDER)
navigation.add("edition", _l("Waiting list"), "deciding.line", "registrations.manage", icon="clock", order=41, **UNDER)


@bp.route("/office/e/<edition>/registrations/requests", methods=["GET", "POST"])
@may("registrations.manage")
def requests(edition: Edition) -> ResponseReturnValue:
    """The undecided by age. A decision on the ticked ones, or on all that match the filter, becomes a job."""
    asked = replace(queries.PENDING, q=request.args.get("q", "")[:LONGEST_WORDS], category=_number("category"))
    form = DecisionForm()
    if form.validate_on_submit() and (begun := _decide_on_chosen(edition, form, State.PENDING)):
        return begun
    return render_template(
        "registrations/deciding/requests.html",
        edition=edition,
        page=page_of(queries.listed(edition, asked)),
        categories=categories_of(edition),
        **_choosing(edition, form, asked),
    )


def _decide_on_chosen(edition: Edition, form: DecisionForm, state: State) -> ResponseReturnValue | None:
    """On to the job that decides on the chosen; None where nothing is decided, and the form says why."""
    try:
        picked = selection.chosen(edition, request.form)
        ids = queries.chosen_ids(edition, picked, state, up_to=_number("up_to") or 0)
        with transaction():
            job = operations.decide_many(
                edition, ids, form.decision.data, reason=form.reason.data or "", actor=actor(), of=state
            )
    except Refused as no:
        form.decision.errors = [no.message]
        return None
    return redirect(url_for("deciding.decided", edition=edition.slug, job_id=job.id), 303)


def _choosing(edition: Edition, form: DecisionForm, asked: Asked) -> dict[str, object]:
    """What both lists need for their ticks and their bar."""
    return {
        "form": form,
        "asked": asked,
        "up_to": _number("up_to") or queries.latest_id(edition),
        "ticked": request.form.getlist("rows"),
        "reasons": queries.reasons_given(edition),
        "age": _age,
    }


@bp.get("/office/e/<edition>/registrations/decisions/<int:job_id>")
@may("registrations.manage")
def decided(edition: Edition, job_id: int) -> ResponseReturnValue:
    """How far a decision on many is, and what came of it."""
    job = db.session.get(Job, job_id)
    if job is None or job.edition_id != edition.id or job.kind != operations.DECIDE:
        abort(404)
    outcome = (job.result or {}).get("outcome", {})
    return render_template(
        "registrations/deciding/decided.html",
        edition=edition,
        job=job,
        outcome=outcome,
        of_line=job.params.get("of") == State.WAITLISTED,
    )


@bp.route("/office/e/<edition>/registrations/<int:row_id>/decision", methods=["GET", "POST"])
@may("registrations.manage")
def decision(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = _of_edition(edition, row_id)
    form = DecisionForm(decision=operations.DECLINE)
    if form.validate_on_submit():
        try:
            with transaction():
                operations.decide(row, form.decision.data, reason=form.reason.data or "", actor=actor())
        except Refused as no:
            flash(no.message, "danger")
        else:
            flash(_("%(name)s: %(state)s. A letter says so.", name=row.name, state=STATES[State(row.state)]), "success")
        return redirect(url_for("registrations.show", edition=edition.slug, row_id=row_id), 303)
    return render_template(
        "registrations/deciding/decline.html",
        edition=edition,
        row=row,
        form=form,
        reasons=queries.reasons_given(edition),
    )


@bp.route("/office/e/<edition>/registrations/waiting-list", methods=["GET", "POST"])
@may("registrations.manage")
def line(edition: Edition) -> ResponseReturnValue:
    """The waiting list in order, and the offers that nobody has answered. Those who are chosen can be declined."""
    form = RefusalForm()
    if form.validate_on_submit() and (begun := _decide_on_chosen(edition, form, State.WAITLISTED)):
        return begun
    return render_template(
        "registrations/deciding/line.html",
        edition=edition,
        page=page_of(queries.listed(edition, queries.WAITING)),
        offers=queries.open_offers(edition),
        tally=tally(edition),
        left=_left,
        **_choosing(edition, form, replace(queries.WAITING, columns=COLUMNS_OF_LINE)),
    )


@bp.route("/office/e/<edition>/registrations/<int:row_id>/rank", methods=["GET", "POST"])
@may("registrations.manage")
def rank(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = _of_edition(edition, row_id)
    form = RankForm(rank=rank_of(row))
    if form.validate_on_submit():
        try:
            with transaction():
                waiting.move_in_line(row, form.rank.data, reason=form.reason.data, actor=actor())
        except Refused as no:
            flash(no.message, "danger")
        else:
            flash(_("The order of the waiting list is changed."), "success")
        return redirect(url_for("deciding.line", edition=edition.slug), 303)
    return render_template("registrations/deciding/rank.html", edition=edition, row=row, form=form, rank=rank_of(row))


@bp.post("/office/e/<edition>/registrations/<int:row_id>/acceptance")
@may("registrations.manage")
def accept(edition: Edition, row_id: int) -> ResponseReturnValue:
    """Say yes to an offer for somebody who has called."""
    row = _of_edition(edition, row_id)
    try:
        with transaction():
            waiting.accept_offer(row, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("%(name)s has the place.", name=row.name), "success")
    return redirect(url_for("registrations.show", edition=edition.slug, row_id=row_id), 303)


def _number(name: str) -> int | None:
    """The number that the query names; one that no row can have is 0."""
    number = request.values.get(name, type=int)
    return number if number is None or 0 <= number <= LARGEST_ID else 0


def _of_edition(edition: Edition, row_id: int) -> Registration:
    return operations.row_of(edition.id, row_id) or abort(404)


def _age(row: Registration) -> str:
    """For how long somebody has been waiting, in words."""
    return str(format_timedelta(now() - row.created_at))


def _left(row: Registration) -> str:
    """How much time is left to accept an offer, in words; nothing when it is over."""
    left = (row.offer_until or now()) - now()
    return str(format_timedelta(left)) if left.total_seconds() > 0 else ""
