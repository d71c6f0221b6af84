from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from forums.agenda.models import Appearance, Session
from forums.clock import now
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.experts.models import Expert
from forums.extensions import db
from forums.invitations.speaking.models import Speaking, SpeakingTexts

SILENT_DAYS = 7
FILTERS = ("unasked", "asked", "silent", "confirmed", "declined", "missing", "waiting")


@dataclass(frozen=True)
class Line:
    """An appearance of an edition and, once the expert was asked, what came of it."""

    appearance: Appearance
    speaking: Speaking | None

    @property
    def session(self) -> Session:
        return self.appearance.session

    @property
    def silent_days(self) -> int | None:
        """For how many whole days an answer is awaited; None where none is."""
        row = self.speaking
        if row is None or row.state != "asked" or row.asked_at is None:
            return None
        return (now() - row.asked_at) // timedelta(days=1)

    def matches(self, chosen: str, days: int = SILENT_DAYS) -> bool:
        row = self.speaking
        if chosen == "unasked":
            return row is None
        if chosen == "silent":
            return self.silent_days is not None and self.silent_days >= days
        if chosen == "missing":
            return row is not None and bool(row.missing)
        if chosen == "waiting":
            return row is not None and row.waits_for_approval
        return not chosen or (row is not None and row.state == chosen)


def lines_of(edition: Edition) -> list[Line]:
    """Who is to appear in the edition's sessions that were not cancelled, in order of time."""
    rows = db.session.execute(
        select(Appearance, Speaking)
        .join(Appearance.session)
        .join(Appearance.expert)
        .join(Expert.person)
        .outerjoin(Person.organisation)
        .outerjoin(Speaking, Speaking.appearance_id == Appearance.id)
        .where(Session.edition_id == edition.id, Session.state != "cancelled")
        .options(
            contains_eager(Appearance.session).joinedload(Session.hall),
            contains_eager(Appearance.expert).contains_eager(Expert.person).contains_eager(Person.organisation),
        )
        .order_by(Session.starts_at.is_(None), Session.starts_at, Session.id, Appearance.position, Appearance.id)
    ).unique()
    return [Line(appearance, speaking) for appearance, speaking in rows]


def line_of(edition: Edition, appearance_id: int) -> Line | None:
    row = db.session.get(
        Appearance,
        appearance_id,
        options=[joinedload(Appearance.session).joinedload(Session.hall), joinedload(Appearance.expert)],
    )
    if row is None or row.session.edition_id != edition.id:
        return None
    return Line(row, db.session.scalar(select(Speaking).where(Speaking.appearance_id == row.id)))


def texts_of(edition: Edition) -> SpeakingTexts | None:
    return db.session.get(SpeakingTexts, edition.id)
