from __future__ import annotations

import secrets
from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_security import hash_password
from sqlalchemy import func, select

from forums.accounts.models import HOUSE, ROLES, Account, Grant
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.errors import Refused
from forums.extensions import db

DEMO_PASSWORD = "demo-billet-2026"  # noqa: S105  (printed at the start; refused behind an https PUBLIC_URL)


class AddressTaken(Refused):
    """Another account signs in with this e-mail."""


class LastAdmin(Refused):
    """The change would leave nobody who can manage accounts."""


def create_account(
    *, email: str, name: str, password: str | None, language: str = "zh", demo: bool = False, actor: Actor
) -> Account:
    """A new account without grants. password None: its owner asks for a reset letter. Raises AddressTaken."""
    address = email.strip().lower()
    if db.session.scalar(select(Account.id).where(Account.email == address)) is not None:
        raise AddressTaken(_l("%(email)s has an account already.", email=address))
    row = Account(
        email=address,
        name=name.strip(),
        password=hash_password(password or secrets.token_urlsafe(32)),
        fs_uniquifier=secrets.token_hex(32),
        language=language,
        demo=demo,
    )
    db.session.add(row)
    record(actor, "account.created", row, email=address)
    return row


def change_account(account: Account, *, name: str, language: str, active: bool, actor: Actor) -> None:
    """Raises LastAdmin when the last administrator would be switched off."""
    if account.active and not active and _is_last_admin(account):
        raise LastAdmin(_l("%(name)s is the last administrator and stays active.", name=account.name))
    before = {"name": account.name, "active": account.active}
    account.name, account.language, account.active = name.strip(), language, active
    if not active:
        account.fs_uniquifier = secrets.token_hex(32)  # ends every session of theirs
    record(actor, "account.changed", account, before=before, after={"name": account.name, "active": active})


def give(account: Account, role: str, *, scope: str = HOUSE, until: datetime | None = None, actor: Actor) -> Grant:
    """Give a role in a scope; giving it again only moves its end."""
    if role not in ROLES:
        raise Refused(_l("There is no role %(role)s.", role=role))
    grant = next((g for g in account.grants if (g.role, g.scope) == (role, scope)), None)
    if grant is None:
        grant = Grant(role=role, scope=scope, until=until)
        account.grants.append(grant)
    grant.until = until
    record(actor, "grant.given", account, role=role, scope=scope, until=until.isoformat() if until else None)
    return grant


def take_back(grant: Grant, *, actor: Actor) -> None:
    """Raises LastAdmin when it is the last administrator's own grant."""
    account = grant.account
    if (grant.role, grant.scope) == ("admin", HOUSE) and _is_last_admin(account):
        raise LastAdmin(_l("%(name)s is the last administrator and keeps the role.", name=account.name))
    record(actor, "grant.taken_back", account, role=grant.role, scope=grant.scope)
    account.grants.remove(grant)


def _is_last_admin(account: Account) -> bool:
    admins = select(func.count(func.distinct(Account.id))).join(Grant)
    in_force = (Grant.role == "admin") & (Grant.scope == HOUSE) & (Grant.until.is_(None)) & Account.active
    is_one = any((g.role, g.scope) == ("admin", HOUSE) and g.until is None for g in account.grants)
    others = db.session.scalar(admins.where(in_force, Account.id != account.id)) or 0
    return is_one and others == 0


DEMO_STAFF = (
    ("admin", "Demo Administrator · 管理员"),
    ("organizer", "Demo Organizer · 主办"),
    ("reviewer", "Demo Reviewer · 审核一"),
    ("reviewer2", "Demo Second Reviewer · 审核二"),
    ("staff", "Demo Staff · 工作人员"),
    ("helper", "Demo Check-in Helper · 签到员"),
    ("auditor", "Demo Auditor · 审计"),
)


def create_demo_staff(*, actor: Actor) -> list[Account]:
    """One synthetic account in each role (two reviewers), all with DEMO_PASSWORD; those that exist are left alone."""
    made = []
    for login, name in DEMO_STAFF:
        email = f"{login}@demo.example.org"
        if db.session.scalar(select(Account.id).where(Account.email == email)) is None:
            account = create_account(email=email, name=name, password=DEMO_PASSWORD, demo=True, actor=actor)
            give(account, login.rstrip("2"), actor=actor)
            made.append(account)
    return made
