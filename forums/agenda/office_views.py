"""The back office: the programme with its clashes, one session, who appears in it, tracks, exports."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.activity.queries import history
from forums.agenda import operations, queries
from forums.agenda.clashes import Clash
from forums.agenda.exchange import billet
from forums.agenda.exchange.programme import Programme
from forums.agenda.forms import AppearanceForm, SessionForm, TrackForm
from forums.agenda.models import Session
from forums.agenda.views import JSON_TYPE, XML_TYPE, asked_day, bp, written_json, written_xml
from forums.agenda.words import STATES
from forums.columns import Bilingual
from forums.editions.forms import typed
from forums.editions.models import Edition
from forums.editions.operations import ChangedMeanwhile
from forums.errors import Refused
from forums.experts import queries as expert_queries
from forums.experts.models import Expert
from forums.experts.operations import Profile, create_expert
from forums.extensions import db
from forums.transaction import transaction
from forums.web.guards import actor, may
from forums.web.language import language
from forums.web.paging import page_of

NUMBERED = re.compile(r"#(\d{1,9})\)?\s*$")  # "李雷, 示例大学 (#12)" in the list of experts
MOST_SUGGESTED = 500
WRITERS: dict[str, tuple[Callable[[Programme, Edition], bytes], str]] = {
    "billet.json": (lambda programme, _edition: billet.write(programme), JSON_TYPE),
    "c3voc.json": (written_json, JSON_TYPE),
    "c3voc.xml": (written_xml, XML_TYPE),
}


@bp.get("/office/e/<edition>/agenda")
@may("editions.manage")
def listing(edition: Edition) -> ResponseReturnValue:
    asked = request.args
    state = asked.get("state", "")
    rows = queries.filtered(
        edition,
        day=asked_day(),
        hall=asked.get("hall", type=whole),
        track=asked.get("track", type=whole),
        state=state if state in STATES else "",
    )
    clashes = queries.clashes_of(edition)
    return render_template(
        "agenda/list.html",
        edition=edition,
        page=page_of(rows, per=100),
        days=queries.days_with_sessions(edition),
        tracks=queries.tracks_of(edition),
        clashes=clashes,
        clashing={row.id for clash in clashes for row in (clash.first, clash.second)},
    )


@bp.route("/office/e/<edition>/agenda/new", methods=["GET", "POST"])
@may("editions.manage")
def new(edition: Edition) -> ResponseReturnValue:
    form = SessionForm(edition, queries.tracks_of(edition))
    if form.validate_on_submit():
        try:
            with transaction():
                row = operations.create_session(edition, form.facts(), actor=actor())
        except Refused as no:
            form.title_zh.errors = [no.message]
        else:
            flash(_("The session is there. Say who appears in it."), "success")
            warn_of_clashes(edition, row)
            return to_session(edition, row)
    return render_template("agenda/form.html", edition=edition, form=form, session=None)


@bp.route("/office/e/<edition>/agenda/<int:session_id>", methods=["GET", "POST"])
@may("editions.manage")
def edit(edition: Edition, session_id: int) -> ResponseReturnValue:
    row = session_or_404(edition, session_id)
    form = SessionForm(edition, queries.tracks_of(edition), row)
    if form.validate_on_submit():
        try:
            with transaction():
                operations.change_session(row, form.facts(), actor=actor(), revision=form.seen)
        except ChangedMeanwhile as no:
            form.form_errors = [no.message]
        except operations.FewerThanTaken as no:
            form.capacity.errors = [no.message]
        except operations.NotHidden as no:
            form.state.errors = [no.message]
        except Refused as no:
            form.title_zh.errors = [no.message]
        else:
            flash(_("Saved."), "success")
            warn_of_clashes(edition, row)
            return to_session(edition, row)
    return render_template(
        "agenda/edit.html",
        edition=edition,
        form=form,
        session=row,
        appearance_form=AppearanceForm(formdata=None),
        suggested=suggested(),
        clashes=clashes_with(edition, row),
        history=history(row)[::-1][:20],
    )


@bp.post("/office/e/<edition>/agenda/<int:session_id>/cancellation")
@may("editions.manage")
def cancel(edition: Edition, session_id: int) -> ResponseReturnValue:
    row = session_or_404(edition, session_id)
    try:
        with transaction():
            operations.cancel_session(row, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("The session is cancelled; the public no longer sees it."), "success")
    return to_session(edition, row)


@bp.post("/office/e/<edition>/agenda/<int:session_id>/appearances")
@may("editions.manage")
def add_appearance(edition: Edition, session_id: int) -> ResponseReturnValue:
    row = session_or_404(edition, session_id)
    form = AppearanceForm()
    if not form.validate_on_submit():
        flash(_("Choose an expert and a role."), "danger")
        return to_session(edition, row)
    try:
        with transaction():
            expert = expert_typed(form.expert.data.strip())
            operations.add_appearance(row, expert, role=form.role.data, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("%(name)s is in the session.", name=expert.person.name.local(language())), "success")
        warn_of_clashes(edition, row)
    return to_session(edition, row)


@bp.post("/office/e/<edition>/agenda/<int:session_id>/appearances/<int:appearance_id>/removal")
@may("editions.manage")
def remove_appearance(edition: Edition, session_id: int, appearance_id: int) -> ResponseReturnValue:
    row = session_or_404(edition, session_id)
    appearance = next((each for each in row.appearances if each.id == appearance_id), None)
    if appearance is None:
        abort(404)
    with transaction():
        operations.remove_appearance(appearance, actor=actor())
    flash(_("Removed."), "success")
    return to_session(edition, row)


@bp.route("/office/e/<edition>/agenda/tracks", methods=["GET", "POST"])
@may("editions.manage")
def tracks(edition: Edition) -> ResponseReturnValue:
    form = TrackForm()
    if form.validate_on_submit():
        try:
            with transaction():
                operations.add_track(edition, typed(form, "name"), actor=actor())
        except Refused as no:
            form.name_zh.errors = [no.message]
        else:
            flash(_("The track is added."), "success")
            return redirect(url_for("agenda.tracks", edition=edition.slug), 303)
    return render_template("agenda/tracks.html", edition=edition, form=form, tracks=queries.tracks_of(edition))


@bp.get("/office/e/<edition>/programme/<any('billet.json', 'c3voc.json', 'c3voc.xml'):form>")
@may("editions.manage")
def export(edition: Edition, form: str) -> ResponseReturnValue:
    """The whole programme as a download; drafts and cancelled sessions only in Billet's own format."""
    programme = queries.programme_of(edition, public_only=form != "billet.json")
    write, content_type = WRITERS[form]
    headers = {"Content-Disposition": f'attachment; filename="{edition.slug}-{form}"'}
    return Response(write(programme, edition), content_type=content_type, headers=headers)


