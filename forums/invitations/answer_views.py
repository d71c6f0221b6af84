"""The pages behind the links of the invited and of their substitutes. GET shows, POST decides.

Nobody needs a cookie: what these forms may do hangs on the link alone, which no other site knows.
"""

from __future__ import annotations

from flask import Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums import tokens
from forums.activity.models import Actor
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import csrf, db, limiter
from forums.invitations import answers, companions, registering
from forums.invitations.forms import AnswerForm, GuestForm, RulesForm
from forums.invitations.models import Invitation
from forums.invitations.registering import Guest
from forums.invitations.views import bp
from forums.registrations.emails import facts_of
from forums.registrations.queries import category_with_edition, rank_of, sessions_by_id
from forums.registrations.questions.forms import QuestionFields
from forums.registrations.questions.queries import asked as asked_of
from forums.registrations.refusals import ChoiceRemoved, Full, RegistrationClosed
from forums.registrations.tickets import calendar_entry
from forums.registrations.views import questions_in
from forums.registrations.wishes import Wishes
from forums.transaction import settle, transaction
from forums.web.guards import actor, capability, may

# A link is opened by one person, on several machines behind one address: the allowance is the link's.
OFTEN = "60/hour"


def this_page() -> str:
    return request.path


@bp.route("/answer/<token>", methods=["GET", "POST"])
@limiter.limit(OFTEN, key_func=this_page, methods=["POST"])
@capability("invitation")
def answer(token: str) -> ResponseReturnValue:
    """The page of one invited person."""
    row = _invitation("invitation", token)
    if row is None or row.is_withdrawn:
        return _gone(row)
    form = AnswerForm(rules=companions.rules_of(row.edition))
    if not form.is_submitted():
        form.show(row)
    elif form.validate():
        try:
            with transaction():
                answers.answer(row, form.given(), actor=Actor.guest(row.name))
                goes_on = row.answer == "coming" and row.registration is None
        except Refused as no:
            flash(no.message, "danger")
            goes_on = False
        else:
            flash(_("Thank you, your answer is noted."), "success")
        if goes_on and registering.offer_to(row.edition).state == "open":
            return redirect(_here("invitations.register", token), 303)
        return redirect(_here("invitations.answer", token), 303)
    registration = row.registration if row.is_expected else None
    return render_template(
        "invitations/answer.html",
        form=form,
        row=row,
        edition=row.edition,
        registration=registration,
        companions=companions.of_guest(row) if row.companion_names else (),
        closed=answers.closed_because(row.edition),
        may_register=registration is None and row.is_expected and registering.offer_to(row.edition).state == "open",
        rank=rank_of(registration) if registration is not None and registration.is_waiting else None,
    )


@bp.get("/answer/<token>/event.ics")
@capability("invitation")
def event_file(token: str) -> ResponseReturnValue:
    """The event for the calendar of the guest who comes, the same as in the letter with the ticket."""
    row = _invitation("invitation", token)
    registration = row.registration if row is not None and row.answer == "coming" and not row.is_withdrawn else None
    if registration is None:
        abort(404)
    headers = {"Content-Disposition": f"attachment; filename={registration.edition.slug}.ics"}
    return Response(calendar_entry(facts_of(registration)), mimetype="text/calendar", headers=headers)


@bp.route("/answer/<token>/registration", methods=["GET", "POST"])
@limiter.limit(OFTEN, key_func=this_page, methods=["POST"])
@capability("invitation")
def register(token: str) -> ResponseReturnValue:
    """The registration form of a guest who comes."""
    row = _invitation("invitation", token)
    if row is None or row.is_withdrawn:
        return _gone(row)
    back = _here("invitations.answer", token)
    guest = registering.guest_of(row) if row.answer == "coming" else None
    if guest is None or row.registration is not None or answers.closed_because(row.edition):
        return redirect(back, 303)
    return _form_page(row, guest, back=back)


