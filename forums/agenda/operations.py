from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agenda.exchange.gathering import time_fault
from forums.agenda.models import Appearance, Session, Track
from forums.columns import Bilingual
from forums.editions.models import Edition, Hall
from forums.editions.operations import ChangedMeanwhile
from forums.errors import Refused
from forums.experts.models import Expert
from forums.extensions import db


@dataclass(frozen=True)
class SessionFacts:
    """What an organiser decides about a session. Times are aware; an end needs a start."""

    title: Bilingual
    kind: str = "talk"
    abstract: Bilingual = field(default_factory=Bilingual)
    language: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    hall: Hall | None = None
    track: Track | None = None
    state: str = "draft"
    capacity: int | None = None


class FewerThanTaken(Refused):
    """A session has more people than the places that are asked for."""


class NotHidden(Refused):
    """A session that people count on cannot become a draft again."""


@dataclass(frozen=True)
class Whereabouts:
    """When (UTC) and in which hall a session takes place, as far as that is known."""

    starts_at: datetime | None
    ends_at: datetime | None
    hall_id: int | None


def whereabouts(session: Session) -> Whereabouts:
    """When and where it takes place now."""
    return Whereabouts(session.starts_at, session.ends_at, session.hall_id)


# Called after a session was changed or cancelled: upper rooms that hang on it follow, or raise Refused.
after_change: list[Callable[[Session, Actor], object]] = []
# Called after a public session was put elsewhere, with where it was: upper rooms tell those who count on it.
after_move: list[Callable[[Session, Whereabouts, Actor], object]] = []


# Called before an expert is taken off a session: upper rooms that hang on it follow.
before_removal: list[Callable[[Appearance, Actor], object]] = []


def create_session(edition: Edition, facts: SessionFacts, *, actor: Actor, key: str = "") -> Session:
    """`key` names the session in files; one is made up without it. Raises Refused."""
    row = Session(edition=edition, source_key=key or uuid4().hex, revision=0, appearances=[])
    _apply(row, facts)
    db.session.add(row)
    record(actor, "session.created", row, edition=edition, title=row.title.local("zh"))
    return row


def change_session(session: Session, facts: SessionFacts, *, actor: Actor, revision: int | None = None) -> None:
    """`revision` is that of the page the actor worked on. Raises ChangedMeanwhile and Refused."""
    _wait_for(session)
    if revision is not None and revision != session.revision:
        raise ChangedMeanwhile(_l("Somebody has changed this session since you opened it. Look at it again."))
    before, was = {name: str(getattr(session, name)) for name in _PLAIN}, whereabouts(session)
    _apply(session, facts)
    after = {name: str(getattr(session, name)) for name in _PLAIN}
    changed = {name: [before[name], after[name]] for name in _PLAIN if before[name] != after[name]}
    session.revision += 1
    record(actor, "session.changed", session, changed=changed)
    follow(session, actor)
    follow_move(session, was, actor)


def cancel_session(session: Session, *, actor: Actor) -> None:
    """The row stays, so that links to it and its history stay; the public no longer sees it. Raises Refused."""
    _wait_for(session)
    if session.state == "cancelled":
        raise Refused(_l("This session is cancelled already."))
    session.state = "cancelled"
    session.revision += 1
    record(actor, "session.cancelled", session)
    follow(session, actor)


def follow(session: Session, actor: Actor) -> None:
    """Let the rooms above know that a session was changed."""
    for each in after_change:
        each(session, actor)


def follow_move(session: Session, was: Whereabouts, actor: Actor) -> None:
    """Let the rooms above know where a public session was before, if it is elsewhere now."""
    if session.state == "published" and whereabouts(session) != was:
        for each in after_move:
            each(session, was, actor)


def let_go(appearance: Appearance, actor: Actor) -> None:
    """Let the rooms above know that an expert is about to be taken off a session."""
    for each in before_removal:
        each(appearance, actor)


def add_appearance(session: Session, expert: Expert, *, role: str = "speaker", actor: Actor) -> Appearance:
    """Put an expert on a session, after those who are there. Raises Refused for one who is there already."""
    db.session.refresh(session, ["appearances"], with_for_update=True)  # a second click waits, and finds the first
    if any(each.expert_id == expert.id for each in session.appearances):
        raise Refused(_l("%(name)s is in this session already.", name=expert.person.name.local("zh")))
    position = max((each.position for each in session.appearances), default=-1) + 1
    row = Appearance(expert=expert, role=role, position=position)
    session.appearances.append(row)
    session.revision += 1
    record(actor, "appearance.added", row, edition=session.edition, session_id=session.id, expert_id=expert.id)
    return row


def remove_appearance(appearance: Appearance, *, actor: Actor) -> None:
    session = appearance.session
    let_go(appearance, actor)
    session.appearances.remove(appearance)
    session.revision += 1
    record(actor, "appearance.removed", session, expert_id=appearance.expert_id)


def add_track(edition: Edition, name: Bilingual, *, actor: Actor, key: str = "") -> Track:
    """Raises Refused without a name, or when the edition has a track of that key."""
    if not name:
        raise Refused(_l("A track needs a name."))
    db.session.execute(select(Edition.id).where(Edition.id == edition.id).with_for_update())
    key = key or name.local("en")[:120]
    mine = select(Track).where(Track.edition_id == edition.id)
    if db.session.scalar(mine.where(Track.key == key)) is not None:
        raise Refused(_l("There is a track “%(key)s” already.", key=key))
    position = db.session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    row = Track(edition_id=edition.id, key=key, name=name, position=position)
    db.session.add(row)
    record(actor, "track.added", row, edition=edition, key=key)
    return row


_PLAIN = ("title", "kind", "abstract", "language", "starts_at", "ends_at", "hall_id", "track_id", "state", "capacity")


def _wait_for(session: Session) -> None:
    """Lock the edition and then the session, in the order of those who sign up, so that nobody waits in a circle."""
    db.session.execute(select(Edition.id).where(Edition.id == session.edition_id).with_for_update())
    db.session.refresh(session, with_for_update={"of": Session})


def _apply(row: Session, facts: SessionFacts) -> None:
    if not facts.title:
        raise Refused(_l("A session needs a title in Chinese or English."))
    fault = time_fault(facts.starts_at, facts.ends_at)
    if fault:
        raise Refused(_(fault))
    for part in (facts.hall, facts.track):
        if part is not None and part.edition_id != row.edition.id:
            raise Refused(_l("That hall or track belongs to another edition."))
    if facts.capacity is not None and facts.capacity < (row.taken or 0):
        raise FewerThanTaken(
            _l("%(taken)d people have signed up. Keep at least as many places, or more.", taken=row.taken)
        )
    row.capacity = facts.capacity
    row.title, row.abstract, row.kind, row.language = facts.title, facts.abstract, facts.kind, facts.language
    row.starts_at, row.ends_at, row.state = facts.starts_at, facts.ends_at, facts.state
    row.hall, row.hall_id = facts.hall, facts.hall.id if facts.hall else None
    row.track, row.track_id = facts.track, facts.track.id if facts.track else None
