"""Those who accompany a guest: counted, or registered by name where each takes a place of the edition."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.models import MOST_COMPANIONS, AnswerRules, Companion, Invitation
from forums.registrations.models import OVER, Registration
from forums.registrations.operations import Applicant, cancel, register

SOURCE = "invitation"
ROLE = "companion"
REASON = "the guest's answer"


def rules_of(edition: Edition) -> AnswerRules:
    """What the organiser has decided, or what holds without a word of theirs."""
    known = db.session.get(AnswerRules, edition.id)
    return known or AnswerRules(edition_id=edition.id, companions="counted", most=MOST_COMPANIONS)


def write_rules(edition: Edition, *, companions: str, most: int, actor: Actor) -> None:
    """Answers that are there stay as they are until they are given anew."""
    row = rules_of(edition)
    row.companions, row.most = companions, most
    db.session.add(row)
    record(actor, "invitation.rules_changed", edition, edition=edition, companions=companions)


def of_guest(row: Invitation) -> Sequence[Registration]:
    """The registrations of those who accompany the guest, the cancelled ones left out."""
    found = (
        select(Companion)
        .join(Companion.registration)
        .options(joinedload(Companion.registration))
        .where(Companion.invitation_id == row.id, Registration.state.not_in(OVER))
        .order_by(Companion.id)
    )
    return [one.registration for one in db.session.scalars(found)]


def follow(row: Invitation, *, actor: Actor) -> None:
    """Register those whom the guest names, in the guest's own category, and let go whom they name no more.

    Nobody comes without the guest: where the guest has no live registration, the companions lose theirs.
    """
    guest = row.registration
    has_place = row.is_expected and guest is not None and guest.is_live
    wanted = row.companion_names.splitlines() if has_place else []
    there = list(of_guest(row))
    if not wanted and not there:
        return
    for one in there:
        if one.name in wanted:
            wanted.remove(one.name)
        else:
            cancel(one, actor=actor, reason=REASON)
    for name in wanted:
        applicant = Applicant(name=name, email=None, organisation=row.organisation, language=row.language)
        outcome = register(
            row.edition,
            applicant,
            actor=actor,
            category=guest.category if guest is not None else None,
            role=ROLE,
            source=SOURCE,
        )
        db.session.add(Companion(invitation_id=row.id, registration_id=outcome.registration.id))
    db.session.flush()


def let_go(actor: Actor) -> int:
    """Follow the guests who gave their place back elsewhere, on their own page or by the office; how many."""
    theirs = aliased(Registration)
    live = (
        select(Companion.id)
        .join(theirs, theirs.id == Companion.registration_id)
        .where(Companion.invitation_id == Invitation.id, theirs.state.not_in(OVER))
    )
    gone = select(Invitation).join(Invitation.registration).where(Registration.state.in_(OVER), live.exists())
    rows = db.session.scalars(gone.order_by(Invitation.id)).all()
    for row in rows:
        follow(row, actor=actor)
    return len(rows)
