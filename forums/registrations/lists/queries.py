"""A list's rows, how many there are, and what stands beside them, in a number of queries that no length changes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    ScalarSelect,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from forums.agenda.models import Session
from forums.columns import Bilingual, Language
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.badges.models import BadgePrint
from forums.registrations.lists.asked import ANSWERED, PRINTED, UNANSWERED, Asked
from forums.registrations.lists.columns import COLUMNS, FIELDS, USUAL, Beside, Column, Line, of_question, order_of
from forums.registrations.lists.models import SavedView
from forums.registrations.models import Category, Delegation, Registration, SessionPlace, State
from forums.registrations.queries import belonging_to
from forums.registrations.questions.models import Answer, PickedChoice, Question
from forums.registrations.questions.queries import answers_of

PER_PAGE = 50
MOST_COUNTED = 10_000  # counting further would read as much as it counts
CHUNK = 1000


def registrations(edition: Edition, asked: Asked) -> Select[Registration]:
    """All registrations that a list shows, in its order. For staff who may see contact data."""
    statement = select(Registration).where(*belonging_to(edition, asked.q, contact=True), *_filters(asked))
    if asked.sort.removeprefix("-") == "category":
        statement = statement.join(Category, Category.id == Registration.category_id)
    return statement.order_by(*order_of(asked.sort))


def _filters(asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.state:
        yield Registration.state == asked.state
    if asked.category is not None:
        yield Registration.category_id == asked.category
    if asked.region:
        yield Registration.region == asked.region
    if asked.delegation is not None:
        yield Registration.delegation_id == asked.delegation
    if asked.session is not None:
        signed_up = select(SessionPlace.registration_id).where(SessionPlace.session_id == asked.session)
        yield Registration.id.in_(signed_up)
    if asked.badge:
        printed = select(BadgePrint.id).where(BadgePrint.registration_id == Registration.id).exists()
        yield printed if asked.badge == PRINTED else ~printed
    if asked.question is not None:
        yield _answered(asked.question, asked.answer)


def _answered(question_id: int, answer: str) -> ColumnElement[bool]:
    """Whether the question was answered at all, or with one choice."""
    rows = select(Answer.id).where(Answer.registration_id == Registration.id, Answer.question_id == question_id)
    if answer in {ANSWERED, UNANSWERED}:
        said = or_(Answer.text != "", Answer.file_id.is_not(None), Answer.picked.any())
        given = rows.where(said).exists()
        return given if answer == ANSWERED else ~given
    return rows.where(Answer.picked.any(PickedChoice.choice_id == int(answer))).exists()


# ---- What a page offers


@dataclass(frozen=True)
class Option:
    """One thing to filter by, or to show in a column."""

    id: int
    name: Bilingual


@dataclass(frozen=True)
class View:
    """A saved view as the list offers it."""

    id: int
    name: str
    query: str
    is_own: bool
    is_default: bool
    is_shared: bool


@dataclass
class Outline:
    """What an edition's lists can be filtered by and counted in, and the views that this reader may open.

    `counts` holds each state; a number above MOST_COUNTED means that many or more.
    """

    counts: dict[str, int] = field(default_factory=dict)
    categories: list[Option] = field(default_factory=list)
    delegations: list[Option] = field(default_factory=list)
    sessions: list[Option] = field(default_factory=list)
    questions: list[Option] = field(default_factory=list)
    views: list[View] = field(default_factory=list)

    def columns(self, asked: Asked, language: Language) -> list[Column]:
        """The columns asked for that there are, or the usual ones; the rank is usual while somebody waits."""
        every = self.every_column(language)
        usual = [COLUMNS[key] for key in USUAL if key != "rank" or self.counts[State.WAITLISTED]]
        return [every[key] for key in asked.columns if key in every] or usual

    def every_column(self, language: Language) -> dict[str, Column]:
        """All columns that a list of the edition may have; delegations and sessions only where there are any."""
        missing = {key for key, rows in (("delegation", self.delegations), ("sessions", self.sessions)) if not rows}
        answers = [of_question(row.id, row.name.local(language)) for row in self.questions]
        own = {key: column for key, column in COLUMNS.items() if key not in missing}
        return own | {column.key: column for column in answers}

    def default(self) -> View | None:
        """The view that opens by itself: one's own, else a shared one."""
        views = sorted(self.views, key=lambda view: (not view.is_own, view.id))
        return next((view for view in views if view.is_default), None)


