from __future__ import annotations

from dataclasses import asdict

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements import known
from forums.agreements.counting import Rules
from forums.agreements.definitions.models import ChosenDefinition, CountingDefinition
from forums.agreements.definitions.queries import Definition, chosen_definition, definition
from forums.agreements.drafting import account_of
from forums.columns import Bilingual
from forums.editions.models import Series
from forums.errors import Refused
from forums.extensions import db


def make(
    series: Series, name: Bilingual, rules: Rules, *, note: str = "", of: Definition | None = None, actor: Actor
) -> CountingDefinition:
    """A definition of the series' own or, `of` one of these, its next version.

    Raises Refused without a name, for a name that is there, and for a version that changes nothing.
    """
    if not name:
        raise Refused(_l("A definition needs a name in Chinese or English."))
    series_id = series.id
    known.moment_of(series_id)  # two people who make one at the same moment queue here
    rows = select(CountingDefinition).where(CountingDefinition.series_id == series_id)
    mine = list(db.session.scalars(rows.order_by(CountingDefinition.version)))
    code = of.own.code if of is not None and of.own is not None else f"own{1 + len({row.code for row in mine})}"
    if any(row.name == name and row.code != code for row in mine):
        raise Refused(_l("There is a definition “%(name)s” already.", name=name.zh or name.en))
    before = [row for row in mine if row.code == code]
    if before and (before[-1].name, before[-1].rules, before[-1].note) == (name, asdict(rules), note):
        raise Refused(_l("Nothing is different from version %(n)d.", n=before[-1].version))
    row = CountingDefinition(
        series_id=series_id,
        code=code,
        version=1 + max((row.version for row in before), default=0),
        name=name,
        rules=asdict(rules),
        note=note,
        made_by_id=account_of(actor),
    )
    db.session.add(row)
    record(actor, "counting.defined", row, name=name.zh or name.en, version=row.version, rules=row.rules)
    return row


def choose(series: Series, key: str, *, reason: str, actor: Actor) -> ChosenDefinition:
    """Let the series' tallies count by a definition from now on. Raises Refused."""
    chosen = definition(series, key)
    if chosen is None or key.startswith("step-"):
        raise Refused(_l("That definition is not there."))
    if not reason.strip():
        raise Refused(_l("Say why: the next person reads it."))
    series_id, at = series.id, known.moment_of(series.id)
    if chosen_definition(series).key == key:
        raise Refused(_l("The series counts by that definition already."))
    row = ChosenDefinition(
        series_id=series_id,
        key=key,
        reason=reason.strip()[:2000],
        chosen_at=at,
        chosen_by_id=account_of(actor),
    )
    db.session.add(row)
    record(actor, "counting.chosen", row, key=key, reason=row.reason)
    return row
