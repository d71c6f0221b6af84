"""The page behind a speaker's link. GET shows, POST decides; nobody needs a cookie."""

from __future__ import annotations

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from forums import tokens
from forums.activity.models import Actor
from forums.agenda.clashes import hall_name
from forums.documents.models import Document
from forums.documents.operations import MIB, PDF, PPTX, Arrival, keep, receive, receive_picture
from forums.documents.refusals import WrongFile
from forums.documents.sending import send
from forums.errors import Refused
from forums.extensions import csrf, db, limiter
from forums.invitations.speaking import operations, words
from forums.invitations.speaking.forms import MaterialsForm, SpeakingForm
from forums.invitations.speaking.models import Speaking
from forums.invitations.speaking.operations import Materials
from forums.invitations.speaking.queries import takes_answers, texts_of
from forums.invitations.speaking.views import bp
from forums.transaction import transaction
from forums.web.guards import capability
from forums.web.language import language

PHOTO, SLIDES = "speaker-photo", "slides"


def this_page() -> str:
    return request.path


@bp.route("/speaking/<token>", methods=["GET", "POST"])
@limiter.limit("60/hour", key_func=this_page, methods=["POST"])
@capability("speaking")
def answer(token: str) -> ResponseReturnValue:
    """Confirm, decline, propose another topic."""
    row = _speaking(token)
    if row is None:
        return render_template("invitations/gone.html", edition=g.get("edition")), 404
    form = SpeakingForm()
    if not form.is_submitted():
        form.show(row)
    elif form.validate():
        try:
            with transaction():
                operations.answer(row, form.given(), actor=Actor.guest(row.name))
        except Refused as no:
            flash(no.message, "danger")
        else:
            flash(_("Thank you, your answer is noted."), "success")
        return redirect(_here(token), 303)
    return _page(row, token, form, None)


@bp.post("/speaking/<token>/materials")
@limiter.limit("60/hour", key_func=this_page)
@capability("speaking")
def materials(token: str) -> ResponseReturnValue:
    """Biography, photo, slides and needs; what came before stays where nothing new comes."""
    row = _speaking(token)
    if row is None:
        return render_template("invitations/gone.html", edition=g.get("edition")), 404
    form = MaterialsForm()
    who = Actor.guest(row.name)
    if form.validate():
        try:
            files = _files(row, form, who)
            with transaction():
                given = Materials(form.bio(), (form.needs.data or "").strip(), *files)
                differs = operations.hand_in(row, given, actor=who)
        except _Wrong:
            pass  # said beside the file
        except Refused as no:
            flash(no.message, "danger")
            return redirect(_here(token), 303)
        else:
            flash(_("Thank you, it has arrived.") if differs else _("Nothing was changed."), "success")
            return redirect(_here(token), 303)
    answered = SpeakingForm(formdata=None)
    answered.show(row)
    return _page(row, token, answered, form)


@bp.get("/speaking/<token>/<any(photo, slides):which>")
@capability("speaking")
def my_file(token: str, which: str) -> ResponseReturnValue:
    """What the speaker handed in, as a download."""
    row = _speaking(token)
    document: Document | None = getattr(row, which) if row is not None else None
    return send(document or abort(404))


class _Wrong(Exception):  # noqa: N818  (an answer, not a fault)
    """A file was refused; the form says why."""


def _files(row: Speaking, form: MaterialsForm, who: Actor) -> tuple[Document | None, Document | None]:
    """The documents of the files that came, looked into and kept. Raises _Wrong."""
    kept: list[Document | None] = []
    for field, take, kind in ((form.photo, _photo, PHOTO), (form.slides, _slides, SLIDES)):
        document = None
        if field.data and field.data.filename:
            try:
                arrival = take(field.data)
            except WrongFile as no:
                field.errors = [no.message]
                raise _Wrong from no
            with transaction():
                document = keep(arrival, kind=kind, actor=who, edition=row.edition)
        kept.append(document)
    photo, slides = kept
    return photo, slides


def _photo(upload: FileStorage) -> Arrival:
    return receive_picture(
        upload.stream, display_name=upload.filename or "photo", longest=800, photo=True, max_size=10 * MIB
    )


def _slides(upload: FileStorage) -> Arrival:
    return receive(upload.stream, display_name=upload.filename or "slides", allowed=(PDF, PPTX), max_size=50 * MIB)


def _page(row: Speaking, token: str, form: SpeakingForm, handed: MaterialsForm | None) -> ResponseReturnValue:
    if handed is None:
        handed = MaterialsForm(formdata=None)
        handed.show(row)
    session = row.appearance.session
    return render_template(
        "invitations/speaking/page.html",
        row=row,
        token=token,
        form=form,
        materials=handed,
        edition=row.edition,
        session=session,
        slot=words.slot(session, language()),
        hall=hall_name(session) if session.hall else None,
        texts=texts_of(row.edition),
        is_open=takes_answers(session),
        missing_words=words.MISSING,
    )


def _speaking(token: str) -> Speaking | None:
    """The row of the link, if that still holds; the page shows the menu of its event."""
    row_id, version = tokens.read("speaking", token) or abort(404)
    row = db.session.get(Speaking, row_id)
    if row is not None and row.edition.is_public:
        g.edition = row.edition
    return row if row is not None and row.token_version == version else None


def _here(token: str) -> str:
    return url_for("speaking.answer", token=token, lang=request.args.get("lang"))


for _view in (answer, materials):
    csrf.exempt(_view)
