from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlalchemy.orm import joinedload, lazyload, load_only, selectinload

from forums.accounts.models import Account
from forums.agreements import known
from forums.agreements.counting import APPROVED, PROJECT_KINDS, Row, credits_of
from forums.agreements.definitions.queries import chosen_definition
from forums.agreements.duplicates.models import DuplicateDecision
from forums.agreements.duplicates.signs import TELLING, Facts, Pair, Reason, pairs_among, reasons_for
from forums.agreements.models import Agreement, AgreementParty, CountedSigning, Project, Scan, Segment, Signing
from forums.agreements.queries import EVERY_STATE
from forums.agreements.tally import Cell, added, cell_of
from forums.agreements.vocabulary import HEADLINE_BASIS
from forums.columns import Bilingual
from forums.directory.models import Organisation
from forums.editions.models import Series
from forums.extensions import db
from forums.statements import table_of

INVESTING = ("investor", "project_company", "parent")
"""Roles of parties whose credit code speaks for the project."""
_NAME_ONLY = (load_only(Account.name), lazyload(Account.grants))
# A house may add roles of its own: “investor.2” is one of investors.
_INVESTS = [
    AgreementParty.role.in_(INVESTING),
    *(AgreementParty.role.like(f"{role}.%") for role in INVESTING),
]


def facts_of(
    series: Series, *, see_confidential: bool, ids: Iterable[int] | None = None, live: bool = True
) -> dict[int, Facts]:
    """Project → what is compared of it, of the series' projects that are not set aside or of `ids`; three queries.

    Whoever may not see confidential amounts compares without them: that two are equal would tell one by the other.
    """
    project, organisation, segment = (table_of(model).c for model in (Project, Organisation, Segment))
    wanted: ColumnElement[bool] = project.series_id == series.id
    if ids is not None:
        wanted = and_(wanted, project.id.in_(list(ids)))
    if live:
        wanted = and_(wanted, project.merged_into_id.is_(None))
    rows = db.session.execute(
        select(
            project.id, project.name_zh, project.name_en, project.aliases, project.site, project.origin,
            project.segment_id, project.confidential, segment.name_zh, segment.name_en,
            organisation.name_zh, organisation.name_en, organisation.credit_code,
        )
        .select_from(Project)
        .outerjoin(Organisation, organisation.id == project.organisation_id)
        .outerjoin(Segment, segment.id == project.segment_id)
        .where(wanted)
        .order_by(project.id)
    ).all()  # fmt: skip
    codes, signings = _codes(wanted), _signings(wanted)
    facts = {}
    for row in rows:
        signed = signings.get(row[0], [])
        hidden = row[7] and not see_confidential
        amounts = [amount[HEADLINE_BASIS] for _, amount in signed if HEADLINE_BASIS in amount and not hidden]
        facts[row[0]] = Facts(
            id=row[0],
            name=Bilingual(row[1], row[2]),
            aliases=tuple(line.strip() for line in row[3].splitlines() if line.strip()),
            enterprise=Bilingual(row[10] or "", row[11] or ""),
            codes=frozenset({*codes.get(row[0], ()), *([row[12]] if row[12] else [])}),
            site=row[4],
            segment_id=row[6],
            segment=Bilingual(row[8] or "", row[9] or ""),
            origin=row[5],
            amounts=frozenset((currency, fen) for fen, currency in amounts if fen is not None),
            days=tuple(sorted({day for day, _ in signed})),
        )
    return facts


def _codes(wanted: ColumnElement[bool]) -> dict[int, list[str]]:
    """Project → the credit codes of the investors among its agreements' parties."""
    organisation = table_of(Organisation).c
    found = db.session.execute(
        select(Agreement.project_id, organisation.credit_code)
        .join(AgreementParty, AgreementParty.agreement_id == Agreement.id)
        .join(Organisation, organisation.id == AgreementParty.organisation_id)
        .join(Project, Project.id == Agreement.project_id)
        .where(wanted, or_(*_INVESTS), organisation.credit_code.is_not(None))
        .distinct()
    )
    codes: dict[int, list[str]] = {}
    for project_id, code in found:
        codes.setdefault(project_id, []).append(code)
    return codes