@bp.route("/answer/substitute/<token>", methods=["GET", "POST"])
@limiter.limit(OFTEN, key_func=this_page, methods=["POST"])
@capability("substitute")
def register_substitute(token: str) -> ResponseReturnValue:
    """The registration form of whoever was named to come in a guest's place."""
    row = _invitation("substitute", token)
    if row is not None and row.is_withdrawn:
        return _gone(row)
    guest = registering.guest_of(row) if row is not None and row.answer == "substitute" else None
    if row is None or guest is None or answers.closed_because(row.edition):
        return _gone()
    if row.registration is not None:
        return render_template("invitations/registered.html", row=row, edition=row.edition)
    return _form_page(row, guest)


@bp.route("/office/e/<edition>/answer-page", methods=["GET", "POST"])
@may("editions.manage")
def rules(edition: Edition) -> ResponseReturnValue:
    """What the answer page asks the invited of this edition."""
    form = RulesForm(obj=companions.rules_of(edition))
    if form.validate_on_submit():
        with transaction():
            companions.write_rules(edition, companions=form.companions.data, most=form.most.data, actor=actor())
        flash(_("Saved."), "success")
        return redirect(url_for("invitations.rules", edition=edition.slug), 303)
    return render_template("invitations/rules.html", edition=edition, form=form)


def _form_page(row: Invitation, guest: Guest, *, back: str = "") -> ResponseReturnValue:
    edition, offer = row.edition, registering.offer_to(row.edition)
    if offer.state != "open":
        return render_template("registrations/closed.html", edition=edition, offer=offer)
    form = GuestForm(offered=offer, **{name: getattr(guest, name) for name in ("name", "organisation", "title")})
    asked = questions_in(edition, form, asked_of(edition))
    if form.validate_on_submit():
        try:
            settle(lambda: _complete(row, guest, form, asked))
        except Full as no:
            if not asked.complain(no):
                form.sessions.errors = [no.message]
        except ChoiceRemoved:
            pass  # said beside the question
        except Refused as no:
            form.form_errors = [no.message]
        else:
            flash(_("Thank you, you are registered."), "success")
            return redirect(back or request.full_path.rstrip("?"), 303)
    return render_template(
        "invitations/register.html",
        row=row,
        guest=guest,
        edition=edition,
        offer=offer,
        form=form,
        asked=asked,
        back=back,
    )


def _complete(row: Invitation, guest: Guest, form: GuestForm, asked: QuestionFields) -> None:
    category = category_with_edition(form.category_id)
    if category is None and form.category_id is not None:
        raise RegistrationClosed(_("This category takes no registrations any more. Please choose another."))
    registering.complete(
        row,
        guest,
        form.applicant(email=guest.email, language=guest.language),
        actor=Actor.guest(guest.name),
        category=category,
        wishes=Wishes(sessions_by_id(row.edition, form.sessions.data or ()), asked.given()),
        consent_version=form.asked_version,
    )


def _invitation(purpose: str, token: str) -> Invitation | None:
    """The invitation of the link, if that still holds; the page shows the menu of its event."""
    row_id, version = tokens.read(purpose, token) or abort(404)
    row = db.session.get(Invitation, row_id)
    holds = row is not None and version == (row.token_version if purpose == "invitation" else row.substitute_version)
    if row is not None and row.edition.is_public:
        g.edition = row.edition
    return row if holds else None


def _gone(row: Invitation | None = None) -> ResponseReturnValue:
    """Of a link that we did give out: renewed, of a substitute who is none any more, or of the withdrawn invitation."""
    if row is not None:
        return render_template("invitations/withdrawn.html", row=row, edition=row.edition), 410
    return render_template("invitations/gone.html", edition=g.get("edition")), 404


def _here(endpoint: str, token: str) -> str:
    """A page behind the same link, in the language that the link asked for."""
    return url_for(endpoint, token=token, lang=request.args.get("lang"))


for _page in (answer, register, register_substitute):
    csrf.exempt(_page)
