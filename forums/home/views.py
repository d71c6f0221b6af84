from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from forums.editions.models import Edition, Series
from forums.editions.queries import editions_for
from forums.home import queries
from forums.home.steps import Step, next_steps
from forums.web.guards import account, public, signed_in
from forums.web.paging import page_of

bp = Blueprint("home", __name__)

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

    label: Any
    url: str
    is_current: bool


@bp.app_template_global()
def edition_pages(edition: Edition) -> list[EditionPage]:
    here = (request.endpoint or "").split(".")[0]
    return [
        EditionPage(label, url_for(endpoint, edition=edition.slug), here == endpoint.split(".")[0])
        for label, endpoint in _EDITION_PAGES
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
    return render_template("home/edition.html", edition=edition)


@bp.get("/office/")
@signed_in
def office() -> ResponseReturnValue:
    """Where each role finds its next step."""
    reader = account() or abort(403)
    return render_template(
        "home/office.html",
        steps=[(step, _place(step)) for step in next_steps(reader)],
        page=page_of(editions_for(reader, "editions.manage"), per=20),
    )


# Where each kind of step is taken.
_PLACES = {
    "check_in": "registrations.door",
    "verify": "agreements.queue",
    "approve": "agreements.queue",
    "returned": "agreements.index",
    "pending": "registrations.listing",
    "halls": "editions.show",
    "publish": "editions.show",
}


def _place(step: Step) -> str:
    endpoint = _PLACES[step.kind]
    return url_for(endpoint, edition=step.edition.slug) if endpoint in current_app.view_functions else ""
