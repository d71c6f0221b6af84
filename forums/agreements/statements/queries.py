from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, joinedload, lazyload, load_only, selectinload, undefer

from forums.accounts.models import Account
from forums.agreements import known, queries
from forums.agreements.counting import Rules
from forums.agreements.definitions.queries import Definition
from forums.agreements.models import Agreement, AmountEntry, Project, Signing
from forums.agreements.statements import content as contents
from forums.agreements.statements.content import SCHEMA, Content, Entry, Key, Labels
from forums.agreements.statements.models import Statement
from forums.agreements.vocabulary import BASES, BINDINGS, CHANNELS, KINDS, REGIONS
from forums.directory.models import Organisation
from forums.documents.register import Known, registers
from forums.editions.models import Edition, Series
from forums.extensions import db

_NAMES = tuple(
    joinedload(who).options(load_only(Account.name), lazyload(Account.grants))
    for who in (Statement.drafted_by, Statement.approved_by, Statement.withdrawn_by)
)
DEFAULT_ZONE = "Asia/Shanghai"
_NOTHING = {"zh": "", "en": ""}
# What an as-of query may find of an agreement that is there no more.
_NAMELESS: Content = {
    "number": "", "agreement": _NOTHING, "project": _NOTHING, "record": _NOTHING, "enterprise": _NOTHING,
    "synthetic": False,
}  # fmt: skip


def statements_of(series: Series) -> Select[Statement]:
    """The series' statements without their content, the latest first."""
    return (
        select(Statement)
        .where(Statement.series_id == series.id)
        .options(joinedload(Statement.edition), *_NAMES)
        .order_by(Statement.year.desc(), Statement.number.desc())
    )


def statement_in(series: Series, name: str, *, for_change: bool = False) -> Statement | None:
    """The series' statement of this name (“2026-003”), with its summary or locked to be changed."""
    year, _, number = name.partition("-")
    if not (year.isascii() and year.isdigit() and number.isascii() and number.isdigit() and len(name) <= 12):
        return None
    here = (Statement.series_id == series.id, Statement.year == int(year), Statement.number == int(number))
    if for_change:
        return db.session.scalar(select(Statement).where(*here).with_for_update())
    rows = statements_of(series).where(*here).options(undefer(Statement.summary))
    return db.session.scalar(rows)


def statement_by_key(key: str) -> Statement | None:
    return db.session.scalar(select(Statement).where(Statement.key == key))


def next_number(series: Series, year: int) -> int:
    """The next number of the series' year. Numbers are given once, so they have no gaps."""
    here = (Statement.series_id == series.id, Statement.year == year)
    return 1 + (db.session.scalar(select(func.max(Statement.number)).where(*here)) or 0)


def comparable(statement: Statement) -> list[Statement]:
    """The other statements of the series on the same basis, the latest first."""
    rows = statements_of(statement.series).where(Statement.basis == statement.basis, Statement.id != statement.id)
    return list(db.session.scalars(rows))


def before(statement: Statement, others: list[Statement]) -> Statement | None:
    """The statement of the same scope as of the latest moment that is not after this one's; none is withdrawn."""
    earlier = [
        row
        for row in others
        if row.edition_id == statement.edition_id
        and row.state != "withdrawn"
        and (row.as_of, row.id) < (statement.as_of, statement.id)
    ]
    return max(earlier, key=lambda row: (row.as_of, row.id), default=None)


def gather(
    series: Series,
    edition: Edition | None,
    *,
    as_of: datetime,
    basis: str,
    definition: Definition,
) -> Content:
    """What a statement of this scope holds, but its number and salt; five queries."""
    entries = _entries(series, edition.id if edition else None, as_of, basis, definition.rules)
    editions = queries.edition_titles(series)
    labels = _labels(series, editions)
    names = _row_names(series)
    return {
        "schema": SCHEMA,
        "series": {"slug": series.slug, "title": asdict(series.title), "synthetic": series.synthetic},
        "edition": {"slug": edition.slug, "title": asdict(edition.title), "id": edition.id} if edition else None,
        "zone": edition.zone if edition else zone_of(series),
        "as_of": as_of.isoformat(timespec="microseconds"),
        "basis": basis,
        "definition": {"key": definition.key, "version": definition.version, "name": asdict(definition.name)},
        "rules": asdict(definition.rules),
        "labels": {name: [[key, asdict(words)] for key, words in pairs.items()] for name, pairs in labels.items()},
        "words": {
            words.name: {code: asdict(word) for code, word in words.items()} for words in (KINDS, BASES, BINDINGS)
        },
        "years": [[row.id, row.starts_on.year] for row in editions.values()],
        **contents.figures(entries, labels, see_confidential=True),
        "rows": [contents.row_json(entry, names.get(entry.row.agreement_id, _NAMELESS)) for entry in entries],
    }


