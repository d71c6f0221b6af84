from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from forums.activity.queries import history
from forums.agenda.clashes import hall_name
from forums.agenda.words import ROLES
from forums.documents.models import Document
from forums.documents.render import csv
from forums.documents.sending import send
from forums.editions.models import Edition
from forums.errors import Refused
from forums.invitations.once import once
from forums.invitations.speaking import emails, operations, queries, words
from forums.invitations.speaking.forms import AskForm, NumberForm, TextsForm
from forums.invitations.speaking.models import Speaking
from forums.invitations.speaking.queries import Line
from forums.mail.preview import as_document
from forums.mail.rendering import render
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, may
from forums.web.language import language, moment

bp = Blueprint("speaking", __name__)
navigation.add("edition", _l("Invited speakers"), "speaking.listing", "editions.manage", icon="expert", order=25)
# What may be sent to many at once: to which lines, and what sends it.
ROUNDS = ("asking", "telling", "reminding", "thanking")
bp.add_app_template_global(queries.untold, "untold_speakers")


class OtherNumber(Refused):
    """The organiser believes that another number of letters goes out."""


@bp.get("/office/e/<edition>/speakers")
@may("editions.manage")
def listing(edition: Edition) -> ResponseReturnValue:
    """Who was asked to appear, what they answered, and what is missing."""
    lines, chosen, days = queries.lines_of(edition), _chosen(), queries.silent_days(edition)
    counts = {name: sum(line.matches(name, days) for line in lines) for name in queries.FILTERS}
    silent = ngettext("Silent for %(num)s day or more", "Silent for %(num)s days or more", days)
    return render_template(
        "invitations/speaking/list.html",
        edition=edition,
        found=[line for line in lines if line.matches(chosen, days)],
        total=len(lines),
        counts=counts,
        chosen=chosen,
        filters=words.FILTER_NAMES | {"silent": silent},
        rounds={name: _meant(name, lines) for name in ROUNDS},
        changes=words.CHANGES,
        unknown=sum(line.speaking is None and not line.appearance.expert.person.email for line in lines),
        number=NumberForm(formdata=None),
        slot=words.slot,
        hall_name=hall_name,
        states=words.STATES,
        missing_words=words.MISSING,
    )


@bp.post("/office/e/<edition>/speakers/<any(asking, telling, reminding, thanking):what>")
@may("editions.manage")
def send_round(edition: Edition, what: str) -> ResponseReturnValue:
    """Write to all who are meant, once the organiser has said how many that are."""
    form, key = NumberForm(), request.form.get("key", "")
    number = form.number.data if form.validate_on_submit() else None
    try:
        with transaction():
            written = once(key, what, edition.id, number, work=lambda: _write_to_all(what, edition, number))
    except OtherNumber as no:
        flash(no.message, "warning")
    else:
        flash(ngettext("%(num)s letter is on its way.", "%(num)s letters are on their way.", written), "success")
    return redirect(url_for("speaking.listing", edition=edition.slug), 303)


@bp.route("/office/e/<edition>/speakers/texts", methods=["GET", "POST"])
@may("editions.manage")
def texts(edition: Edition) -> ResponseReturnValue:
    """What the letters to speakers say, and by when answers are awaited."""
    form = TextsForm()
    if not form.is_submitted():
        form.show(queries.texts_of(edition))
    elif form.validate():
        with transaction():
            operations.write_texts(edition, form.texts(), actor=actor())
        flash(_("Saved."), "success")
        return redirect(url_for("speaking.listing", edition=edition.slug), 303)
    return render_template(
        "invitations/speaking/texts.html", edition=edition, form=form, placeholders=words.PLACEHOLDERS
    )


