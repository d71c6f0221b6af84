"""What makes two projects look like one: pure functions over plain facts, compared in blocks and never all with all.

A block holds the projects that share one thing: a credit code, a site and segment, a name, an enterprise, an origin,
an amount. In a large block each is compared with its neighbours by name only, so the work grows with the number of
projects and not with its square. No sign by itself is proof: similarity least of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import combinations
from typing import Any

from forums.agreements.duplicates.names import NormalName, normal_name, similarity
from forums.columns import Bilingual

SIGNS = {
    "code_site": "certain",
    "code": "strong",
    "place_amount": "strong",
    "place_days": "strong",
    "name": "strong",
    "firm": "weak",
    "near_name": "weak",
    "phase": "weak",
}
"""Every sign, the heaviest first, with its weight."""
_ORDER = {sign: place for place, sign in enumerate(SIGNS)}
WEIGHTS = ("certain", "strong", "weak")
TELLING = frozenset({"place_amount"})
"""Signs that would give an amount away."""
NEAR_DAYS = 60
NEAR_NAMES = 0.6
"""From this similarity on (0 to 1) two names are near."""
LARGEST_BLOCK = 30
"""Up to so many projects a block is compared all with all, beyond it each with its NEIGHBOURS by name."""
NEIGHBOURS = 6


@dataclass(frozen=True)
class Facts:
    """What is compared of one project. `amounts` are (currency, fen) that the reader may know, `days` of signing."""

    id: int
    name: Bilingual
    aliases: tuple[str, ...] = ()
    enterprise: Bilingual = field(default_factory=Bilingual)
    codes: frozenset[str] = frozenset()
    site: str = ""
    segment_id: int | None = None
    segment: Bilingual = field(default_factory=Bilingual)
    origin: str = ""
    amounts: frozenset[tuple[str, int]] = frozenset()
    days: tuple[date, ...] = ()

    @cached_property
    def names(self) -> dict[str, str]:
        """Key → the name as it is written, of every name that says something."""
        return {normal.key: text for text, normal in self._normal if len(normal.key) > 1}

    @cached_property
    def phases(self) -> tuple[int, ...]:
        return tuple(sorted({phase for _, normal in self._normal for phase in normal.phases}))

    @cached_property
    def firms(self) -> frozenset[str]:
        """Keys of the enterprise's names."""
        keys = (normal_name(text).key for text in (self.enterprise.zh, self.enterprise.en) if text)
        return frozenset(key for key in keys if key)

    @cached_property
    def site_key(self) -> str:
        return normal_name(self.site).key if self.site else ""

    @property
    def main_key(self) -> str:
        return next(iter(self.names), "")

    @cached_property
    def _normal(self) -> list[tuple[str, NormalName]]:
        return [(text, normal_name(text)) for text in (self.name.zh, self.name.en, *self.aliases) if text.strip()]


@dataclass(frozen=True)
class Reason:
    """One sign, with what it rests on at the one project and at the other, as plain values that JSON can keep."""

    sign: str
    left: Any
    right: Any

    @property
    def weight(self) -> str:
        return SIGNS[self.sign]

    @property
    def plain(self) -> list[Any]:
        return [self.sign, self.left, self.right]


@dataclass(frozen=True)
class Pair:
    """Two projects, the smaller id first, and why they may be one; the heaviest reason first."""

    first: int
    second: int
    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> str:
        """That of its heaviest sign."""
        return self.reasons[0].weight

    @property
    def rank(self) -> tuple[int, ...]:
        """Sorts the strongest pair first."""
        weights = [reason.weight for reason in self.reasons]
        return (*(-weights.count(weight) for weight in WEIGHTS), self.first, self.second)


def pairs_among(projects: Sequence[Facts], *, only: int | None = None) -> list[Pair]:
    """The pairs with at least one reason, the strongest first; `only` those of one project."""
    by_id = {row.id: row for row in projects}
    found = []
    for first, second in _candidates(projects, only):
        reasons = reasons_for(by_id[first], by_id[second])
        if reasons:
            found.append(Pair(first, second, reasons))
    return sorted(found, key=lambda pair: pair.rank)


