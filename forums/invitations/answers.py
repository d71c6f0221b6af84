"""What the invited answer, and the registration that follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.directory.operations import normal_email
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.invitations.models import Invitation
from forums.registrations.models import Registration
from forums.registrations.operations import CONSENT_VERSION, Applicant, cancel, hand_over, register
from forums.registrations.queries import known_registration

SOURCE = "invitation"


class AnswersClosed(Refused):
    """The event has begun, or is over."""


@dataclass(frozen=True)
class Answer:
    """coming, not_coming or substitute; a substitute has a name and an address."""

    answer: str
    companions: int = 0
    note: str = ""
    substitute_name: str = ""
    substitute_email: str = ""


def takes_answers(edition: Edition) -> bool:
    """Until the day on which it begins, where it takes place."""
    return edition.state in {"draft", "published"} and now().astimezone(edition.tz).date() < edition.starts_on


def answer(row: Invitation, given: Answer, *, actor: Actor) -> Registration | None:
    """Keep the answer; who comes is registered, who does not gives the place back. The same answer twice is once.

    Returns the registration of whoever comes: it may be on the waiting list. Raises AnswersClosed.
    """
    db.session.refresh(row, with_for_update={"of": Invitation})
    edition = row.edition
    if not takes_answers(edition):
        raise AnswersClosed(_l("The event has begun, so answers can no longer be changed. Write to the organisers."))
    before = row.answer
    row.answer = given.answer
    row.note = given.note
    row.companions = given.companions if given.answer != "not_coming" else 0
    is_substitute = given.answer == "substitute"
    row.substitute_name = given.substitute_name if is_substitute else ""
    row.substitute_email = normal_email(given.substitute_email) if is_substitute else ""
    row.answered_at = now()
    record(actor, "invitation.answered", row, edition=edition, before=before, answer=row.answer)
    _register(row, edition, actor)
    return row.registration if row.answer != "not_coming" else None


def _register(row: Invitation, edition: Edition, actor: Actor) -> None:
    """Let the registration follow the answer: made, handed over to the substitute and back, or cancelled.

    A substitute takes over the guest's place instead of queueing for one. Whoever registered by themselves keeps that.
    """
    wanted = _applicant(row)
    current = row.registration or known_registration(edition, row.email, None)
    if current is not None and current.is_live and (current.source == SOURCE or current.email == row.email):
        if wanted is not None and current.email == wanted.email:
            row.registration = current
            return
        if wanted is not None and known_registration(edition, wanted.email, None) is None:
            hand_over(current, wanted, actor=actor)
            row.registration = current
            return
        cancel(current, actor=actor, reason="invitation answered")
    if wanted is not None:
        outcome = register(edition, wanted, actor=actor, consent_version=CONSENT_VERSION, source=SOURCE)
        # The substitute may have a place already. It is no business of this guest's, to see or to give away.
        is_theirs = outcome.is_new or outcome.registration.email == row.email
        row.registration = outcome.registration if is_theirs else None


def _applicant(row: Invitation) -> Applicant | None:
    if row.answer == "coming":
        return Applicant(
            name=row.name, email=row.email, organisation=row.organisation, title=row.title, language=row.language
        )
    if row.answer == "substitute":
        return Applicant(
            name=row.substitute_name,
            email=row.substitute_email,
            organisation=row.organisation,
            language=row.language,
        )
    return None
