"""The columns that a list may have: what each is called, what stands in it, and what it is sorted by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Row, case
from sqlalchemy.orm import InstrumentedAttribute

from forums.columns import Language
from forums.directory.regions import REGIONS
from forums.registrations.lists.asked import NEWEST_FIRST
from forums.registrations.models import Category, Registration, State
from forums.registrations.words import state_word

# Every line of a list has these; what else its columns need is read for a whole page at once (Beside).
FIELDS: tuple[InstrumentedAttribute[Any], ...] = (
    Registration.id,
    Registration.reference,
    Registration.state,
    Registration.wait_sequence,
    Registration.category_id,
    Registration.delegation_id,
    Registration.role,
    Registration.name,
    Registration.organisation,
    Registration.title,
    Registration.email,
    Registration.phone,
    Registration.region,
    Registration.language,
    Registration.source,
    Registration.reason,
    Registration.decided_by,
    Registration.decided_at,
    Registration.offer_until,
    Registration.created_at,
    Registration.confirmed_at,
    Registration.cancelled_at,
)
Line = Row[Any]
ROLES = {"attendee": _l("Participant"), "companion": _l("Companion"), "driver": _l("Driver")}
SOURCES = {"public": _l("Public site"), "office": _l("Office"), "delegation": _l("Unit"), "history": _l("Past event")}
SOURCES |= {"import": _l("Import"), "desk": _l("Desk")}


@dataclass
class Beside:
    """What the cells of some lines need besides the lines: words by id, and per registration what others hold."""

    language: Language
    zone: ZoneInfo
    categories: Mapping[int, str] = field(default_factory=dict)
    delegations: Mapping[int, str] = field(default_factory=dict)
    ranks: Mapping[int, int] = field(default_factory=dict)
    sessions: Mapping[int, Sequence[str]] = field(default_factory=dict)
    answers: Mapping[int, Mapping[int, str]] = field(default_factory=dict)  # by question

    @cached_property
    def state_words(self) -> Mapping[str, str]:
        """The states in the language that is being spoken, looked up once for all lines."""
        return {state.value: state_word(state) for state in State}

    @property
    def comma(self) -> str:
        return "、" if self.language == "zh" else ", "


@dataclass(frozen=True)
class Column:
    """`key` names it in addresses; `order` is what it is sorted by, nothing where it is not. `text`: its cell.

    Rows without `empty_last` come last in either order: the databases do not agree on where they belong.
    """

    key: str
    label: LazyString | str
    text: Callable[[Line, Beside], str]
    order: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = ()
    empty_last: InstrumentedAttribute[Any] | None = None
    is_contact: bool = False
    question_id: int | None = None


def _moment(value: datetime | None, zone: ZoneInfo) -> str:
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M") if value else ""


def _word(words: Mapping[str, LazyString], code: str) -> str:
    return str(words.get(code, code))


def _region(line: Line, beside: Beside) -> str:
    return REGIONS[line.region].local(beside.language) if line.region in REGIONS else str(line.region)


_STATES = case({state.value: place for place, state in enumerate(State)}, value=Registration.state)
_COLUMNS = (
    Column("name", _l("Name"), lambda line, _: line.name, (Registration.name_sort,)),
    Column(
        "organisation",
        _l("Organisation"),
        lambda line, _: line.organisation,
        (Registration.organisation, Registration.name_sort),
    ),
    Column("title", _l("Position or title"), lambda line, _: line.title, (Registration.title, Registration.name_sort)),
    Column("email", _l("E-mail"), lambda line, _: line.email or "", (Registration.email,), Registration.email, True),
    Column("phone", _l("Phone"), lambda line, _: line.phone, (Registration.phone,), None, True),
    Column(
        "category",
        _l("Category"),
        lambda line, beside: beside.categories.get(line.category_id, ""),
        (Category.position, Category.id, Registration.name_sort),
    ),
    Column(
        "state",
        _l("State"),
        lambda line, beside: beside.state_words[line.state],
        (_STATES, Registration.name_sort),
    ),
    Column(
        "rank",
        _l("Rank"),
        lambda line, beside: str(beside.ranks.get(line.id, "")),
        (Registration.wait_sequence,),
        Registration.wait_sequence,
    ),
    Column("reference", _l("Reference"), lambda line, _: line.reference, (Registration.reference,)),
    Column(
        "created",
        _l("Registered at"),
        lambda line, beside: _moment(line.created_at, beside.zone),
        (Registration.created_at,),
    ),
    Column("region", _l("Region"), _region, (Registration.region, Registration.name_sort)),
    Column(
        "delegation",
        _l("Delegation"),
        lambda line, beside: beside.delegations.get(line.delegation_id, ""),
        (Registration.delegation_id, Registration.name_sort),
        Registration.delegation_id,
    ),
    Column("role", _l("Role"), lambda line, _: _word(ROLES, line.role), (Registration.role, Registration.name_sort)),
    Column("sessions", _l("Sessions"), lambda line, beside: beside.comma.join(beside.sessions.get(line.id, ()))),
    Column(
        "language",
        _l("Language of letters"),
        lambda line, _: {"zh": "中文", "en": "English"}.get(line.language, line.language),
        (Registration.language, Registration.name_sort),
    ),
    Column("source", _l("Source"), lambda line, _: _word(SOURCES, line.source), (Registration.source,)),
    Column(
        "confirmed",
        _l("Confirmed at"),
        lambda line, beside: _moment(line.confirmed_at, beside.zone),
        (Registration.confirmed_at,),
        Registration.confirmed_at,
    ),
    Column(
        "cancelled",
        _l("Cancelled at"),
        lambda line, beside: _moment(line.cancelled_at, beside.zone),
        (Registration.cancelled_at,),
        Registration.cancelled_at,
    ),
    Column(
        "offer_until",
        _l("Offer until"),
        lambda line, beside: _moment(line.offer_until, beside.zone),
        (Registration.offer_until,),
        Registration.offer_until,
    ),
    Column("reason", _l("Reason"), lambda line, _: line.reason, (Registration.reason,)),
    Column("decided_by", _l("Decided by"), lambda line, _: line.decided_by, (Registration.decided_by,)),
    Column(
        "decided",
        _l("Decided at"),
        lambda line, beside: _moment(line.decided_at, beside.zone),
        (Registration.decided_at,),
        Registration.decided_at,
    ),
)
COLUMNS: Mapping[str, Column] = {column.key: column for column in _COLUMNS}
USUAL = ("name", "organisation", "email", "category", "state", "rank", "reference", "created")


def of_question(question_id: int, label: str) -> Column:
    """The column of the answers to one question."""
    return Column(
        f"q{question_id}",
        label,
        lambda line, beside: beside.answers.get(line.id, {}).get(question_id, ""),
        question_id=question_id,
    )


def order_of(sort: str) -> tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]:
    """What the database orders by for a sort key such as "-created"; newest first where there is no such column.

    Rows that are alike stand in the order in which they came.
    """
    descending, key = sort.startswith("-"), sort.removeprefix("-")
    column = COLUMNS.get(key)
    if column is None or not column.order:
        return order_of(NEWEST_FIRST)
    parts = (*column.order, Registration.id)
    empty = () if column.empty_last is None else (column.empty_last.is_(None),)
    return (*empty, *(part.desc() for part in parts)) if descending else (*empty, *parts)
