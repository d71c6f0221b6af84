from __future__ import annotations

from operator import attrgetter

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_limiter.util import get_remote_address
from sqlalchemy import inspect

from forums import tokens
from forums.activity.models import Actor
from forums.clock import now
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import limiter
from forums.registrations import operations, queries, waiting
from forums.registrations.emails import facts_of
from forums.registrations.forms import DetailsForm, RegisterForm, SessionsForm
from forums.registrations.models import Category, Registration
from forums.registrations.offered import Offered, has_more, offered, sessions_to_change
from forums.registrations.questions import consent
from forums.registrations.questions.answering import open_stages
from forums.registrations.questions.blueprint import keep_files
from forums.registrations.questions.consent import version_of
from forums.registrations.questions.forms import QuestionFields
from forums.registrations.questions.queries import Asked, live_form, sheet
from forums.registrations.refusals import ChoiceRemoved, Full, RegistrationClosed
from forums.registrations.tickets import calendar_entry, ticket_png
from forums.registrations.wishes import Wishes, change_wishes
from forums.registrations.words import state_word
from forums.transaction import settle, transaction
from forums.web import kept, navigation
from forums.web.guards import actor, capability, capability_row, public
from forums.web.language import language

bp = Blueprint("registrations", __name__)
navigation.add("edition", _l("Registrations"), "registrations.listing", "registrations.manage", icon="people", order=40)
bp.add_app_template_filter(state_word, "registration_state")
# Everything that an edition's row says but how many places are taken.
_facts = attrgetter(*(column.key for column in inspect(Edition).column_attrs if column.key != "taken"))


def address_and_email() -> str:
    """Who sends the form: one visitor of an office has an allowance of their own behind the office's one address."""
    return f"{get_remote_address()}|{request.form.get('email', '')[:254].strip().lower()}"


@bp.route("/e/<edition>/register", methods=["GET", "POST"])
@limiter.limit("300/hour", methods=["POST"])
@limiter.limit("10/hour", key_func=address_and_email, methods=["POST"])
@public
def register(edition: Edition) -> ResponseReturnValue:
    return _form_page(edition, offered(edition))


@bp.route("/my/category/<token>", methods=["GET", "POST"])
@limiter.limit("300/hour", methods=["POST"])
@limiter.limit("10/hour", key_func=address_and_email, methods=["POST"])
@capability("category")
def register_invited(token: str) -> ResponseReturnValue:
    """The form of a by-invitation category, for whoever was given its link."""
    category = capability_row("category", token, Category)
    g.edition = category.edition
    if not category.edition.is_public:
        abort(404)
    return _form_page(category.edition, offered(category.edition, category))


def _form_page(edition: Edition, offer: Offered) -> ResponseReturnValue:
    if offer.state != "open":
        return render_template("registrations/closed.html", edition=edition, offer=offer)
    found = live_form(edition) if offer.asks else Asked([], None)
    if request.method != "POST" and not found:
        return kept.page(
            ("registrations.register", language(), edition.taken >= edition.capacity, offer, _facts(edition)),
            lambda: _page(edition, RegisterForm(offered=offer), None),
        )
    form = RegisterForm(offered=offer)
    if form.is_submitted() and form.website.data:
        return redirect(url_for("registrations.sent", edition=edition.slug), 303)
    asked = questions_in(edition, form, found)
    if form.validate_on_submit():
        try:
            return _registered(edition, form, asked)
        except Full as no:
            if not asked.complain(no):
                form.sessions.errors = [no.message]
        except ChoiceRemoved:
            pass  # said beside the question
        except RegistrationClosed as no:
            form.form_errors = [no.message]
    return _page(edition, form, asked)


def _page(edition: Edition, form: RegisterForm, asked: QuestionFields | None) -> str:
    return render_template("registrations/register.html", edition=edition, offer=form.offered, form=form, asked=asked)


def questions_in(edition: Edition, form: RegisterForm, found: Asked) -> QuestionFields:
    """The organiser's questions in the form, with the files that came; and the edition's own words of consent."""
    asked = QuestionFields(form, edition, found=found, category_id=form.category_id, offered=form.offered.categories)
    if found.consent is not None:
        form.ask_for(version_of(found.consent))
    keep_files(asked, edition)
    return asked


def _registered(edition: Edition, form: RegisterForm, asked: QuestionFields) -> ResponseReturnValue:
    """Where the person goes now. Raises Full when a place was lost at the last moment, and what was closed."""
    applicant = form.applicant(email=form.email.data, language=language())
    who = actor()

    def work() -> str:
        """Where the person goes from here, said while the rows are at hand."""
        category = queries.category_with_edition(form.category_id)
        if category is None and form.category_id is not None:
            raise RegistrationClosed(_("This category takes no registrations any more. Please choose another."))
        sessions = queries.sessions_by_id(edition, form.sessions.data or ())
        outcome = operations.register_visitor(
            edition,
            applicant,
            key=form.key.data or "",
            actor=who,
            category=category,
            wishes=Wishes(sessions, asked.given()),
            consent_version=form.asked_version,
        )
        if outcome.is_new or outcome.is_replay:
            return _private_address(outcome.registration)
        return url_for("registrations.sent", edition=edition.slug)

    return redirect(settle(work), 303)


@bp.get("/e/<edition>/register/sent")
@public
def sent(edition: Edition) -> ResponseReturnValue:
    """The answer to an address that is known already: it says nothing that only its owner should know."""
    return render_template("registrations/sent.html", edition=edition)