def outline(edition: Edition, account_id: int | None = None) -> Outline:
    """All of it in one query."""
    found = Outline()
    rows = db.session.execute(_outline(), {"edition": edition.id, "account": account_id})
    for kind, row_id, zh, en, number in sorted(rows, key=lambda row: (row[4], row[1])):
        if kind == "count":
            found.counts[zh] = number
        elif kind == "views":
            flags = {"is_own": bool(number & 1), "is_default": bool(number & 2), "is_shared": bool(number & 4)}
            found.views.append(View(row_id, zh, en, **flags))
        else:
            getattr(found, kind).append(Option(row_id, Bilingual(zh, en)))
    found.views.sort(key=lambda view: (not view.is_own, view.name.casefold()))
    return found


@cache
def _outline() -> CompoundSelect[Any]:
    """Rows of kind, id, two texts and a number, for the parameters `edition` and `account`."""
    edition, account = bindparam("edition", type_=Integer), bindparam("account", type_=Integer)
    categories, delegations, questions = Category.__table__.c, Delegation.__table__.c, Question.__table__.c
    sessions, views = Session.__table__.c, SavedView.__table__.c
    answered = select(Answer.id).where(Answer.question_id == questions.id).exists()
    # The form's questions, those asked after it, and those that are asked no more.
    stage = case((questions.archived_at.is_not(None), 2), (questions.stage == "confirmed", 1), else_=0)
    own = views.owner_id == account
    flags = case((own, 1), else_=0) + case((views.is_default, 2), else_=0) + case((views.shared, 4), else_=0)
    return union_all(
        *(_rows("count", literal(0), literal(state.value), literal(""), _count(edition, state)) for state in State),
        _rows("categories", categories.id, categories.name_zh, categories.name_en, categories.position).where(
            categories.edition_id == edition
        ),
        _rows("delegations", delegations.id, delegations.name, literal(""), literal(0)).where(
            delegations.edition_id == edition
        ),
        _rows("sessions", sessions.id, sessions.title_zh, sessions.title_en, literal(0)).where(
            sessions.edition_id == edition, sessions.capacity.is_not(None), sessions.state != "cancelled"
        ),
        _rows(
            "questions", questions.id, questions.label_zh, questions.label_en, stage * 10_000 + questions.position
        ).where(questions.edition_id == edition, questions.archived_at.is_(None) | answered),
        _rows("views", views.id, views.name, views.query, flags).where(
            views.edition_id == edition, or_(own, views.shared)
        ),
    )


def _rows(kind: str, *columns: Any) -> Select[Any]:
    types = (Integer, Text, Text, Integer)
    statement: Select[Any] = select(literal(kind)).add_columns(
        *(cast(column, type_) for column, type_ in zip(columns, types, strict=True))
    )
    return statement


def _count(edition: BindParameter[int], state: State) -> ScalarSelect[int]:
    return _capped(select(Registration.id).where(Registration.edition_id == edition, Registration.state == state))


def _capped(rows: Select[Any]) -> ScalarSelect[int]:
    """How many there are, or MOST_COUNTED + 1 if there are more than MOST_COUNTED."""
    first = rows.with_only_columns(literal(1).label("one")).order_by(None).limit(MOST_COUNTED + 1)
    return select(func.count()).select_from(first.subquery()).scalar_subquery()


# ---- Rows


@dataclass(frozen=True)
class Listed:
    """One page of a list: the lines, and what stands beside them. `total` is at most MOST_COUNTED."""

    lines: Sequence[Line]
    beside: Beside
    number: int
    total: int
    is_more: bool  # there are more than `total`

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


def page(
    edition: Edition, asked: Asked, around: Outline, columns: Sequence[Column], *, number: int, language: Language
) -> Listed:
    """The page of this number, or the nearest that is one. Two queries, and one more for each kind of thing beside."""
    rows = registrations(edition, asked)
    fields: tuple[Any, ...] = FIELDS
    counted = None
    if asked.is_counted_by_state:
        counts = [count for state, count in around.counts.items() if asked.state in {"", state}]
        counted = MOST_COUNTED + 1 if max(counts) > MOST_COUNTED else sum(counts)
        number = _nearest(number, counted)
    else:
        number = _nearest(number, MOST_COUNTED)
        fields = (*FIELDS, _capped(rows).label("found"))
    lines = _lines(rows, fields, number)
    if counted is None and not lines and number > 1:
        counted = db.session.scalar(select(_capped(rows))) or 0
        number = _nearest(number, counted)
        lines = _lines(rows, fields, number)
    if counted is None:
        counted = lines[0].found if lines else 0
    total = min(counted, MOST_COUNTED)
    return Listed(lines, beside(edition, lines, columns, around, language), number, total, counted > total)


