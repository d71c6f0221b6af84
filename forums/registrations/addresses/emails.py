"""The letters about addresses and links."""

from __future__ import annotations

from typing import Any

from forums.clock import now
from forums.mail import queue
from forums.registrations.addresses.models import AddressChange
from forums.registrations.emails import facts_of
from forums.registrations.models import Registration


def please_confirm(change: AddressChange) -> None:
    """To the new address: confirm that it is yours."""
    row = change.registration
    more = {"change_id": change.id, "change_version": change.token_version}
    _write("address_confirm", row, f"address:{change.id}", change.email, more)


def tell_the_old(row: Registration, email: str) -> None:
    """To the address that a registration had: it has another one now, and the link in older letters is dead."""
    _write("address_changed", row, f"address-left:{row.token_version}", email, {})


def link_again(row: Registration) -> None:
    """The private link once more, at most one letter an hour for each link."""
    if row.email is not None:
        _write("registration_link", row, f"link:{row.token_version}:{now():%Y%m%d%H}", row.email, {})


def _write(letter: str, row: Registration, what: str, to: str, more: dict[str, Any]) -> None:
    queue(
        letter=letter,
        event=f"registration:{row.id}:{what}",
        to=to,
        name=row.name,
        language=row.language,
        params=facts_of(row) | more,
        edition=row.edition,
    )
