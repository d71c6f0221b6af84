"""A sheet of what was signed: handed in, read as people say, and drafted row by row, in one batch."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import replace
from statistics import median_low
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements import drafting, known
from forums.agreements.concerns import FEWEST, Concern, earlier_amounts, medians_of, outliers
from forums.agreements.counting import PROJECT_KINDS
from forums.agreements.drafting import AgreementFacts, PartyFacts, ProjectFacts, account_of
from forums.agreements.imports import queries
from forums.agreements.imports.models import CHOICES, RegisterImport, RegisterRow
from forums.agreements.imports.queries import Known, Reader, closest, to_write
from forums.agreements.imports.reading import (
    Candidate,
    Complaint,
    Context,
    Mapping,
    amount_in,
    guess,
    kind_of_row,
    read,
)
from forums.agreements.models import Agreement, Project
from forums.agreements.queries import ceremony_day, next_position, segments_of
from forums.agreements.vocabulary import HEADLINE_BASIS, class_of
from forums.columns import Bilingual, Language
from forums.directory.models import Organisation
from forums.documents.operations import clean_name
from forums.documents.tables import Lines
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.imports.operations import begin, claim, digest_of, keep, must_wait, start_job
from forums.imports.queries import same_table
from forums.jobs.models import Job
from forums.money import Amount

APPLY = "agreements.import"
MOST_ROWS = 5_000
# Rows that one transaction drafts: nobody else can record signings of the series for as long as these take.
AT_ONCE = 25
_IS_APPLIED = _l("This sheet was imported already. To read it in another way, undo the import first.")


def hand_in(
    edition: Edition, lines: Lines, *, file_name: str, language: Language, reader: Reader, actor: Actor
) -> RegisterImport:
    """Keep the rows of a sheet and say what would become of them; nothing is drafted.

    The same sheet handed in twice by one person before it is applied is one batch.
    """
    account_id = account_of(actor)
    digest = digest_of(lines)
    for waiting in same_table(RegisterImport, edition, digest):
        if waiting.applied_at is None and waiting.by_id == account_id:
            return waiting
    mapping = guess(lines, ceremony_day(edition))
    before = queries.remembered_mapping(edition.series_id, mapping.fingerprint)
    if before is not None and len(before["columns"]) == len(mapping.columns):
        day = mapping.signed_on
        mapping = replace(Mapping.from_json(before), title_row=mapping.title_row, titles=mapping.titles, signed_on=day)
    batch = RegisterImport(
        edition=edition,
        series_id=edition.series_id,
        file_name=clean_name(file_name),
        sheet=lines.sheet,
        digest=digest,
        fingerprint=mapping.fingerprint,
        language=language,
        mapping=mapping.as_json(),
        by_id=account_id,
    )
    keep(batch, RegisterRow, lines, formulas=lines.formulas, joined=lines.joined)
    record(actor, "register.handed_in", batch, edition=edition, file=batch.file_name, rows=len(lines))
    plan(batch, reader)
    return batch


def read_as(batch: RegisterImport, mapping: Mapping, *, reader: Reader) -> None:
    """Read the sheet in another way. Raises NotNow once it was applied."""
    must_wait(batch, _IS_APPLIED)
    claim(batch, RegisterImport.applied_at.is_(None), mapping=mapping.as_json(), fingerprint=mapping.fingerprint)
    plan(batch, reader)


def choose(batch: RegisterImport, choices: Dict[int, str], *, reader: Reader) -> None:
    """Decide of rows, by their numbers, what becomes of them. Raises NotNow once the sheet was applied."""
    must_wait(batch, _IS_APPLIED)
    rows = db.session.scalars(
        select(RegisterRow).where(RegisterRow.batch_id == batch.id, RegisterRow.number.in_(choices))
    )
    for row in rows:
        if choices[row.number] in CHOICES:
            row.choice = choices[row.number]
    db.session.flush()
    plan(batch, reader)


def read_row(row: RegisterRow, mapping: Mapping, context: Context) -> Candidate | list[Complaint]:
    """The agreement of a row, or all that is wrong with it."""
    return read(row.cells, mapping, context, formulas=row.formulas, joined=row.joined)


def context_of(edition: Edition) -> Context:
    return Context(edition.starts_on, segments_of(edition.series))


def plan(batch: RegisterImport, reader: Reader) -> None:
    """Say of each row what would become of it if the sheet were applied now by this reader."""
    edition, mapping, context = batch.edition, Mapping.from_json(batch.mapping), context_of(batch.edition)
    rows = list(
        db.session.scalars(select(RegisterRow).where(RegisterRow.batch_id == batch.id).order_by(RegisterRow.number))
    )
    read_ = {row.id: read_row(row, mapping, context) for row in rows if not kind_of_row(row.cells, mapping, row.number)}
    good = {row_id: one for row_id, one in read_.items() if isinstance(one, Candidate)}
    there = Known(edition.series, list(good.values()))
    usual = _usual(list(good.values())) | medians_of(edition.series)
    seen: dict[str, int] = {}
    totals = _Totals(mapping)
    for row in rows:
        row.known_id, row.other, row.warned = None, 0, False
        left_out = kind_of_row(row.cells, mapping, row.number)
        if left_out:
            row.verdict = left_out
            totals.meet(row, is_total=left_out == "total")
            continue
        totals.meet(row)
        one = good.get(row.id)
        if one is None:
            row.verdict = "wrong"
            continue
        row.verdict, row.known_id = _verdict(one, there, seen, edition, reader)
        row.other = seen.get(one.key, 0)
        row.warned = bool(warnings_of(one, usual))
        seen.setdefault(one.key, row.number)
    batch.outcome = {**batch.outcome, "totals": totals.found, "usual": _usual(list(good.values()))}


def _verdict(
    one: Candidate, there: Known, seen: Dict[str, int], edition: Edition, reader: Reader
) -> tuple[str, int | None]:
    """What a row comes to, and the agreement it was compared with."""
    project = there.project_of(one)
    like = closest(project, one, edition, reader) if project else None
    if like is not None and not like[1]:
        return "same", like[0].id
    adds = one.relation != "first" or ("relation" in one.given and class_of(one.kind) not in PROJECT_KINDS)
    if adds and (one.key in seen or (project is not None and there.is_named(one))):
        return "further", like[0].id if like else None
    if one.relation != "first":
        return "wrong", None
    if one.key in seen:
        return "repeat", like[0].id if like else None
    if project is None:
        return "new", None
    return ("conflict", like[0].id) if like is not None else ("further", None)


def warnings_of(one: Candidate, usual: Dict[str, int], project: Project | None = None) -> list[Concern]:
    """Whether the amount is ten times more or less than usual; of a known project, than its earlier ones."""
    if one.amount is None or one.amount.currency != "CNY" or one.basis != HEADLINE_BASIS:
        return []
    return outliers(one.kind, one.amount.fen, dict(usual), earlier_amounts(project) if project else ())


def _usual(candidates: Sequence[Candidate]) -> dict[str, int]:
    """Kind → the median of the sheet's own amounts in fen, where there are enough."""
    amounts: dict[str, list[int]] = {}
    for one in candidates:
        if one.amount and one.amount.currency == "CNY" and one.basis == HEADLINE_BASIS and not one.confidential:
            amounts.setdefault(one.kind, []).append(one.amount.fen)
    return {kind: median_low(found) for kind, found in amounts.items() if len(found) >= FEWEST}


