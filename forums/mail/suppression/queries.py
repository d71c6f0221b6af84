from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import idna
from sqlalchemy import Select, case, func, select

from forums import tokens
from forums.columns import Bilingual
from forums.extensions import db
from forums.mail.models import Letter
from forums.mail.suppression import links
from forums.mail.suppression.models import EDITIONS, HOUSE, REASONS, SERIES, Suppression

CAMPAIGNS = "campaign:"  # how their batches begin
CHUNK = 1_000


class Posted(Protocol):
    """A letter, or a row of its table."""

    @property
    def id(self) -> int: ...
    @property
    def batch(self) -> str | None: ...
    @property
    def recipient(self) -> str: ...
    @property
    def edition_id(self) -> int | None: ...


@dataclass(frozen=True)
class SeriesName:
    """A series as pages name it and link to it."""

    id: int
    slug: str
    title: Bilingual


def normal_address(address: str) -> str:
    """The address as it is kept here: trimmed, half width, lower case, the domain as the wire has it (IDNA)."""
    address = address.strip()
    if not address.isascii():
        local, at, domain = unicodedata.normalize("NFKC", address).rpartition("@")
        address = f"{local}{at}{_on_the_wire(domain)}"
    return address.lower()[:320]


def _on_the_wire(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii") if domain else ""
    except idna.IDNAError:
        return domain  # one that cannot be is kept as it was typed


def suppressed_among(addresses: Iterable[str], scopes: Collection[str]) -> dict[str, str]:
    """Which of these addresses campaigns of the scopes do not write to: as they were given, each with its reason.

    `scopes` are those of an edition or a series: ["edition:3", "series:1", "house"]. 10,000 addresses are ten queries.
    """
    given: dict[str, list[str]] = {}
    for address in addresses:
        given.setdefault(normal_address(address), []).append(address)
    found = _reasons(list(given), scopes)
    return {address: reason for normal, reason in found.items() for address in given[normal]}


def _reasons(addresses: Sequence[str], scopes: Collection[str]) -> dict[str, str]:
    """The gravest reason of each normal address that has one."""
    reasons: dict[str, str] = {}
    for start in range(0, len(addresses), CHUNK):
        rows = db.session.execute(
            select(Suppression.address, Suppression.reason).where(
                Suppression.address.in_(addresses[start : start + CHUNK]),
                Suppression.scope.in_(scopes),
                Suppression.removed_at.is_(None),
            )
        )
        for address, reason in rows:
            reasons[address] = min(reason, reasons.get(address, reason), key=REASONS.index)
    return reasons


def is_suppressed(address: str, scopes: Collection[str]) -> bool:
    """Whether campaigns of these scopes do not write to the address."""
    return bool(suppressed_among([address], scopes))


def standing(address: str, scopes: Collection[str] | None = None) -> Sequence[Suppression]:
    """What stands against writing to the address, in these scopes or anywhere, the gravest first."""
    rows = history(address, scopes)
    return sorted((row for row in rows if row.removed_at is None), key=lambda row: REASONS.index(row.reason))


def history(address: str, scopes: Collection[str] | None = None) -> Sequence[Suppression]:
    """All that was ever noted of the address, in these scopes or anywhere, the newest first."""
    rows = select(Suppression).where(Suppression.address == normal_address(address)).order_by(Suppression.id.desc())
    return db.session.scalars(rows if scopes is None else rows.where(Suppression.scope.in_(scopes))).all()


def suppressions(
    scope: str | None = None, *, search: str = "", reason: str = "", removed: bool = False
) -> Select[Suppression]:
    """Those of one scope, or of all, newest first: what stands, or what was removed."""
    rows = select(Suppression).order_by(Suppression.id.desc())
    rows = rows.where(Suppression.removed_at.is_not(None) if removed else Suppression.removed_at.is_(None))
    if scope is not None:
        rows = rows.where(Suppression.scope == scope)
    if reason in REASONS:
        rows = rows.where(Suppression.reason == reason)
    if words := search.strip():
        rows = rows.where(
            Suppression.address.icontains(normal_address(words), autoescape=True)
            | Suppression.detail.icontains(words, autoescape=True)
        )
    return rows


def counts(scope: str | None = None) -> dict[str, int]:
    """How many stand for each reason, and under "lifted" how many were removed."""
    lifted = Suppression.removed_at.is_not(None)
    what = case((lifted, "lifted"), else_=Suppression.reason)
    rows = select(what, func.count()).group_by(what)
    found = db.session.execute(rows if scope is None else rows.where(Suppression.scope == scope))
    return dict.fromkeys((*REASONS, "lifted"), 0) | {reason: number for reason, number in found}  # noqa: C416


def suppressed_letters(letters: Iterable[Posted]) -> set[int]:
    """Which of these letters are of campaigns that do not write to their address: two readings for a whole slice.

    Letters that wait when somebody unsubscribes are withdrawn then; this finds those that were written later.
    """
    theirs: dict[int | None, list[Posted]] = {}
    for letter in filter(is_of_campaign, letters):
        theirs.setdefault(letter.edition_id, []).append(letter)
    series_of = _series_of(theirs)
    found: set[int] = set()
    for edition_id, some in theirs.items():
        suppressed = suppressed_among((letter.recipient for letter in some), _scopes(series_of.get(edition_id)))
        found.update(letter.id for letter in some if letter.recipient in suppressed)
    return found


def is_of_campaign(letter: Posted) -> bool:
    """Whether somebody may ask for no more letters such as this one."""
    return letter.batch is not None and letter.batch.startswith(CAMPAIGNS)


def letter_of_link(token: str) -> Letter | None:
    """The letter that carries the link with this token; None when it is none of ours."""
    named = tokens.read(links.PURPOSE, token)
    letter = db.session.get(Letter, named[0]) if named else None
    return letter if letter is not None and links.is_of(token, letter) else None


def scopes_of(letter: Posted) -> list[str]:
    """Where the letter belongs, narrowest first: ["series:3", "house"]."""
    return _scopes(_series_of([letter.edition_id]).get(letter.edition_id))


def _series_of(edition_ids: Iterable[int | None]) -> dict[int | None, int]:
    wanted = [one for one in edition_ids if one is not None]
    rows = db.session.execute(select(EDITIONS).where(EDITIONS.c.id.in_(wanted))) if wanted else ()
    return {row.id: row.series_id for row in rows}


def _scopes(series_id: int | None) -> list[str]:
    return [HOUSE] if series_id is None else [f"series:{series_id}", HOUSE]


def series_named(series_ids: Iterable[int | None]) -> dict[int, SeriesName]:
    """The series by their ids."""
    wanted = {one for one in series_ids if one is not None}
    rows = db.session.execute(select(SERIES).where(SERIES.c.id.in_(wanted))) if wanted else ()
    return {row.id: SeriesName(row.id, row.slug, Bilingual(row.title_zh, row.title_en)) for row in rows}
