"""Everything a report says about an edition, gathered once: plain JSON in neither language.

Confidential amounts are left out here, so that no file made from a snapshot can hold one.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from forums.agenda import queries as agenda
from forums.agreements import queries as agreements
from forums.agreements.counting import Credit
from forums.agreements.definitions.queries import Definition, chosen_definition
from forums.agreements.duplicates.queries import increases
from forums.agreements.models import Agreement, Project
from forums.agreements.tally import Cell, Line, Tally
from forums.agreements.vocabulary import BINDINGS, RELATIONS
from forums.clock import now
from forums.columns import Bilingual
from forums.editions.models import Edition, Series
from forums.editions.queries import previous_edition
from forums.extensions import db
from forums.invitations import queries as invitations
from forums.outcomes import definitions, programme
from forums.outcomes.definitions import FigureValue
from forums.outcomes.programme import plain
from forums.outcomes.queries import figures, figures_of
from forums.registrations import queries as registrations

Content = dict[str, Any]


def gather(edition: Edition) -> Content:
    """The content of a snapshot of this edition, as it is known now."""
    series, before = edition.series, previous_edition(edition)
    tally = agreements.tally(series, edition, see_confidential=False)
    return {
        "definitions": definitions.VERSION,
        "counting": _counting(chosen_definition(series)),
        "taken_at": now().astimezone(edition.tz).isoformat(timespec="seconds"),
        "edition": _edition(edition),
        "series": {"slug": series.slug, "title": plain(series.title)},
        "previous": _edition(before) if before else None,
        "figures": _figures(figures_of(tally, series, edition), figures(series, before) if before else []),
        "attendance": _attendance(edition),
        "agenda": programme.outline(edition),
        "experts": programme.expert_list(edition),
        "agreements": {**_tables(tally), **_listed(edition)},
        "to_date": _to_date(edition),
    }


def _counting(chosen: Definition) -> Content:
    """The way of counting that the figures rest on."""
    return {
        "key": chosen.key,
        "version": chosen.version,
        "name": plain(chosen.name),
        "rules": [name for name, applies in asdict(chosen.rules).items() if applies],
    }


def _edition(edition: Edition) -> Content:
    return {
        "slug": edition.slug,
        "kind": edition.kind,
        "title": plain(edition.title),
        "theme": plain(edition.theme),
        "venue": plain(edition.venue),
        "hosts": plain(edition.hosts),
        "starts_on": edition.starts_on.isoformat(),
        "ends_on": edition.ends_on.isoformat(),
        "zone": edition.zone,
        "synthetic": edition.synthetic,
    }


def _figures(these: list[FigureValue], before: list[FigureValue]) -> Content:
    last = {figure.id: figure for figure in before}
    nothing = FigureValue("", None)
    return {
        figure.id: {
            "value": figure.value,
            "band": figure.band,
            "previous": last.get(figure.id, nothing).value,
            "previous_band": last.get(figure.id, nothing).band,
        }
        for figure in these
    }


def _attendance(edition: Edition) -> Content:
    return {
        "invited": len(invitations.invited_addresses(edition)),
        **vars(registrations.attendance(edition.series, edition)),
    }


def _tables(tally: Tally) -> Content:
    return {
        "total": _line(tally.total),
        "bindings": [_line(line) for line in tally.bindings],
        "segments": [_line(line) for line in tally.segments],
    }


def _listed(edition: Edition) -> Content:
    """The rows behind the figures: projects counted, technical agreements, and what is shown at 0 with its reason."""
    here = [credit for credit in agreements.credited(edition.series) if credit.row.edition_id == edition.id]
    papers = _papers({credit.row.agreement_id for credit in here})
    counted = [credit for credit in here if credit.projects]
    at_nothing = [credit for credit in here if not credit.projects and not credit.fen and credit.reason != "apart"]
    return {
        "projects": [_project(credit, papers[credit.row.agreement_id]) for credit in counted],
        "technical": [
            _paper(credit, papers[credit.row.agreement_id]) for credit in here if credit.row.base_kind == "technical"
        ],
        "at_nothing": [
            {**_paper(credit, papers[credit.row.agreement_id]), "reason": plain(REASONS[credit.reason])}
            for credit in at_nothing
        ],
        "set_aside": _set_aside(edition),
    }


REASONS: dict[str, Bilingual] = {
    "first": Bilingual("首次签约", "First signing"),
    "again": Bilingual(
        "同一项目再次签约，计入首次签约的届次", "Signed again; counted at the edition of its first signing"
    ),
    "upgrade": Bilingual(
        "意向转为合同或协议，计入首次签约的届次", "An intention made firm; counted at its first signing"
    ),
    "increase": Bilingual("增资，未增加金额", "A capital increase that adds nothing here"),
    "investor_change": RELATIONS["investor_change"],
    "superseded": Bilingual("投资方变更，计入重新签约的届次", "The investor changed; counted at the re-signing"),
    "framework": Bilingual("框架协议，其下的合同已计入", "A framework whose contracts are counted"),
    "orphan": Bilingual(
        "增资所属的项目没有已批准的签约", "A capital increase of a project without an approved signing"
    ),
    "apart": Bilingual("单列，不计为项目", "Counted apart from projects"),
}


def _papers(agreement_ids: set[int]) -> dict[int, Agreement]:
    rows = select(Agreement).where(Agreement.id.in_(agreement_ids))
    project = joinedload(Agreement.project)
    rows = rows.options(project.joinedload(Project.organisation), project.joinedload(Project.segment))
    rows = rows.options(project.joinedload(Project.merged_into), selectinload(Agreement.entries))
    return {row.id: row for row in db.session.scalars(rows)}


def _project(credit: Credit, paper: Agreement) -> Content:
    project = paper.project.merged_into or paper.project
    secret = credit.row.confidential
    return {
        **_paper(credit, paper),
        "segment": plain(project.segment.name if project.segment else Bilingual()),
        "binding": credit.binding,
        "binding_name": plain(BINDINGS[credit.binding]),
        "column": credit.column,
        "fen": None if secret else credit.fen,
        "currency": credit.currency,
        "is_secret": secret and credit.fen is not None,
    }


def _paper(credit: Credit, paper: Agreement) -> Content:
    project = paper.project.merged_into or paper.project
    enterprise = project.organisation.name if project.organisation else Bilingual()
    return {
        "name": plain(project.name or paper.title),
        "enterprise": plain(enterprise),
        "signed_on": credit.row.signed_on.isoformat(),
        "synthetic": project.synthetic or paper.synthetic,
    }


def _set_aside(edition: Edition) -> list[Content]:
    """The project records signed at this edition that were found to be another project's double."""
    rows = (
        select(Project)
        .where(Project.merged_into_id.is_not(None), Project.id.not_in(increases()))
        .where(Project.id.in_(select(Agreement.project_id).where(Agreement.signings.any(edition_id=edition.id))))
        .options(joinedload(Project.merged_into), joinedload(Project.organisation))
        .order_by(Project.id)
    )
    return [
        {
            "name": plain(row.name),
            "enterprise": plain(row.organisation.name if row.organisation else Bilingual()),
            "counts_as": plain(row.merged_into.name if row.merged_into else Bilingual()),
            "reason": row.merged_reason,
            "synthetic": row.synthetic,
        }
        for row in db.session.scalars(rows)
    ]


