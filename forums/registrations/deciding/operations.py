from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.jobs import start
from forums.jobs.models import Job
from forums.registrations import emails, places
from forums.registrations.models import Registration, State
from forums.registrations.operations import take_place, tell_the_state
from forums.registrations.refusals import NotNow
from forums.registrations.wishes import NO_WISHES

APPROVE, DECLINE, AFTER_ALL = "approve", "decline", "approve_after_all"
DECIDE = "registrations.decide"


class NobodyChosen(Refused):
    """A decision on many that names nobody."""


def approve(row: Registration, *, actor: Actor, after_all: bool = False) -> None:
    """Say yes to a request, and claim its place now; where none is left, it waits its turn.

    Somebody who was declined is approved only `after_all`. Raises NotNow.
    """
    places.hold(row.edition)
    db.session.refresh(row)
    if row.state != (State.DECLINED if after_all else State.PENDING):
        raise NotNow(_l("%(name)s was decided on already.", name=row.name))
    row.revision += 1
    row.decided_at, row.decided_by, row.reason = now(), actor.label, ""
    take_place(row, NO_WISHES)
    missed = places.take_wishes(row) if row.is_holding else ()
    record(actor, "registration.approved", row, state=row.state)
    tell_the_state(row, missed)


def decline(row: Registration, *, reason: str, actor: Actor) -> None:
    """Say no to a request or to somebody who waits; the reason goes into the letter. Raises NotNow."""
    places.hold(row.edition)
    db.session.refresh(row)
    if row.state not in (State.PENDING, State.WAITLISTED):
        raise NotNow(_l("%(name)s was decided on already.", name=row.name))
    row.state, row.wait_sequence = State.DECLINED, None
    row.decided_at, row.decided_by, row.reason = now(), actor.label, reason
    row.revision += 1
    record(actor, "registration.declined", row, reason=reason)
    emails.declined(row)


def decide(row: Registration, decision: str, *, reason: str, actor: Actor) -> None:
    """Approve or decline one request, or approve one that was declined. Raises NotNow when somebody else was faster."""
    if decision == DECLINE:
        decline(row, reason=reason, actor=actor)
    else:
        approve(row, actor=actor, after_all=decision == AFTER_ALL)


def decide_many(
    edition: Edition, ids: Sequence[int], decision: str, *, reason: str, actor: Actor, of: str = State.PENDING
) -> Job:
    """Decide on many who stand `of` this state, in the order of `ids`, as a job: each has a letter of its own.

    Raises NobodyChosen.
    """
    if not ids:
        raise NobodyChosen(_l("Choose at least one person."))
    params = {
        "edition_id": edition.id,
        "ids": list(ids),
        "of": of,
        "decision": decision,
        "reason": reason,
        "by_id": actor.account_id,
        "by": actor.label,
    }
    return start(DECIDE, params, actor=actor, edition=edition)


def row_of(edition_id: int, row_id: int) -> Registration | None:
    """The edition's registration, if it is one."""
    row = db.session.get(Registration, row_id)
    return row if row is not None and row.edition_id == edition_id else None
