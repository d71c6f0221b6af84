from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, lazyload, load_only, selectinload, undefer

from forums.accounts.models import Account
from forums.agreements import known, queries
from forums.agreements.counting import APPROVED, CHANGING_KINDS, PROJECT_KINDS, SANMING, Credit, Row, credits_of
from forums.agreements.definitions.queries import chosen_definition
from forums.agreements.footing import checks
from forums.agreements.footing.checks import Check
from forums.agreements.footing.models import PublishedTable, PublishedVersion
from forums.agreements.models import Agreement, AmountEntry, CountedSigning, Project, Signing
from forums.agreements.statements.models import Statement
from forums.agreements.statements.queries import Verification, verify
from forums.agreements.tally import Sum
from forums.agreements.vocabulary import HEADLINE_BASIS
from forums.editions.models import Series
from forums.extensions import db

MOST_STATEMENTS = 5
MOST_ROWS = 50
MOST_CHECKED = 20_000


def check(series: Series) -> tuple[list[Check], list[Credit]]:
    """Every check of the series' tally as it stands, and the credits that it counts."""
    rules = chosen_definition(series).rules
    rows = known.rows(series)
    live = credits_of(rows, rules=rules)
    tally = queries.tally(series, see_confidential=True, rules=rules)
    found = [*checks.partitions(tally, live), *checks.net(tally, rows, rules)]
    if rules.once and rules.merge_duplicates and rules.increment_only:
        found.append(checks.once(live))
    if rules == SANMING:
        found.append(_projects(series, live))
    found += [_signings(series), _amounts(series, rows)]
    return found, live


def _projects(series: Series, live: Sequence[Credit]) -> Check:
    """Contracted projects, counted by one SQL statement that knows nothing of counting.py."""
    expected = set(db.session.scalars(_contracted_projects(series)))
    credited = {credit.row.project_id: credit for credit in live if credit.projects and credit.column == "contracted"}
    wrong = tuple(
        sorted(credit.row.agreement_id for project, credit in credited.items() if project not in expected)[:MOST_ROWS]
    )
    return Check(
        "ledger", "projects", "contracted",
        Sum(len(expected)), Sum(sum(credit.projects for credit in credited.values())), wrong, has_amount=False,
    )  # fmt: skip


def _contracted_projects(series: Series) -> Select[int]:
    """Sanming's rules in SQL: projects with a firm signing of their own since their investor last changed."""
    project, agreement, signing = Project.__table__.c, Agreement.__table__.c, Signing.__table__.c
    counted = func.coalesce(project.merged_into_id, project.id)
    order = (signing.signed_on, signing.position, signing.agreement_id, signing.edition_id)
    signed = (
        select(
            counted.label("project"),
            agreement.id.label("agreement"),
            agreement.kind,
            agreement.relation,
            agreement.binding,
            func.row_number().over(partition_by=counted, order_by=order).label("place"),
        )
        .select_from(Signing.__table__.join(Agreement.__table__).join(Project.__table__))
        .where(project.series_id == series.id, agreement.review.in_(APPROVED), agreement.cancelled_on.is_(None))
        .cte("signed")
    )
    first = select(signed, func.min(signed.c.place).over(partition_by=signed.c.agreement).label("first")).cte("papers")
    papers = select(first).where(first.c.place == first.c.first).cte("first_signings")
    changes = and_(papers.c.relation == "investor_change", papers.c.kind.in_(CHANGING_KINDS))
    changed = (
        select(papers.c.project, func.max(papers.c.place).label("since")).where(changes).group_by(papers.c.project)
    ).cte("changed")
    since = func.coalesce(changed.c.since, 0)
    leads = or_(
        and_(papers.c.relation.in_(("upgrade", "investor_change")), papers.c.kind.in_(CHANGING_KINDS)),
        and_(papers.c.relation.not_in(("upgrade", "investor_change", "increase")), papers.c.kind.in_(PROJECT_KINDS)),
    )
    leading = (
        select(papers.c.project, papers.c.kind, papers.c.binding)
        .select_from(papers.outerjoin(changed, changed.c.project == papers.c.project))
        .where(leads, papers.c.place >= since)
    ).cte("leading")
    other = leading.alias("other")
    filled = exists().where(other.c.project == leading.c.project, other.c.kind != "framework")
    return (
        select(leading.c.project)
        .where(leading.c.binding != "intention", or_(leading.c.kind != "framework", ~filled))
        .distinct()
    )