def session_or_404(edition: Edition, session_id: int) -> Session:
    row = queries.session_of(edition, session_id)
    if row is None:
        abort(404)
    return row


def to_session(edition: Edition, row: Session) -> ResponseReturnValue:
    return redirect(url_for("agenda.edit", edition=edition.slug, session_id=row.id), 303)


def clashes_with(edition: Edition, row: Session) -> list[Clash]:
    return [clash for clash in queries.clashes_of(edition) if row.id in (clash.first.id, clash.second.id)]


def warn_of_clashes(edition: Edition, row: Session) -> None:
    """Saved all the same: while a programme is being moved about, clashes come and go."""
    for clash in clashes_with(edition, row)[:5]:
        other = clash.second if clash.first.id == row.id else clash.first
        flash(
            _(
                "Clash: %(who)s is also taken by “%(title)s” at that time.",
                who=clash.who_or_where.local(language()),
                title=other.title.local(language()),
            ),
            "warning",
        )


def suggested() -> list[str]:
    """What the field for an expert offers: name, organisation and number."""
    rows = db.session.scalars(expert_queries.matching("").limit(MOST_SUGGESTED))
    return [label(expert) for expert in rows]


def label(expert: Expert) -> str:
    person = expert.person
    organisation = person.organisation.name.local(language()) if person.organisation else ""
    return f"{', '.join(part for part in (person.name.local(language()), organisation) if part)} (#{expert.id})"


def expert_typed(text: str) -> Expert:
    """The expert with this number, else the only one of this name, else a new one. Raises Refused."""
    number = NUMBERED.search(text)
    if number:
        expert = expert_queries.expert_with_organisation(int(number[1]))
        if expert is None:
            raise Refused(_("There is no expert with the number %(number)s.", number=number[1]))
        return expert
    found = expert_queries.named(text)
    if len(found) > 1:
        raise Refused(_("Several experts have this name; choose one from the list, with the number."))
    if len(text) > 300:
        raise Refused(_("This name is too long."))
    name = Bilingual(zh=text) if any(ord(letter) > 0x2E80 for letter in text) else Bilingual(en=text)
    return found[0] if found else create_expert(Profile(name=name), actor=actor())


def whole(text: str) -> int:
    """A row's number from a filter. Raises ValueError for what no row can have."""
    number = int(text)
    if not 0 < number < 2**31:
        raise ValueError(text)
    return number
