from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from forums.extensions import db
from forums.mail.incoming.models import KINDS, OUTCOMES, IncomingBox, IncomingMail
from forums.mail.models import Letter


def incoming(edition_id: int | None, *, kind: str = "", outcome: str = "", search: str = "") -> Select[IncomingMail]:
    """What came in about letters of one edition, or all of it, newest first; `search` looks into sender and subject."""
    rows = select(IncomingMail).options(joinedload(IncomingMail.letter)).where(*_in(edition_id))
    rows = rows.order_by(IncomingMail.id.desc())
    if kind in KINDS:
        rows = rows.where(IncomingMail.kind == kind)
    if outcome in OUTCOMES:
        rows = rows.where(IncomingMail.outcome == outcome)
    if words := search.strip():
        columns = (IncomingMail.sender, IncomingMail.subject)
        rows = rows.where(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    return rows


def counts(edition_id: int | None) -> dict[str, int]:
    """How many came to each outcome, those that wait first; outcomes of nothing are left out."""
    rows = db.session.execute(
        select(IncomingMail.outcome, func.count()).where(*_in(edition_id)).group_by(IncomingMail.outcome)
    )
    found = {outcome: number for outcome, number in rows}  # noqa: C416  (dict() of rows is not typed)
    return {outcome: found[outcome] for outcome in OUTCOMES if outcome in found}


def about(letter: Letter) -> Sequence[IncomingMail]:
    """What came back about one letter, first things first; the first twenty."""
    rows = select(IncomingMail).where(IncomingMail.letter_id == letter.id).order_by(IncomingMail.id)
    return db.session.scalars(rows.limit(20)).all()


def find(incoming_id: int, edition_id: int | None) -> IncomingMail | None:
    return db.session.scalar(select(IncomingMail).where(IncomingMail.id == incoming_id, *_in(edition_id)))


def box_named(name: str) -> IncomingBox | None:
    """How far this mailbox was read; None before the first time."""
    return db.session.scalar(select(IncomingBox).where(IncomingBox.name == name))


def _in(edition_id: int | None) -> tuple[ColumnElement[bool], ...]:
    return () if edition_id is None else (IncomingMail.edition_id == edition_id,)
