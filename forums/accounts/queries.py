from __future__ import annotations

from sqlalchemy import Select, select

from forums.accounts.models import Account
from forums.extensions import db


def accounts(search: str = "") -> Select[Account]:
    """All accounts by name; `search` finds parts of name and e-mail."""
    rows = select(Account).order_by(Account.name, Account.id)
    if words := search.strip():
        rows = rows.where(
            Account.email.icontains(words, autoescape=True) | Account.name.icontains(words, autoescape=True)
        )
    return rows


def demo_accounts() -> list[Account]:
    return list(db.session.scalars(select(Account).where(Account.demo).order_by(Account.id)))
