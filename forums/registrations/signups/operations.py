from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_ngettext as _ln
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agenda.models import Session
from forums.agenda.operations import NotHidden, Whereabouts, after_change, after_move
from forums.clock import now
from forums.extensions import db
from forums.mail import outbox
from forums.registrations import emails, places
from forums.registrations.models import SessionPlace


def follow_session(session: Session, actor: Actor) -> None:
    """A cancelled session lets everybody go and tells them; one that people signed up for is not hidden from them.

    The caller holds the edition's gate. Raises NotHidden.
    """
    if session.state == "published" or session.id is None:
        return
    wishes = _wishes(session)
    live = [wish.registration for wish in wishes if wish.registration.is_live]
    outbox.withdraw(emails.of_moves(session))
    if session.state == "draft":
        if live:
            raise NotHidden(
                _ln(
                    "%(num)s person has signed up. Cancel the session, and they are told; or keep it published.",
                    "%(num)s people have signed up. Cancel the session, and they are told; or keep it published.",
                    len(live),
                )
            )
        return
    if not wishes:
        return
    places.release((session,), sum(wish.held for wish in wishes))
    for wish in wishes:
        wish.registration.session_places.remove(wish)
    db.session.flush()
    for row in live:
        emails.session_cancelled(row, session)
    record(actor, "session.signups_ended", session, people=len(live))


def tell_of_move(session: Session, was: Whereabouts, actor: Actor) -> None:
    """Tell those who signed up when and where a session takes place now; an older letter that waits is not sent."""
    if session.starts_at is not None and session.starts_at <= now():
        return
    outbox.withdraw(emails.of_moves(session))
    live = [wish.registration for wish in _wishes(session) if wish.registration.is_live]
    for row in live:
        emails.session_moved(row, session, was)
    if live:
        record(actor, "session.move_told", session, people=len(live))


def _wishes(session: Session) -> Sequence[SessionPlace]:
    """Who signed up, in order, those who will not come any more too."""
    statement = select(SessionPlace).where(SessionPlace.session_id == session.id).order_by(SessionPlace.id)
    return db.session.scalars(statement.options(joinedload(SessionPlace.registration))).all()


after_change.append(follow_session)
after_move.append(tell_of_move)
