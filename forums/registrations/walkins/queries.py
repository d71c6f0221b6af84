from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from forums.directory.operations import normal_phone
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import OVER, Registration
from forums.registrations.queries import found_by
from forums.registrations.search import searchable

MOST_SHOWN = 10
# Of a number written in another way, with or without its country or its zero, the last digits are the same.
COMPARED_DIGITS = 7


@dataclass(frozen=True)
class Known:
    """Who is registered already: `same` has this name and number, `alike` one of the two."""

    same: Registration | None
    alike: list[Registration]


def known(edition: Edition, name: str, phone: str) -> Known:
    """The live registrations that may be this person's, with an e-mail address or without."""
    number = normal_phone(phone)
    ways: list[ColumnElement[bool]] = [Registration.name == name]
    if len(number) >= COMPARED_DIGITS:
        ways.append(and_(*found_by(edition, number[-COMPARED_DIGITS:], contact=True)))
    statement = (
        select(Registration)
        .where(Registration.edition_id == edition.id, Registration.state.not_in(OVER), or_(*ways))
        .options(joinedload(Registration.category), joinedload(Registration.delegation))
        .order_by(Registration.name_sort, Registration.id)
        .limit(MOST_SHOWN * 10)
    )
    rows = list(db.session.scalars(statement))
    of_name = {row.id for row in rows if searchable(row.name) == searchable(name)}
    of_number = {row.id for row in rows if number and normal_phone(row.phone) == number}
    same = next((row for row in rows if row.id in of_name & of_number), None)
    return Known(same, [row for row in rows if row.id in of_name | of_number][:MOST_SHOWN])
