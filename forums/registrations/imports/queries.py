from __future__ import annotations

from typing import TypeAlias
from unicodedata import decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from forums.editions.models import Edition
from forums.extensions import db
from forums.imports.queries import batches_of
from forums.registrations.imports.models import UNDONE, VERDICTS, ImportBatch, ImportRow
from forums.registrations.models import OVER, Registration


def latest_mapping(edition: Edition) -> dict[str, object] | None:
    """How the last file of the edition was read."""
    return db.session.scalar(batches_of(ImportBatch, edition).with_only_columns(ImportBatch.mapping).limit(1))


def rows_of(batch: ImportBatch, *, verdict: str = "", undone: str = "") -> Select[ImportRow]:
    """The rows of a file in its order, headings left out; those of one verdict, or of one end when it was undone."""
    rows = select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.verdict != "heading")
    if verdict in VERDICTS:
        rows = rows.where(ImportRow.verdict == verdict)
    if undone in UNDONE:
        rows = rows.where(ImportRow.undone == undone)
    return rows.options(joinedload(ImportRow.registration)).order_by(ImportRow.number)


def counts(batch: ImportBatch) -> dict[str, int]:
    """How many rows there are of each verdict."""
    rows = select(ImportRow.verdict, func.count()).where(ImportRow.batch_id == batch.id).group_by(ImportRow.verdict)
    found = {verdict: number for verdict, number in db.session.execute(rows)}  # noqa: C416  (rows are not typed)
    return {verdict: found.get(verdict, 0) for verdict in VERDICTS}


def undone_counts(batch: ImportBatch) -> dict[str, int]:
    """How many rows came to each end when the batch was undone."""
    rows = select(ImportRow.undone, func.count()).where(ImportRow.batch_id == batch.id).group_by(ImportRow.undone)
    found = {undone: number for undone, number in db.session.execute(rows)}  # noqa: C416  (rows are not typed)
    return {undone: found.get(undone, 0) for undone in UNDONE}


Identity: TypeAlias = tuple[str, str, str]


def identity(email: str | None, name: str, phone: str, organisation: str) -> Identity:
    """By what somebody is known again: the address; else name and phone, however it is written; else name and unit."""
    if email:
        return ("email", email, "")
    return ("phone", name, digits(phone) or phone) if phone else ("name", name, organisation)


def digits(phone: str) -> str:
    """The digits of a phone number, without the code of China: +86 138-0013-8000 is 13800138000."""
    bare = "".join(str(decimal(letter)) for letter in phone if letter.isdecimal()).removeprefix("00")
    return bare.removeprefix("86") if len(bare) > 11 else bare


def identities(edition: Edition) -> set[Identity]:
    """By what everybody with a live registration is known again."""
    rows = select(Registration.email, Registration.name, Registration.phone, Registration.organisation).where(
        Registration.edition_id == edition.id, Registration.state.not_in(OVER)
    )
    return {identity(*row) for row in db.session.execute(rows)}
