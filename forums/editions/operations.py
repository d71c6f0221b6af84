from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import YEARS, known_zones
from forums.columns import Bilingual
from forums.editions.models import Edition, Hall, Series
from forums.errors import Refused
from forums.extensions import db

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST = timedelta(days=365)  # from the first day to the last
# From which state an edition may go where.
MOVES = {
    "draft": {"published"},
    "published": {"draft", "closed"},
    "closed": {"published", "archived"},
    "archived": {"closed"},
}

# Rooms above join in here: registrations confirms those who wait when there are more places.
after_change: list[Callable[[Edition, Actor], object]] = []


class SlugTaken(Refused):
    """The short name in the address is in use."""


class BeyondCalendar(Refused):
    """A year in which no edition is held: counting days and hours on from there would end nowhere."""


class TooLong(Refused):
    """Nobody holds an edition for years: one of the two days is a slip of the hand."""


class WrongMoments(Refused):
    """Registration closes when it opens, or before."""


class NotReady(Refused):
    """The edition cannot take this step yet."""


class ChangedMeanwhile(Refused):
    """Somebody else has saved since this person opened the form."""


@dataclass(frozen=True)
class EditionFacts:
    """What an organiser decides about an edition. Dates are local to `zone`; opening and closing are UTC."""

    title: Bilingual
    starts_on: date
    ends_on: date
    kind: str = "forum"
    theme: Bilingual = field(default_factory=Bilingual)
    summary: Bilingual = field(default_factory=Bilingual)
    venue: Bilingual = field(default_factory=Bilingual)
    address: Bilingual = field(default_factory=Bilingual)
    hosts: Bilingual = field(default_factory=Bilingual)
    zone: str = "Asia/Shanghai"
    capacity: int = 0
    registration_opens: datetime | None = None
    registration_closes: datetime | None = None
    contact_email: str = ""


def create_series(
    *, slug: str, title: Bilingual, summary: Bilingual | None = None, synthetic: bool = False, actor: Actor
) -> Series:
    """Raises SlugTaken, Refused for a slug or title that cannot be."""
    _check_slug(slug)
    if db.session.scalar(select(Series.id).where(Series.slug == slug)) is not None:
        raise SlugTaken(_l("There is a series “%(slug)s” already.", slug=slug))
    row = Series(slug=slug, title=title, summary=summary or Bilingual(), synthetic=synthetic)
    db.session.add(row)
    record(actor, "series.created", row, slug=slug)
    return row


def change_series(series: Series, *, title: Bilingual, summary: Bilingual, actor: Actor) -> None:
    series.title, series.summary = title, summary
    record(actor, "series.changed", series)


def create_edition(series: Series, *, slug: str, facts: EditionFacts, synthetic: bool = False, actor: Actor) -> Edition:
    """A draft edition. Raises SlugTaken, Refused."""
    _check_slug(slug)
    if db.session.scalar(select(Edition.id).where(Edition.slug == slug)) is not None:
        raise SlugTaken(_l("There is an edition “%(slug)s” already.", slug=slug))
    row = Edition(slug=slug, series=series, taken=0, synthetic=synthetic)
    _apply(row, facts)
    db.session.add(row)
    record(actor, "edition.created", row, edition=row, slug=slug)
    return row


def fingerprint(edition: Edition) -> str:
    """What stands in the edition now, for a form to carry until it is saved."""
    facts = [str(getattr(edition, name)) for name in EditionFacts.__dataclass_fields__]
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def change_edition(edition: Edition, facts: EditionFacts, *, actor: Actor, seen: str = "") -> None:
    """`seen` is the fingerprint of what the actor worked on.

    Raises ChangedMeanwhile, and Refused, also when fewer places are asked for than are taken.
    """
    # Nobody may save, or take a place, between this look at the row and the commit.
    db.session.refresh(edition, with_for_update=True)
    if seen and seen != fingerprint(edition):
        raise ChangedMeanwhile(_l("Somebody has changed this edition since you opened it. Look at it again."))
    if facts.capacity < edition.taken:
        raise Refused(
            _l(
                "Places taken: %(taken)s; the capacity cannot be %(capacity)s.",
                taken=edition.taken,
                capacity=facts.capacity,
            )
        )
    before = {name: str(getattr(edition, name)) for name in facts.__dataclass_fields__}
    _apply(edition, facts)
    after = {name: str(getattr(edition, name)) for name in before}
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    record(actor, "edition.changed", edition, edition=edition, changed=changed)
    for follow in after_change:
        follow(edition, actor)


