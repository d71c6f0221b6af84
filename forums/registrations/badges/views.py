"""Badges: the office prints a list in runs, and the door prints one."""

from __future__ import annotations

from collections.abc import Iterator
from secrets import token_hex

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select

from forums.documents.sending import send
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.registrations.badges import certificate_views, operations, paper_views, queries, setting
from forums.registrations.badges.blueprint import bp, csv_file, moment_there, pdf_file, xlsx_file
from forums.registrations.badges.forms import OneBadgeForm, PrintForm
from forums.registrations.badges.models import BadgePrint, PrintRun
from forums.registrations.badges.papers import BADGES, FIRST, LANGUAGES, PAPERS, alone
from forums.registrations.lists import selection
from forums.registrations.models import Registration, State
from forums.registrations.queries import categories_of
from forums.transaction import settle, transaction
from forums.web import navigation
from forums.web.addresses import LARGEST_ID
from forums.web.guards import actor, may, row_of
from forums.web.language import language
from forums.web.paging import page_of

__all__ = ["bp", "certificate_views", "paper_views"]

navigation.add(
    "edition",
    _l("Badges"),
    "badges.index",
    "registrations.manage",
    icon="ticket",
    order=44,
    under="registrations.listing",
)
selection.offer("badges.print_chosen", _l("Print …"), icon="ticket")
bp.add_app_template_global(queries.prints_of, "badge_prints")
bp.add_app_template_global(queries.certificate_of)
bp.add_app_template_global(queries.badge_state_of)
bp.add_app_template_global(queries.came_to)
bp.add_app_template_global(operations.is_over, "event_is_over")


@bp.get("/office/e/<edition>/badges")
@may("registrations.manage")
def index(edition: Edition) -> ResponseReturnValue:
    """?q=&category=&badge=&no_email=&sort= narrow the list that is printed."""
    return _index(edition, _fresh_form(edition))


@bp.post("/office/e/<edition>/badges")
@may("registrations.manage")
def print_list(edition: Edition) -> ResponseReturnValue:
    """Print those who are ticked, or everybody in the list that the address names."""
    form = PrintForm()
    if form.validate_on_submit():
        picked = selection.chosen(edition, request.form, nobody_is_everybody=True)
        rows = _asked_for(edition) if picked.ids is None else _holding(edition, picked)
        if started := _started(edition, form, queries.ids_of(rows, operations.MOST)):
            return started
    return _index(edition, form)


@bp.post("/office/e/<edition>/badges/chosen")
@may("registrations.manage")
def print_chosen(edition: Edition) -> ResponseReturnValue:
    """What the list of registrations chose: on which paper is asked here first, then it is printed."""
    try:
        picked = selection.chosen(edition, request.form)
    except Refused as no:
        flash(no.message, "warning")
        return redirect(url_for("registrations.listing", edition=edition.slug), 303)
    ids = queries.ids_of(_holding(edition, picked), operations.MOST)
    form = PrintForm() if "paper" in request.form else _fresh_form(edition)
    if "paper" in request.form and form.validate() and (started := _started(edition, form, ids)):
        return started
    return render_template(
        "registrations/badges/chosen.html", edition=edition, form=form, picked=picked, confirmed=len(ids)
    )


def _holding(edition: Edition, picked: selection.Chosen) -> Select[Registration]:
    """Those of the chosen who hold a place."""
    return picked.rows(edition).where(Registration.state == State.CONFIRMED)


def _fresh_form(edition: Edition) -> PrintForm:
    """The form with the paper that the address names, or else that of the last badges."""
    last, asked = queries.last_badge_run(edition), request.args.get("paper", "")
    return PrintForm(
        formdata=None,
        paper=asked if asked in PAPERS else last.paper if last else FIRST,
        language=last.language if last else "both",
        key=token_hex(16),
    )


def _started(edition: Edition, form: PrintForm, ids: list[int]) -> ResponseReturnValue | None:
    """On to the run that prints these; None where it is refused, and the page says why."""
    try:
        runs = settle(
            lambda: [
                row.id
                for row in operations.ask_for_prints(
                    edition,
                    ids,
                    paper=form.paper.data,
                    language=form.language.data,
                    reason=form.reason.data or "",
                    key=form.key.data or "",
                    actor=actor(),
                )
            ]
        )
    except operations.ReasonNeeded as no:
        form.reason.errors = [no.message]
    except Refused as no:
        flash(no.message, "danger")
    else:
        if len(runs) == 1:
            return redirect(url_for("badges.run", edition=edition.slug, run_id=runs[0]), 303)
        flash(_("So many are printed in %(n)d files, one after the other.", n=len(runs)), "success")
        return redirect(url_for("badges.runs", edition=edition.slug), 303)
    return None


def _index(edition: Edition, form: PrintForm) -> str:
    page = page_of(_asked_for(edition))
    last = queries.last_prints(page.items)
    return render_template(
        "registrations/badges/index.html",
        edition=edition,
        form=form,
        page=page,
        ticked=request.form.getlist("rows"),
        states={row.id: queries.badge_state(row, last.get(row.id)) for row in page.items},
        states_of_badges=queries.BADGE_STATES,
        tally=queries.badge_tally(edition),
        categories=categories_of(edition),
        papers=PAPERS,
        runs=page_of(queries.runs_of(edition), per=5).items if page.number == 1 else (),
    )


@bp.get("/office/e/<edition>/badges/sample.png")
@may("registrations.manage")
def sample(edition: Edition) -> ResponseReturnValue:
    """?paper=&language= : the badges that are the hardest to fit, as a picture."""
    paper = BADGES.get(request.args.get("paper", ""), BADGES[FIRST])
    asked = request.args.get("language", "")
    content = setting.sample(queries.hardest(edition), edition, paper, asked if asked in LANGUAGES else "both")
    return Response(content, mimetype="image/png", headers={"Cache-Control": "private, no-cache"})