def _signings(wanted: ColumnElement[bool]) -> dict[int, list[tuple[Any, dict[str, list[Any]]]]]:
    """Project → (day, amounts by basis) of its own signings."""
    signing = table_of(CountedSigning).c
    found = db.session.execute(
        select(signing.own_id, signing.signed_on, signing.amounts)
        .join(Project, Project.id == signing.own_id)
        .where(wanted, signing.known_until.is_(None), signing.cancelled.is_(False))
    )
    signed: dict[int, list[tuple[Any, dict[str, list[Any]]]]] = {}
    for project_id, day, amounts in found:
        signed.setdefault(project_id, []).append((day, amounts))
    return signed


@dataclass(frozen=True)
class Proposed:
    """A pair that waits for a decision, with the facts of both."""

    pair: Pair
    first: Facts
    second: Facts


def undecided(series: Series, *, see_confidential: bool) -> list[Proposed]:
    """The pairs that nobody has decided on, or not on these facts, the strongest first; four queries."""
    facts = facts_of(series, see_confidential=see_confidential)
    return _waiting(series, facts, pairs_among(list(facts.values())))


def proposed_for(project: Project, *, see_confidential: bool) -> list[Proposed]:
    """The undecided pairs that this project is one of."""
    if project.merged_into_id is not None:
        return []
    facts = facts_of(project.series, see_confidential=see_confidential)
    return _waiting(project.series, facts, pairs_among(list(facts.values()), only=project.id))


def _waiting(series: Series, facts: dict[int, Facts], pairs: list[Pair]) -> list[Proposed]:
    settled = {(row.first_id, row.second_id): row.signs for row in db.session.scalars(_in_force(series))}
    return [
        Proposed(pair, facts[pair.first], facts[pair.second])
        for pair in pairs
        if has_news(settled.get((pair.first, pair.second)), pair.reasons)
    ]


def has_news(signs: list[list[Any]] | None, reasons: Iterable[Reason]) -> bool:
    """Whether a pair is to be decided: nobody has, or a sign says something that it did not say then."""
    return signs is None or any(reason.plain not in signs for reason in reasons)


def pair_of(one: Facts, other: Facts) -> Pair:
    """The two with the reasons that propose them, none perhaps."""
    first, second = sorted((one, other), key=lambda facts: facts.id)
    return Pair(first.id, second.id, reasons_for(first, second))


def _in_force(series: Series) -> Select[DuplicateDecision]:
    return (
        select(DuplicateDecision)
        .join(Project, Project.id == DuplicateDecision.first_id)
        .where(Project.series_id == series.id, DuplicateDecision.undone_at.is_(None))
    )


def decisions_of(series: Series) -> Select[DuplicateDecision]:
    """Every decision, undone ones too, the newest first."""
    return (
        select(DuplicateDecision)
        .join(Project, Project.id == DuplicateDecision.first_id)
        .where(Project.series_id == series.id)
        .options(*_WHOLE)
        .order_by(DuplicateDecision.id.desc())
    )


def increases() -> Select[int]:
    """Ids of the projects that count for another because they turned out to be its increase, not its double."""
    decision = table_of(DuplicateDecision).c
    gave_way = case((decision.stands_id == decision.first_id, decision.second_id), else_=decision.first_id)
    return select(gave_way).where(decision.decision == "increase", decision.undone_at.is_(None))


def decision_in(series: Series, decision_id: int) -> DuplicateDecision | None:
    """The decision, if it is of this series."""
    return db.session.scalar(decisions_of(series).where(DuplicateDecision.id == decision_id))


def decision_on(first_id: int, second_id: int) -> DuplicateDecision | None:
    """The one in force for this pair."""
    return db.session.scalar(
        select(DuplicateDecision)
        .where(DuplicateDecision.first_id == min(first_id, second_id))
        .where(DuplicateDecision.second_id == max(first_id, second_id), DuplicateDecision.undone_at.is_(None))
        .options(*_WHOLE)
    )


