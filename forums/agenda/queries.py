from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from forums.agenda.clashes import Clash, clashes_among
from forums.agenda.exchange.programme import (
    Facts,
    Part,
    Programme,
    ProgrammeHall,
    ProgrammePerson,
    ProgrammeSession,
    ProgrammeTrack,
)
from forums.agenda.models import ANNOUNCED, Appearance, ImportedPerson, ProgrammeImport, Session, Track
from forums.directory.models import Person
from forums.editions.models import Edition, Hall, Series
from forums.experts import queries as expert_queries
from forums.experts.models import Expert
from forums.extensions import db


@dataclass(frozen=True)
class Slot:
    """All that begins at one moment of a day, hall by hall."""

    starts_at: datetime
    sessions: list[Session]


def sessions_of(edition: Edition) -> Select[Any]:
    """Every session with its hall and track, in order of time; those without one last."""
    rows: Select[Any] = (
        select(Session)
        .outerjoin(Session.hall)
        .where(Session.edition_id == edition.id)
        .options(
            contains_eager(Session.hall),
            joinedload(Session.track),
            joinedload(Session.edition),
            selectinload(Session.appearances).joinedload(Appearance.expert),
        )
        .order_by(Session.starts_at.is_(None), Session.starts_at, Hall.position, Session.id)
    )
    return rows


def public_sessions(edition: Edition) -> list[Session]:
    """What the public sees, in order of time."""
    return list(db.session.scalars(sessions_of(edition).where(Session.state == "published")))


def session_of(edition: Edition, session_id: int) -> Session | None:
    """With everything that its page shows."""
    rows = sessions_of(edition).where(Session.id == session_id)
    person = selectinload(Session.appearances).joinedload(Appearance.expert).joinedload(Expert.person)
    row: Session | None = db.session.scalar(rows.options(person.joinedload(Person.organisation)))
    return row


def filtered(edition: Edition, *, day: date | None, hall: int | None, track: int | None, state: str) -> Select[Any]:
    """The organiser's list; None and "" leave a filter out."""
    rows = sessions_of(edition)
    if day is not None:
        begins, ends = bounds(day, edition)
        rows = rows.where(Session.starts_at >= begins, Session.starts_at < ends)
    if hall is not None:
        rows = rows.where(Session.hall_id == hall)
    if track is not None:
        rows = rows.where(Session.track_id == track)
    return rows.where(Session.state == state) if state else rows


def bounds(day: date, edition: Edition) -> tuple[datetime, datetime]:
    """When the day begins and ends in the edition's zone, in UTC."""
    begins = datetime.combine(day, time(), edition.tz)
    return begins.astimezone(UTC), datetime.combine(day + timedelta(days=1), time(), edition.tz).astimezone(UTC)


def days_of(sessions: Iterable[Session]) -> list[date]:
    """The days on which these sessions begin."""
    return sorted({row.day for row in sessions if row.day})


def days_with_sessions(edition: Edition) -> list[date]:
    """Of all sessions, public or not, without loading them whole."""
    starts = db.session.scalars(
        select(Session.starts_at).where(Session.edition_id == edition.id, Session.starts_at.is_not(None))
    )
    return sorted({at.astimezone(edition.tz).date() for at in starts if at})


def slots(sessions: Iterable[Session]) -> list[Slot]:
    """`sessions` sorted by time, those without one left out."""
    timed = [(row.local_start, row) for row in sessions if row.local_start]
    return [Slot(at, [row for _, row in rows]) for at, rows in groupby(timed, key=lambda pair: pair[0])]


def tracks_of(edition: Edition) -> list[Track]:
    rows = select(Track).where(Track.edition_id == edition.id).order_by(Track.position, Track.id)
    return list(db.session.scalars(rows))


def standing_sessions(edition: Edition) -> list[Session]:
    """All that were not cancelled, in order of time."""
    return list(db.session.scalars(sessions_of(edition).where(Session.state != "cancelled")))


def clashes_of(edition: Edition) -> list[Clash]:
    return clashes_among(standing_sessions(edition))


def imports_of(edition: Edition) -> list[ProgrammeImport]:
    """The latest twenty."""
    rows = select(ProgrammeImport).where(ProgrammeImport.edition_id == edition.id).order_by(ProgrammeImport.id.desc())
    return list(db.session.scalars(rows.limit(20)))


