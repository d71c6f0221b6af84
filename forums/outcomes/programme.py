"""What the agenda comes to: sessions by day, and the experts who appeared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forums import pinyin
from forums.agenda.models import Session
from forums.agenda.queries import sessions_of
from forums.columns import Bilingual
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.experts.models import Expert
from forums.extensions import db

Rows = list[dict[str, Any]]


def outline(edition: Edition) -> dict[str, Rows]:
    """The sessions that were not cancelled, in order, and what each day holds; those without a time share a day."""
    held = _held(edition)
    days = [(day, list(group)) for day, group in groupby(held, key=_day)]
    return {
        "days": [{"date": day, **_totals(of_day)} for day, of_day in days],
        "sessions": [_session(session) for session in held],
    }


def expert_list(edition: Edition) -> Rows:
    """Who appeared, by pinyin, with the number of their sessions."""
    sessions = Counter(appearance.expert_id for session in _held(edition) for appearance in session.announced)
    person = joinedload(Expert.person).joinedload(Person.organisation)
    experts = db.session.scalars(select(Expert).where(Expert.id.in_(sessions)).options(person))
    rows = [(expert.person, sessions[expert.id]) for expert in experts]
    return [_expert(person, count) for person, count in sorted(rows, key=lambda row: _by_pinyin(row[0]))]


def _held(edition: Edition) -> Sequence[Session]:
    """The edition's sessions that were not cancelled, in order of time; those without one last."""
    return db.session.scalars(sessions_of(edition).where(Session.state != "cancelled")).all()


def _day(session: Session) -> str:
    return session.day.isoformat() if session.day else ""


def _time(session: Session) -> str:
    begins, ends = session.local_start, session.local_end
    return "–".join(moment.strftime("%H:%M") for moment in (begins, ends) if moment)


def _totals(sessions: Iterable[Session]) -> dict[str, int]:
    of_day = list(sessions)
    return {
        "sessions": len(of_day),
        "halls": len({session.hall_id for session in of_day} - {None}),
        "speakers": len({appearance.expert_id for session in of_day for appearance in session.announced}),
    }


def _session(session: Session) -> dict[str, Any]:
    return {
        "date": _day(session),
        "time": _time(session),
        "title": plain(session.title),
        "hall": plain(session.hall.name if session.hall else None),
        "speakers": len(session.announced),
    }


def _expert(person: Person, sessions: int) -> dict[str, Any]:
    return {
        "name": plain(person.name),
        "title": plain(person.title),
        "organisation": plain(person.organisation.name if person.organisation else None),
        "sessions": sessions,
    }


def _by_pinyin(person: Person) -> tuple[str, int]:
    return "".join(pinyin.syllables(person.name.local("zh"))).casefold(), person.id


def plain(text: Bilingual | None) -> dict[str, str]:
    """A bilingual text as JSON."""
    return {"zh": text.zh, "en": text.en} if text else {"zh": "", "en": ""}
