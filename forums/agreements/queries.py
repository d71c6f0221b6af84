from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload, lazyload, load_only, selectinload

from forums.accounts.models import Account
from forums.agreements import known
from forums.agreements.counting import (
    APPROVED,
    CHANGING_KINDS,
    Credit,
    Row,
    Rules,
    credits_of,
    doubles_among,
    way_to_net,
)
from forums.agreements.definitions.queries import chosen_definition
from forums.agreements.models import (
    Agreement,
    AgreementParty,
    AgreementProposal,
    AmountEntry,
    Project,
    ReviewStep,
    Scan,
    Segment,
    Signing,
)
from forums.agreements.tally import Cell, KindLine, Sum, Tables, Tally, added, cell_of
from forums.agreements.vocabulary import BINDINGS, CHANNELS, HEADLINE_BASIS, KINDS, REGIONS, REVIEW_STATES
from forums.columns import Bilingual
from forums.editions.models import Edition, Series
from forums.extensions import db

EVERY_STATE = frozenset(REVIEW_STATES)
# Who wrote a line is shown by name; their grants are nobody's business here.
_NAME_ONLY = (load_only(Account.name), lazyload(Account.grants))


def tally(
    series: Series,
    edition: Edition | None = None,
    *,
    see_confidential: bool,
    as_of: datetime | None = None,
    basis: str = HEADLINE_BASIS,
    rules: Rules | None = None,
) -> Tally:
    """The tables of a series, or of one edition under the whole series' rules; a constant number of queries.

    `as_of` asks for what was on record at that moment (now); `basis` for one of the bases, which are never added;
    `rules` for others than the series had chosen then.
    """
    rules = rules or chosen_definition(series, as_of).rules
    rows = told_rows(series, as_of=as_of, basis=basis)
    editions = edition_titles(series)
    settled, moving = _settled(rows)
    tables = Tables(
        settled=_of(edition, credits_of(settled, rules=rules)),
        live=_of(edition, credits_of(moving, rules=rules)),
        gross=_of(edition, credits_of(moving, rules=replace(rules, leave_out_cancelled=False))),
        all=_of(edition, credits_of(moving, rules=rules, reviews=EVERY_STATE)),
        see_confidential=see_confidential,
    )
    gross, cancelled = tables.cancelled()
    signed = {credit.row.agreement_id: credit.row for credit in (*tables.settled, *tables.live)}.values()
    return Tally(
        total=tables.total(),
        gross=gross,
        cancelled=cancelled,
        editions=tables.lines(
            {row.id: with_year(row) for row in editions.values()}, lambda credit: credit.row.edition_id
        ),
        bindings=tables.lines(BINDINGS, lambda credit: credit.binding),
        segments=tables.lines({row.id: row.name for row in segments_of(series)}, lambda credit: credit.row.segment),
        channels=tables.lines(CHANNELS, lambda credit: credit.row.channel),
        origins=tables.lines(REGIONS, lambda credit: credit.row.origin),
        sizes=tables.sizes(),
        thresholds=tables.thresholds(),
        kinds=_by_kind(signed, see_confidential=see_confidential),
        technical=sum(row.base_kind == "technical" for row in signed),
        undisclosed=sum(not row.disclosed for row in signed),
        set_aside=len(doubles_among(row for row in rows if _is_of(edition, row))),
        foreign=tables.foreign(),
    )


