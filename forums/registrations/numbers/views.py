from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forums.documents.render import csv
from forums.documents.render.pdf import png
from forums.documents.render.xlsx import xlsx
from forums.editions.models import Edition
from forums.editions.queries import previous_edition
from forums.extensions import db
from forums.registrations.models import Registration
from forums.registrations.numbers import writing
from forums.registrations.numbers.counting import MEASURES, is_part
from forums.registrations.numbers.queries import Numbers, days, numbers, people_behind
from forums.registrations.numbers.words import DEFINITIONS, MEASURE_WORDS
from forums.registrations.words import state_word
from forums.web import navigation
from forums.web.guards import can, may
from forums.web.language import language
from forums.web.paging import page_of_all

bp = Blueprint("numbers", __name__)
navigation.add(
    "edition",
    _l("In numbers"),
    "numbers.index",
    "registrations.manage",
    icon="chart",
    order=43,
    under="registrations.listing",
)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/office/e/<edition>/registrations/numbers")
@may("registrations.manage")
def index(edition: Edition) -> ResponseReturnValue:
    here, before = _both(edition)
    report = writing.write(here, before, language(), link=_people)
    return render_template("registrations/numbers/index.html", edition=edition, report=report, is_empty=not here.days)


@bp.get("/office/e/<edition>/registrations/numbers/people")
@may("registrations.manage")
def people(edition: Edition) -> ResponseReturnValue:
    """The people whom a number counts."""
    breakdown, part, measure = _asked_for()
    page = page_of_all(people_behind(edition, breakdown, part, measure))
    title = str(MEASURE_WORDS[measure])
    if breakdown:
        here, before = _both(edition)
        title = f"{writing.part_word(breakdown, part, here, before, language())} · {title}"
    return render_template(
        "registrations/numbers/people.html",
        edition=edition,
        page=page,
        rows=_registrations(page.items),
        title=title,
        definition=DEFINITIONS[measure],
    )


@bp.get("/office/e/<edition>/registrations/numbers/people.csv")
@may("registrations.manage")
def people_as_csv(edition: Edition) -> ResponseReturnValue:
    found = people_behind(edition, *_asked_for())
    return _csv(edition, "people", _listed(found))


@bp.get("/office/e/<edition>/registrations/numbers.csv")
@may("registrations.manage")
def as_csv(edition: Edition) -> ResponseReturnValue:
    here, before = _both(edition)
    return _csv(edition, "numbers", writing.rows(here, before, language()))


@bp.get("/office/e/<edition>/registrations/numbers/days.csv")
@may("registrations.manage")
def days_as_csv(edition: Edition) -> ResponseReturnValue:
    return _csv(edition, "days", writing.rows_by_day(days(edition)))


@bp.get("/office/e/<edition>/registrations/numbers.xlsx")
@may("registrations.manage")
def as_xlsx(edition: Edition) -> ResponseReturnValue:
    book = xlsx(writing.write(*_both(edition), language(), with_days=True))
    return Response(book, content_type=WORKBOOK, headers=_download(edition, "numbers.xlsx"))


@bp.get("/office/e/<edition>/registrations/numbers/<any(funnel, days):picture>.<any(svg, png):ending>")
@may("registrations.manage")
def picture(edition: Edition, picture: str, ending: str) -> ResponseReturnValue:
    """A picture of the page as a file, with the colours of paper."""
    here, before = _both(edition)
    chart = writing.funnel(here) if picture == "funnel" else writing.curve(here, before, language())
    headers = _download(edition, f"{picture}.{ending}")
    if ending == "png":
        return Response(png(chart), content_type="image/png", headers=headers)
    headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return Response(chart.svg, content_type="image/svg+xml", headers=headers)


def _both(edition: Edition) -> tuple[Numbers, Numbers | None]:
    """The numbers of the edition and of the one before it."""
    before = previous_edition(edition)
    return numbers(edition), numbers(before) if before else None


def _people(edition: Edition, breakdown: str, part: str, measure: str) -> str:
    """Where the people are listed, for who may see the list of that edition."""
    if not can("registrations.manage", edition):
        return ""
    by, of = (breakdown, part) if breakdown else (None, None)
    return url_for("numbers.people", edition=edition.slug, counted=measure, by=by, of=of)


def _asked_for() -> tuple[str, str, str]:
    """?by=&of=&counted= as breakdown, part and measure; 404 for what is none."""
    breakdown, part = request.args.get("by", ""), request.args.get("of", "")
    measure = request.args.get("counted", "registered")
    if measure not in MEASURES or (breakdown and not is_part(breakdown, part)):
        abort(404)
    return breakdown, part, measure


def _registrations(ids: Sequence[int]) -> list[Registration]:
    rows = select(Registration).where(Registration.id.in_(ids)).order_by(Registration.id)
    return list(db.session.scalars(rows.options(joinedload(Registration.category))))


def _listed(ids: list[int]) -> Iterator[list[str]]:
    yield [_("Reference"), _("Name"), _("Organisation"), _("Position or title"), _("Category"), _("State")]
    for first in range(0, len(ids), 500):
        for row in _registrations(ids[first : first + 500]):
            category = row.category.name.local(language())
            yield [row.reference, row.name, row.organisation, row.title, category, state_word(row.state)]


def _csv(edition: Edition, name: str, rows: Iterable[Iterable[object]]) -> Response:
    lines = stream_with_context(csv.lines(rows))
    return Response(lines, content_type="text/csv; charset=utf-8", headers=_download(edition, f"{name}.csv"))


def _download(edition: Edition, name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename={edition.slug}-{name}"}