def move(edition: Edition, state: str, *, actor: Actor) -> None:
    """Publish, close, reopen or archive. Raises NotReady."""
    if state not in MOVES[edition.state]:
        raise NotReady(_l("An edition that is %(state)s cannot become %(next)s.", state=edition.state, next=state))
    if state == "published" and not edition.title:
        raise NotReady(_l("Give the edition a title before you publish it."))
    if state == "draft" and edition.taken:
        raise NotReady(_l("People are registered (%(taken)s): close the edition instead.", taken=edition.taken))
    before, edition.state = edition.state, state
    record(actor, "edition.moved", edition, edition=edition, before=before, after=state)


def add_hall(edition: Edition, *, code: str, name: Bilingual, capacity: int | None, actor: Actor) -> Hall:
    """Raises Refused when the edition has a hall of that code."""
    if any(hall.code == code for hall in edition.halls):
        raise Refused(_l("There is a hall “%(code)s” already.", code=code))
    position = max((hall.position for hall in edition.halls), default=0) + 1
    row = Hall(code=code, name=name, capacity=capacity, position=position)
    edition.halls.append(row)
    record(actor, "hall.added", row, edition=edition, code=code)
    return row


def change_hall(hall: Hall, *, code: str, name: Bilingual, capacity: int | None, actor: Actor) -> None:
    """Raises Refused when another hall of the edition has that code."""
    if any(other.code == code and other.id != hall.id for other in hall.edition.halls):
        raise Refused(_l("There is a hall “%(code)s” already.", code=code))
    hall.code, hall.name, hall.capacity = code, name, capacity
    record(actor, "hall.changed", hall, edition=hall.edition, code=code)


def free_slug(wanted: str) -> str:
    """`wanted`, or it with the first number behind it that no edition uses."""
    number, slug = 1, wanted
    while db.session.scalar(select(func.count()).where(Edition.slug == slug)):
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def _apply(row: Edition, facts: EditionFacts) -> None:
    if not facts.title:
        raise Refused(_l("An edition needs a title in Chinese or English."))
    if facts.ends_on < facts.starts_on:
        raise Refused(
            _l("The edition ends (%(ends)s) before it begins (%(starts)s).", ends=facts.ends_on, starts=facts.starts_on)
        )
    if facts.ends_on - facts.starts_on > LONGEST:
        days = (facts.ends_on - facts.starts_on).days + 1
        raise TooLong(
            _l(
                "An edition lasts a year at most; from %(starts)s to %(ends)s it would last %(days)s days.",
                starts=facts.starts_on,
                ends=facts.ends_on,
                days=days,
            )
        )
    if facts.zone not in known_zones():
        raise Refused(_l("There is no time zone “%(zone)s”.", zone=facts.zone))
    opens, closes = facts.registration_opens, facts.registration_closes
    if any(moment and moment.year not in YEARS for moment in (facts.starts_on, facts.ends_on, opens, closes)):
        raise BeyondCalendar(_l("The dates would fall out of the calendar."))
    if opens and closes and closes <= opens:
        raise WrongMoments(_l("Registration closes when it opens, or before. Correct one of the two moments."))
    for name in facts.__dataclass_fields__:
        setattr(row, name, getattr(facts, name))


def _check_slug(slug: str) -> None:
    if not _SLUG.fullmatch(slug) or len(slug) > 60:
        raise Refused(_l("“%(slug)s” cannot be part of an address: use small letters, digits and hyphens.", slug=slug))
