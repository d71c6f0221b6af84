"""Check-in: helpers see name, unit, category and state, and of the phone number only enough to recognise it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import generate_csrf

from forums.agenda.queries import public_sessions
from forums.clock import now
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.masks import masked_phone
from forums.registrations.checkin import operations, queries
from forums.registrations.checkin.forms import PointForm, ScanForm, read_scans
from forums.registrations.checkin.models import Passage, Point
from forums.registrations.checkin.operations import Answer, Scan
from forums.registrations.checkin.verdicts import Verdict
from forums.registrations.checkin.words import VERDICTS, advice, of_the_page, told_with, verdict_word
from forums.registrations.models import Registration
from forums.transaction import transaction
from forums.web import navigation
from forums.web.addresses import LARGEST_ID
from forums.web.guards import actor, may
from forums.web.headers import allow_scanning
from forums.web.language import language
from forums.web.paging import page_of

bp = Blueprint("checkin", __name__)
navigation.add("edition", _l("Check-in"), "checkin.desk", "checkin", icon="checkin", order=45)
bp.add_app_template_filter(verdict_word)
bp.add_app_template_filter(advice, "verdict_advice")
bp.add_app_template_global(told_with)
LARGEST_BODY = 64 * 1024


@dataclass(frozen=True)
class Desk:
    """Where and for which day a desk checks in. `fixed_day` is None while it simply follows the calendar."""

    edition: Edition
    point: Point | None
    day: date
    fixed_day: date | None

    def address(self, endpoint: str, **more: Any) -> str:
        """This desk's page or data."""
        values: dict[str, Any] = {
            "point": self.point.id if self.point else None,
            "day": self.fixed_day and self.fixed_day.isoformat(),
        }
        return url_for(endpoint, edition=self.edition.slug, **values, **more)


@bp.get("/office/e/<edition>/check-in")
@may("checkin")
def desk(edition: Edition) -> ResponseReturnValue:
    """?point= and ?day= say where and for when, ?q= searches, ?passage= or ?verdict=&seen= show the last answer."""
    here = _desk(edition)
    words = request.args.get("q", "")[:200]
    found = page_of(queries.found(edition, words)) if words else None
    points = queries.points_of(edition)
    page = render_template(
        "registrations/checkin/desk.html",
        edition=edition,
        desk=here,
        points=points,
        days=queries.days_of(edition),
        is_on=queries.is_on(edition),
        form=ScanForm(formdata=None),
        nonces=_nonces,
        words=words,
        found=found,
        last=queries.last_at(_place(here), here.day, found.items) if found else {},
        count=_count_of(here, queries.counts(edition, here.day, points)),
        verdicts=VERDICTS,
        page_words=of_the_page(here.point),
        shown=_shown(edition),
    )
    return allow_scanning(make_response(page))


@bp.post("/office/e/<edition>/check-in/passages")
@may("checkin")
def note(edition: Edition) -> ResponseReturnValue:
    """Answer the scan; what is neither ticket nor reference is searched as a name."""
    here, form = _desk(edition), ScanForm()
    if not form.validate_on_submit():
        return redirect(here.address("checkin.desk", verdict=Verdict.UNKNOWN), 303)
    who = actor()
    with transaction():
        scan = Scan(form.code.data, form.way, form.name_of_scan, day=here.fixed_day)
        answer = operations.check_in(edition, scan, point=here.point, actor=who)
        shown: dict[str, Any] = {"passage": answer.passage.id} if answer.passage else {"verdict": str(answer.verdict)}
        if answer.registration is not None and answer.passage is None:
            shown["seen"] = answer.registration.id
    if answer.registration is None and answer.verdict == Verdict.UNKNOWN:
        shown = {"q": form.code.data}
    return redirect(here.address("checkin.desk", **shown), 303)


@bp.post("/office/e/<edition>/check-in/passages.json")
@may("checkin")
def note_queue(edition: Edition) -> ResponseReturnValue:
    """The scans of a desk's queue, answered one by one; sending them again changes nothing."""
    request.max_content_length = LARGEST_BODY
    try:
        scans = read_scans(request.get_json(silent=True))
    except Refused as no:
        return {"error": no.message}, 400
    who, day, answers = actor(), _fixed_day(edition), []
    for scan in scans:
        # One by one: what a queue holds about one ticket must not wait for what it holds about another.
        with transaction():
            answer = operations.check_in(edition, replace(scan, day=day), point=_point(edition), actor=who)
            answers.append({"nonce": scan.nonce, **_told(answer)})
    return {"now": _milliseconds(), "answers": answers}


