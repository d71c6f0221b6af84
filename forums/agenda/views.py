from __future__ import annotations

from datetime import date

from babel.dates import format_date
from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from forums import links
from forums.agenda import queries
from forums.agenda.calendars import calendar_of
from forums.agenda.clashes import hall_name
from forums.agenda.exchange import billet, c3voc_writing
from forums.agenda.exchange.programme import Programme, ProgrammeSession
from forums.agenda.models import Session
from forums.agenda.words import FIELDS, FORMATS, KINDS, LANGUAGES, ROLES, STATES
from forums.clock import read_day
from forums.editions.models import Edition
from forums.web import navigation
from forums.web.guards import public as everybody
from forums.web.language import language

bp = Blueprint("agenda", __name__)
navigation.add("edition", _l("Agenda"), "agenda.listing", "editions.manage", icon="agenda", order=20)

JSON_TYPE = "application/json; charset=utf-8"
XML_TYPE = "application/xml; charset=utf-8"


WORDS = {
    "session_kinds": KINDS,
    "session_states": STATES,
    "session_roles": ROLES,
    "session_languages": LANGUAGES,
    "session_fields": FIELDS,
    "programme_formats": FORMATS,
    "hall_of": hall_name,
}
bp.record_once(lambda setup: setup.app.jinja_env.globals.update(WORDS))


@bp.app_template_filter()
def weekday(day: date) -> str:
    """Thu, 周四."""
    return format_date(day, "EEE", locale="zh" if language() == "zh" else "en")


@bp.get("/e/<edition>/agenda")
@everybody
def public(edition: Edition) -> ResponseReturnValue:
    """One day at a time, the first unless ?day= asks for another; ?hall= narrows it to a hall."""
    sessions = queries.public_sessions(edition)
    days = queries.days_of(sessions)
    day = asked_day() if asked_day() in days else next(iter(days), None)
    of_the_day = [row for row in sessions if row.day == day]
    halls = {row.hall.code: row.hall for row in of_the_day if row.hall}
    hall = request.args.get("hall", "")
    shown = [row for row in of_the_day if row.hall and row.hall.code == hall] if hall in halls else of_the_day
    return render_template(
        "agenda/public.html",
        edition=edition,
        days=days,
        day=day,
        halls=sorted(halls.values(), key=lambda row: (row.position, row.id)),
        hall=hall if hall in halls else "",
        slots=queries.slots(shown),
        undated=[row for row in sessions if row.day is None],
    )


@bp.get("/e/<edition>/sessions/<int:session_id>")
@everybody
def session(edition: Edition, session_id: int) -> ResponseReturnValue:
    row = public_session(edition, session_id)
    return render_template("agenda/session.html", edition=edition, session=row)


@bp.get("/e/<edition>/sessions/<int:session_id>.ics")
@everybody
def session_calendar(edition: Edition, session_id: int) -> ResponseReturnValue:
    row = public_session(edition, session_id)
    return calendar([row], row.title.local(language()), f"session-{row.id}.ics")


@bp.get("/e/<edition>/agenda.ics")
@everybody
def feed(edition: Edition) -> ResponseReturnValue:
    """To be subscribed to: what changes in the agenda changes in the reader's calendar."""
    return calendar(queries.public_sessions(edition), edition.title.local(language()), f"{edition.slug}.ics")


@bp.get("/e/<edition>/agenda.json")
@everybody
def as_json(edition: Edition) -> ResponseReturnValue:
    """Billet's own programme format, which Billet reads as well."""
    return Response(billet.write(queries.programme_of(edition, public_only=True)), content_type=JSON_TYPE)


@bp.get("/e/<edition>/schedule.json")
@everybody
def schedule_json(edition: Edition) -> ResponseReturnValue:
    """For the apps that read the c3voc's schedules."""
    return Response(written_json(queries.programme_of(edition, public_only=True), edition), content_type=JSON_TYPE)


@bp.get("/e/<edition>/schedule.xml")
@everybody
def schedule_xml(edition: Edition) -> ResponseReturnValue:
    return Response(written_xml(queries.programme_of(edition, public_only=True), edition), content_type=XML_TYPE)


def public_session(edition: Edition, session_id: int) -> Session:
    row = queries.session_of(edition, session_id)
    if row is None or row.state != "published":
        abort(404)
    return row


def asked_day() -> date | None:
    return read_day(request.args.get("day", ""))


def calendar(sessions: list[Session], name: str, file_name: str) -> Response:
    content = calendar_of(sessions, name=name, language=language())
    headers = {"Content-Disposition": f'inline; filename="{file_name}"'}
    return Response(content, content_type="text/calendar; charset=utf-8", headers=headers)


def written_json(programme: Programme, edition: Edition) -> bytes:
    return c3voc_writing.write_json(programme, language=language(), url=agenda_url(edition), address=address(edition))


def written_xml(programme: Programme, edition: Edition) -> bytes:
    return c3voc_writing.write_xml(programme, language=language(), url=agenda_url(edition), address=address(edition))


def agenda_url(edition: Edition) -> str:
    return links.external("agenda.public", edition=edition.slug)


def address(edition: Edition) -> c3voc_writing.Address:
    """Each session's page; one link is built and the number put into it, for a programme may hold thousands."""
    pattern = links.external("agenda.session", edition=edition.slug, session_id=0).removesuffix("0")

    def of(session: ProgrammeSession) -> str:
        return f"{pattern}{session.number}"

    return of


# The other pages of this room join the same blueprint.
from forums.agenda import import_views, office_views  # noqa: E402, F401