@bp.get("/my/registration/<token>")
@capability("registration")
def mine(token: str) -> ResponseReturnValue:
    row = _mine(token)
    asked, has_sessions = has_more(row.edition)
    return render_template(
        "registrations/mine.html",
        row=row,
        edition=row.edition,
        token=token,
        rank=queries.rank_of(row),
        answers=sheet(row, language()) if asked else [],
        open_stages=open_stages(row),
        consent_wanted=consent.wanted(row.edition) if row.is_live and not row.consent_version else None,
        offer_is_over=row.offer_until is not None and row.offer_until <= now(),
        has_sessions=bool(row.session_places) or has_sessions,
    )


@bp.route("/my/registration/<token>/details", methods=["GET", "POST"])
@capability("registration")
def change_mine(token: str) -> ResponseReturnValue:
    row = _mine(token)
    form = DetailsForm(obj=row)
    if form.validate_on_submit():
        try:
            with transaction():
                changed = operations.change(
                    row, form.applicant(email=row.email, language=row.language), actor=Actor.guest(row.name)
                )
        except Refused as no:
            flash(no.message, "danger")
        else:
            flash(
                _("Saved. We have written to you about the change.") if changed else _("Nothing was changed."),
                "success",
            )
        return redirect(url_for("registrations.mine", token=token), 303)
    return render_template("registrations/change_mine.html", row=row, edition=row.edition, token=token, form=form)


@bp.route("/my/registration/<token>/sessions", methods=["GET", "POST"])
@capability("registration")
def my_sessions(token: str) -> ResponseReturnValue:
    """Signing up for other sessions; those that are over, or hidden, stay as they are."""
    row = _mine(token)
    back = redirect(url_for("registrations.mine", token=token), 303)
    if not row.is_live:
        flash(_("This registration was cancelled; please register again."), "warning")
        return back
    offer = sessions_to_change(row)
    mine = {one.session_id for one in row.session_places}
    form = SessionsForm(sessions_offered=offer, data={"sessions": [each.id for each in offer if each.id in mine]})
    if form.validate_on_submit():
        kept_ones = mine - {each.id for each in offer}
        try:
            with transaction():
                wishes = Wishes(sessions=queries.sessions_by_id(row.edition, [*kept_ones, *(form.sessions.data or ())]))
                changed = change_wishes(row, wishes, actor=Actor.guest(row.name))
        except Refused as no:
            form.sessions.errors = [no.message]
        else:
            flash(_("Saved.") if changed else _("Nothing was changed."), "success")
            return back
    return render_template("registrations/my_sessions.html", row=row, edition=row.edition, token=token, form=form)


@bp.post("/my/registration/<token>/agreement")
@capability("registration")
def agree_mine(token: str) -> ResponseReturnValue:
    """Consent of somebody who did not fill in the form: a place was handed over, or the office registered them."""
    row = _mine(token)
    try:
        with transaction():
            consent.agree(row, request.form.get("version", ""), actor=Actor.guest(row.name))
    except Refused as no:
        flash(no.message, "warning")
    else:
        flash(_("Thank you. It is noted that you agree."), "success")
    return redirect(url_for("registrations.mine", token=token), 303)


@bp.post("/my/registration/<token>/acceptance")
@capability("registration")
def accept_mine(token: str) -> ResponseReturnValue:
    row = _mine(token)
    try:
        with transaction():
            waiting.accept_offer(row, actor=Actor.guest(row.name))
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("The place is yours. The ticket is on its way to you."), "success")
    return redirect(url_for("registrations.mine", token=token), 303)


@bp.post("/my/registration/<token>/cancellation")
@capability("registration")
def cancel_mine(token: str) -> ResponseReturnValue:
    """Giving the place back, leaving the line, withdrawing a request or declining an offer."""
    row = _mine(token)
    with transaction():
        operations.cancel(row, actor=Actor.guest(row.name))
    flash(_("Your registration is cancelled. Thank you for telling us."), "success")
    return redirect(url_for("registrations.mine", token=token), 303)


@bp.get("/my/registration/<token>/ticket.png")
@capability("registration")
def ticket(token: str) -> ResponseReturnValue:
    row = _mine(token)
    return picture_of_ticket(row)


@bp.get("/my/registration/<token>/event.ics")
@capability("registration")
def calendar(token: str) -> ResponseReturnValue:
    row = _mine(token)
    headers = {"Content-Disposition": f"attachment; filename={row.edition.slug}.ics"}
    return Response(calendar_entry(facts_of(row)), mimetype="text/calendar", headers=headers)


def picture_of_ticket(row: Registration) -> Response:
    """The QR code of who holds a place; 404 for everybody else."""
    if not row.is_confirmed:
        return Response(status=404)
    headers = {"Content-Disposition": f"inline; filename=ticket-{row.reference}.png"}
    return Response(ticket_png(row.id, row.ticket_version), mimetype="image/png", headers=headers)


def _mine(token: str) -> Registration:
    """The registration of the link; the page shows the menu of its event."""
    row = capability_row("registration", token, Registration, queries.WITH_EVENT)
    g.edition = row.edition
    return row


def _private_address(row: Registration) -> str:
    return url_for("registrations.mine", token=tokens.sign("registration", row.id, row.token_version))


# The other pages of this room join the same blueprint.
from forums.registrations import office_views  # noqa: E402, F401