@bp.get("/office/e/<edition>/badges/runs")
@may("registrations.manage")
def runs(edition: Edition) -> ResponseReturnValue:
    return render_template(
        "registrations/badges/runs.html", edition=edition, page=page_of(queries.runs_of(edition)), papers=PAPERS
    )


@bp.get("/office/e/<edition>/badges/runs/<int:run_id>")
@may("registrations.manage")
def run(edition: Edition, run_id: int) -> ResponseReturnValue:
    row = row_of(edition, PrintRun, run_id)
    return render_template(
        "registrations/badges/run.html",
        edition=edition,
        run=row,
        job=queries.job_of(row),
        papers=PAPERS,
        languages=LANGUAGES,
    )


@bp.get("/office/e/<edition>/badges/runs/<int:run_id>/file")
@may("registrations.manage")
def run_file(edition: Edition, run_id: int) -> ResponseReturnValue:
    return send(row_of(edition, PrintRun, run_id).document or abort(404))


@bp.post("/office/e/<edition>/badges/runs/<int:run_id>/void")
@may("registrations.manage")
def void(edition: Edition, run_id: int) -> ResponseReturnValue:
    with transaction():
        operations.void_run(row_of(edition, PrintRun, run_id), actor=actor())
    flash(_("These badges count as not printed."), "success")
    return redirect(url_for("badges.run", edition=edition.slug, run_id=run_id), 303)


@bp.get("/office/e/<edition>/badges/prints")
@may("registrations.manage")
def prints(edition: Edition) -> ResponseReturnValue:
    """Every badge that was printed; ?again=1 shows reprints alone."""
    return render_template(
        "registrations/badges/prints.html", edition=edition, page=page_of(_prints(edition)), papers=PAPERS
    )


@bp.get("/office/e/<edition>/badges/prints.csv")
@may("registrations.manage")
def prints_csv(edition: Edition) -> ResponseReturnValue:
    return csv_file(_print_rows(edition), f"{edition.slug}-badge-prints")


@bp.get("/office/e/<edition>/badges/prints.xlsx")
@may("registrations.manage")
def prints_xlsx(edition: Edition) -> ResponseReturnValue:
    return xlsx_file(_print_rows(edition), f"{edition.slug}-badge-prints")


@bp.route("/office/e/<edition>/registrations/<int:row_id>/badge-prints", methods=["GET", "POST"])
@may("checkin")
def print_one(edition: Edition, row_id: int) -> ResponseReturnValue:
    """One badge, at the door or in the office; printed again, it asks why."""
    row = row_of(edition, Registration, row_id)
    last = queries.last_badge_run(edition)
    paper, spoken = (alone(last.paper), last.language) if last else (FIRST, "both")
    form = OneBadgeForm(paper=paper, language=spoken)
    if form.validate_on_submit():
        try:
            print_id = settle(
                lambda: (
                    operations.print_badge(
                        row,
                        paper=form.chosen("paper", BADGES, paper),
                        language=form.chosen("language", LANGUAGES, spoken),
                        reason=form.reason.data or "",
                        key=form.key.data or None,
                        actor=actor(),
                    ).id
                )
            )
        except operations.ReasonNeeded as no:
            form.reason.errors = [no.message]
        except Refused as no:
            flash(no.message, "danger")
        else:
            return redirect(url_for("badges.printed", edition=edition.slug, row_id=row_id, print_id=print_id), 303)
    form.key.data = form.key.data or token_hex(16)
    return render_template(
        "registrations/badges/one.html",
        edition=edition,
        row=row,
        form=form,
        prints=queries.prints_of(row),
        papers=PAPERS,
    )


@bp.get("/office/e/<edition>/registrations/<int:row_id>/badge-prints/<int:print_id>.pdf")
@may("checkin")
def printed(edition: Edition, row_id: int, print_id: int) -> ResponseReturnValue:
    """The badge as it was noted, to be printed."""
    row = row_of(edition, Registration, row_id)
    made = db.session.get(BadgePrint, print_id)
    if made is None or made.registration_id != row.id:
        abort(404)
    content = setting.badge_pdf(made, PAPERS.get(made.paper, PAPERS[FIRST]))
    return pdf_file(content, f"badge-{row.reference}.pdf")


def _prints(edition: Edition) -> Select[BadgePrint]:
    return queries.prints(edition, again=request.args.get("again") == "1")


def _print_rows(edition: Edition) -> Iterator[list[str]]:
    yield [
        _("Printed at"),
        _("Reference"),
        _("Name"),
        _("Organisation"),
        _("Category"),
        _("Paper"),
        _("Why again"),
        _("Printed by"),
        _("Run"),
        _("Thrown away"),
    ]
    for row in db.session.scalars(_prints(edition).execution_options(yield_per=500)):
        yield [
            moment_there(row.at, edition),
            row.registration.reference,
            row.name,
            row.organisation,
            row.category.name.local(language()) if row.category else "",
            str(PAPERS[row.paper].label) if row.paper in PAPERS else row.paper,
            row.reason,
            row.by,
            str(row.run_id or ""),
            _("yes") if row.is_void else "",
        ]


def _asked_for(edition: Edition) -> Select[Registration]:
    args = request.args
    category = args.get("category", type=int)
    return queries.candidates(
        edition,
        words=args.get("q", "")[:200],
        category_id=category if category is None or 0 <= category <= LARGEST_ID else 0,
        badge=args.get("badge", ""),
        no_email=args.get("no_email") == "1",
        sort=args.get("sort", "")[:20],
    )
