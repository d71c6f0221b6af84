from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, bindparam, case, cast, column, distinct, func, or_, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import joinedload

from forums.agenda.models import Session
from forums.directory.operations import normal_phone
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.registrations import search
from forums.registrations.checkin.models import Passage
from forums.registrations.models import OVER, Category, Registration, State, clean_reference

MOST_WORDS = 8
SORTS = {
    "name": (Registration.name_sort, Registration.id),
    "newest": (Registration.created_at.desc(), Registration.id.desc()),
    "oldest": (Registration.created_at, Registration.id),
    "organisation": (Registration.organisation, Registration.name_sort, Registration.id),
    "queue": (Registration.wait_sequence.is_(None), Registration.wait_sequence, Registration.id),
}


def categories_of(edition: Edition) -> list[Category]:
    """The categories in the organiser's order."""
    statement = select(Category).where(Category.edition_id == edition.id).order_by(Category.position, Category.id)
    return list(db.session.scalars(statement))


def category_with_edition(category_id: int | None) -> Category | None:
    """A category together with its edition, both afresh in one query."""
    return db.session.scalar(_CATEGORY, {"id": category_id}) if category_id is not None else None


_CATEGORY = select(Category).where(Category.id == bindparam("id")).options(joinedload(Category.edition))


# The registration `:id` with all that its private page shows.
WITH_EVENT = (
    select(Registration)
    .where(Registration.id == bindparam("id"))
    .options(
        joinedload(Registration.edition, innerjoin=True),
        joinedload(Registration.category, innerjoin=True),
        joinedload(Registration.session_places),
    )
)


def sessions_by_id(edition: Edition, ids: Collection[int]) -> tuple[Session, ...]:
    """The edition's sessions with these numbers; others are left out."""
    if not ids:
        return ()
    statement = select(Session).where(Session.edition_id == edition.id, Session.id.in_(ids)).order_by(Session.id)
    return tuple(db.session.scalars(statement))


def known_registration(
    edition: Edition, email: str | None, idempotency_key: str | None, *, name: str = "", phone: str = ""
) -> Registration | None:
    """The registration that this form already made, or the live one of the same person.

    A person is known by the e-mail address; without one, by name and phone number together.
    """
    # A replayed form comes first: its own answer, even when that registration has been cancelled since.
    if idempotency_key is not None or email is not None:
        given = {"edition": edition.id, "email": email, "key": idempotency_key}
        if (known_id := db.session.scalar(_BY_KEY_OR_EMAIL, given)) is not None:
            return db.session.get(Registration, known_id)
    return _of_phone(edition, name, phone) if email is None and name and phone else None


_OF_EDITION = select(Registration.id).where(Registration.edition_id == bindparam("edition")).limit(1)
_OWN = Registration.idempotency_key == bindparam("key")
_LIVE = Registration.state.not_in(OVER)
_BY_KEY_OR_EMAIL = _OF_EDITION.where(or_(_OWN, (Registration.email == bindparam("email")) & _LIVE)).order_by(
    case((_OWN, 0), else_=1), Registration.id
)


def _of_phone(edition: Edition, name: str, phone: str) -> Registration | None:
    """Who is registered without an address under this name and, however it is written, this number."""
    silent = (Registration.edition_id == edition.id) & Registration.email.is_(None) & _LIVE
    namesakes = select(Registration).where(silent, Registration.name == name).order_by(Registration.id)
    number = normal_phone(phone)
    return next((row for row in db.session.scalars(namesakes) if normal_phone(row.phone) == number), None)


def first_in_line(edition: Edition) -> Registration | None:
    """The first who waits and whose category has a place left; the edition's own places are not looked at."""
    room = or_(Category.capacity.is_(None), Category.taken < Category.capacity)
    statement = (
        select(Registration)
        .join(Category)
        .where(Registration.edition_id == edition.id, Registration.state == State.WAITLISTED, room)
        .order_by(Registration.wait_sequence, Registration.id)
        .limit(1)
    )
    return db.session.scalar(statement)


def last_in_line(edition: Edition) -> int:
    """The highest sequence number in the waiting list, 0 when nobody waits."""
    return db.session.scalar(_LAST_IN_LINE, {"edition": edition.id}) or 0


_LAST_IN_LINE = select(func.max(Registration.wait_sequence)).where(Registration.edition_id == bindparam("edition"))


def waiting_ids(edition: Edition) -> list[int]:
    """The ids of those who wait, in order."""
    statement = (
        select(Registration.id)
        .where(Registration.edition_id == edition.id, Registration.state == State.WAITLISTED)
        .order_by(Registration.wait_sequence, Registration.id)
    )
    return list(db.session.scalars(statement))


def rank_of(row: Registration) -> int | None:
    """The place in the waiting list, from 1 and without gaps; None for who does not wait."""
    if row.wait_sequence is None:
        return None
    here = {"edition": row.edition_id, "sequence": row.wait_sequence, "id": row.id}
    return db.session.scalar(_RANK, here) or 0


_RANK = select(func.count(Registration.id)).where(
    Registration.edition_id == bindparam("edition"),
    Registration.state == State.WAITLISTED,
    or_(
        Registration.wait_sequence < bindparam("sequence"),
        (Registration.wait_sequence == bindparam("sequence")) & (Registration.id <= bindparam("id")),
    ),
)


def tally(edition: Edition) -> dict[str, int]:
    """How many registrations stand in each state; states without any are 0."""
    return _by_state(Registration.edition_id == edition.id)