@bp.route("/office/e/<edition>/speakers/<int:appearance_id>", methods=["GET", "POST"])
@may("editions.manage")
def show(edition: Edition, appearance_id: int) -> ResponseReturnValue:
    """One speaker: ask, ask again, see what came in."""
    line = _line(edition, appearance_id)
    row, person = line.speaking, line.appearance.expert.person
    known = row.email if row is not None else person.email or ""
    spoken = row.language if row is not None else "zh" if person.name.zh else "en"
    form = AskForm(email=known, language=spoken)
    if form.validate_on_submit():
        try:
            with transaction():
                sent = _ask(line, form)
        except Refused as no:
            flash(no.message, "danger")
        else:
            if sent:
                flash(_("The invitation is on its way."), "success")
            else:
                flash(_("Somebody was faster: look at what has been sent."), "warning")
        return redirect(_page(edition, line), 303)
    form.seen.data = str(row.asks if row is not None else 0)
    return render_template(
        "invitations/speaking/row.html",
        edition=edition,
        line=line,
        row=row,
        form=form,
        slot=words.slot(line.session, language()),
        hall=hall_name(line.session) if line.session.hall else None,
        states=words.STATES,
        missing_words=words.MISSING,
        may_remind=row is not None and operations.may_be_reminded(row),
        may_thank=row is not None and operations.may_be_thanked(row),
        changes=words.CHANGES,
        letter_names=words.LETTER_NAMES,
        **_sample(edition, line),
        history=history(row)[::-1][:20] if row is not None else [],
    )


@bp.get("/office/e/<edition>/speakers/<int:appearance_id>/letter")
@may("editions.manage")
def preview(edition: Edition, appearance_id: int) -> ResponseReturnValue:
    """A letter as this speaker would get it now, for the frame of their page."""
    return as_document(_sample(edition, _line(edition, appearance_id))["sample"])


@bp.post("/office/e/<edition>/speakers/<int:appearance_id>/release")
@may("editions.manage")
def release(edition: Edition, appearance_id: int) -> ResponseReturnValue:
    """Biography and photo go to the public page."""
    line = _line(edition, appearance_id)
    row = line.speaking or abort(404)
    with transaction():
        operations.release(row, actor=actor())
    flash(_("Biography and photo are on the public page of the expert."), "success")
    return redirect(_page(edition, line), 303)


@bp.post("/office/e/<edition>/speakers/<int:appearance_id>/<any(news, reminder, thanks):what>")
@may("editions.manage")
def write(edition: Edition, appearance_id: int, what: str) -> ResponseReturnValue:
    """Tell this one speaker what has changed, remind or thank them, where that is due."""
    line = _line(edition, appearance_id)
    row, key = line.speaking or abort(404), request.form.get("key", "")
    act = {"news": operations.tell, "reminder": operations.remind, "thanks": operations.thank}[what]
    with transaction():
        sent = once(key, what, row.id, work=lambda: act([row], actor=actor()))
    if sent:
        flash(ngettext("%(num)s letter is on its way.", "%(num)s letters are on their way.", sent), "success")
    else:
        flash(_("Somebody was faster: look at what has been sent."), "warning")
    return redirect(_page(edition, line), 303)


@bp.get("/office/e/<edition>/speakers/<int:appearance_id>/<any(photo, slides):which>")
@may("editions.manage")
def file(edition: Edition, appearance_id: int, which: str) -> ResponseReturnValue:
    """What a speaker handed in, as a download."""
    row = _line(edition, appearance_id).speaking
    document: Document | None = getattr(row, which) if row is not None else None
    return send(document or abort(404))


@bp.get("/office/e/<edition>/speakers.csv")
@may("editions.manage")
def export(edition: Edition) -> ResponseReturnValue:
    head = (
        *(_("Name"), _("Organisation"), _("E-mail"), _("Session"), _("Role"), _("Time"), _("Hall"), _("State")),
        *(_("Asked on"), _("Answered"), _("Reason"), _("Proposal"), _("Missing"), _("Needs")),
    )
    days = queries.silent_days(edition)
    rows = (_csv_row(line, edition) for line in queries.lines_of(edition) if line.matches(_chosen(), days))
    return Response(
        "".join(csv.lines((head, *rows))),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="speakers-{edition.slug}.csv"'},
    )