def reasons_for(one: Facts, other: Facts) -> tuple[Reason, ...]:
    """Why the two may be one, the heaviest first; nothing when all that speaks for it is a phase."""
    found = [*_of_firms(one, other), *_of_places(one, other), *_of_names(one, other)]
    if found and one.phases != other.phases:
        found.append(Reason("phase", list(one.phases), list(other.phases)))
    return tuple(sorted(found, key=lambda reason: _ORDER[reason.sign]))


def _of_firms(one: Facts, other: Facts) -> list[Reason]:
    """The same investor at the same site, or at one that nobody has written down."""
    if one.site_key and other.site_key and one.site_key != other.site_key:
        return []
    shared = one.codes & other.codes
    if shared:
        code = min(shared)
        return [
            Reason("code_site" if one.site_key and other.site_key else "code", [code, one.site], [code, other.site])
        ]
    if one.firms & other.firms and not (one.codes and other.codes):
        return [Reason("firm", _both(one.enterprise), _both(other.enterprise))]
    return []


def _of_places(one: Facts, other: Facts) -> list[Reason]:
    """The same site and segment, with equal amounts or signed within weeks."""
    if not one.site_key or one.site_key != other.site_key or not one.segment_id or one.segment_id != other.segment_id:
        return []
    found = []
    shared = one.amounts & other.amounts
    if shared:
        currency, fen = max(shared)
        found.append(Reason("place_amount", [one.site, currency, fen], [other.site, currency, fen]))
    near = _nearest(one.days, other.days)
    if near is not None:
        found.append(Reason("place_days", [one.site, near[0].isoformat()], [other.site, near[1].isoformat()]))
    return found


def _of_names(one: Facts, other: Facts) -> list[Reason]:
    """One name among theirs, or two that are near; near ones of firms that are known to differ say nothing."""
    for key, text in one.names.items():
        if key in other.names:
            return [Reason("name", text, other.names[key])]
    strangers = bool(one.codes and other.codes and not one.codes & other.codes)
    if strangers or (one.site_key and other.site_key and one.site_key != other.site_key):
        return []
    compared = [
        (similarity(key, its_key), text, its_text)
        for key, text in one.names.items()
        for its_key, its_text in other.names.items()
        if key.isascii() == its_key.isascii()
    ]
    near, left, right = max(compared, default=(0.0, "", ""))
    return [Reason("near_name", left, right)] if near >= NEAR_NAMES else []


def _nearest(days: Sequence[date], others: Sequence[date]) -> tuple[date, date] | None:
    """The two days of signing that are nearest, if they are near."""
    if not days or not others:
        return None
    pair = min(((a, b) for a in days for b in others), key=lambda pair: abs((pair[0] - pair[1]).days))
    return pair if abs((pair[0] - pair[1]).days) <= NEAR_DAYS else None


def _candidates(projects: Iterable[Facts], only: int | None) -> set[tuple[int, int]]:
    blocks: dict[tuple[Any, ...], list[Facts]] = {}
    for row in projects:
        for key in _blocks_of(row):
            blocks.setdefault(key, []).append(row)
    found: set[tuple[int, int]] = set()
    for block in blocks.values():
        if len(block) > 1 and (only is None or any(row.id == only for row in block)):
            found.update(_compared(block))
    return found if only is None else {pair for pair in found if only in pair}


def _blocks_of(row: Facts) -> Iterable[tuple[Any, ...]]:
    yield from (("code", code) for code in row.codes)
    yield from (("name", key) for key in row.names)
    yield from (("firm", key) for key in row.firms)
    yield from (("amount", *amount) for amount in row.amounts)
    if row.site_key and row.segment_id:
        yield "place", row.site_key, row.segment_id
    if row.origin:
        yield "origin", row.origin


def _compared(block: list[Facts]) -> Iterable[tuple[int, int]]:
    if len(block) <= LARGEST_BLOCK:
        return (_ordered(a.id, b.id) for a, b in combinations(block, 2))
    block = sorted(block, key=lambda row: (row.main_key, row.id))
    return (_ordered(a.id, b.id) for i, a in enumerate(block) for b in block[i + 1 : i + 1 + NEIGHBOURS])


def _ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def _both(text: Bilingual) -> list[str]:
    return [text.zh, text.en]
