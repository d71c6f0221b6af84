"""The registration form as the last step of an answer, where it asks what we do not know."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.invitations import companions, emails
from forums.invitations.calendars.operations import bind
from forums.invitations.companions import SOURCE
from forums.invitations.models import Invitation
from forums.registrations.models import Category, Registration
from forums.registrations.offered import Offered, offered_to_guests
from forums.registrations.operations import Applicant, register
from forums.registrations.questions.queries import live_form
from forums.registrations.wishes import Wishes


class NotExpected(Refused):
    """The answer that led to this form has been changed meanwhile."""


@dataclass(frozen=True)
class Guest:
    """Who fills in the form: the invited person, or the substitute whom they named."""

    name: str
    email: str
    organisation: str
    title: str
    language: str


def guest_of(row: Invitation) -> Guest | None:
    """Whoever is to come by this invitation; None where nobody is."""
    if row.answer == "coming":
        return Guest(row.name, row.email, row.organisation, row.title, row.language)
    if row.answer == "substitute":
        return Guest(row.substitute_name, row.substitute_email, row.organisation, "", row.language)
    return None


def offer_to(edition: Edition) -> Offered:
    """What the invited may choose now."""
    return offered_to_guests(edition)


def asks(edition: Edition, offer: Offered) -> bool:
    """Whether the form wants to know more than an invitation says: what somebody comes as, which sessions, required
    answers, or consent to a text of the organiser's."""
    if len(offer.categories) > 1 or offer.sessions:
        return True
    if not offer.asks:
        return False
    form, category = live_form(edition), offer.categories[0].id if offer.categories else None
    needed = (one for one in form.questions if one.required and one.shown_if_choice_id is None)
    return form.consent is not None or any(not one.category_ids or category in one.category_ids for one in needed)


def complete(
    row: Invitation,
    guest: Guest,
    applicant: Applicant,
    *,
    actor: Actor,
    category: Category | None,
    wishes: Wishes,
    consent_version: str,
) -> Registration:
    """Register whoever comes by the invitation, with what they filled in; sent twice, it is once.

    Raises NotExpected when the answer says something else by now or the invitation was withdrawn, and Full.
    """
    db.session.refresh(row, with_for_update={"of": Invitation})
    expected = guest_of(row)
    if row.is_withdrawn or expected is None or expected.email != guest.email:
        raise NotExpected(_l("The invitation was withdrawn, or the answer to it changed, meanwhile."))
    if row.registration is not None and row.registration.is_live:
        return row.registration
    bind(row, None)
    outcome = register(
        row.edition,
        applicant,
        actor=actor,
        category=category,
        wishes=wishes,
        consent_version=consent_version,
        source=SOURCE,
        calendar_uid=emails.uid_of(row),
    )
    # A substitute's own registration is no business of the guest's, to see or to give away.
    bind(row, outcome.registration if outcome.is_new or guest.email == row.email else None)
    companions.follow(row, actor=actor)
    return outcome.registration