def import_of(edition: Edition, import_id: int) -> ProgrammeImport | None:
    row = db.session.get(ProgrammeImport, import_id)
    return row if row is not None and row.edition_id == edition.id else None


def programme_of(edition: Edition, *, public_only: bool) -> Programme:
    """The edition's agenda as a programme to be written to a file."""
    rows = public_sessions(edition) if public_only else list(db.session.scalars(sessions_of(edition)))
    parts = {row.id: row.announced if public_only else row.appearances for row in rows}
    people: dict[int, Expert] = {each.expert_id: each.expert for row in rows for each in parts[row.id]}
    keys = {expert_id: f"expert-{expert_id}" for expert_id in people} | _imported_keys(edition)
    tracks = {row.track.id: row.track for row in rows if row.track}
    return Programme(
        format="billet",
        facts=Facts(edition.title, edition.zone, edition.starts_on, edition.ends_on, edition.slug),
        halls=tuple(ProgrammeHall(hall.code, hall.name, hall.capacity) for hall in edition.halls),
        tracks=tuple(ProgrammeTrack(track.key, track.name) for track in tracks.values()),
        people=tuple(_written_person(expert, keys[expert.id]) for expert in people.values()),
        sessions=tuple(_written_session(row, parts[row.id], keys) for row in rows),
        read=len(rows),
    )


def _imported_keys(edition: Edition) -> dict[int, str]:
    """The id by which the edition's files know each expert."""
    rows = select(ImportedPerson).where(ImportedPerson.edition_id == edition.id).order_by(ImportedPerson.id.desc())
    return {row.expert_id: row.source_key for row in db.session.scalars(rows)}


def _written_person(expert: Expert, key: str) -> ProgrammePerson:
    person = expert.person
    return ProgrammePerson(key, person.name, bio=expert.bio, title=person.title)


def _written_session(row: Session, parts: Iterable[Appearance], keys: Mapping[int, str]) -> ProgrammeSession:
    return ProgrammeSession(
        key=row.source_key,
        title=row.title,
        kind=row.kind,
        abstract=row.abstract,
        language=row.language,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        hall=row.hall.code if row.hall else "",
        track=row.track.key if row.track else "",
        state=row.state,
        people=tuple(Part(keys[each.expert_id], each.role) for each in parts),
        number=row.id,
    )


def count_sessions(series: Series, edition: Edition | None = None) -> int:
    """Sessions that were not cancelled, of one edition or of all that are no drafts."""
    rows = select(func.count(Session.id)).join(Session.edition).where(Session.state != "cancelled")
    return db.session.scalar(rows.where(*_held(series, edition))) or 0


def count_experts(series: Series, edition: Edition | None = None) -> int:
    """People, each once, in sessions that were not cancelled."""
    rows = select(func.count(func.distinct(Appearance.expert_id))).join(Appearance.session).join(Session.edition)
    rows = rows.where(Session.state != "cancelled", Appearance.standing.in_(ANNOUNCED))
    return db.session.scalar(rows.where(*_held(series, edition))) or 0


def _held(series: Series, edition: Edition | None) -> list[Any]:
    return [Edition.id == edition.id] if edition else [Edition.series_id == series.id, Edition.state != "draft"]


def parts_of(expert: Expert) -> list[expert_queries.Part]:
    rows = (
        select(Appearance)
        .join(Appearance.session)
        .join(Session.edition)
        .where(Appearance.expert_id == expert.id, Session.state != "cancelled")
        .options(contains_eager(Appearance.session).contains_eager(Session.edition))
        .order_by(Edition.starts_on.desc(), Edition.id.desc(), Session.starts_at, Session.id)
    )
    return [
        expert_queries.Part(
            each.session.edition,
            each.session_id,
            each.session.title,
            each.role,
            each.session.starts_at,
            each.session.is_public and each.is_announced,
        )
        for each in db.session.scalars(rows)
    ]


def appearing_in(edition: Edition) -> Select[Any]:
    """Ids of the experts in published sessions."""
    rows: Select[Any] = (
        select(Appearance.expert_id)
        .join(Appearance.session)
        .where(Session.edition_id == edition.id, Session.state == "published", Appearance.standing.in_(ANNOUNCED))
    )
    return rows


expert_queries.connect(expert_queries.Programme(parts_of, appearing_in))