def _signings(series: Series) -> Check:
    """Signings in the register against those on record, from which every tally is counted."""
    signed = (
        select(Signing.agreement_id, Signing.edition_id)
        .join(Signing.agreement)
        .join(Agreement.project)
        .where(Project.series_id == series.id)
    )
    on_record = select(CountedSigning.agreement_id, CountedSigning.edition_id).where(
        CountedSigning.series_id == series.id, CountedSigning.known_until.is_(None)
    )
    expected, found = (
        db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0 for rows in (signed, on_record)
    )
    wrong = [
        row[0]
        for rows in (signed.except_(on_record), on_record.except_(signed))
        for row in db.session.execute(rows.limit(MOST_ROWS))
    ]
    return Check("ledger", "signings", "", Sum(expected), Sum(found), tuple(sorted(set(wrong))), has_amount=False)


def _amounts(series: Series, rows: Sequence[Row]) -> Check:
    """Amounts in force of approved agreements: the ledger's own sum against what is on record of it."""
    entry, reversal = AmountEntry, aliased(AmountEntry)
    in_force = (
        select(entry.agreement_id, Project.confidential, entry.fen)
        .join(entry.agreement)
        .join(Agreement.project)
        .outerjoin(reversal, reversal.reverses_id == entry.id)
        .where(Project.series_id == series.id, Agreement.review.in_(APPROVED), Agreement.cancelled_on.is_(None))
        .where(entry.basis == HEADLINE_BASIS, entry.currency == "CNY", entry.fen.is_not(None))
        .where(entry.reverses_id.is_(None), reversal.id.is_(None))
        .where(exists().where(Signing.agreement_id == entry.agreement_id))
    )
    ledger = in_force.subquery()
    count, fen = db.session.execute(select(func.count(), func.coalesce(func.sum(ledger.c.fen), 0))).one()
    papers = {
        row.agreement_id: row
        for row in rows
        if row.review in APPROVED and not row.cancelled and row.fen is not None and row.currency == "CNY"
    }
    secret = any(row.confidential for row in papers.values())
    found = sum(row.fen or 0 for row in papers.values())
    wrong: list[int] = []
    if (count, int(fen)) != (len(papers), found):
        entries = {row[0]: row[2] for row in db.session.execute(in_force)}
        known_fen = {key: row.fen for key, row in papers.items()}
        wrong = sorted(key for key in entries.keys() | papers.keys() if entries.get(key) != known_fen.get(key))
    return Check(
        "ledger", "amounts", "",
        _secret(count, int(fen), secret), _secret(len(papers), found, secret), tuple(wrong[:MOST_ROWS]),
    )  # fmt: skip


def _secret(count: int, fen: int, secret: bool) -> Sum:
    return Sum(count, count, 0, fen, 1) if secret else Sum(count, count, fen)


def statements(series: Series) -> list[tuple[Statement, Verification | None]]:
    """The latest statements in force, each checked against what the register gives as of its moment.

    After so many rows a page has checked enough; the rest have a link.
    """
    rows = db.session.scalars(
        select(Statement)
        .where(Statement.series_id == series.id, Statement.state == "approved")
        .order_by(Statement.as_of.desc(), Statement.id.desc())
        .options(undefer(Statement.summary), joinedload(Statement.edition))
        .limit(MOST_STATEMENTS)
    )
    found: list[tuple[Statement, Verification | None]] = []
    checked = 0
    for row in rows:
        checked += (row.summary or {}).get("counted", 0) + (row.summary or {}).get("left_out", 0)
        found.append((row, verify(row) if checked <= MOST_CHECKED or not found else None))
    return found


_NAME = joinedload(PublishedVersion.saved_by).options(load_only(Account.name), lazyload(Account.grants))


def published_of(series: Series, *, removed: bool = False) -> list[PublishedVersion]:
    """The latest version of each table published about the series, the newest first; or of those out of use."""
    table = PublishedTable
    rows = (
        select(PublishedVersion)
        .join(PublishedVersion.table)
        .where(table.series_id == series.id, PublishedVersion.version == table.version)
        .where(table.removed_at.is_not(None) if removed else table.removed_at.is_(None))
        .options(joinedload(PublishedVersion.table), _NAME)
        .order_by(table.id.desc())
    )
    return list(db.session.scalars(rows))


def published_in(series: Series, table_id: int, *, for_change: bool = False) -> PublishedTable | None:
    """The series' published table with all its versions, the latest first; or locked to be changed."""
    rows = select(PublishedTable).where(PublishedTable.id == table_id, PublishedTable.series_id == series.id)
    if for_change:
        rows = rows.with_for_update()
    return db.session.scalar(rows.options(selectinload(PublishedTable.versions).options(_NAME)))


def published_by_key(key: str) -> PublishedTable | None:
    return db.session.scalar(select(PublishedTable).where(PublishedTable.key == key))
