from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from forums.agreements.imports.models import VERDICTS, RegisterImport, RegisterRow
from forums.agreements.imports.reading import Candidate, normalised
from forums.agreements.models import Agreement, AgreementParty, Project, Signing
from forums.directory.models import Organisation
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.statements import table_of

LEFT_OUT = ("heading", "remark")


@dataclass(frozen=True)
class Reader:
    """Who looks: their account, and whether they may see confidential amounts."""

    account_id: int | None
    sees_confidential: bool

    def sees(self, agreement: Agreement) -> bool:
        """Whether they may see the agreement's amounts."""
        open_ = not agreement.project.confidential or self.sees_confidential
        return open_ or (self.account_id is not None and agreement.drafted_by_id == self.account_id)


@dataclass(frozen=True)
class Difference:
    """A field of which the sheet says something else: as it is there and as the sheet has it, as plain values.

    A confidential amount that the reader may not see is never compared: `ours` is then None.
    """

    field: str
    ours: Any
    theirs: Any


class Known:
    """The projects of a series by name and by credit code, with the agreements of those that a sheet may mean."""

    def __init__(self, series: Series, candidates: Sequence[Candidate]) -> None:
        project = table_of(Project).c
        found = db.session.execute(
            select(
                func.coalesce(project.merged_into_id, project.id),
                project.name_zh,
                project.name_en,
                project.aliases,
                table_of(Organisation).c.credit_code,
            )
            .outerjoin(table_of(Organisation), table_of(Organisation).c.id == project.organisation_id)
            .where(project.series_id == series.id)
            .order_by(project.id)
        ).all()
        names = {one.key for one in candidates}
        codes = {one.credit_code for one in candidates if one.credit_code}
        self._by_name: dict[str, int] = {}
        self._by_code: dict[str, int] = {}
        for project_id, zh, en, aliases, code in found:
            for name in (zh, en, *aliases.splitlines()):
                if name and (key := normalised(name)) in names:
                    self._by_name.setdefault(key, project_id)
            if code in codes:
                self._by_code[code] = project_id
        self._projects = _with_agreements({*self._by_name.values(), *self._by_code.values()})

    def project_of(self, one: Candidate) -> Project | None:
        """The project that a row means: by its name, else by its enterprise's credit code."""
        project_id = self._by_name.get(one.key) or self._by_code.get(one.credit_code)
        return self._projects.get(project_id) if project_id else None

    def is_named(self, one: Candidate) -> bool:
        """Whether there is a project of this name, and not only one of this enterprise."""
        return one.key in self._by_name

    def add(self, one: Candidate, project: Project) -> None:
        """Take in a project that was just made of a row."""
        self._projects[project.id] = project
        self._by_name.setdefault(one.key, project.id)
        if one.credit_code:
            self._by_code[one.credit_code] = project.id


def _with_agreements(ids: Collection[int]) -> dict[int, Project]:
    if not ids:
        return {}
    rows = db.session.scalars(
        select(Project)
        .where(Project.id.in_(ids))
        .options(joinedload(Project.organisation), *_whole(Project.agreements))
    )
    return {row.id: row for row in rows}


def _whole(path: Any) -> tuple[Any, ...]:
    return (
        selectinload(path).selectinload(Agreement.signings),
        selectinload(path).selectinload(Agreement.entries),
        selectinload(path).selectinload(Agreement.parties),
    )


def closest(
    project: Project, one: Candidate, edition: Edition, reader: Reader
) -> tuple[Agreement, list[Difference]] | None:
    """The project's agreement that is most like the row, at this edition before others; None where it has none."""
    rows = [row for row in project.agreements if row.cancelled_on is None] or project.agreements
    here = [row for row in rows if any(signing.edition_id == edition.id for signing in row.signings)] or rows
    compared = [(row, differences(row, one, edition, reader)) for row in here]
    return min(compared, key=lambda pair: (len(pair[1]), -pair[0].id), default=None)


def differences(row: Agreement, one: Candidate, edition: Edition, reader: Reader) -> list[Difference]:
    """What a row of the sheet says that is otherwise in the agreement; where it says nothing, nothing differs."""
    project, organisation = row.project, row.project.organisation
    signing = next((own for own in row.signings if own.edition_id == edition.id), row.signings[0])
    ours: dict[str, Any] = {
        "name": project.name.zh or project.name.en,
        "investor": (organisation.name.zh or organisation.name.en) if organisation else "",
        "credit_code": (organisation.credit_code or "") if organisation else "",
        "kind": row.kind,
        "binding": row.binding,
        "relation": row.relation,
        "signed_on": signing.signed_on.isoformat(),
        "segment": project.segment_id,
        "origin": project.origin,
        "channel": project.channel,
    }
    names = {normalised(name) for name in (project.name.zh, project.name.en, *project.aliases.splitlines()) if name}
    theirs: dict[str, Any] = {name: getattr(one, name) for name in ours} | {
        "name": ours["name"] if one.key in names else one.name,
        "segment": one.segment.id if one.segment else None,
        "signed_on": one.signed_on.isoformat(),
    }
    if organisation and one.investor in {organisation.name.zh, organisation.name.en}:
        theirs["investor"] = ours["investor"]
    found = [
        Difference(name, ours[name], theirs[name]) for name in ours if name in one.given and ours[name] != theirs[name]
    ]
    return [*found, *_amount_difference(row, one, reader)]


def _amount_difference(row: Agreement, one: Candidate, reader: Reader) -> list[Difference]:
    said = [one.amount.fen, one.amount.currency] if one.amount else [None, "CNY"]
    if not reader.sees(row):
        return [Difference("amount", None, said)]
    entry = next((own for own in row.amounts if own.basis == one.basis), None)
    ours = [entry.fen, entry.currency] if entry and entry.fen is not None else [None, "CNY"]
    return [Difference("amount", ours, said)] if ours != said else []


