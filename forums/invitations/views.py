from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.errors import Refused
from forums.extensions import limiter
from forums.invitations import answers, campaign_views
from forums.invitations.forms import ANSWER_NAMES, CAMPAIGN_STATES, AnswerForm
from forums.invitations.models import Invitation
from forums.registrations.queries import rank_of
from forums.registrations.words import STATES
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import capability, capability_row

bp = Blueprint("invitations", __name__)
bp.register_blueprint(campaign_views.bp)
navigation.add("edition", _l("Invitations"), "invitations.campaigns.index", "editions.manage", icon="mail", order=50)


@bp.app_context_processor
def names() -> dict[str, object]:
    return {"campaign_states": CAMPAIGN_STATES, "answer_names": ANSWER_NAMES, "registration_words": STATES}


@bp.route("/answer/<token>", methods=["GET", "POST"])
@limiter.limit("60/hour", key_func=lambda: request.path, methods=["POST"])
@capability("invitation")
def answer(token: str) -> ResponseReturnValue:
    """The page of one invited person: GET shows, POST decides."""
    row = capability_row("invitation", token, Invitation)
    edition = row.edition
    if edition.is_public:
        g.edition = edition
    form = AnswerForm()
    if not form.is_submitted():
        form.show(row)
    elif form.validate():
        try:
            with transaction():
                answers.answer(row, form.given(), actor=Actor.guest(row.name))
        except Refused as no:
            flash(no.message, "danger")
        else:
            flash(_("Thank you, your answer is noted."), "success")
        return redirect(url_for("invitations.answer", token=token), 303)
    return render_template(
        "invitations/answer.html",
        form=form,
        row=row,
        edition=edition,
        is_open=answers.takes_answers(edition),
        rank=rank_of(row.registration) if row.registration is not None and row.registration.is_waiting else None,
    )
