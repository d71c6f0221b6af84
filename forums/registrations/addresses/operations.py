from __future__ import annotations

from dataclasses import fields

from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.directory.operations import normal_email
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import operations, places
from forums.registrations.addresses import emails
from forums.registrations.addresses.models import AddressChange
from forums.registrations.emails import already_registered
from forums.registrations.models import Registration
from forums.registrations.operations import Applicant
from forums.registrations.queries import known_registration
from forums.registrations.refusals import NotLive, NotNow


def ask_for_address(row: Registration, email: str, *, actor: Actor) -> None:
    """Write to the new address; the registration keeps the old one until that letter's link is confirmed.

    An address that has another registration here gets that one's link instead, and whoever asks learns nothing. An
    earlier wish is void. Raises NotLive, and NotNow for the address that it has.
    """
    places.hold(row.edition)
    db.session.refresh(row)
    if not row.is_live:
        raise NotLive(_l("This registration was cancelled; please register again."))
    email = normal_email(email)
    if email == row.email:
        raise NotNow(_l("This is the address that your registration has."))
    # Kept, with links that are revoked: SQLite gives the number of a deleted row to the next one.
    earlier = update(AddressChange).where(AddressChange.registration_id == row.id)
    db.session.execute(earlier.values(token_version=AddressChange.token_version + 1))
    other = known_registration(row.edition, email, None)
    if other is not None:
        already_registered(other)
        return
    change = AddressChange(registration=row, email=email, said_by_version=row.token_version, token_version=1)
    db.session.add(change)
    db.session.flush()
    record(actor, "registration.address_asked", row)
    emails.please_confirm(change)


def confirm_address(change: AddressChange, *, actor: Actor) -> None:
    """Give the registration its new address and a new private link, and tell the old one. Confirming twice is once.

    Raises NotNow when the wish is void, and AddressTaken when somebody registered with the address meanwhile.
    """
    row = change.registration
    places.hold(row.edition)
    db.session.refresh(change)
    db.session.refresh(row)
    if change.confirmed_at is not None and row.email == change.email:
        return
    if not change.is_open:
        raise NotNow(_l("This link has expired or was replaced. Please ask for the change again on your private page."))
    before = row.email
    given = {field.name: getattr(row, field.name) for field in fields(Applicant)} | {"email": change.email}
    operations.change(row, Applicant(**given), actor=actor)
    change.confirmed_at = now()
    if before is not None:
        emails.tell_the_old(row, before)


def send_link(edition: Edition, email: str) -> None:
    """Write the private link to its owner once more, at most once an hour; nothing for an address that is not known."""
    row = known_registration(edition, normal_email(email), None)
    if row is not None:
        emails.link_again(row)


def renew_link(row: Registration, *, actor: Actor) -> None:
    """Another private link, written to the registration's address; the ones before stop working, for everybody.

    Raises NotNow where there is no address to write to.
    """
    places.hold(row.edition)
    db.session.refresh(row)
    if row.email is None:
        raise NotNow(_l("There is no e-mail address to send a new link to. Give one first."))
    row.token_version += 1
    record(actor, "registration.link_renewed", row)
    emails.link_again(row)
