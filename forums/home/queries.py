from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload, selectinload

from forums.agenda.models import Appearance, Session
from forums.agenda.queries import appearing_in
from forums.clock import now
from forums.directory.models import Person
from forums.editions.models import Edition, Series
from forums.experts.models import Expert
from forums.extensions import db

HIGHLIGHTS, FACES = 5, 8
# What a reader should know of first; talks and breaks come when nothing else is there.
_RANKS = {"plenary": 0, "ceremony": 1, "panel": 2, "visit": 3, "parallel": 4, "talk": 5, "banquet": 6, "break": 7}


@dataclass(frozen=True)
class Front:
    """What the front page lists: editions still to come, soonest first, and the past ones by series, latest first."""

    upcoming: list[Edition]
    past: list[tuple[Series, list[Edition]]]


@dataclass(frozen=True)
class Programme:
    """How large an edition's published programme is, with a few of its sessions by time and of its experts."""

    sessions: int
    experts: int
    highlights: list[Session]
    faces: list[Expert]


def front() -> Front:
    rows = _public_editions()
    upcoming = sorted((row for row in rows if is_ahead(row)), key=lambda row: (row.starts_on, row.id))
    by_series: dict[Series, list[Edition]] = {}
    for row in rows:
        if not is_ahead(row):
            by_series.setdefault(row.series, []).append(row)
    return Front(upcoming, list(by_series.items()))


def public_editions_of(series: Series) -> list[Edition]:
    """The series' editions that anybody may see, latest first."""
    return _public_editions(series)


def programme_of(edition: Edition) -> Programme:
    """What the edition's page tells of its agenda; its size does not change how many rows are read."""
    public = (Session.edition_id == edition.id) & (Session.state == "published")
    chosen = (
        select(Session)
        .where(public, Session.starts_at.is_not(None))
        .options(joinedload(Session.hall), selectinload(Session.appearances).joinedload(Appearance.expert))
        .order_by(case(_RANKS, value=Session.kind, else_=9), Session.starts_at, Session.id)
        .limit(HIGHLIGHTS)
    )
    faces = (
        select(Expert)
        .where(Expert.id.in_(appearing_in(edition)))
        .options(joinedload(Expert.person).joinedload(Person.organisation))
        .order_by(Expert.id)
        .limit(FACES)
    )
    return Programme(
        sessions=db.session.scalar(select(func.count(Session.id)).where(public)) or 0,
        experts=db.session.scalar(select(func.count()).where(Expert.id.in_(appearing_in(edition)))) or 0,
        highlights=sorted(db.session.scalars(chosen), key=lambda row: (row.starts_at, row.id)),
        faces=list(db.session.scalars(faces)),
    )


def is_ahead(edition: Edition) -> bool:
    """Whether its last day, where it is held, is not over."""
    return edition.ends_on >= now().astimezone(edition.tz).date()


def _public_editions(series: Series | None = None) -> list[Edition]:
    rows = (
        select(Edition)
        .where(Edition.state != "draft")
        .options(joinedload(Edition.series))
        .order_by(Edition.starts_on.desc(), Edition.id.desc())
    )
    if series is not None:
        rows = rows.where(Edition.series_id == series.id)
    return list(db.session.scalars(rows))
