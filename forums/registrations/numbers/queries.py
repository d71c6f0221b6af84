from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import Select, select

from forums.directory.models import Organisation, Person
from forums.directory.regions import region_of_credit_code
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.checkin.models import Passage
from forums.registrations.models import Category, Registration, State
from forums.registrations.numbers.counting import FIRST, REST, RETURNING, Guest, Tally, furthest, tally
from forums.registrations.queries import categories_of
from forums.registrations.search import searchable


@dataclass(frozen=True)
class DayCount:
    """One day: new registrations, cancellations, and how many registrations are confirmed at its end."""

    day: date
    registered: int
    cancelled: int
    confirmed: int


@dataclass(frozen=True)
class Numbers:
    """Everything the page says about one edition."""

    edition: Edition
    categories: list[Category]
    tally: Tally
    days: list[DayCount]
    spellings: dict[str, str]  # an organisation's key → its name as somebody wrote it


def numbers(edition: Edition) -> Numbers:
    """The numbers of an edition as they stand now, in six queries."""
    spellings: dict[str, str] = {}
    counted = tally(guests(edition, spellings))
    return Numbers(edition, categories_of(edition), counted, days(edition), spellings)


def guests(edition: Edition, spellings: dict[str, str] | None = None) -> Iterator[Guest]:
    """Everybody with a registration, each once; `spellings` learns how organisations are written."""
    came, known = _days_of_people(edition), _people_of_earlier_editions(edition)
    regions = _regions_of_organisations(edition)
    for person_id, rows in groupby(db.session.execute(_registrations(edition)), key=lambda row: row.person_id):
        row = max(rows, key=lambda one: (furthest(one.state), one.id))
        unit = searchable(row.organisation)
        if spellings is not None and unit:
            spellings.setdefault(unit, row.organisation)
        yield Guest(
            person_id=person_id,
            registration_id=row.id,
            state=row.state,
            category=row.code,
            visit=RETURNING if person_id in known else FIRST,
            region=row.region or regions.get(row.organisation, "") or region_of_credit_code(row.credit_code),
            organisation=unit,
            days=came[person_id],
        )


def people_behind(edition: Edition, breakdown: str, part: str, measure: str) -> list[int]:
    """The registrations of those whom a measure counts in a part of a breakdown, in order of arrival.

    Without a breakdown everybody whom it counts.
    """
    counted = [guest for guest in guests(edition) if guest.counts(measure)]
    if breakdown == "organisation" and part == REST:
        shown = {*tally(guests(edition)).largest_organisations(), ""}
        counted = [guest for guest in counted if guest.organisation not in shown]
    elif breakdown:
        counted = [guest for guest in counted if guest.part(breakdown) == part]
    return sorted(guest.registration_id for guest in counted)


def days(edition: Edition) -> list[DayCount]:
    """Each day from the first registration to the last thing that happened, in the edition's own time.

    The last day's `confirmed` is the number of confirmed registrations: one that was confirmed and is no more counts
    from the day of its confirmation to the day of its end.
    """
    zone = edition.tz
    registered, cancelled, confirmed = Counter[date](), Counter[date](), Counter[date]()
    moments = select(
        Registration.state, Registration.created_at, Registration.confirmed_at, Registration.cancelled_at
    ).where(Registration.edition_id == edition.id)
    for state, created_at, confirmed_at, cancelled_at in db.session.execute(moments):
        registered[created_at.astimezone(zone).date()] += 1
        gone_on = cancelled_at.astimezone(zone).date() if cancelled_at else None
        if gone_on:
            cancelled[gone_on] += 1
        if state == State.CONFIRMED:
            confirmed[(confirmed_at or created_at).astimezone(zone).date()] += 1
        elif confirmed_at and gone_on:
            confirmed[confirmed_at.astimezone(zone).date()] += 1
            confirmed[gone_on] -= 1
    return _counted_up(registered, cancelled, confirmed)


def _counted_up(registered: Counter[date], cancelled: Counter[date], confirmed: Counter[date]) -> list[DayCount]:
    eventful = registered.keys() | cancelled.keys() | confirmed.keys()
    if not eventful:
        return []
    found, level, day = [], 0, min(eventful)
    while day <= max(eventful):
        level += confirmed[day]
        found.append(DayCount(day, registered[day], cancelled[day], level))
        day += timedelta(days=1)
    return found


def _registrations(edition: Edition) -> Select[int, int, str, str, str, str, str | None]:
    return (
        select(
            Registration.person_id,
            Registration.id,
            Registration.state,
            Registration.organisation,
            Registration.region,
            Category.code,
            Organisation.credit_code,
        )
        .join(Category, Category.id == Registration.category_id)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(Organisation, Organisation.id == Person.organisation_id)
        .where(Registration.edition_id == edition.id)
        .order_by(Registration.person_id, Registration.id)
    )


def _days_of_people(edition: Edition) -> Counter[int]:
    """Person id → on how many days they came, however often the door was passed."""
    rows = (
        select(Registration.person_id, Passage.day)
        .join(Passage, Passage.registration_id == Registration.id)
        .where(Registration.edition_id == edition.id, Passage.undone_at.is_(None))
        .distinct()
    )
    return Counter(person_id for person_id, _day in db.session.execute(rows))


def _people_of_earlier_editions(edition: Edition) -> set[int]:
    """Those of the edition's people who came to an earlier edition of its series."""
    here = select(Registration.person_id).where(Registration.edition_id == edition.id)
    rows = (
        select(Registration.person_id)
        .join(Passage, Passage.registration_id == Registration.id)
        .join(Edition, Edition.id == Registration.edition_id)
        .where(Edition.series_id == edition.series_id, Edition.starts_on < edition.starts_on)
        .where(Registration.person_id.in_(here), Passage.undone_at.is_(None))
        .distinct()
    )
    return set(db.session.scalars(rows))


def _regions_of_organisations(edition: Edition) -> dict[str, str]:
    """The organisations that people named → where they are registered, by the credit code that the directory has.

    A name that several organisations of different regions bear says nothing.
    """
    named = select(Registration.organisation).where(Registration.edition_id == edition.id)
    names = Organisation.__table__.c
    rows = select(names.name_zh, names.name_en, Organisation.credit_code).where(
        Organisation.credit_code.is_not(None), names.name_zh.in_(named) | names.name_en.in_(named)
    )
    found: dict[str, set[str]] = {}
    for zh, en, code in db.session.execute(rows):
        for name in {zh, en} - {""}:
            found.setdefault(name, set()).add(region_of_credit_code(code))
    return {name: regions.pop() for name, regions in found.items() if len(regions) == 1}