class _Totals:
    """Compares the sheet's own totals with its rows: a subtotal with those since the last, a total with all."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.all = self.part = 0
        self.found: list[dict[str, Any]] = []

    def meet(self, row: RegisterRow, *, is_total: bool = False) -> None:
        amount = amount_in(row.cells, self.mapping)
        fen = amount.fen if amount and amount.currency == "CNY" else None
        if not is_total:
            self.all, self.part = self.all + (fen or 0), self.part + (fen or 0)
        elif fen is not None:
            is_part = any("小计" in cell or "subtotal" in cell.casefold() for cell in row.cells)
            self.found.append({"number": row.number, "says": fen, "adds": self.part if is_part else self.all})
            self.part = 0


def discard(batch: RegisterImport, *, actor: Actor) -> None:
    """Forget a sheet that was not applied. Raises NotNow."""
    must_wait(batch, _IS_APPLIED)
    claim(batch, RegisterImport.applied_at.is_(None), digest=batch.digest)
    record(actor, "register.discarded", batch, edition=batch.edition, file=batch.file_name)
    db.session.delete(batch)


def apply(batch: RegisterImport, *, reader: Reader, actor: Actor) -> Job:
    """Draft the sheet's agreements by a job; asked twice it starts once. Raises NotNow.

    A job that failed may be started again: it goes on where the first stopped.
    """
    account_of(actor)
    if begin(batch, _l("This sheet is being imported already.")):
        record(actor, "register.applied", batch, edition=batch.edition, file=batch.file_name)
    return start_job(APPLY, batch, actor, sees_confidential=reader.sees_confidential)


def apply_some(batch_id: int, *, reader: Reader, actor: Actor) -> bool:
    """Draft the next few agreements of a batch; False when there was none left.

    Each row is read and compared anew, under the lock of the series' counting: what is there by now is not written
    again. What is written into the ledger is in the language that is being spoken.
    """
    batch = db.session.get(RegisterImport, batch_id)
    if batch is None or batch.undone_at is not None:
        return False
    known.moment_of(batch.series_id)
    waiting = select(RegisterRow).where(to_write(batch_id), RegisterRow.done.is_(False))
    rows = list(db.session.scalars(waiting.order_by(RegisterRow.number).limit(AT_ONCE)))
    _Draughtsman(batch, rows, reader, actor).draft()
    return bool(rows)


class _Draughtsman:
    """Drafts some rows of one batch."""

    def __init__(self, batch: RegisterImport, rows: list[RegisterRow], reader: Reader, actor: Actor) -> None:
        self.batch, self.edition, self.reader, self.actor = batch, batch.edition, reader, actor
        mapping, context = Mapping.from_json(batch.mapping), context_of(batch.edition)
        self.read = [(row, read_row(row, mapping, context)) for row in rows]
        good = [one for _row, one in self.read if isinstance(one, Candidate)]
        self.there = Known(batch.edition.series, good)
        own = select(RegisterRow.agreement_id).where(RegisterRow.batch_id == batch.id)
        self.own = set(db.session.scalars(own.where(RegisterRow.agreement_id.is_not(None))))
        self.firms = queries.organisation_names(name for one in good for name in (one.host, one.investor, one.company))

    def draft(self) -> None:
        for row, one in self.read:
            row.done = True
            if not isinstance(one, Candidate):
                row.verdict, row.said = "wrong", str(one[0].message)[:500]
                continue
            newest = db.session.scalar(select(Organisation.id).order_by(Organisation.id.desc()).limit(1)) or 0
            try:
                with db.session.begin_nested():
                    self._write(row, one, newest)
            except Refused as no:
                db.session.refresh(row)
                row.done, row.verdict, row.said = True, "wrong", no.message[:500]

    def _write(self, row: RegisterRow, one: Candidate, newest: int) -> None:
        project = None if row.choice == "apart" else self.there.project_of(one)
        like = closest(project, one, self.edition, self.reader) if project else None
        if like is not None and like[0].id in self.own:
            if row.verdict == "new":  # another project of an enterprise that stands in the sheet twice
                project = like = None
        elif like is not None and row.choice == "" and (not like[1] or row.verdict == "new"):
            row.verdict, row.known_id = ("conflict" if like[1] else "same"), like[0].id
            return
        relation = row.choice if row.choice in {"again", "increase"} and like else one.relation
        is_new = project is None
        if project is None:
            project = drafting.create_project(
                self.edition.series, self._project_facts(one), synthetic=one.synthetic, actor=self.actor
            )
            db.session.flush()
        agreement = drafting.draft(
            self.edition,
            project,
            self._facts(row, one, project, relation),
            synthetic=one.synthetic,
            comment=one.note,
            actor=self.actor,
        )
        db.session.flush()
        self.own.add(agreement.id)
        row.agreement_id, row.verdict = agreement.id, "new" if is_new else "further"
        parties = {party.organisation_id for party in agreement.parties} | {project.organisation_id}
        firms = sorted(firm for firm in parties if firm and firm > newest)
        row.made = {"project": project.id if is_new else None, "organisations": firms}
        self.there.add(one, project)

    def _project_facts(self, one: Candidate) -> ProjectFacts:
        stage = one.binding if one.binding in {"contract", "agreement", "intention"} else "agreement"
        return ProjectFacts(
            name=_in_its_language(one.name),
            enterprise=self._firm(one.investor),
            credit_code=one.credit_code,
            content=one.content,
            segment_id=one.segment.id if one.segment else None,
            origin=one.origin,
            channel=one.channel,
            stage=stage,
            confidential=one.confidential,
        )

    def _facts(self, row: RegisterRow, one: Candidate, project: Project, relation: str) -> AgreementFacts:
        amount: Amount | None = one.amount
        parties = (
            ("host", one.host, ""),
            ("investor", one.investor, one.credit_code),
            ("project_company", one.company, ""),
        )
        return AgreementFacts(
            title=_in_its_language(one.name),
            kind=one.kind,
            binding=one.binding,
            signed_on=one.signed_on,
            basis=one.basis,
            amount=amount.text if amount else "",
            undisclosed=amount is None,
            source_page=source_of(row),
            relation=relation,
            earlier_id=_earlier(project, relation),
            position=next_position(self.edition) if one.position is None else one.position,
            parties=tuple(PartyFacts(role, self._firm(name), code) for role, name, code in parties if name or code),
        )

    def _firm(self, name: str) -> Bilingual:
        firm = self.firms.get(name)
        return firm.name if firm else _in_its_language(name)


def source_of(row: RegisterRow) -> str:
    """Where an amount stands: the sheet and its row."""
    sheet = row.batch.sheet or row.batch.file_name
    return str(_l("sheet %(sheet)s, row %(n)d", sheet=sheet[:20], n=row.number))[:40]


def _earlier(project: Project, relation: str) -> int | None:
    """The agreement that a change is about: the latest of the project's own, an intention where it is made firm."""
    if relation not in {"upgrade", "increase", "investor_change"}:
        return None
    rows: list[Agreement] = [row for row in project.agreements if row.cancelled_on is None]
    if relation == "upgrade":
        rows = [row for row in rows if row.binding == "intention"]
    rows = [row for row in rows if class_of(row.kind) in PROJECT_KINDS] or rows
    return rows[-1].id if rows else None


def _in_its_language(text: str) -> Bilingual:
    is_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    return Bilingual(zh=text) if is_chinese else Bilingual(en=text)
