"""What people may choose when they register: the open categories, and the sessions with places.

Plain values that compare by what they say, so that a page that is kept under them shows what is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import joinedload

from forums.agenda.clashes import hall_name
from forums.agenda.models import Session
from forums.clock import now
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import Category, Registration
from forums.registrations.questions.models import ConsentText, Question

# The number of places left is told once it is small: more would only change, and change the page, with everybody.
FEW = 20


@dataclass(frozen=True)
class OfferedCategory:
    """A category that takes registrations now. `left` is None where there are plenty."""

    id: int
    name: Bilingual
    needs_approval: bool
    is_full: bool
    left: int | None


@dataclass(frozen=True)
class OfferedSession:
    """A session that people sign up for. Times are the edition's own. `left` is None where there are plenty."""

    id: int
    title: Bilingual
    kind: str
    starts_at: datetime | None
    ends_at: datetime | None
    hall: Bilingual
    is_full: bool
    left: int | None


@dataclass(frozen=True)
class Offered:
    """What a form offers. `state` is "open" | "not_open" | "closed" | "invited_only"; `moment`: until or since when.

    An edition without categories is open with none: its first registration makes one.
    """

    state: str
    moment: datetime | None = None
    categories: tuple[OfferedCategory, ...] = ()
    sessions: tuple[OfferedSession, ...] = ()
    is_invitation: bool = False
    asks: bool = False  # whether the organiser asks questions, or for consent in words of their own

    @property
    def is_full(self) -> bool:
        """Whether everybody who comes now joins the waiting list."""
        return bool(self.categories) and all(each.is_full for each in self.categories)

    @property
    def asks_for_approval(self) -> bool:
        """Whether everybody who comes now has to be approved first."""
        return bool(self.categories) and all(each.needs_approval for each in self.categories)


def offered(edition: Edition, invited: Category | None = None) -> Offered:
    """What the public form offers now; to somebody with the link of a by-invitation category, that category alone."""
    if edition.registration_state != "open":
        moment = edition.registration_opens if edition.registration_state == "not_open" else edition.registration_closes
        return Offered(edition.registration_state, moment)
    rows = db.session.execute(_OFFER, {"edition": edition.id}).all()
    everybody = [category for category, _, _ in rows if category is not None]
    meant = [row for row in everybody if row.access == "public"] if invited is None else [invited]
    if everybody and not meant:
        return Offered("invited_only")
    taken = [row for row in meant if row.registration_state == "open"]
    if meant and not taken:
        return _not_now(meant)
    return Offered(
        "open",
        categories=tuple(_category(row, edition) for row in taken),
        sessions=sessions_with_places(edition) if rows and rows[0][1] else (),
        is_invitation=invited is not None,
        asks=bool(rows and rows[0][2]),
    )


def offered_to_guests(edition: Edition) -> Offered:
    """What those whom the organiser invited may choose: every category that is not closed, those by invitation too.

    They need not wait for the public dates to begin, nor for approval.
    """
    if edition.state == "published" and edition.registration_state == "closed":
        return Offered("closed", edition.registration_closes)
    rows = db.session.execute(_OFFER, {"edition": edition.id}).all()
    everybody = [category for category, _, _ in rows if category is not None]
    taken = [row for row in everybody if row.closes_at is None or row.closes_at > now()]
    if everybody and not taken:
        return _not_now(everybody)
    return Offered(
        "open",
        categories=tuple(replace(_category(row, edition), needs_approval=False) for row in taken),
        sessions=sessions_with_places(edition) if rows and rows[0][1] else (),
        asks=bool(rows and rows[0][2]),
    )


_WITH_PLACES = (
    Session.edition_id == bindparam("edition"),
    Session.capacity.is_not(None),
    Session.state == "published",
)
_ASKS = exists().where(Question.edition_id == bindparam("edition"), Question.archived_at.is_(None))
_HAS_WORDS = exists().where(ConsentText.edition_id == bindparam("edition"))
# Each category, with whether there are sessions to choose, and whether there is anything to answer.
_OFFER = (
    select(Category, exists().where(*_WITH_PLACES), _ASKS | _HAS_WORDS)
    .select_from(Edition)
    .outerjoin(Category, Category.edition_id == Edition.id)
    .where(Edition.id == bindparam("edition"))
    .order_by(Category.position, Category.id)
)
_HAS_MORE = select(
    exists().where(Question.edition_id == bindparam("edition")),
    exists().where(*_WITH_PLACES),
)


def has_more(edition: Edition) -> tuple[bool, bool]:
    """Whether anything was ever asked, and whether there is any session for which people sign up."""
    asked, signed_up = db.session.execute(_HAS_MORE, {"edition": edition.id}).one()
    return asked, signed_up


def sessions_with_places(edition: Edition) -> tuple[OfferedSession, ...]:
    """The public sessions for which people sign up and that have not begun, in order of time."""
    rows = db.session.scalars(_sessions(), {"edition": edition.id}).all()
    return tuple(_session(row) for row in rows)


def sessions_to_change(row: Registration) -> tuple[OfferedSession, ...]:
    """The same for somebody who is registered: a session of their own is never full for them."""
    mine = {one.session_id for one in row.session_places if one.held}
    return tuple(
        replace(each, is_full=False) if each.id in mine else each for each in sessions_with_places(row.edition)
    )


def overlap(sessions: Iterable[OfferedSession]) -> tuple[OfferedSession, OfferedSession] | None:
    """Two sessions that nobody can go to both of, if there are any. Without an end, a session lasts no time."""
    spans = [(each.starts_at, each.ends_at or each.starts_at, each) for each in sessions if each.starts_at]
    timed = sorted(spans, key=lambda span: (span[0], span[2].id))
    for one, two in combinations(timed, 2):
        if one[0] == two[0] or two[0] < one[1]:
            return one[2], two[2]
    return None


def at_once(one: Session, two: Session) -> bool:
    """Whether nobody can go to both of these, as far as their times are known."""
    return overlap((_session(one), _session(two))) is not None


def left_of(capacity: int | None, taken: int) -> int | None:
    """The places left where they are few; None where there are plenty."""
    left = FEW + 1 if capacity is None else max(0, capacity - taken)
    return left if left <= FEW else None


def _sessions() -> Select[Session]:
    coming = Session.starts_at.is_(None) | (Session.starts_at > now())
    return (
        select(Session)
        .where(*_WITH_PLACES, coming)
        .options(joinedload(Session.hall), joinedload(Session.edition))
        .order_by(Session.starts_at.is_(None), Session.starts_at, Session.id)
    )


def _category(row: Category, edition: Edition) -> OfferedCategory:
    is_full = edition.taken >= edition.capacity or (row.capacity is not None and row.taken >= row.capacity)
    return OfferedCategory(row.id, row.name, row.needs_approval, is_full, left_of(row.capacity, row.taken))


def _session(row: Session) -> OfferedSession:
    is_full = row.capacity is not None and row.taken >= row.capacity
    left = left_of(row.capacity, row.taken)
    return OfferedSession(row.id, row.title, row.kind, row.local_start, row.local_end, hall_name(row), is_full, left)


def _not_now(meant: Sequence[Category]) -> Offered:
    """Closed, but for those that open later: the first of them says when."""
    coming = [row.opens_at for row in meant if row.registration_state == "not_open" and row.opens_at is not None]
    if coming:
        return Offered("not_open", min(coming))
    over = [row.closes_at for row in meant if row.closes_at is not None]
    return Offered("closed", max(over, default=None) if len(over) == len(meant) else None)