def _to_date(edition: Edition) -> Content:
    """Each edition of the series up to this one, and their sum, recomputed on today's rules."""
    series = edition.series
    lines = {line.key: line for line in agreements.tally(series, see_confidential=False).editions}
    held = db.session.scalars(
        select(Edition)
        .where(Edition.series_id == series.id, Edition.starts_on <= edition.starts_on, Edition.state != "draft")
        .order_by(Edition.starts_on, Edition.id)
    )
    rows = [{**_edition(row), "figures": _of_line(lines.get(row.id), series, row)} for row in held]
    return {"editions": rows, "total": {name: _sum([row["figures"][name] for row in rows]) for name in TO_DATE}}


TO_DATE = ("projects_signed", "amount_signed_total", "person_times_checked_in", "sessions")


def _of_line(line: Line | None, series: Series, edition: Edition) -> Content:
    cell = line.contracted if line else Cell(0, 0, 0)
    came = registrations.attendance(series, edition)
    return {
        "projects_signed": {"value": cell.projects, "band": None},
        "amount_signed_total": {"value": cell.fen, "band": cell.band},
        "person_times_checked_in": {"value": came.checked_in_person_times, "band": None},
        "sessions": {"value": agenda.count_sessions(series, edition), "band": None},
    }


def _sum(parts: list[Content]) -> Content:
    """A total that is told only when each part is: otherwise the hidden part would be the difference."""
    values = [part["value"] for part in parts]
    return {"value": None if None in values else sum(values), "band": None}


def _line(line: Line) -> Content:
    return {"label": plain(line.label), "contracted": vars(line.contracted), "intended": vars(line.intended)}
