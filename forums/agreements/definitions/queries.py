from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload, load_only

from forums.accounts.models import Account
from forums.agreements.counting import NO_RULES, SANMING, Rules
from forums.agreements.definitions.models import ChosenDefinition, CountingDefinition
from forums.columns import Bilingual
from forums.editions.models import Series
from forums.extensions import db

RULE_NAMES = tuple(field.name for field in fields(Rules))


@dataclass(frozen=True)
class Definition:
    """A way to count. `key` names it with its version, for links and for what is frozen."""

    key: str
    version: int
    name: Bilingual
    rules: Rules
    note: str = ""
    own: CountingDefinition | None = None


DEFAULT = Definition("sanming-1", 1, Bilingual("三明规则", "Sanming's rules"), SANMING)
ANNOUNCED = Definition("announced-1", 1, Bilingual("按宣布口径", "As announced"), NO_RULES)
PRESETS = {definition.key: definition for definition in (DEFAULT, ANNOUNCED)}
"""What every series can count by. A changed preset gets another version; what was frozen keeps its rules."""


def definitions_of(series: Series) -> list[Definition]:
    """The presets, then the series' own, the newest version of each first."""
    rows = db.session.scalars(
        select(CountingDefinition)
        .where(CountingDefinition.series_id == series.id)
        .order_by(CountingDefinition.code, CountingDefinition.version.desc())
        .options(joinedload(CountingDefinition.made_by).options(load_only(Account.name), lazyload(Account.grants)))
    )
    return [*PRESETS.values(), *map(_own, rows)]


def definition(series: Series, key: str) -> Definition | None:
    """By its key: a preset, one of the series' own, or a step of the way from gross to net (“step-3”)."""
    if key in PRESETS:
        return PRESETS[key]
    if key in _STEPS:
        return _STEPS[key]
    code, _, version = key.rpartition("-")
    if not (version.isascii() and version.isdecimal() and len(version) < 6):
        return None
    row = db.session.scalar(
        select(CountingDefinition).where(
            CountingDefinition.series_id == series.id,
            CountingDefinition.code == code,
            CountingDefinition.version == int(version),
        )
    )
    return _own(row) if row else None


def chosen_definition(series: Series, as_of: datetime | None = None) -> Definition:
    """What the series counts by now, or counted by at a moment; Sanming's rules unless somebody chose otherwise."""
    rows = select(ChosenDefinition.key).where(ChosenDefinition.series_id == series.id)
    if as_of is not None:
        rows = rows.where(ChosenDefinition.chosen_at <= as_of)
    key = db.session.scalar(rows.order_by(ChosenDefinition.id.desc()).limit(1))
    return (definition(series, key) if key else None) or DEFAULT


def choices_made(series: Series) -> list[ChosenDefinition]:
    """When the series chose what, the last first."""
    rows = select(ChosenDefinition).where(ChosenDefinition.series_id == series.id)
    who = joinedload(ChosenDefinition.chosen_by).options(load_only(Account.name), lazyload(Account.grants))
    return list(db.session.scalars(rows.order_by(ChosenDefinition.id.desc()).options(who)))


def _own(row: CountingDefinition) -> Definition:
    # A rule that is younger than the definition applies as in the preset.
    rules = replace(SANMING, **{name: bool(row.rules[name]) for name in RULE_NAMES if name in row.rules})
    return Definition(f"{row.code}-{row.version}", row.version, row.name, rules, row.note, row)


def _steps() -> Iterator[Definition]:
    rules = NO_RULES
    yield Definition("step-0", 1, Bilingual("不用任何规则", "No rule"), rules)
    for number, name in enumerate(RULE_NAMES, start=1):
        rules = replace(rules, **{name: True})
        yield Definition(f"step-{number}", 1, Bilingual(f"前{number}条规则", f"The first {number} rules"), rules)


_STEPS = {step.key: step for step in _steps()}
