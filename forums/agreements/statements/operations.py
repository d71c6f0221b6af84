from __future__ import annotations

import secrets
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from forums import clock, money
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements import known
from forums.agreements.definitions.queries import chosen_definition, definition
from forums.agreements.drafting import account_of
from forums.agreements.review import lock_counted
from forums.agreements.statements import content as contents
from forums.agreements.statements import queries
from forums.agreements.statements.models import Statement
from forums.agreements.vocabulary import BASES
from forums.editions.models import Edition, Series
from forums.errors import Refused
from forums.extensions import db

LONGEST_REASON = 2000


class NotNow(Refused):
    """The statement is not in the state that this step starts from."""


class SamePerson(Refused):
    """Who drafted a statement does not approve it."""


class CannotSee(Refused):
    """Nobody approves what they cannot read."""


class Later(Refused):
    """A statement cannot be as of a moment that is not here yet."""


class Wanted(NamedTuple):
    """What a statement is to be of; `as_of` None is now, an aware moment any earlier one.

    `definition` names one by its key; without it the one counts that the series had chosen then.
    """

    edition: Edition | None
    as_of: datetime | None
    basis: str
    unit: str
    definition: str = ""


def draft(series: Series, wanted: Wanted, *, key: str, actor: Actor) -> Statement:
    """Freeze a tally under the next number; a second call with the same key returns the first one's. Raises Later."""
    moment = known.frozen_moment(series.id)
    there = queries.statement_by_key(key)
    if there is not None and there.series_id == series.id:
        return there
    if wanted.basis not in BASES or wanted.unit not in money.TABLE_UNITS:
        raise Refused(_l("Choose one of the bases and units shown."))
    as_of = wanted.as_of or moment
    if as_of > moment:
        raise Later(_l("That moment is not here yet: choose now or an earlier one."))
    chosen = definition(series, wanted.definition) if wanted.definition else chosen_definition(series, as_of)
    if chosen is None:
        raise Refused(_l("That definition is not there."))
    gathered = queries.gather(series, wanted.edition, as_of=as_of, basis=wanted.basis, definition=chosen)
    year = moment.astimezone(ZoneInfo(gathered["zone"])).year
    number = queries.next_number(series, year)
    content = {
        **gathered,
        "number": f"{year}-{number:03}",
        "unit": wanted.unit,
        "frozen_at": moment.isoformat(timespec="microseconds"),
        "salt": secrets.token_hex(16),
    }
    row = Statement(
        series_id=series.id,
        edition_id=wanted.edition.id if wanted.edition else None,
        year=year,
        number=number,
        key=key,
        as_of=as_of,
        basis=wanted.basis,
        unit=wanted.unit,
        definition=chosen.key,
        projects=content["headline"]["contracted"]["projects"],
        content=content,
        summary=contents.summary(content),
        sha256=contents.fingerprint(content),
        drafted_by_id=account_of(actor),
    )
    db.session.add(row)
    record(actor, "statement.drafted", row, edition=wanted.edition, number=row.name, sha256=row.sha256)
    return row


def approve(row: Statement, *, sees_confidential: bool, actor: Actor) -> None:
    """The second person; what the statement counts is locked from here on. Raises NotNow, SamePerson, CannotSee."""
    if row.state != "draft":
        raise NotNow(_l("This statement is no draft any more. Look at it again."))
    if row.drafted_by_id == account_of(actor):
        raise SamePerson(_l("You drafted this statement; another person approves it."))
    if not sees_confidential and contents.holds_secrets(row.content):
        raise CannotSee(_l("This statement holds confidential amounts: somebody who may see them approves it."))
    row.state, row.approved_by_id, row.approved_at = "approved", account_of(actor), clock.now()
    lock_counted(
        queries.agreements_counted(row), reason=f"{row.name}: {contents.fingerprint(row.content)[:16]}", actor=actor
    )
    record(actor, "statement.approved", row, edition=row.edition, number=row.name)


def withdraw(row: Statement, *, reason: str, actor: Actor) -> None:
    """Take a statement back, and say why; its number and content stay. Raises NotNow."""
    if row.state == "withdrawn":
        raise NotNow(_l("This statement is withdrawn already."))
    if not reason.strip():
        raise Refused(_l("Say why: the next person reads it."))
    row.state, row.withdrawn_reason = "withdrawn", reason.strip()[:LONGEST_REASON]
    row.withdrawn_by_id, row.withdrawn_at = account_of(actor), clock.now()
    record(actor, "statement.withdrawn", row, edition=row.edition, number=row.name, reason=row.withdrawn_reason)
