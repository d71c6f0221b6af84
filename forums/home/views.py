from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.agreements.followup.board import MOST_WAITING, to_check, waiting_for
from forums.clock import now
from forums.editions.models import Edition, Series
from forums.editions.operations import BeyondCalendar
from forums.editions.queries import all_series, editions_for
from forums.errors import Refused
from forums.home import queries
from forums.home.cloning import clone_edition, next_year
from forums.home.forms import CloneForm
from forums.home.steps import Step, next_steps
from forums.transaction import transaction
from forums.web.guards import account, actor, can, may, public, signed_in
from forums.web.paging import page_of

bp = Blueprint("home", __name__)

# Whoever may do one of these works on an edition.
_WORK = ("editions.manage", "registrations.manage", "checkin", "agreements.draft", "agreements.review", "outcomes.read")

# The public pages of an edition, in the order a reader wants them; those of rooms that are not there are left out.
_EDITION_PAGES = (
    (_l("Overview"), "home.edition"),
    (_l("Agenda"), "agenda.public"),
    (_l("Experts"), "experts.public"),
    (_l("Register"), "registrations.register"),
)


@dataclass(frozen=True)
class EditionPage:
    """A line of the menu below the site's head."""

    room: str
    label: Any
    url: str
    is_current: bool


@bp.app_template_global()
def edition_pages(edition: Edition) -> list[EditionPage]:
    here = (request.endpoint or "").split(".")[0]
    pages = [(endpoint.split(".")[0], label, endpoint) for label, endpoint in _EDITION_PAGES]
    return [
        EditionPage(room, label, url_for(endpoint, edition=edition.slug), here == room)
        for room, label, endpoint in pages
        if endpoint in current_app.view_functions
    ]


@bp.app_template_global()
def registration_page(edition: Edition) -> str:
    """Where a visitor registers; empty while that room is not there."""
    endpoint = _EDITION_PAGES[-1][1]
    return url_for(endpoint, edition=edition.slug) if endpoint in current_app.view_functions else ""


@bp.get("/")
@public
def front() -> ResponseReturnValue:
    return render_template("home/front.html", front=queries.front())


@bp.get("/series/<series>")
@public
def series(series: Series) -> ResponseReturnValue:
    return render_template("home/series.html", series=series, editions=queries.public_editions_of(series))


@bp.get("/e/<edition>/")
@public
def edition(edition: Edition) -> ResponseReturnValue:
    others = [row for row in queries.public_editions_of(edition.series) if row.id != edition.id]
    programme = queries.programme_of(edition)
    return render_template("home/edition.html", edition=edition, others=others, programme=programme)


@bp.get("/office/")
@signed_in
def office() -> ResponseReturnValue:
    """Where each role finds its next step."""
    reader, every = account() or abort(403), all_series()
    return render_template(
        "home/office.html",
        steps=[(step, place) for step in next_steps(reader) if (place := _place(step))],
        waiting=waiting_for(reader, every),
        checks=to_check(reader, every)[:MOST_WAITING],
        today=now().date(),
        page=page_of(editions_for(reader, *_WORK), per=20),
    )


@bp.route("/office/e/<edition>/next", methods=["GET", "POST"])
@may("editions.manage")
def clone(edition: Edition) -> ResponseReturnValue:
    """The draft of the next edition. It belongs to the series, so that is where one must be allowed."""
    if not can("editions.manage", edition.series):
        abort(403)
    form = CloneForm()
    if not form.is_submitted():
        form.starts_on.data = next_year(edition)
        form.title_zh.data, form.title_en.data = edition.title.zh, edition.title.en
        form.slug.data = f"{edition.series.slug}-{form.starts_on.data.year}"
    if form.validate_on_submit():
        try:
            with transaction():
                row = clone_edition(
                    edition,
                    slug=form.slug.data.strip(),
                    title=form.title,
                    starts_on=form.starts_on.data,
                    actor=actor(),
                )
        except Refused as no:
            (form.starts_on if isinstance(no, BeyondCalendar) else form.slug).errors = [no.message]
        else:
            flash(_("The draft is there. Look through its dates and halls, then publish it."), "success")
            return redirect(url_for("editions.show", edition=row.slug), 303)
    return render_template("home/clone.html", edition=edition, form=form)


# Where each kind of step is taken, and what to show there.
_PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "check_in": ("checkin.desk", {}),
    "verify": ("agreements.index", {"state": "queue"}),
    "approve": ("agreements.index", {"state": "queue"}),
    "returned": ("agreements.index", {"state": "returned"}),
    "pending": ("deciding.requests", {}),
    "halls": ("editions.show", {}),
    "programme": ("agenda.imports", {}),
    "publish": ("editions.show", {}),
}


def _place(step: Step) -> str:
    endpoint, shown = _PLACES[step.kind]
    return url_for(endpoint, edition=step.edition.slug, **shown) if endpoint in current_app.view_functions else ""
