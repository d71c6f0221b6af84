from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from forums.agreements.models import Agreement, AgreementParty, AmountEntry, CountedSigning, Project
from forums.agreements.vocabularies.models import Term
from forums.editions.models import Series
from forums.extensions import db

_USED_IN = {
    "kinds": (Agreement.kind, CountedSigning.kind),
    "bindings": (Agreement.binding,),
    "bases": (AmountEntry.basis,),
    "roles": (AgreementParty.role,),
    "channels": (Project.channel, CountedSigning.channel),
    "document_states": (Agreement.document_state,),
    "regions": (Project.origin, CountedSigning.origin),
}
"""Vocabulary → where its codes stand; the first is where people meet them now."""


def used(vocabulary: str) -> dict[str, int]:
    """Code → how many rows have it now or, for tallies of earlier days, have had it."""
    counts: dict[str, int] = {}
    for place in _USED_IN[vocabulary]:
        for code, count in _counts(place):
            counts[code] = max(counts.get(code, 0), count)
    return counts


def used_segments(series: Series) -> dict[str, int]:
    """Segment id, as text, → how many projects of the series have it."""
    rows = db.session.execute(
        select(Project.segment_id, func.count())
        .where(Project.series_id == series.id, Project.segment_id.is_not(None))
        .group_by(Project.segment_id)
    )
    return {str(row[0]): row[1] for row in rows}


def terms_of(vocabulary: str) -> list[Term]:
    """The rows of one vocabulary in its order."""
    return list(
        db.session.scalars(select(Term).where(Term.vocabulary == vocabulary).order_by(Term.position, Term.code))
    )


def _counts(place: Any) -> list[tuple[str, int]]:
    rows = db.session.execute(select(place, func.count().label("count")).group_by(place)).mappings()
    return [(row[place], row["count"]) for row in rows]
