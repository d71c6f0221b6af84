from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from forums import pinyin
from forums.columns import Bilingual
from forums.directory.models import Organisation, Person
from forums.editions.models import Edition
from forums.experts.models import Expert
from forums.extensions import db


@dataclass(frozen=True)
class Part:
    """What an expert does in one session, as the agenda tells it."""

    edition: Edition
    session_id: int
    title: Bilingual
    role: str
    starts_at: datetime | None
    is_public: bool


@dataclass(frozen=True)
class Programme:
    """How to ask the agenda, which lies above this room: whose parts, and the ids of those whom the public sees."""

    parts_of: Callable[[Expert], list[Part]]
    appearing_in: Callable[[Edition], Select[Any]]


_programmes: list[Programme] = []
connect = _programmes.append


def parts_of(expert: Expert) -> list[Part]:
    """Everything the expert does anywhere, latest edition first."""
    return [part for programme in _programmes for part in programme.parts_of(expert)]


def appearing_in(edition: Edition) -> list[Expert]:
    """The experts whom the public sees in this edition."""
    ids = [programme.appearing_in(edition) for programme in _programmes]
    rows = _all().where(or_(False, *[Expert.id.in_(each) for each in ids]))
    return list(db.session.scalars(rows))


def in_order(experts: list[Expert], language: str) -> list[Expert]:
    """By the name in the reader's language, Chinese characters by their pinyin."""
    return sorted(experts, key=lambda expert: (spoken(expert.person.name.local(language)), expert.id))


def spoken(name: str) -> str:
    return " ".join(pinyin.syllables(name)).casefold()


def matching(text: str) -> Select[Any]:
    """Experts whose name, position or organisation holds this text; all for an empty one."""
    rows = _all()
    if not text:
        return rows
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    people, organisations = Person.__table__.c, Organisation.__table__.c
    own = [people[name] for name in ("name_zh", "name_en", "title_zh", "title_en")]
    columns = [*own, organisations.name_zh, organisations.name_en]
    return rows.where(or_(*[column.ilike(pattern, escape="\\") for column in columns]))


def named(name: str) -> list[Expert]:
    """The experts with exactly this name in either language."""
    people = Person.__table__.c
    return list(db.session.scalars(_all().where(or_(people.name_zh == name, people.name_en == name)).limit(2)))


def expert_with_organisation(expert_id: int) -> Expert | None:
    return db.session.get(Expert, expert_id, options=[joinedload(Expert.person).joinedload(Person.organisation)])


def _all() -> Select[Any]:
    """By name, with person and organisation."""
    people = Person.__table__.c
    rows: Select[Any] = (
        select(Expert)
        .join(Expert.person)
        .outerjoin(Person.organisation)
        .options(contains_eager(Expert.person).contains_eager(Person.organisation))
        .order_by(people.name_en, people.name_zh, Expert.id)
    )
    return rows
