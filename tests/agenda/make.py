"""Sessions and experts for the tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from forums.agenda.exchange import reading
from forums.agenda.importing import ImportOutcome, import_programme
from forums.agenda.models import Session
from forums.agenda.operations import SessionFacts, add_appearance, create_session
from forums.columns import Bilingual
from forums.editions.models import Edition, Hall
from forums.experts.models import Expert
from forums.experts.operations import Profile, create_expert
from forums.extensions import db
from forums.transaction import transaction
from tests.cast import SYSTEM


def at(text: str) -> datetime:
    """A moment in Shanghai: "18 09:30" is in March 2097."""
    return datetime.fromisoformat(f"2097-03-{text.replace(' ', 'T')}+08:00")


def hall(edition: Edition, code: str) -> Hall:
    return db.session.scalars(select(Hall).where(Hall.edition_id == edition.id, Hall.code == code)).one()


def make_expert(zh: str = "李雷", en: str = "Li Lei", **facts: Any) -> Expert:
    with transaction():
        return create_expert(Profile(name=Bilingual(zh, en), **facts), synthetic=True, actor=SYSTEM)


def make_session(
    edition: Edition,
    title: str | Bilingual = "Talk",
    begins: str = "18 09:00",
    ends: str = "18 10:00",
    *,
    in_hall: str = "A",
    experts: tuple[Expert, ...] = (),
    **facts: Any,
) -> Session:
    """Published unless `state` says otherwise."""
    with transaction():
        defaults: dict[str, Any] = {
            "title": title if isinstance(title, Bilingual) else Bilingual("", title),
            "state": "published",
            "starts_at": at(begins) if begins else None,
            "ends_at": at(ends) if ends else None,
            "hall": hall(edition, in_hall) if in_hall else None,
        }
        row = create_session(edition, SessionFacts(**(defaults | facts)), actor=SYSTEM)
        for expert in experts:
            add_appearance(row, expert, actor=SYSTEM)
        return row


def bring_in(edition: Edition, data: bytes, *, cancel_vanished: bool = False) -> ImportOutcome:
    """Read and import, committed."""
    programme = reading.read(data)
    with transaction():
        return import_programme(edition, programme, actor=SYSTEM, cancel_vanished=cancel_vanished)


def counts(outcome: ImportOutcome) -> tuple[int, int, int, int, int]:
    return outcome.read, outcome.created, outcome.updated, outcome.unchanged, outcome.refused


def sessions() -> dict[str, Session]:
    """All sessions by their key in files."""
    db.session.rollback()
    return {row.source_key: row for row in db.session.scalars(select(Session).order_by(Session.id))}
