from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forums.accounts.models import Account
from forums.activity.models import Actor


@dataclass(frozen=True)
class Staff:
    """The demo accounts that draft, verify and approve: three people."""

    organizer: Actor
    drafter: Actor
    verifier: Actor
    approver: Actor

    @classmethod
    def of(cls, accounts: Iterable[Account]) -> Staff:
        """Raises KeyError when one of them is missing."""
        by_login = {account.email.partition("@")[0]: account.actor for account in accounts}
        return cls(by_login["organizer"], by_login["staff"], by_login["reviewer"], by_login["reviewer2"])