def decisions_about(project: Project) -> list[DuplicateDecision]:
    """The decisions in force in which this project has a part, the newest first."""
    return list(
        db.session.scalars(
            select(DuplicateDecision)
            .where(or_(DuplicateDecision.first_id == project.id, DuplicateDecision.second_id == project.id))
            .where(DuplicateDecision.undone_at.is_(None))
            .options(*_WHOLE)
            .order_by(DuplicateDecision.id.desc())
        )
    )


_WHOLE = (
    joinedload(DuplicateDecision.first),
    joinedload(DuplicateDecision.second),
    joinedload(DuplicateDecision.decided_by).options(*_NAME_ONLY),
    joinedload(DuplicateDecision.undone_by).options(*_NAME_ONLY),
)


def whole(series: Series, ids: Iterable[int], *, for_change: bool = False) -> dict[int, Project]:
    """These projects of the series with their agreements, signings, ledger, parties and scans."""
    rows = select(Project).where(Project.series_id == series.id, Project.id.in_(list(ids))).order_by(Project.id)
    if for_change:
        rows = rows.with_for_update()
    agreements = selectinload(Project.agreements)
    rows = rows.options(
        selectinload(Project.organisation),
        selectinload(Project.segment),
        selectinload(Project.merged_into),
        agreements.selectinload(Agreement.signings).joinedload(Signing.edition),
        agreements.selectinload(Agreement.entries),
        agreements.selectinload(Agreement.parties),
        agreements.selectinload(Agreement.scans).joinedload(Scan.document),
    )
    return {row.id: row for row in db.session.scalars(rows)}


def earlier_signed(one: Project, other: Project) -> Project:
    """Which of the two was signed first: what stands unless somebody says otherwise."""

    def when(row: Project) -> tuple[bool, Any, int]:
        days = [signing.signed_on for agreement in row.agreements for signing in agreement.signings]
        return (not days, min(days, default=None), row.id)

    return min((one, other), key=when)


@dataclass(frozen=True)
class Outlook:
    """What the series' tally would be under a decision: both columns now, and what they would change by."""

    decision: str
    contracted: Cell
    contracted_change: Cell
    intended: Cell
    intended_change: Cell


def outlooks(series: Series, stands: Project, gives_way: Project, *, see_confidential: bool) -> list[Outlook]:
    """The tally as it is (“”), and under each decision on these two, once all agreements of both are approved.

    Only the rows of the two can change, so only these are counted anew.
    """
    rules = chosen_definition(series).rules
    rows = known.rows(series)
    now = added(credits_of(rows, rules=rules))
    pair = [row for row in rows if row.project_id in {stands.id, gives_way.id}]
    before = added(credits_of(pair, rules=rules))
    trials = {"": pair, "same": _merged(pair, stands, gives_way), "phase": pair}
    trials |= {"increase": [_raising(row, gives_way) for row in trials["same"]], "different": pair}
    found = []
    for decision, trial in trials.items():
        after = added(credits_of(trial, rules=rules, reviews=EVERY_STATE if decision else APPROVED))
        contracted, intended = after.contracted - before.contracted, after.intended - before.intended
        cells = (now.contracted + contracted, contracted, now.intended + intended, intended)
        found.append(Outlook(decision, *(cell_of(total, see_confidential=see_confidential) for total in cells)))
    return found


def _merged(rows: list[Row], stands: Project, gives_way: Project) -> list[Row]:
    """The rows as they would be if the one counted for the other."""
    secret = stands.confidential or gives_way.confidential
    return [
        row._replace(
            project_id=stands.id,
            segment=stands.segment_id,
            channel=stands.channel,
            origin=stands.origin,
            confidential=secret if row.own_id == gives_way.id else row.confidential,
        )
        for row in rows
    ]


def _raising(row: Row, gives_way: Project) -> Row:
    if row.own_id != gives_way.id or row.relation != "first" or row.base_kind not in PROJECT_KINDS:
        return row
    return row._replace(relation="increase")


def seen(reasons: Iterable[Reason], *, amounts: bool) -> list[Reason]:
    """The reasons that a reader may be told."""
    return [reason for reason in reasons if amounts or reason.sign not in TELLING]