def _settled(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The signings of projects of which all is approved and nothing cancelled, and those of the others."""
    moving = {row.project_id for row in rows if row.cancelled or row.review not in APPROVED}
    if not moving:
        return rows, []
    return [row for row in rows if row.project_id not in moving], [row for row in rows if row.project_id in moving]


def told_rows(series: Series, *, as_of: datetime | None = None, basis: str = HEADLINE_BASIS) -> list[Row]:
    """What was on record at a moment; what became confidential since is so for who asks now."""
    rows = known.rows(series, as_of=as_of, basis=basis)
    secret = secret_now(series) if as_of is not None else frozenset()
    if not secret:
        return rows
    return [row._replace(confidential=True) if {row.project_id, row.own_id} & secret else row for row in rows]


def secret_now(series: Series) -> frozenset[int]:
    """The projects whose amounts are confidential by now, whatever was on record of them earlier."""
    marked = select(Project.id).where(Project.series_id == series.id, Project.confidential)
    return frozenset(db.session.scalars(marked))


def segments_of(series: Series) -> list[Segment]:
    """The series' segments in its own order."""
    return list(
        db.session.scalars(select(Segment).where(Segment.series_id == series.id).order_by(Segment.position, Segment.id))
    )


def with_year(edition: Edition) -> Bilingual:
    """The edition's title, behind its year: a series may change its name."""
    year, title = str(edition.starts_on.year), edition.title
    return Bilingual(*(text if not text or year in text else f"{year} {text}" for text in (title.zh, title.en)))


def credited(
    series: Series,
    *,
    reviews: frozenset[str] = APPROVED,
    as_of: datetime | None = None,
    basis: str = HEADLINE_BASIS,
    rules: Rules | None = None,
) -> list[Credit]:
    """Every signing with what it counts for: the rows behind each figure of a tally."""
    rules = rules or chosen_definition(series, as_of).rules
    return credits_of(told_rows(series, as_of=as_of, basis=basis), rules=rules, reviews=reviews)


@dataclass(frozen=True)
class Differing:
    """A signing that two ways to count count differently; None where one of them leaves it out."""

    row: Row
    before: Credit | None
    after: Credit | None


def counted_differently(
    series: Series, one: Rules, other: Rules, *, as_of: datetime | None = None, basis: str = HEADLINE_BASIS
) -> list[Differing]:
    """The signings whose column, project or amount differs, in the order of signing."""
    rows = told_rows(series, as_of=as_of, basis=basis)
    before, after = (_by_signing(credits_of(rows, rules=rules)) for rules in (one, other))
    pairs = {key: (before.get(key), after.get(key)) for key in before | after}
    found = [Differing((a or b).row, a, b) for a, b in pairs.values() if (a or b) and _adds(a) != _adds(b)]  # type: ignore[union-attr]
    return sorted(found, key=lambda pair: (pair.row.signed_on, pair.row.position, pair.row.agreement_id))


def _by_signing(credits_: Iterable[Credit]) -> dict[tuple[int, int], Credit]:
    return {(credit.row.agreement_id, credit.row.edition_id): credit for credit in credits_}


def _adds(credit: Credit | None) -> tuple[str, int, int | None] | None:
    """What a signing adds, or None where that is nothing."""
    if credit is None or not (credit.projects or credit.fen):
        return None
    return credit.column, credit.projects, credit.fen


@dataclass(frozen=True)
class Step:
    """Where the way from gross to net stands after a rule (“” before any), and what that rule changed: contracted."""

    rule: str
    level: Cell
    change: Cell


def way(
    series: Series,
    edition: Edition | None = None,
    *,
    see_confidential: bool,
    as_of: datetime | None = None,
    basis: str = HEADLINE_BASIS,
) -> list[Step]:
    """From every signing that was announced to Sanming's net, one rule at a time."""
    rows = told_rows(series, as_of=as_of, basis=basis)
    steps, last = [], Sum()
    for rule, credited_ in way_to_net(rows):
        level = added(_of(edition, credited_)).contracted
        level_cell, change = (cell_of(total, see_confidential=see_confidential) for total in (level, level - last))
        steps.append(Step(rule, level_cell, change))
        last = level
    return steps


def _of(edition: Edition | None, credits_: list[Credit]) -> list[Credit]:
    return [credit for credit in credits_ if _is_of(edition, credit.row)]


def _is_of(edition: Edition | None, row: Row) -> bool:
    return edition is None or row.edition_id == edition.id


def _by_kind(rows: Iterable[Row], *, see_confidential: bool) -> list[KindLine]:
    """The agreements of each kind. Those that are no projects show what they name: nothing else counts it."""
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    lines = []
    for kind in KINDS:
        if found := kinds.get(kind):
            apart = [Credit(row, "contracted", 1, row.fen, row.currency, "apart", row.binding) for row in found]
            cell = cell_of(added(apart).contracted, see_confidential=see_confidential)
            lines.append(KindLine(kind, len(found), None if found[0].base_kind in CHANGING_KINDS else cell))
    return lines


def agreements_of(edition: Edition, *, review: str = "", words: str = "") -> Select[Agreement]:
    """The agreements signed at an edition in the order of the ceremony, with what a list shows."""
    rows = (
        select(Agreement)
        .join(Agreement.signings)
        .join(Agreement.project)
        .where(Signing.edition_id == edition.id)
        .options(
            joinedload(Agreement.project).joinedload(Project.organisation),
            selectinload(Agreement.entries),
            selectinload(Agreement.signings),
        )
        .order_by(Signing.position, Signing.signed_on, Agreement.id)
    )
    if review == "queue":
        rows = rows.where(Agreement.review.in_(("submitted", "verified"))).order_by(None)
        rows = rows.order_by(Agreement.submitted_at, Agreement.id)
    elif review:
        rows = rows.where(Agreement.review == review)
    return rows.where(_about(words)) if words.strip() else rows


def waiting(edition: Edition, ids: Collection[int] | None = None) -> Select[Agreement]:
    """What waits for review, the oldest first, whole enough to say what to look at; `ids` only these, in any state."""
    rows = (
        select(Agreement)
        .join(Agreement.signings)
        .where(Signing.edition_id == edition.id)
        .options(
            joinedload(Agreement.project).joinedload(Project.organisation),
            selectinload(Agreement.entries),
            selectinload(Agreement.signings),
            selectinload(Agreement.scans),
            selectinload(Agreement.parties),
            selectinload(Agreement.hands),
        )
        .order_by(Agreement.submitted_at, Agreement.id)
    )
    wanted = Agreement.review.in_(("submitted", "verified")) if ids is None else Agreement.id.in_(ids)
    return rows.where(wanted)


def projects_of(series: Series, *, words: str = "") -> Select[Project]:
    """The series' projects, the newest first, with what a list shows."""
    rows = (
        select(Project)
        .where(Project.series_id == series.id)
        .options(joinedload(Project.organisation), joinedload(Project.segment), joinedload(Project.merged_into))
        .order_by(Project.id.desc())
    )
    return rows.where(_about(words)) if words.strip() else rows


def _about(words: str) -> ColumnElement[bool]:
    """Projects whose names or aliases hold the words."""
    project = Project.__table__.c
    pattern = "%" + words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return (
        project.name_zh.ilike(pattern, escape="\\")
        | project.name_en.ilike(pattern, escape="\\")
        | project.aliases.ilike(pattern, escape="\\")
    )


def review_counts(edition: Edition) -> dict[str, int]:
    """State → how many of the edition's agreements are in it."""
    rows = db.session.execute(
        select(Agreement.review, func.count())
        .join(Agreement.signings)
        .where(Signing.edition_id == edition.id)
        .group_by(Agreement.review)
    )
    return {row[0]: row[1] for row in rows}


def agreement_at(
    edition: Edition, agreement_id: int, *, for_change: bool = False, whole: bool = False
) -> Agreement | None:
    """The agreement, if it was signed at the edition: locked to be changed, or `whole`, with all its page shows."""
    rows = (
        select(Agreement)
        .where(Agreement.id == agreement_id)
        .where(Agreement.id.in_(select(Signing.agreement_id).where(Signing.edition_id == edition.id)))
    )
    if for_change:
        rows = rows.with_for_update()
    if whole:
        rows = rows.options(
            joinedload(Agreement.project).options(joinedload(Project.organisation), joinedload(Project.merged_into)),
            selectinload(Agreement.signings).joinedload(Signing.edition),
            selectinload(Agreement.entries).options(
                joinedload(AmountEntry.recorded_by).options(*_NAME_ONLY), joinedload(AmountEntry.evidence)
            ),
            selectinload(Agreement.hands),
            selectinload(Agreement.proposals).joinedload(AgreementProposal.proposed_by).options(*_NAME_ONLY),
            joinedload(Agreement.earlier),
            selectinload(Agreement.steps).joinedload(ReviewStep.account).options(*_NAME_ONLY),
            selectinload(Agreement.scans).joinedload(Scan.added_by).options(*_NAME_ONLY),
            selectinload(Agreement.parties).joinedload(AgreementParty.organisation),
        )
    return db.session.scalar(rows)


def project_in(series: Series, project_id: int, *, for_change: bool = False) -> Project | None:
    """The project of this series, with its agreements, signings and ledger; locked to be changed."""
    rows = (
        select(Project)
        .where(Project.id == project_id, Project.series_id == series.id)
        .options(
            joinedload(Project.organisation),
            joinedload(Project.segment),
            joinedload(Project.merged_into),
            selectinload(Project.agreements).selectinload(Agreement.signings).joinedload(Signing.edition),
            selectinload(Project.agreements).selectinload(Agreement.entries),
        )
    )
    return db.session.scalar(rows.with_for_update(of=Project) if for_change else rows)


def duplicates_of(project: Project) -> list[Project]:
    """The projects that are set aside for this one."""
    return list(db.session.scalars(select(Project).where(Project.merged_into_id == project.id).order_by(Project.id)))


def next_position(edition: Edition) -> int:
    """The next place in the ceremony's order."""
    return 1 + (db.session.scalar(select(func.max(Signing.position)).where(Signing.edition_id == edition.id)) or 0)


def ceremony_day(edition: Edition) -> date:
    """When the edition's agreements are signed, unless somebody says otherwise."""
    last = db.session.scalar(select(func.max(Signing.signed_on)).where(Signing.edition_id == edition.id))
    return last or edition.starts_on


def agreements_by_id(ids: set[int]) -> dict[int, Agreement]:
    """These agreements with their projects."""
    rows = db.session.scalars(
        select(Agreement)
        .where(Agreement.id.in_(ids))
        .options(
            joinedload(Agreement.project).joinedload(Project.organisation),
            selectinload(Agreement.entries),
            selectinload(Agreement.signings).joinedload(Signing.edition),
        )
    )
    return {row.id: row for row in rows}


def edition_titles(series: Series) -> dict[int, Edition]:
    """The series' editions by id, the oldest first."""
    rows = select(Edition).where(Edition.series_id == series.id).order_by(Edition.starts_on, Edition.id)
    return {row.id: row for row in db.session.scalars(rows)}


def choosable_projects(series: Series) -> list[Project]:
    """Projects that an agreement can be about: all but those set aside, the newest first."""
    return list(
        db.session.scalars(
            select(Project)
            .where(Project.series_id == series.id, Project.merged_into_id.is_(None))
            .order_by(Project.id.desc())
        )
    )


def earlier_agreements(series: Series, row: Agreement | None) -> list[Agreement]:
    """What an agreement of the series may change; of its own project, once it has one."""
    rows = select(Agreement).join(Agreement.project).where(Project.series_id == series.id).order_by(Agreement.id.desc())
    if row is not None:
        # What was found to be an increase of another project changes an agreement of that one.
        of = {row.project_id, row.project.merged_into_id} - {None}
        rows = rows.where(Agreement.project_id.in_(of), Agreement.id != row.id)
    return list(db.session.scalars(rows))