@bp.post("/office/e/<edition>/check-in/passages/<int:passage_id>/undo")
@may("checkin")
def undo(edition: Edition, passage_id: int) -> ResponseReturnValue:
    passage = _passage(edition, passage_id) or abort(404)
    who = actor()
    with transaction():
        operations.undo(passage, actor=who)
    if request.accept_mimetypes.best == "application/json":
        return {"undone": True, "word": _("Check-in taken back"), "name": passage.registration.name}
    here = _desk(edition)
    return redirect(here.address("checkin.desk", undone=passage_id), 303)


@bp.get("/office/e/<edition>/check-in/worker.js")
@may("checkin")
def worker(edition: Edition) -> ResponseReturnValue:
    """The page's service worker; it may answer for this page and those below it, and for nothing else."""
    response = send_from_directory(current_app.static_folder or "", "js/desk/worker.js", mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = url_for("checkin.desk", edition=edition.slug)
    return response


@bp.get("/office/e/<edition>/check-in/roster.json")
@may("checkin")
def roster(edition: Edition) -> ResponseReturnValue:
    """Who may come in here, for a desk that loses its network; no contact data."""
    here = _desk(edition)
    people = queries.roster(edition, here.point, here.day)
    return {"now": _milliseconds(), "day": here.day.isoformat(), "csrf": generate_csrf(), "people": people}


@bp.get("/office/e/<edition>/check-in/people.json")
@may("checkin")
def people(edition: Edition) -> ResponseReturnValue:
    """Who matches ?q=, at most 20: what a helper may see of them, and where they passed last."""
    here, words = _desk(edition), request.args.get("q", "")[:200]
    rows = list(db.session.scalars(queries.found(edition, words).limit(20))) if words.strip() else []
    last = queries.last_at(_place(here), here.day, rows)
    return {"people": [_person(row) | {"last": _since(last.get(row.id))} for row in rows]}


@bp.get("/office/e/<edition>/check-in/counts.json")
@may("checkin")
def counts(edition: Edition) -> ResponseReturnValue:
    """The numbers of the desk's day, by point and by place; asked for every few seconds."""
    here, points = _desk(edition), queries.points_of(edition)
    found = queries.counts(edition, here.day, points)
    return {"now": _milliseconds(), "day": here.day.isoformat()} | {
        name: [
            {"kind": one.kind, "key": one.key, "today": one.today, "in_all": one.in_all, "inside": one.inside}
            | {"expected": one.expected}
            for one in rows
        ]
        for name, rows in (("points", found.points), ("places", found.places))
    }


@bp.get("/office/e/<edition>/check-in/board")
@may("checkin")
def board(edition: Edition) -> ResponseReturnValue:
    """The numbers of the day for a big screen: by place, by point, and who was turned away."""
    here, points = _desk(edition), queries.points_of(edition)
    found = queries.counts(edition, here.day, points)
    named = {point.place: point for point in points}
    return render_template(
        "registrations/checkin/board.html",
        edition=edition,
        desk=here,
        days=queries.days_of(edition),
        places=[(one, named.get((one.kind, one.key))) for one in found.places],
        points=list(zip(found.points, points, strict=True)),
        turned_away=queries.turned_away_on(edition, here.day),
    )


@bp.route("/office/e/<edition>/check-in/points", methods=["GET", "POST"])
@may("editions.manage")
def points(edition: Edition) -> ResponseReturnValue:
    """The points with what they lead to; below them, one more."""
    form = PointForm(edition, public_sessions(edition))
    if form.validate_on_submit():
        try:
            with transaction():
                operations.add_point(edition, form.facts(), actor=actor())
        except Refused as no:
            flash(no.message, "danger")
        else:
            flash(_("The check-in point is there."), "success")
            return redirect(url_for("checkin.points", edition=edition.slug), 303)
    rows = queries.points_of(edition, retired=True)
    return render_template("registrations/checkin/points.html", edition=edition, points=rows, form=form)


@bp.route("/office/e/<edition>/check-in/points/<int:point_id>", methods=["GET", "POST"])
@may("editions.manage")
def point(edition: Edition, point_id: int) -> ResponseReturnValue:
    row = queries.point_of(edition, point_id) or abort(404)
    form = PointForm(edition, [], row)
    if form.validate_on_submit():
        with transaction():
            operations.change_point(row, form.facts(), actor=actor())
        flash(_("Saved."), "success")
        return redirect(url_for("checkin.points", edition=edition.slug), 303)
    return render_template("registrations/checkin/point.html", edition=edition, point=row, form=form)


@bp.post("/office/e/<edition>/check-in/points/<int:point_id>/position")
@may("editions.manage")
def move_point(edition: Edition, point_id: int) -> ResponseReturnValue:
    row = queries.point_of(edition, point_id) or abort(404)
    with transaction():
        operations.move_point(row, 1 if request.form.get("to") == "down" else -1, actor=actor())
    return redirect(url_for("checkin.points", edition=edition.slug), 303)


@bp.post("/office/e/<edition>/check-in/points/<int:point_id>/retirement")
@may("editions.manage")
def retire_point(edition: Edition, point_id: int) -> ResponseReturnValue:
    row = queries.point_of(edition, point_id) or abort(404)
    try:
        with transaction():
            operations.retire_point(row, request.form.get("retired") != "no", actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    return redirect(url_for("checkin.points", edition=edition.slug), 303)


def _desk(edition: Edition) -> Desk:
    """The point and the day that the address names; else the first point, and today while the event is on."""
    point = _point(edition) or next(iter(queries.points_of(edition)), None)
    fixed_day = _fixed_day(edition)
    return Desk(edition, point, fixed_day or queries.day_at_the_door(edition), fixed_day)


def _point(edition: Edition) -> Point | None:
    number = request.args.get("point", 0, type=int)
    return queries.point_of(edition, number) if 0 < number <= LARGEST_ID else None


def _fixed_day(edition: Edition) -> date | None:
    """The day that the address names, or the first while the event is not on; None for today."""
    asked = request.args.get("day", "")
    day = queries.day_asked_for(edition, asked)
    return day if day.isoformat() == asked or not queries.is_on(edition) else None


def _place(here: Desk) -> tuple[str, int]:
    return here.point.place if here.point else ("entrance", 0)


def _count_of(here: Desk, found: queries.Counts) -> queries.Count:
    """The numbers of what the desk's point leads to."""
    return next((one for one in found.places if (one.kind, one.key) == _place(here)), found.places[0])


def _shown(edition: Edition) -> dict[str, Any] | None:
    """The answer that the address speaks of, for the page without scripts."""
    number = request.args.get("passage", 0, type=int) or request.args.get("undone", 0, type=int)
    if (passage := _passage(edition, number)) is not None:
        undone = passage.undone_at is not None
        other = None if undone else queries.other_of(passage, queries.beside(passage))
        return {"verdict": passage.verdict, "row": passage.registration, "passage": passage, "other": other}
    verdict = request.args.get("verdict", "")
    if verdict not in VERDICTS:
        return None
    seen = request.args.get("seen", 0, type=int)
    row = db.session.get(Registration, seen) if 0 < seen <= LARGEST_ID else None
    return {"verdict": verdict, "row": row if row and row.edition_id == edition.id else None, "passage": None}


def _passage(edition: Edition, number: int) -> Passage | None:
    passage = db.session.get(Passage, number) if 0 < number <= LARGEST_ID else None
    return passage if passage is not None and passage.point.edition_id == edition.id else None


def _told(answer: Answer) -> dict[str, Any]:
    """An answer as the page's script shows it, in the reader's language."""
    said: dict[str, Any] = {"verdict": answer.verdict, "detail": advice(answer.verdict), "passage": None}
    row = answer.registration
    if row is not None:
        said |= _person(row)
        said["detail"] = told_with(answer.verdict, answer.other, row.edition.zone) or said["detail"]
    if answer.passage is not None:
        said["passage"] = answer.passage.id
    return said


def _person(row: Registration) -> dict[str, Any]:
    """What helpers see of somebody."""
    return {
        "reference": row.reference,
        "name": row.name,
        "unit": row.organisation,
        "category": row.category.name.local(language()),
        "state": row.state,
        "phone": masked_phone(row.phone),
        "badge": url_for("badges.print_one", edition=row.edition.slug, row_id=row.id) if row.is_confirmed else "",
    }


def _since(passage: Passage | None) -> dict[str, Any] | None:
    if passage is None:
        return None
    said = told_with(Verdict.ALREADY, passage, passage.registration.edition.zone)
    return {"direction": passage.direction, "words": said}


def _nonces() -> str:
    """A name for one sending of one form."""
    return secrets.token_hex(12)


def _milliseconds() -> int:
    return int(now().timestamp() * 1000)