def _csv_row(line: Line, edition: Edition) -> list[str]:
    person, session, row = line.appearance.expert.person, line.session, line.speaking
    return [
        person.name.local(language()),
        person.organisation.name.local(language()) if person.organisation else "",
        row.email if row is not None else person.email or "",
        session.title.local(language()),
        str(ROLES[line.appearance.role]),
        words.slot(session, language()),
        hall_name(session).local(language()) if session.hall else "",
        str(words.STATES[row.state]) if row is not None else str(words.FILTER_NAMES["unasked"]),
        moment(row.asked_at, edition.zone) if row is not None else "",
        moment(row.answered_at, edition.zone) if row is not None else "",
        row.reason if row is not None else "",
        row.proposal if row is not None else "",
        ", ".join(str(words.MISSING[name]) for name in row.missing) if row is not None else "",
        row.needs if row is not None else "",
    ]


def _ask(line: Line, form: AskForm) -> int:
    """How many letters the form writes, or has written: 1, or 0 where somebody else was faster."""
    email, spoken, seen = form.email.data, form.language.data, form.seen.data
    counted = int(seen) if seen.isdecimal() and len(seen) < 6 else -1

    def work() -> int:
        return int(operations.ask(line.appearance, email=email, language=spoken, seen=counted, actor=actor()))

    return once(form.key.data or "", "ask", line.appearance.id, email, spoken, counted, work=work)


def _write_to_all(what: str, edition: Edition, number: int | None) -> int:
    """Write to all who are meant; how many letters. Raises OtherNumber where the organiser named another number."""
    lines = _meant(what, queries.lines_of(edition))
    if number != len(lines):
        raise OtherNumber(
            ngettext(
                "%(num)s letter would go out now. Enter this number to send it.",
                "%(num)s letters would go out now. Enter this number to send them.",
                len(lines),
            )
        )
    if what == "asking":
        return operations.ask_all(lines, language="", actor=actor())
    rows = [line.speaking for line in lines if line.speaking is not None]
    act = {"telling": operations.tell, "reminding": operations.remind, "thanking": operations.thank}[what]
    return act(rows, actor=actor())


def _meant(what: str, lines: list[Line]) -> list[Line]:
    """To whom a round goes now."""
    if what == "asking":
        return [
            line
            for line in lines
            if line.speaking is None and line.appearance.expert.person.email and queries.takes_answers(line.session)
        ]
    if what == "telling":
        return [line for line in lines if line.changes]
    wanted = operations.may_be_reminded if what == "reminding" else operations.may_be_thanked
    return [line for line in lines if line.speaking is not None and wanted(line.speaking)]


def _sample(edition: Edition, line: Line) -> dict[str, Any]:
    """The letter that the address asks for, else the one that is likely next, to this speaker."""
    row = line.speaking or Speaking(
        edition=edition,
        appearance=line.appearance,
        state="asked",
        language=operations.language_of(line.appearance),
        token_version=1,
        is_open_again=False,
        told={},
    )
    which, spoken = request.args.get("letter", ""), request.args.get("language", "")
    if which not in emails.LETTERS:
        which = _next_letter(line)
    spoken = spoken if spoken in {"zh", "en"} else row.language
    sample = render(which, emails.preview(row, which, spoken), spoken, masked=True)
    return {"sample": sample, "which": which, "spoken": spoken}


def _next_letter(line: Line) -> str:
    row = line.speaking
    if row is None:
        return "speaking_invitation"
    if line.changes:
        return "speaking_moved"
    return "speaking_thanks" if operations.may_be_thanked(row) else "speaking_reminder"


def _chosen() -> str:
    asked = request.args.get("show", "")
    return asked if asked in queries.FILTERS else ""


def _line(edition: Edition, appearance_id: int) -> Line:
    return queries.line_of(edition, appearance_id) or abort(404)


def _page(edition: Edition, line: Line) -> str:
    return url_for("speaking.show", edition=edition.slug, appearance_id=line.appearance.id)


# The page of the speakers themselves joins the same blueprint.
from forums.invitations.speaking import guest_views  # noqa: E402, F401
