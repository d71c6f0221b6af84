"""Days and moments from before forms had ends of the calendar: every page and file of their edition is still there."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Date, DateTime, text

from forums.editions.models import Edition
from forums.extensions import Base, db
from forums.links import capability_link
from forums.mail.models import Letter
from forums.transaction import transaction
from tests.agenda.make import make_session
from tests.cast import Cast, make_edition
from tests.client import Reader
from tests.registrations.make import make_registration

PUBLIC = ("", "register", "agenda", "agenda.ics", "schedule.json", "schedule.xml")
OFFICE = ("", "facts", "agenda", "registrations", "registrations/numbers", "outbox", "check-in")
# A day, and the two moments of it at which things begin and end.
ENDS = [
    ("0001-01-01", "0001-01-01 00:00:00.000000", "0001-01-01 01:00:00.000000"),
    ("9999-12-31", "9999-12-31 22:59:59.999999", "9999-12-31 23:59:59.999999"),
]
BEGINS = {"starts_at", "registration_opens"}
NEVER = {"leased_until", "offer_until", "cancelled_at"}


def move(day: str, begins: str, ends: str) -> None:
    """Each day and moment that stands in the tables of an edition goes to one end of the calendar, as it is stored."""
    zone = "+00" if db.engine.dialect.name == "postgresql" else ""
    with transaction() as session:
        for name in ("editions", "sessions", "registrations", "letters"):
            columns = [column for column in Base.metadata.tables[name].columns if column.name not in NEVER]
            kinds = {column.name: getattr(column.type, "impl", column.type) for column in columns}
            found = [one for one, kind in kinds.items() if isinstance(kind, DateTime)]
            moments = {one: f"{begins if one in BEGINS else ends}{zone}" for one in found}
            written = moments | {one: day for one, kind in kinds.items() if isinstance(kind, Date)}
            pairs = ", ".join(f"{one} = '{at}'" for one, at in written.items())
            session.execute(text(f"UPDATE {name} SET {pairs}"))


@pytest.mark.parametrize(("day", "begins", "ends"), ENDS, ids=["first", "last"])
def test_an_edition_at_an_end_of_the_calendar_is_shown(
    app: Flask, page: Reader, cast: Cast, day: str, begins: str, ends: str
) -> None:
    edition = make_edition()
    make_session(edition)
    row = make_registration(edition)
    ticket = capability_link("registrations.calendar", "registration", row.id, row.token_version)
    page.sign_in(cast.organizer)
    move(day, begins, ends)
    for part in PUBLIC:
        assert page.client.get(f"/e/alu-2027/{part}").status_code == 200, part
    assert page.client.get(ticket).status_code == 200
    for part in OFFICE:
        assert page.client.get(f"/office/e/alu-2027/{part}").status_code == 200, part
    letter = db.session.scalars(db.select(Letter).order_by(Letter.id)).first()
    assert letter is not None
    assert page.client.get(f"/office/e/alu-2027/outbox/{letter.id}").status_code == 200


def test_an_edition_without_end_is_shown_and_what_is_stored_stays(app: Flask, page: Reader, cast: Cast) -> None:
    make_edition()
    ends = text("SELECT CAST(ends_on AS VARCHAR) FROM editions")
    with transaction() as session:
        session.execute(text("UPDATE editions SET ends_on = '9999-12-31'"))
    page.sign_in(cast.organizer)
    assert page.client.get("/office/e/alu-2027/check-in").status_code == 200
    with transaction() as session:
        session.scalars(db.select(Edition)).one().capacity += 1
    assert db.session.scalar(ends) == "9999-12-31"