def remembered_mapping(series_id: int, fingerprint: str) -> dict[str, Any] | None:
    """How the last sheet of the series with these heads was read."""
    if not fingerprint:
        return None
    return db.session.scalar(
        select(RegisterImport.mapping)
        .where(RegisterImport.series_id == series_id, RegisterImport.fingerprint == fingerprint)
        .order_by(RegisterImport.id.desc())
        .limit(1)
    )


def rows_of(batch: RegisterImport, *, verdict: str = "", warned: bool = False) -> Select[RegisterRow]:
    """The rows of a sheet in its order, without headings and remarks; those of one verdict, or with a warning."""
    rows = select(RegisterRow).where(RegisterRow.batch_id == batch.id, RegisterRow.verdict.not_in(LEFT_OUT))
    if verdict in VERDICTS:
        rows = rows.where(RegisterRow.verdict == verdict)
    if warned:
        rows = rows.where(RegisterRow.warned.is_(True))
    known = joinedload(RegisterRow.known)
    return rows.options(
        known.joinedload(Agreement.project).joinedload(Project.organisation),
        known.selectinload(Agreement.signings).joinedload(Signing.edition),
        known.selectinload(Agreement.entries),
        known.selectinload(Agreement.parties),
        joinedload(RegisterRow.agreement).joinedload(Agreement.project),
    ).order_by(RegisterRow.number)


def counts(batch: RegisterImport) -> dict[str, int]:
    """How many rows there are of each verdict, and of those to look at twice ("warned")."""
    row = table_of(RegisterRow).c
    found = db.session.execute(
        select(row.verdict, row.warned, func.count()).where(row.batch_id == batch.id).group_by(row.verdict, row.warned)
    ).all()
    counted = {verdict: sum(one[2] for one in found if one[0] == verdict) for verdict in VERDICTS}
    return counted | {"warned": sum(one[2] for one in found if one[1])}


def to_write(batch_id: int) -> ColumnElement[bool]:
    """Whether a row is one of a batch that becomes an agreement."""
    return and_(
        RegisterRow.batch_id == batch_id,
        or_(
            RegisterRow.verdict.in_(("new", "further")) & (RegisterRow.choice != "skip"),
            RegisterRow.verdict.in_(("conflict", "repeat")) & RegisterRow.choice.in_(("again", "increase", "apart")),
            RegisterRow.done,
        ),
    )


def count_to_write(batch: RegisterImport) -> int:
    """How many agreements a batch will make, or has made."""
    return db.session.scalar(select(func.count()).where(to_write(batch.id))) or 0


def undecided(batch: RegisterImport) -> int:
    """How many conflicts nobody has decided."""
    rows = select(func.count()).select_from(RegisterRow).where(RegisterRow.batch_id == batch.id)
    return db.session.scalar(rows.where(RegisterRow.verdict.in_(("conflict", "repeat")), RegisterRow.choice == "")) or 0


def made_rows(batch: RegisterImport) -> list[RegisterRow]:
    """The rows that became agreements, with all that undoing must look at."""
    agreement = joinedload(RegisterRow.agreement)
    rows = (
        select(RegisterRow)
        .where(RegisterRow.batch_id == batch.id, RegisterRow.agreement_id.is_not(None))
        .options(agreement.joinedload(Agreement.project))
        .order_by(RegisterRow.number)
    )
    return list(db.session.scalars(rows))


def organisation_names(texts: Iterable[str]) -> dict[str, Organisation]:
    """Text → the organisation that has exactly this name in one of its languages."""
    wanted = {text for text in texts if text}
    columns = table_of(Organisation).c
    rows = db.session.scalars(
        select(Organisation)
        .where(or_(columns.name_zh.in_(wanted), columns.name_en.in_(wanted)))
        .order_by(Organisation.id.desc())
    )
    return {name: row for row in rows for name in (row.name.zh, row.name.en) if name in wanted}


def register_of(
    edition: Edition | None = None,
    series: Series | None = None,
    *,
    agreements: Select[Agreement] | None = None,
    projects: Select[Project] | None = None,
) -> list[tuple[Agreement, Signing]]:
    """What is signed at an edition or in a series, each signing once, with all that the register shows.

    Of `agreements` or `projects` alone, if one of these lists is given.
    """
    rows = (
        select(Agreement, Signing)
        .join(Signing, Signing.agreement_id == Agreement.id)
        .join(Edition, Edition.id == Signing.edition_id)
        .options(
            joinedload(Agreement.project).options(joinedload(Project.organisation), joinedload(Project.segment)),
            selectinload(Agreement.entries),
            selectinload(Agreement.parties).joinedload(AgreementParty.organisation),
            selectinload(Agreement.steps),
            joinedload(Signing.edition, innerjoin=True),
        )
    )
    if edition is not None:
        rows = rows.where(Signing.edition_id == edition.id)
    if series is not None:
        rows = rows.where(Agreement.project.has(Project.series_id == series.id))
    if agreements is not None:
        rows = rows.where(Agreement.id.in_(agreements.with_only_columns(Agreement.id).order_by(None)))
    if projects is not None:
        rows = rows.where(Agreement.project_id.in_(projects.with_only_columns(Project.id).order_by(None)))
    rows = rows.order_by(Edition.starts_on, Edition.id, Signing.position, Signing.signed_on, Agreement.id)
    return [(row[0], row[1]) for row in db.session.execute(rows).unique()]
