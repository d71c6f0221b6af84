"""The office prints, the door prints one, an attendee takes a ticket or a certificate, and anybody checks one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from secrets import token_hex

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select

from forums.activity.models import Actor
from forums.clock import now
from forums.documents.render import csv
from forums.documents.render.apart import typeset_long
from forums.documents.render.sheet import as_xlsx
from forums.documents.sending import send
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db, limiter
from forums.registrations.badges import operations, queries, setting
from forums.registrations.badges.forms import CodeForm, OneBadgeForm, PrintForm, WithdrawForm
from forums.registrations.badges.models import BadgePrint, Certificate, PrintRun
from forums.registrations.badges.papers import BADGES, FIRST, LANGUAGES, PAPERS, alone
from forums.registrations.checkin.queries import days_of
from forums.registrations.emails import facts_of
from forums.registrations.lists import selection
from forums.registrations.models import Registration, State, clean_reference
from forums.registrations.queries import categories_of, tally
from forums.registrations.tickets import ticket_pdf
from forums.transaction import settle, transaction
from forums.web import navigation
from forums.web.addresses import LARGEST_ID
from forums.web.guards import actor, capability, capability_row, may, public
from forums.web.language import language
from forums.web.paging import page_of

bp = Blueprint("badges", __name__)
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
PDF = "application/pdf"
MOST_DAYS = 5  # columns to sign in that fit on a sheet


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
    row = _run(edition, run_id)
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
    return send(_run(edition, run_id).document or abort(404))


@bp.post("/office/e/<edition>/badges/runs/<int:run_id>/void")
@may("registrations.manage")
def void(edition: Edition, run_id: int) -> ResponseReturnValue:
    with transaction():
        operations.void_run(_run(edition, run_id), actor=actor())
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
    return _csv(_print_rows(edition), f"{edition.slug}-badge-prints")


@bp.get("/office/e/<edition>/badges/prints.xlsx")
@may("registrations.manage")
def prints_xlsx(edition: Edition) -> ResponseReturnValue:
    return _xlsx(_print_rows(edition), f"{edition.slug}-badge-prints")


@bp.route("/office/e/<edition>/registrations/<int:row_id>/badge-prints", methods=["GET", "POST"])
@may("checkin")
def print_one(edition: Edition, row_id: int) -> ResponseReturnValue:
    """One badge, at the door or in the office; printed again, it asks why."""
    row = _registration(edition, row_id)
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
    row = _registration(edition, row_id)
    made = db.session.get(BadgePrint, print_id)
    if made is None or made.registration_id != row.id:
        abort(404)
    content = setting.badge_pdf(made, PAPERS.get(made.paper, PAPERS[FIRST]))
    return _pdf(content, f"badge-{row.reference}.pdf")


@bp.get("/office/e/<edition>/sign-in-sheet")
@may("checkin")
def sheet(edition: Edition) -> ResponseReturnValue:
    """How the sheet for the desk is printed (签到表): by category or initial, for all days or for one."""
    return render_template(
        "registrations/badges/sheet.html",
        edition=edition,
        days=days_of(edition),
        expected=tally(edition)["confirmed"],
        most_days=MOST_DAYS,
    )


@bp.get("/office/e/<edition>/sign-in-sheet.pdf")
@may("checkin")
def sheet_pdf(edition: Edition) -> ResponseReturnValue:
    """?by=category|initial|name &day= : everybody who holds a place, with room to sign for each day."""
    days = days_of(edition)
    chosen = [day for day in days if day.isoformat() == request.args.get("day", "")] or days[:MOST_DAYS]
    by = request.args.get("by", "")
    rows = db.session.scalars(queries.candidates(edition, sort="name")).all()
    at = now()
    data = setting.sign_in_sheet(rows, edition, chosen, by=by, spoken=language(), at=at)
    content = typeset_long("sheet.typ", data, issued=at, pieces=len(rows) // 4)
    return _pdf(content, f"sign-in-sheet-{edition.slug}.pdf")


@bp.get("/office/e/<edition>/registrations/<int:row_id>/ticket.pdf")
@may("registrations.manage")
def ticket(edition: Edition, row_id: int) -> ResponseReturnValue:
    return _ticket(_registration(edition, row_id))


@bp.get("/my/registration/<token>/ticket.pdf")
@capability("registration")
def my_ticket(token: str) -> ResponseReturnValue:
    return _ticket(capability_row("registration", token, Registration))


@bp.post("/office/e/<edition>/registrations/<int:row_id>/certificate")
@may("registrations.manage")
def issue(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = _registration(edition, row_id)
    try:
        with transaction():
            number = operations.issue_one(row, actor=actor()).full_number
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("Certificate %(number)s is issued.", number=number), "success")
    return redirect(url_for("registrations.show", edition=edition.slug, row_id=row_id), 303)


@bp.get("/office/e/<edition>/registrations/<int:row_id>/certificate.pdf")
@may("registrations.manage")
def certificate(edition: Edition, row_id: int) -> ResponseReturnValue:
    return _certificate(_registration(edition, row_id), "both")


@bp.post("/my/registration/<token>/certificate")
@capability("registration")
def issue_mine(token: str) -> ResponseReturnValue:
    """Issue the certificate of who came, once the event is over, and hand it out."""
    row = capability_row("registration", token, Registration)
    if not operations.is_over(row.edition):
        abort(404)
    try:
        with transaction():
            operations.issue_one(row, actor=Actor.guest(row.name))
    except Refused as no:
        flash(no.message, "danger")
        return redirect(url_for("registrations.mine", token=token), 303)
    return redirect(url_for("badges.my_certificate", token=token), 303)


@bp.get("/my/registration/<token>/certificate.pdf")
@capability("registration")
def my_certificate(token: str) -> ResponseReturnValue:
    row = capability_row("registration", token, Registration)
    return _certificate(row, "both")


@bp.get("/office/e/<edition>/certificates")
@may("registrations.manage")
def certificates(edition: Edition) -> ResponseReturnValue:
    """The register of certificates, withdrawn ones too."""
    return render_template(
        "registrations/badges/certificates.html", edition=edition, page=page_of(queries.certificates(edition))
    )


@bp.get("/office/e/<edition>/certificates.csv")
@may("registrations.manage")
def certificates_csv(edition: Edition) -> ResponseReturnValue:
    return _csv(_certificate_rows(edition), f"{edition.slug}-certificates")


@bp.get("/office/e/<edition>/certificates.xlsx")
@may("registrations.manage")
def certificates_xlsx(edition: Edition) -> ResponseReturnValue:
    return _xlsx(_certificate_rows(edition), f"{edition.slug}-certificates")


@bp.route("/office/e/<edition>/certificates/<int:certificate_id>/withdrawal", methods=["GET", "POST"])
@may("registrations.manage")
def withdraw(edition: Edition, certificate_id: int) -> ResponseReturnValue:
    row = db.session.get(Certificate, certificate_id)
    if row is None or row.edition_id != edition.id:
        abort(404)
    form = WithdrawForm()
    if form.validate_on_submit():
        with transaction():
            operations.withdraw(row, reason=form.reason.data or "", actor=actor())
        flash(_("Certificate %(number)s is withdrawn.", number=row.full_number), "success")
        return redirect(url_for("badges.certificates", edition=edition.slug), 303)
    return render_template("registrations/badges/withdraw.html", edition=edition, row=row, form=form)


@bp.get("/certificates")
@limiter.limit("60/minute")
@public
def verify() -> ResponseReturnValue:
    """?code= : whether a certificate is genuine. It tells what stands on the paper, with the name masked."""
    form = CodeForm(request.args)
    typed = (form.code.data or "").strip()
    code = clean_reference(typed[:40]) if typed else None
    found = queries.certificate_by_code(code) if code else None
    page = render_template(
        "registrations/badges/verify.html",
        form=form,
        typed=typed[:40],
        certificate=found,
        name=setting.masked(found.name) if found else "",
    )
    return page, 404 if typed and found is None else 200


def _ticket(row: Registration) -> Response:
    if not row.is_confirmed:
        abort(404)
    return _pdf(ticket_pdf(facts_of(row), row.language), f"ticket-{row.reference}.pdf")


def _certificate(row: Registration, spoken: str) -> Response:
    made = queries.certificate_of(row) or abort(404)
    return _pdf(setting.certificate_pdf(made, spoken), f"certificate-{made.full_number}.pdf")


def _pdf(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "private, no-cache"}
    return Response(content, mimetype=PDF, headers=headers)


def _csv(rows: Iterator[list[str]], stem: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename={stem}.csv"}
    return Response(stream_with_context(csv.lines(rows)), content_type="text/csv; charset=utf-8", headers=headers)


def _xlsx(rows: Iterator[list[str]], stem: str) -> Response:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    headers = {"Content-Disposition": f"attachment; filename={stem}.xlsx"}
    return Response(as_xlsx(rows, now()), content_type=kind, headers=headers)


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
            _moment(row.at, edition),
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


def _certificate_rows(edition: Edition) -> Iterator[list[str]]:
    yield [
        _("Number"),
        _("Code"),
        _("Name"),
        _("Organisation"),
        _("Days attended"),
        _("Issued at"),
        _("Issued by"),
        _("Withdrawn at"),
        _("Withdrawn by"),
        _("Reason"),
    ]
    for row in db.session.scalars(queries.certificates(edition).execution_options(yield_per=500)):
        yield [
            row.full_number,
            row.code,
            row.name,
            row.organisation,
            " ".join(row.days),
            _moment(row.issued_at, edition),
            row.issued_by,
            _moment(row.withdrawn_at, edition),
            row.withdrawn_by,
            row.reason,
        ]


def _moment(value: datetime | None, edition: Edition) -> str:
    return value.astimezone(edition.tz).strftime("%Y-%m-%d %H:%M") if value else ""


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


def _registration(edition: Edition, row_id: int) -> Registration:
    row = db.session.get(Registration, row_id)
    if row is None or row.edition_id != edition.id:
        abort(404)
    return row


def _run(edition: Edition, run_id: int) -> PrintRun:
    row = db.session.get(PrintRun, run_id)
    if row is None or row.edition_id != edition.id:
        abort(404)
    return row
