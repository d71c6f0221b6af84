from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from forums.agenda.models import Session
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import OVER, Registration, SessionPlace, State


def signed_up(session: Session) -> Select[SessionPlace]:
    """Who has a place in the session, by name, and then those who wish for one and may still come."""
    gone = (*OVER, State.DECLINED)
    return (
        select(SessionPlace)
        .join(SessionPlace.registration)
        .join(Registration.category)
        .where(SessionPlace.session_id == session.id, Registration.state.not_in(gone))
        .options(contains_eager(SessionPlace.registration).contains_eager(Registration.category))
        .order_by(SessionPlace.held.desc(), Registration.name_sort, Registration.id)
    )


def sessions_with_places(edition: Edition) -> list[Session]:
    """The sessions for which people sign up or have signed up, in order of time."""
    counted = Session.capacity.is_not(None) | (Session.taken > 0)
    statement = select(Session).where(Session.edition_id == edition.id, Session.state != "cancelled", counted)
    return list(db.session.scalars(statement.order_by(Session.starts_at.is_(None), Session.starts_at, Session.id)))