def belonging_to(edition: Edition, words: str, *, contact: bool) -> list[ColumnElement[bool]]:
    """The conditions for the registrations of the edition that every word finds.

    A search must begin with what its index finds: left to themselves, SQLite would rather walk the whole edition in the
    order of the list, and PostgreSQL read all of it beside. The sum keeps them from that.
    """
    if found := found_by(edition, words, contact=contact):
        return [Registration.edition_id + 0 == edition.id, *found]
    return [Registration.edition_id == edition.id]


def found_by(edition: Edition, words: str, *, contact: bool) -> list[ColumnElement[bool]]:
    """The conditions for every one of the words to begin something that is known of the person.

    Words are looked for in name, pinyin, initials, unit and reference; with `contact`, in e-mail and phone too: who
    may not see those must not find out about them by searching. What the index cannot tell, such as signs between
    letters, is looked for in the text of what it finds.
    """
    typed = search.searchable(words).split()[:MOST_WORDS]
    groups = [group for word in typed if (group := _ways(word, contact=contact))]
    conditions = [_in_index(edition, groups)] if groups else []
    for word in typed:
        if search.is_exact(word) or (contact and search.looks_like_a_phone(word)):
            continue
        places: list[ColumnElement[bool]] = [Registration.search_text.contains(word, autoescape=True)]
        if contact:
            places.append(Registration.email.contains(word, autoescape=True))
        if (reference := clean_reference(word)) is not None:
            places.append(Registration.reference == reference)
        conditions.append(or_(*places))
    return conditions


def _ways(word: str, *, contact: bool) -> list[list[str]]:
    """The ways in which a word may be meant: each a list of marked terms, all of which must be there."""
    parts = search.parts_of(word)
    ways = [[search.OPEN + part for part in parts]]
    if contact:
        ways.append([search.CONTACT + address] if (address := search.as_address(word)) else [])
        if search.looks_like_a_phone(word):
            ways.append([search.CONTACT + search.digits_of(word)[: search.LONGEST_TERM]])
    if (reference := clean_reference(word)) is not None:
        ways.append([search.OPEN + part for part in search.parts_of(reference)])
    return [way for way in ways if way]


def _in_index(edition: Edition, groups: list[list[list[str]]]) -> ColumnElement[bool]:
    """Each group by one of its ways, in the words of the database's own index. Terms are letters and digits only."""
    on_postgresql = db.engine.dialect.name == "postgresql"
    term, both, either = ("'%s':*", " & ", " | ") if on_postgresql else ('"%s"*', " AND ", " OR ")
    ways = [[both.join(term % f"{edition.id}{part}" for part in way) for way in group] for group in groups]
    asked = both.join(f"({either.join(f'({way})' for way in group)})" for group in ways)
    if on_postgresql:
        return Registration.search_terms.bool_op("@@")(cast(asked, TSQUERY))
    found = table(search.INDEX, column("rowid"), column(search.INDEX))
    return Registration.id.in_(select(found.c.rowid).where(found.c[search.INDEX].bool_op("MATCH")(asked)))


def matching(
    edition: Edition,
    *,
    words: str = "",
    state: str = "",
    category_id: int | None = None,
    sort: str = "newest",
    contact: bool = True,
) -> Select[Registration]:
    """The edition's registrations that every word finds (see found_by), filtered and sorted."""
    statement = select(Registration).where(*belonging_to(edition, words, contact=contact))
    statement = statement.options(joinedload(Registration.category))
    if state in set(State):
        statement = statement.where(Registration.state == state)
    if category_id is not None:
        statement = statement.where(Registration.category_id == category_id)
    return statement.order_by(*SORTS.get(sort, SORTS["newest"]))


@dataclass(frozen=True)
class Attendance:
    """Who registered and who came, in persons unless the name says otherwise.

    `registered` counts registrations of every state, cancelled ones too, so that it is the sum of what follows where
    no approval is asked. A person who comes to two editions is one person (人) and, at one day each, two person-times
    (人次): a person-time is one person on one day, however often the door was passed. Organisations are different
    units named by confirmed registrations.
    """

    registered: int
    confirmed: int
    waitlisted: int
    cancelled: int
    checked_in_persons: int
    checked_in_person_times: int
    organisations: int


def attendance(series: Series, edition: Edition | None = None) -> Attendance:
    """The attendance of one edition, or of all editions of the series together."""
    of: ColumnElement[bool] = Registration.edition_id.in_(select(Edition.id).where(Edition.series_id == series.id))
    if edition is not None:
        of = Registration.edition_id == edition.id
    counted = _by_state(of)
    stands = Passage.undone_at.is_(None)
    persons = select(func.count(distinct(Registration.person_id))).join(Passage).where(of, stands)
    seen = select(Registration.edition_id, Registration.person_id, Passage.day).join(Passage).where(of, stands)
    days = seen.distinct().subquery()
    unit = func.lower(func.trim(Registration.organisation))
    units = select(func.count(distinct(unit))).where(of, Registration.state == State.CONFIRMED, unit != "")
    return Attendance(
        registered=sum(counted.values()),
        confirmed=counted[State.CONFIRMED],
        waitlisted=counted[State.WAITLISTED],
        cancelled=counted[State.CANCELLED],
        checked_in_persons=db.session.scalar(persons) or 0,
        checked_in_person_times=db.session.scalar(select(func.count()).select_from(days)) or 0,
        organisations=db.session.scalar(units) or 0,
    )


def _by_state(of: ColumnElement[bool]) -> dict[str, int]:
    rows = db.session.execute(select(Registration.state, func.count()).where(of).group_by(Registration.state))
    counted = {state: number for state, number in rows}  # noqa: C416  (dict() would take a result for a mapping)
    return {state.value: counted.get(state.value, 0) for state in State}
