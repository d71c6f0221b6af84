from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forums.accounts.operations import create_demo_staff
from forums.accounts.queries import demo_accounts
from forums.activity.models import Actor
from forums.demo import promotion, suixi, upcoming
from forums.demo.staff import Staff
from forums.editions.queries import series_by_slug
from forums.transaction import transaction

ACTOR = Actor.system("demo")


@dataclass(frozen=True)
class Part:
    """What became of one part of the demonstration data."""

    name: str
    loaded: bool
    words: str


_SERIES: tuple[tuple[str, Callable[[Staff], str]], ...] = (
    (suixi.SLUG, suixi.load),
    (promotion.SLUG, promotion.load),
    (upcoming.SLUG, upcoming.load),
)


def load_demo() -> list[Part]:
    """Load what is missing of the demonstration data, and say what was done.

    All of it is one transaction: a start that is killed on the way leaves an empty database, and the next one loads.
    """
    with transaction():
        made = create_demo_staff(actor=ACTOR)
        parts = [Part("staff", bool(made), f"{len(demo_accounts())} demo accounts, one in each role and two reviewers")]
        for slug, load in _SERIES:
            if series_by_slug(slug) is not None:
                parts.append(Part(slug, loaded=False, words="left as it is"))
                continue
            parts.append(Part(slug, loaded=True, words=load(Staff.of(demo_accounts()))))
        return parts