def zone_of(series: Series) -> str:
    """The zone of the series' latest edition."""
    rows = select(Edition.zone).where(Edition.series_id == series.id).order_by(Edition.starts_on.desc(), Edition.id)
    return db.session.scalar(rows.limit(1)) or DEFAULT_ZONE


def _entries(series: Series, edition_id: int | None, as_of: datetime, basis: str, rules: Rules) -> list[Entry]:
    return contents.entries_of(known.rows(series, as_of=as_of, basis=basis), rules, edition_id)


def _labels(series: Series, editions: dict[int, Edition]) -> Labels:
    """What the rows of each table are called now: a frozen table keeps its words."""
    return {
        "editions": {row.id: queries.with_year(row) for row in editions.values()},
        "bindings": dict(BINDINGS),
        "segments": {row.id: row.name for row in queries.segments_of(series)},
        "channels": dict(CHANNELS),
        "origins": dict(REGIONS),
    }


def _row_names(series: Series) -> dict[int, Content]:
    """Agreement id → the names by which a reader knows its row, as they are now."""
    counted = aliased(Project)
    rows = (
        select(
            Agreement.id,
            Agreement.number,
            Agreement.title_zh,  # type: ignore[attr-defined]
            Agreement.title_en,  # type: ignore[attr-defined]
            counted.name_zh,  # type: ignore[attr-defined]
            counted.name_en,  # type: ignore[attr-defined]
            Project.name_zh,  # type: ignore[attr-defined]
            Project.name_en,  # type: ignore[attr-defined]
            Organisation.name_zh,  # type: ignore[attr-defined]
            Organisation.name_en,  # type: ignore[attr-defined]
            Agreement.synthetic,
        )
        .join(Agreement.project)
        .join(counted, counted.id == func.coalesce(Project.merged_into_id, Project.id))
        .outerjoin(Organisation, Organisation.id == counted.organisation_id)
        .where(Project.series_id == series.id)
    )
    return {
        row[0]: {
            "number": row[1],
            "agreement": {"zh": row[2], "en": row[3]},
            "project": {"zh": row[4], "en": row[5]},
            "record": {"zh": row[6], "en": row[7]},
            "enterprise": {"zh": row[8] or "", "en": row[9] or ""},
            "synthetic": bool(row[10]),
        }
        for row in db.session.execute(rows)
    }


@dataclass(frozen=True)
class Verification:
    """Whether a statement still is what its as-of query gives: three questions, and the rows that differ."""

    is_intact: bool
    figures_follow: bool
    differing: list[Key]

    @property
    def holds(self) -> bool:
        return self.is_intact and self.figures_follow and not self.differing


def verify(statement: Statement) -> Verification:
    """Ask the register again as of the statement's moment, and count the frozen rows again."""
    content = statement.content
    frozen = {entry.key: entry for entry in contents.read_entries(content)}
    again = {
        entry.key: entry
        for entry in _entries(
            statement.series, statement.edition_id, statement.as_of, statement.basis, Rules(**content["rules"])
        )
    }
    figures = contents.figures(frozen.values(), contents.read_labels(content), see_confidential=True)
    return Verification(
        is_intact=contents.fingerprint(content) == statement.sha256,
        figures_follow=all(figures[part] == content[part] for part in figures),
        differing=sorted(key for key in frozen.keys() | again.keys() if frozen.get(key) != again.get(key)),
    )


def agreements_counted(statement: Statement) -> list[Agreement]:
    """The approved agreements whose signings add to a statement, held against other changes until this one ends."""
    counted = {entry.row.agreement_id for entry in contents.read_entries(statement.content) if entry.counts}
    rows = (
        select(Agreement)
        .join(Agreement.project)
        .where(Project.series_id == statement.series_id, Agreement.review == "approved")
        .options(selectinload(Agreement.signings).joinedload(Signing.edition))
        .order_by(Agreement.id)
        .with_for_update(of=Agreement)
    )
    return [row for row in db.session.scalars(rows) if row.id in counted]


def corrections(agreement_ids: set[int], since: datetime, until: datetime) -> dict[int, str]:
    """Agreement id → why its amount was corrected between two moments, the last reason."""
    rows = (
        select(AmountEntry.agreement_id, AmountEntry.reason)
        .where(AmountEntry.agreement_id.in_(agreement_ids), AmountEntry.reason != "")
        .where(AmountEntry.recorded_at > since, AmountEntry.recorded_at <= until)
        .order_by(AmountEntry.id)
    )
    return {row[0]: row[1] for row in db.session.execute(rows)}


@registers
def statements_with(sha256: str) -> Iterator[Known]:
    """Statements by the checksum that stands in them, once they are approved; a withdrawn one is current no more."""
    rows = db.session.execute(
        select(Statement.approved_at, Statement.state)
        .where(Statement.sha256 == sha256, Statement.approved_at.is_not(None))
        .order_by(Statement.id)
    )
    return (Known("statement", at, is_current=state == "approved") for at, state in rows if at is not None)
