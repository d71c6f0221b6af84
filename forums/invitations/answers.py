"""What the invited answer, and the registration that follows from it.

Where the edition's form has nothing to ask, whoever comes is registered at once; where it asks, one step is left: the
form, filled in as far as we know the person, behind a link of their own (registering.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import aliased

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.directory.operations import normal_email
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.invitations import companions, emails
from forums.invitations.calendars.operations import bind, tell
from forums.invitations.calendars.queries import was_asked
from forums.invitations.companions import SOURCE
from forums.invitations.models import Invitation
from forums.invitations.registering import asks, offer_to
from forums.invitations.sending import spare
from forums.registrations.models import OVER, Registration
from forums.registrations.operations import CONSENT_VERSION, Applicant, cancel, hand_over, register
from forums.registrations.queries import category_with_edition, known_registration


class AnswersClosed(Refused):
    """The event has begun, is over, or takes place no more."""


class Withdrawn(Refused):
    """The organisers have withdrawn the invitation."""


class Superseded(Refused):
    """A later answer stands."""


@dataclass(frozen=True)
class Answer:
    """coming, not_coming or substitute; a substitute has a name and an address.

    Without `companions`, their names or `note` (None: a calendar's reply says nothing of them), what was said before
    stays.
    """

    answer: str
    companions: int | None = None
    note: str | None = None
    substitute_name: str = ""
    substitute_email: str = ""
    companion_names: tuple[str, ...] | None = None


def closed_because(edition: Edition) -> str:
    """Why no answer is taken: "begun" | "closed" (by the organiser); "" until the day on which the event begins."""
    if edition.state not in {"draft", "published"}:
        return "closed"
    return "begun" if now().astimezone(edition.tz).date() >= edition.starts_on else ""


def takes_answers(edition: Edition) -> bool:
    """Until the day on which it begins, where it takes place."""
    return not closed_because(edition)


def answer(row: Invitation, given: Answer, *, actor: Actor, at: datetime | None = None) -> Registration | None:
    """Keep the answer; who comes is registered, who does not gives the place back. The same answer twice is once.

    `at` (aware) is when the answer was given, for one that came by mail: an answer given later, on the page or by
    another mail, stands, whatever comes in last, and this one is Superseded. One that came by mail and leaves a step
    to do is answered by a letter, since its sender does not see the page.

    Returns the registration of whoever comes: it may be on the waiting list; None where a step is left. Raises
    Withdrawn, AnswersClosed and Superseded.
    """
    db.session.refresh(row, with_for_update={"of": Invitation})
    edition = row.edition
    if row.is_withdrawn:
        raise Withdrawn(_l("The invitation was withdrawn, so it cannot be answered. Invite them again first."))
    if why := closed_because(edition):
        raise AnswersClosed(
            _l("The event has begun, so answers can no longer be changed. Write to the organisers.")
            if why == "begun"
            else _l("The organisers have closed this event, so answers can no longer be changed. Write to them.")
        )
    if at is not None and row.answered_at is not None and at <= row.answered_at:
        raise Superseded(_l("A later answer is there already, and it stands."))
    before = (row.answer, row.substitute_email)
    row.answer = given.answer
    row.note = row.note if given.note is None else given.note
    _note_companions(row, given)
    is_substitute = given.answer == "substitute"
    row.substitute_name = given.substitute_name if is_substitute else ""
    row.substitute_email = normal_email(given.substitute_email) if is_substitute else ""
    if before[1] and row.substitute_email != before[1]:
        row.substitute_version += 1
    row.answered_at = min(at, now()) if at is not None else now()
    record(actor, "invitation.answered", row, edition=edition, before=before[0], answer=row.answer)
    is_told = _calendar_follows(row.registration)
    if row.is_expected:
        tell(row, is_cancelled=False)
    _register(row, edition, actor)
    companions.follow(row, actor=actor)
    spare(row)
    if before[0] == "coming" and row.answer in {"not_coming", "substitute"} and at is None and not is_told:
        _clear_the_calendar(row)
    if row.is_expected and row.registration is None:
        _tell_of_the_step(row, is_news=row.substitute_email != before[1], by_mail=at is not None)
    return row.registration if row.is_expected else None


def find_registrations() -> int:
    """Link the invited to the registration that they, or others, made for their address; how many."""
    theirs = select(Registration.id).where(
        Registration.edition_id == Invitation.edition_id,
        Registration.email == Invitation.email,
        Registration.state.not_in(OVER),
    )
    open_editions = select(Edition.id).where(Edition.state == "published")
    _forget_what_was_taken_back()
    found = db.session.execute(
        update(Invitation)
        .where(
            Invitation.registration_id.is_(None),
            Invitation.answer.in_(("none", "coming")),
            Invitation.edition_id.in_(open_editions),
            theirs.exists(),
        )
        .values(registration_id=theirs.limit(1).scalar_subquery())
        .execution_options(synchronize_session=False)
    )
    return int(found.rowcount)  # type: ignore[attr-defined]


def _forget_what_was_taken_back() -> None:
    """Who was a substitute, has not answered for themselves, and is none any more is not registered."""
    other = aliased(Invitation)
    is_others = exists().where(other.registration_id == Invitation.registration_id, other.id != Invitation.id)
    is_theirs = exists().where(Registration.id == Invitation.registration_id, Registration.email == Invitation.email)
    db.session.execute(
        update(Invitation)
        .where(Invitation.answer == "none", Invitation.registration_id.is_not(None), is_others, ~is_theirs)
        .values(registration_id=None)
        .execution_options(synchronize_session=False)
    )


def _note_companions(row: Invitation, given: Answer) -> None:
    """Nobody accompanies who does not come; where nothing is said of them, they stay."""
    if given.answer == "not_coming":
        row.companions, row.companion_names = 0, ""
    elif given.companion_names is not None:
        row.companions, row.companion_names = len(given.companion_names), "\n".join(given.companion_names)
    elif given.companions is not None:
        row.companions, row.companion_names = given.companions, ""


def _register(row: Invitation, edition: Edition, actor: Actor) -> None:
    """Let the registration follow the answer: made, handed over to the substitute and back, or cancelled.

    A substitute takes over the guest's place instead of queueing for one. Whoever registered by themselves keeps that.
    """
    wanted = _applicant(row)
    if row.registration is not None and _is_anothers(row, row.registration):
        bind(row, None)
    linked = row.registration
    current = linked if linked is not None and linked.is_live else known_registration(edition, row.email, None)
    if current is not None and current.is_live and (current.source == SOURCE or current.email == row.email):
        if wanted is not None and current.email == wanted.email:
            bind(row, current)
            return
        if wanted is not None and known_registration(edition, wanted.email, None) is None:
            hand_over(current, wanted, actor=actor)
            bind(row, current)
            return
        cancel(current, actor=actor, reason="invitation answered")
    if wanted is None:
        return
    bind(row, None)
    offer = offer_to(edition)
    if known_registration(edition, wanted.email, None) is None and (offer.state != "open" or asks(edition, offer)):
        return
    category = category_with_edition(offer.categories[0].id) if len(offer.categories) == 1 else None
    outcome = register(
        edition,
        wanted,
        actor=actor,
        category=category,
        consent_version=CONSENT_VERSION,
        source=SOURCE,
        calendar_uid=emails.uid_of(row),
    )
    # The substitute may have a place already. It is no business of this guest's, to see or to give away.
    is_theirs = outcome.is_new or outcome.registration.email == row.email
    bind(row, outcome.registration if is_theirs else None)


def _calendar_follows(registration: Registration | None) -> bool:
    """Whether the letter that ends this registration, or hands it over, takes the invitation's event out by itself."""
    return registration is not None and registration.is_live and registration.calendar_uid != ""


def _clear_the_calendar(row: Invitation) -> None:
    """Take the event out of the calendar of a guest who had said yes and says on the page that they do not come.

    Their mail program was asked, perhaps by its own button answered yes, and hears nothing of the page. RFC 5546 lets
    an attendee who declined keep the event, but the organiser who lets somebody go sends them a CANCEL (3.2.5): else
    the day stays booked, and no update would reach it. Whoever declines with the button has a program that knows, and
    whoever never said yes is not written to only because they said no.
    """
    if not row.calendar_off and was_asked(row, row.email):
        emails.declined(row)


def _is_anothers(row: Invitation, registration: Registration) -> bool:
    """Whether somebody comes with it by another invitation: a substitute who was invited as well and said so, or the
    guest who named this one as their substitute and took the place back."""
    if registration.email == row.email:
        return False
    comes = (Invitation.answer == "coming") & (Invitation.email == registration.email)
    sends = (Invitation.answer == "substitute") & (Invitation.substitute_email == registration.email)
    others = (Invitation.edition_id == row.edition_id) & (Invitation.id != row.id)
    return bool(db.session.scalar(select(exists().where(others, or_(comes, sends)))))


def _tell_of_the_step(row: Invitation, *, is_news: bool, by_mail: bool) -> None:
    """A letter to whoever has to fill in the form and is not on its way there."""
    if offer_to(row.edition).state != "open":
        return
    if row.answer == "substitute":
        if is_news and known_registration(row.edition, row.substitute_email, None) is None:
            emails.one_step_for_substitute(row)
    elif by_mail:
        emails.one_step(row)


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