def _nearest(number: int, total: int) -> int:
    return min(max(number, 1), max(1, -(-min(total, MOST_COUNTED) // PER_PAGE)))


def _lines(rows: Select[Any], fields: tuple[Any, ...], number: int) -> Sequence[Line]:
    return db.session.execute(rows.with_only_columns(*fields).limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all()


def count_of(rows: Select[Registration]) -> int:
    """How many registrations that is, exactly."""
    return db.session.scalar(rows.with_only_columns(func.count(Registration.id)).order_by(None)) or 0


def ids(rows: Select[Registration]) -> array[int]:
    """The ids of all rows in their order, in eight bytes each."""
    return array("q", db.session.scalars(rows.with_only_columns(Registration.id)))


def lines_of(row_ids: Sequence[int]) -> list[Line]:
    """The lines of these registrations, in this order; without those that are gone."""
    statement = select(*FIELDS).where(Registration.id.in_(row_ids))
    found = {line.id: line for line in db.session.execute(statement)}
    return [found[row_id] for row_id in row_ids if row_id in found]


# ---- What stands beside the rows


def beside(
    edition: Edition, lines: Sequence[Line], columns: Sequence[Column], around: Outline, language: Language
) -> Beside:
    """What the columns of these lines need besides the lines: at most three queries."""
    keys = {column.key for column in columns}
    found = Beside(
        language,
        edition.tz,
        categories={row.id: row.name.local(language) for row in around.categories},
        delegations={row.id: row.name.local(language) for row in around.delegations},
    )
    waiting = [line for line in lines if line.wait_sequence is not None]
    if waiting and keys & {"rank", "state"}:
        found.ranks = ranks(edition, waiting)
    row_ids = [line.id for line in lines]
    if row_ids and "sessions" in keys:
        found.sessions = _sessions(row_ids, language)
    if row_ids and any(column.question_id is not None for column in columns):
        found.answers = answers_of(row_ids, language)
    return found


def ranks(edition: Edition, waiting: Sequence[Line]) -> dict[int, int]:
    """Registration id → place in the waiting list, from 1 and without gaps, for some of those who wait.

    Each place is counted on from the one before it, so that the line is read once, as far as the last of them.
    """
    order = (Registration.wait_sequence, Registration.id)
    one = (
        select(
            Registration.id,
            Registration.wait_sequence.label("place"),
            func.lag(Registration.wait_sequence, 1, -1).over(order_by=order).label("place_before"),
        )
        .where(Registration.id.in_([line.id for line in waiting]), Registration.wait_sequence.is_not(None))
        .subquery()
    )
    each = aliased(Registration)
    of_edition = select(func.count()).where(each.edition_id == edition.id)
    between = of_edition.where(each.wait_sequence >= one.c.place_before, each.wait_sequence < one.c.place)
    alike = of_edition.where(each.wait_sequence == one.c.place, each.id <= one.c.id)
    statement = select(one.c.id, between.scalar_subquery(), alike.scalar_subquery()).order_by(one.c.place, one.c.id)
    steps = db.session.execute(statement).all()
    before = accumulate(step for _, step, _ in steps)
    return {row_id: ahead + own for (row_id, _, own), ahead in zip(steps, before, strict=True)}


def _sessions(row_ids: Sequence[int], language: Language) -> dict[int, list[str]]:
    sessions = Session.__table__.c
    statement = (
        select(SessionPlace.registration_id, sessions.title_zh, sessions.title_en)
        .join(Session, Session.id == SessionPlace.session_id)
        .where(SessionPlace.registration_id.in_(row_ids))
        .order_by(Session.starts_at, Session.id)
    )
    found: dict[int, list[str]] = {}
    for row_id, zh, en in db.session.execute(statement):
        found.setdefault(row_id, []).append(Bilingual(zh, en).local(language))
    return found
