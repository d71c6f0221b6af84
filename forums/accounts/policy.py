"""Who may do what: the table of design, and the one function that reads it."""

from __future__ import annotations

from typing import Final, Protocol

from forums.accounts.models import HOUSE, Account, Grant

ACTIONS: Final[dict[str, frozenset[str]]] = {
    "accounts.manage": frozenset({"admin"}),
    "editions.manage": frozenset({"admin", "organizer"}),
    "directory.manage": frozenset({"admin", "organizer", "staff"}),
    "registrations.manage": frozenset({"admin", "organizer", "staff"}),
    "checkin": frozenset({"admin", "organizer", "staff", "helper"}),
    "agreements.draft": frozenset({"organizer", "reviewer", "staff"}),
    "agreements.review": frozenset({"reviewer"}),
    "amounts.confidential": frozenset({"reviewer", "auditor"}),
    "outcomes.read": frozenset({"admin", "organizer", "reviewer", "staff", "auditor"}),
    "outcomes.issue": frozenset({"organizer", "reviewer"}),
    "activity.read": frozenset({"admin", "auditor"}),
}


class Scoped(Protocol):
    """A row that says where it belongs, narrowest first: ["edition:3", "series:1", "house"]."""

    @property
    def scopes(self) -> list[str]: ...


def allowed(account: Account | None, action: str, row: Scoped | None = None) -> bool:
    """Whether a grant in force lets the account do this to the row (None: to the whole house).

    A grant for the house reaches everything; one for a series reaches its editions.
    """
    scopes = [HOUSE] if row is None else row.scopes
    return any(grant.scope in scopes for grant in _granting(account, action))


def allowed_anywhere(account: Account | None, action: str) -> bool:
    """Whether the account may do this in at least one scope."""
    return bool(_granting(account, action))


def scopes_for(account: Account | None, action: str) -> set[str]:
    """The scopes in which the account may do this."""
    return {grant.scope for grant in _granting(account, action)}


def _granting(account: Account | None, action: str) -> list[Grant]:
    roles = ACTIONS[action]
    if account is None or not account.active:
        return []
    return [grant for grant in account.grants if grant.role in roles and grant.in_force]
