"""The fixed cast: one synthetic member of staff in each role, and an outsider who works on another series."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forums.accounts.models import Account
from forums.accounts.operations import create_account, give
from forums.activity.models import Actor
from forums.columns import Bilingual
from forums.editions.models import Edition, Hall, Series
from forums.editions.operations import EditionFacts, add_hall, create_edition, create_series, move
from forums.extensions import db
from forums.transaction import transaction

SYSTEM = Actor.system("tests")
PASSWORD = "a good long password"


@dataclass
class Cast:
    """Ids, not rows: rows go stale between requests. `cast.organizer` loads the account anew."""

    ids: dict[str, int]

    def __getattr__(self, name: str) -> Account:
        if name not in self.ids:
            raise AttributeError(name)
        return db.session.get_one(Account, self.ids[name])


STAFF = (
    ("admin", "admin"),
    ("organizer", "organizer"),
    ("reviewer", "reviewer"),
    ("reviewer2", "reviewer"),
    ("staff", "staff"),
    ("helper", "helper"),
    ("auditor", "auditor"),
)


def hire(other_series: Series) -> Cast:
    """Everybody in the house scope, but the outsider, who organises the other series only."""
    ids = {}
    with transaction():
        for name, role in STAFF:
            account = _account(name)
            give(account, role, actor=SYSTEM)
            ids[name] = account.id
        outsider = _account("outsider")
        for role in ("organizer", "reviewer", "staff", "helper"):
            give(outsider, role, scope=f"series:{other_series.id}", actor=SYSTEM)
        ids["outsider"] = outsider.id
    return Cast(ids)


def _account(name: str) -> Account:
    return create_account(
        email=f"{name}@example.org", name=f"{name.title()} (synthetic)", password=PASSWORD, language="en", actor=SYSTEM
    )


def make_series(slug: str = "alu") -> Series:
    with transaction():
        return create_series(
            slug=slug, title=Bilingual("铝业论坛（示例）", "Aluminium Forum (synthetic)"), actor=SYSTEM
        )


def make_edition(
    series: Series | None = None,
    *,
    slug: str = "alu-2027",
    published: bool = True,
    capacity: int = 100,
    **facts: object,
) -> Edition:
    """An edition with two halls, in the future unless `starts_on` says otherwise."""
    series = series or make_series()
    defaults: dict[str, object] = {
        "title": Bilingual("2027 铝业高峰论坛（示例）", "Aluminium Summit 2027 (synthetic)"),
        "venue": Bilingual("会展中心", "Exhibition Centre"),
        "starts_on": date(2097, 3, 18),
        "ends_on": date(2097, 3, 19),
        "capacity": capacity,
        "contact_email": "forum@example.org",
    }
    with transaction():
        row = create_edition(series, slug=slug, facts=EditionFacts(**(defaults | facts)), actor=SYSTEM)  # type: ignore[arg-type]
        for code, zh, en in (("A", "主会场", "Main Hall"), ("B", "分会场", "Side Hall")):
            add_hall(row, code=code, name=Bilingual(zh, en), capacity=200, actor=SYSTEM)
        if published:
            move(row, "published", actor=SYSTEM)
    return row


__all__ = ["PASSWORD", "SYSTEM", "Cast", "Hall", "hire", "make_edition", "make_series"]
