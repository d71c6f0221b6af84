from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from forums.agenda.models import Appearance, Session
from forums.clock import now
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.experts.models import Expert
from forums.extensions import db
from forums.invitations.speaking.models import SILENT_DAYS, Speaking, SpeakingTexts

CHANGES = {"title": {"title"}, "slot": {"starts_at", "ends_at"}, "hall": {"hall_id"}}
FILTERS = ("unasked", "asked", "silent", "confirmed", "declined", "untold", "missing", "waiting")


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

    @property
    def changes(self) -> list[str]:
        """Of title, time and hall, what is no longer as somebody who was asked last read it."""
        row = self.speaking
        return changes_of(row, self.session) if row is not None else []

    def matches(self, chosen: str, days: int) -> bool:
        row = self.speaking
        if chosen == "untold":
            return bool(self.changes)
        if chosen == "unasked":
            return row is None
        if chosen == "silent":
            return self.silent_days is not None and self.silent_days >= days
        if chosen == "missing":
            return row is not None and bool(row.missing)
        if chosen == "waiting":
            return row is not None and row.waits_for_approval
        return not chosen or (row is not None and row.state == chosen)


def whereabouts(session: Session) -> dict[str, Any]:
    """What a speaker is told of the session: its title, when it takes place, and in which hall."""

    def said(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment is not None else None

    return {
        "title": [session.title.zh, session.title.en],
        "starts_at": said(session.starts_at),
        "ends_at": said(session.ends_at),
        "hall_id": session.hall_id,
    }


def changes_of(row: Speaking, session: Session) -> list[str]:
    """Of title, time and hall, what is no longer as the speaker last read it; nothing where it is of no use to them."""
    if row.state == "declined" or not takes_answers(session):
        return []
    now_is = whereabouts(session)
    differs = {name for name, value in row.told.items() if name in now_is and now_is[name] != value}
    if row.told.get("cancelled"):  # and it takes place after all
        differs.add("starts_at")
    return [name for name, parts in CHANGES.items() if differs & parts]


def takes_answers(session: Session) -> bool:
    """Until the session ends; one without a time, until the event is over."""
    if session.state == "cancelled" or session.edition.state not in {"draft", "published"}:
        return False
    if (end := session.ends_at or session.starts_at) is not None:
        return now() < end
    return now().astimezone(session.edition.tz).date() <= session.edition.ends_on


def untold(edition: Edition) -> int:
    """How many speakers were asked, and have not been told what has changed since."""
    rows = (
        select(Speaking)
        .join(Speaking.appearance)
        .join(Appearance.session)
        .where(Session.edition_id == edition.id, Session.state != "cancelled", Speaking.state != "declined")
        .options(contains_eager(Speaking.appearance).contains_eager(Appearance.session))
    )
    return sum(bool(changes_of(row, row.appearance.session)) for row in db.session.scalars(rows))


def silent_days(edition: Edition) -> int:
    """After how many days without an answer somebody counts as silent."""
    texts = texts_of(edition)
    return texts.silent_days if texts is not None else SILENT_DAYS


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
