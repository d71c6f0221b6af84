from __future__ import annotations

from flask_babel import lazy_ngettext as _ln
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agenda.models import Session
from forums.agenda.operations import NotHidden, after_change
from forums.extensions import db
from forums.registrations import emails, places
from forums.registrations.models import SessionPlace


def follow_session(session: Session, actor: Actor) -> None:
    """A cancelled session lets everybody go and tells them; one that people signed up for is not hidden from them.

    The caller holds the edition's gate. Raises NotHidden.
    """
    if session.state == "published" or session.id is None:
        return
    wishes = db.session.scalars(
        select(SessionPlace)
        .where(SessionPlace.session_id == session.id)
        .options(joinedload(SessionPlace.registration))
        .order_by(SessionPlace.id)
    ).all()
    live = [wish.registration for wish in wishes if wish.registration.is_live]
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


after_change.append(follow_session)
