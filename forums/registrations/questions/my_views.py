"""The person's own answers, behind the private link."""

from __future__ import annotations

from flask import abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from forums.registrations.models import Registration
from forums.registrations.questions import answering, consent, queries
from forums.registrations.questions.blueprint import answered, bp, file_of, keep_files
from forums.registrations.questions.forms import QuestionFields
from forums.registrations.questions.words import STAGES as STAGE_WORDS
from forums.web.guards import capability, capability_row


@bp.route("/my/registration/<token>/answers/<any(registration,confirmed):stage>", methods=["GET", "POST"])
@capability("registration")
def mine(token: str, stage: str) -> ResponseReturnValue:
    row = _mine(token)
    back = redirect(url_for("registrations.mine", token=token), 303)
    if stage not in answering.open_stages(row):
        flash(_("These answers can be changed no more. Please write to the organiser."), "warning")
        return back
    form = FlaskForm()
    asked = QuestionFields(
        form, row.edition, stage=stage, category_id=row.category_id, known=queries.known_answers(row.id)
    )
    keep_files(asked, row.edition)
    if form.validate_on_submit() and answered(row, asked):
        return back
    return render_template(
        "registrations/questions/mine.html",
        row=row,
        edition=row.edition,
        token=token,
        form=form,
        asked=asked,
        stage=stage,
        stage_words=STAGE_WORDS,
    )


@bp.get("/my/registration/<token>/answers/<int:question_id>/file")
@capability("registration")
def my_file(token: str, question_id: int) -> ResponseReturnValue:
    return file_of(_mine(token), question_id)


@bp.get("/my/registration/<token>/consent")
@capability("registration")
def my_consent(token: str) -> ResponseReturnValue:
    """What the person agreed to, as it stood then."""
    row = _mine(token)
    text = consent.agreed_to(row)
    if text is None:
        abort(404)
    return render_template(
        "registrations/questions/my_consent.html", row=row, edition=row.edition, token=token, text=text
    )


def _mine(token: str) -> Registration:
    """The registration of the link; the page shows the menu of its event."""
    row = capability_row("registration", token, Registration)
    g.edition = row.edition
    return row
