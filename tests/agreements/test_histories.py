"""Random histories: the tally equals a count by hand, partitions foot, and every earlier moment comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, select, text

from forums import clock
from forums.agreements import drafting, queries, review
from forums.agreements.counting import CHANGING_KINDS, PROJECT_KINDS, Row, credits_of
from forums.agreements.drafting import AgreementFacts
from forums.agreements.models import Agreement, Project
from forums.agreements.tally import Line, Tally
from forums.editions.models import Edition, Series
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import cancel, facts, make_evidence, project_facts
from tests.cast import Cast, make_edition, make_series

Book = dict[tuple[int, str], tuple[int, int]]  # (edition, column) → projects, fen
KINDS = ("investment", "investment", "intent", "framework", "supplementary", "technical")
RELATIONS = ("first", "first", "again", "upgrade", "increase", "investor_change")
always = settings(deadline=None, derandomize=True, database=None)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Signings of a few projects at three editions; a document may be signed at two of them."""
    made = []
    for number in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(KINDS))
        own = draw(st.integers(1, 3))
        edition = draw(st.integers(1, 3))
        row = Row(
            project_id=1 if own == 3 and draw(st.booleans()) else own,
            agreement_id=number,
            edition_id=edition,
            signed_on=date(2015 + edition, 9, 20),
            position=draw(st.integers(1, 2)),
            kind=kind,
            binding="intention" if kind == "intent" else draw(st.sampled_from(("contract", "agreement", "intention"))),
            relation=draw(st.sampled_from(RELATIONS)),
            review=draw(st.sampled_from(("approved", "approved", "locked", "submitted"))),
            cancelled=draw(st.integers(0, 5)) == 0,
            fen=draw(st.none() | st.integers(1, 9)),
            currency=draw(st.sampled_from(("CNY", "CNY", "CNY", "USD"))),
            segment=draw(st.none() | st.integers(1, 2)),
            channel=draw(st.sampled_from(("forum", "business", ""))),
            origin="31",
            confidential=False,
            own_id=own,
        )
        made.append(row)
        if edition < 3 and draw(st.integers(0, 4)) == 0:
            made.append(row._replace(edition_id=3, signed_on=date(2018, 9, 20)))
    return made


def by_hand(signings: Iterable[Row]) -> Book:
    """Sanming's rules once more, written as a clerk would walk through the papers of each project."""
    book: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    papers: dict[int, list[Row]] = defaultdict(list)
    for row in signings:
        if row.review in {"approved", "locked"} and not row.cancelled:
            papers[row.project_id].append(row)
    for pile in papers.values():
        for edition_id, column, projects, fen in _of_one_project(sorted(pile, key=_order)):
            book[edition_id, column][0] += projects
            book[edition_id, column][1] += fen
    return {key: (projects, fen) for key, (projects, fen) in book.items() if projects or fen}


def _order(row: Row) -> tuple[object, ...]:
    place = ("first", "again", "upgrade", "investor_change", "increase").index(row.relation)
    by_facts = (place, row.kind, row.binding, row.currency, -(row.fen or 0))
    return (row.signed_on, row.position, row.edition_id, *by_facts, row.agreement_id)


def _of_one_project(pile: list[Row]) -> list[tuple[int, str, int, int]]:
    leaders: list[Row] = []
    frameworks: list[Row] = []
    increases: list[Row] = []
    seen = set()
    for row in pile:
        if row.agreement_id in seen or row.kind not in CHANGING_KINDS:
            seen.add(row.agreement_id)
            continue
        seen.add(row.agreement_id)
        if row.relation == "investor_change":
            leaders, frameworks, increases = [], [], []
        if row.relation == "increase":
            increases.append(row)
        elif row.kind == "framework":
            frameworks.append(row)
        elif row.kind in PROJECT_KINDS or row.relation in {"upgrade", "investor_change"}:
            leaders.append(row)
    if leaders:
        increases = [row for row in increases if row.kind != "framework"]
    pool = leaders or frameworks
    if not pool:
        return []
    lead, firm = pool[0], next((row for row in pool if row.binding != "intention"), None)
    column = "contracted" if firm else "intended"
    yuan = {row: row.fen or 0 if row.currency == "CNY" else 0 for row in pile}
    if firm is None or firm is lead or firm.fen is None:
        lines = [(lead.edition_id, column, 1, yuan[lead])]
    elif lead.fen is None or lead.currency != firm.currency:
        lines = [(lead.edition_id, column, 1, yuan[firm])]
    else:
        lines = [(lead.edition_id, column, 1, min(yuan[lead], yuan[firm]))]
        lines.append((firm.edition_id, column, 0, max(0, yuan[firm] - yuan[lead])))
    for row in increases:
        is_firm = row.binding != "intention"
        if firm is None or is_firm or _order(row) > _order(firm):
            lines.append((row.edition_id, "contracted" if firm and is_firm else "intended", 0, yuan[row]))
    return lines


def book_of(signings: list[Row]) -> Book:
    book: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for credit in credits_of(signings):
        book[credit.row.edition_id, credit.column][0] += credit.projects
        book[credit.row.edition_id, credit.column][1] += credit.fen or 0 if credit.currency == "CNY" else 0
    return {key: (projects, fen) for key, (projects, fen) in book.items() if projects or fen}


@settings(always, max_examples=400)
@given(rows())
def test_the_rules_count_as_a_clerk_does(signings: list[Row]) -> None:
    assert book_of(signings) == by_hand(signings)


@settings(always, max_examples=200)
@given(rows(), st.randoms(use_true_random=False))
def test_the_order_of_entry_changes_nothing(signings: list[Row], rng: object) -> None:
    """The same papers, entered in another order and therefore under other numbers."""
    numbers = sorted({row.agreement_id for row in signings})
    shuffled = list(numbers)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    renumbered = dict(zip(numbers, shuffled, strict=True))
    entered = [row._replace(agreement_id=renumbered[row.agreement_id]) for row in signings]
    rng.shuffle(entered)  # type: ignore[attr-defined]
    assert book_of(entered) == book_of(signings)


class Registry:
    """A series of its own, on which the steps of a random history are taken; what is refused does not happen."""

    def __init__(self, cast: Cast, slug: str) -> None:
        self.cast = cast
        series = make_series(slug)
        self.series_id = series.id
        self.editions = [
            make_edition(series, slug=f"{slug}-{year}", starts_on=date(year, 9, 20), ends_on=date(year, 9, 21)).id
            for year in (2016, 2017, 2018)
        ]
        self.shown: dict[datetime, Tally] = {}

    def take(self, at: datetime, verb: str, a: int, b: int, amount: int) -> None:
        with clock.frozen(at), suppress(Refused, LookupError):
            getattr(self, verb)(a, b, amount)
        db.session.rollback()
        self.shown[at + timedelta(minutes=1)] = self.tally()

    def tally(self, as_of: datetime | None = None) -> Tally:
        db.session.rollback()
        return queries.tally(db.session.get_one(Series, self.series_id), see_confidential=True, as_of=as_of)

    def sign(self, a: int, b: int, amount: int) -> None:
        edition = db.session.get_one(Edition, self.editions[a % 3])
        with transaction():
            project = drafting.create_project(
                edition.series, project_facts(f"项目{amount}"), actor=self.cast.staff.actor
            )
            kind = KINDS[b % len(KINDS)]
            binding = "intention" if kind == "intent" else "contract"
            self._draft(edition, project, facts(edition, f"{amount}万元", kind=kind, binding=binding))

    def sign_again(self, a: int, b: int, amount: int) -> None:
        earlier = self._agreement(a)
        edition = db.session.get_one(Edition, self.editions[amount % 3])
        relation = RELATIONS[b % len(RELATIONS)]
        with transaction():
            changed = facts(edition, f"{amount}万元", relation=relation, earlier_id=earlier.id)
            self._draft(edition, earlier.project, changed)

    def approve(self, a: int, _b: int, _amount: int) -> None:
        row = self._one_of(a, Agreement.review.in_(("drafted", "submitted")))
        with transaction():
            if row.review == "drafted":
                review.submit(row, version=row.version, actor=self.cast.staff.actor)
            review.verify(row, version=row.version, actor=self.cast.reviewer.actor)
            review.approve(row, version=row.version, actor=self.cast.reviewer2.actor)

    def correct(self, a: int, _b: int, amount: int) -> None:
        row, evidence = self._one_of(a, Agreement.review == "approved"), make_evidence(self.cast)
        with transaction():
            review.correct_amount(
                row, amount=f"{amount}万元", undisclosed=False, basis="total_investment", reason="Typing error",
                evidence=evidence, version=row.version, actor=self.cast.staff.actor,
            )  # fmt: skip

    def cancel(self, a: int, _b: int, _amount: int) -> None:
        cancel(self._agreement(a), self.cast, date(2018, 12, 1))

    def merge(self, a: int, b: int, _amount: int) -> None:
        one, other = self._agreement(a).project, self._agreement(b).project
        with transaction():
            review.set_aside(one, other, reason="One code", actor=self.cast.reviewer.actor)

    def split(self, a: int, _b: int, _amount: int) -> None:
        row = self._one_of(a, Project.merged_into_id.is_not(None)).project
        with transaction():
            review.restore(row, reason="Two sites", actor=self.cast.reviewer.actor)

    def move(self, a: int, b: int, _amount: int) -> None:
        row = self._agreement(a).project
        with transaction():
            changed = project_facts(row.name.zh, channel=("forum", "business", "mission")[b % 3])
            drafting.change_project(row, changed, actor=self.cast.reviewer.actor, reviewing=True)

    def _draft(self, edition: Edition, project: Project, agreed: AgreementFacts) -> None:
        drafting.draft(edition, project, agreed, actor=self.cast.staff.actor)

    def _agreement(self, number: int) -> Agreement:
        return self._one_of(number, Agreement.id.is_not(None))

    def _one_of(self, number: int, which: ColumnElement[bool]) -> Agreement:
        rows_ = select(Agreement).join(Agreement.project).where(Project.series_id == self.series_id, which)
        found = db.session.scalars(rows_.order_by(Agreement.id)).all()
        if not found:
            raise LookupError
        return found[number % len(found)]

    def raw(self) -> list[Row]:
        """The signings as they stand in the ledger, read without any of the product's own reading."""
        found = db.session.execute(text(RAW), {"series": self.series_id})
        return [Row._make((*row[:9], bool(row[9]), *row[10:12], None, row[12], "", False, 0, True)) for row in found]


RAW = """
    SELECT coalesce(p.merged_into_id, p.id), a.id, s.edition_id, s.signed_on, s.position, a.kind, a.binding, a.relation,
           a.review, a.cancelled_on IS NOT NULL, e.fen, coalesce(e.currency, 'CNY'), p.channel
      FROM signings s JOIN agreements a ON a.id = s.agreement_id JOIN projects p ON p.id = a.project_id
      LEFT JOIN amount_entries e ON e.agreement_id = a.id AND e.basis = 'total_investment' AND e.reverses_id IS NULL
           AND NOT EXISTS (SELECT 1 FROM amount_entries r WHERE r.reverses_id = e.id)
     WHERE p.series_id = :series
"""
VERBS = (
    "sign",
    "sign_again",
    "sign_again",
    "approve",
    "approve",
    "approve",
    "correct",
    "cancel",
    "merge",
    "split",
    "move",
)
steps = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 4), st.integers(0, 5), st.integers(1, 9)), min_size=10, max_size=16
)
_numbers = count(1)


@settings(always, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_a_history_counts_as_by_hand_foots_and_comes_back(
    app: Flask, cast: Cast, taken: list[tuple[str, int, int, int]]
) -> None:
    registry = Registry(cast, f"history-{next(_numbers)}")
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    for number, (verb, a, b, amount) in enumerate([("sign", 0, 0, 5), ("sign", 1, 2, 3), ("approve", 0, 0, 1), *taken]):
        registry.take(begun + timedelta(days=number), verb, a, b, amount)
    now = registry.tally()
    for lines in (now.editions, now.bindings, now.segments, now.channels, now.origins, now.sizes):
        assert totals(lines) == totals([now.total])
    by_edition = {
        (line.key, column): (cell.projects, cell.fen)
        for line in now.editions
        for column, cell in (("contracted", line.contracted), ("intended", line.intended))
        if cell.projects or cell.fen
    }
    assert by_edition == by_hand(registry.raw())
    assert {at: registry.tally(at) for at in registry.shown} == registry.shown


def totals(lines: list[Line]) -> list[int]:
    cells = [(line.contracted, line.intended, line.contracted_pending, line.intended_pending) for line in lines]
    return [
        sum((cell.projects, cell.fen or 0)[n] for cell in column) for column in zip(*cells, strict=True) for n in (0, 1)
    ]


def test_the_clerk_would_notice_a_rule_that_is_switched_off() -> None:
    """The control: a project signed twice and counted twice is not what was counted by hand."""
    signings = [
        Row(1, n, n, date(2015 + n, 9, 20), 1, "investment", "contract", relation, "approved", False, 5, "CNY", None,
            "forum", "31", False, 1)
        for n, relation in ((1, "first"), (2, "again"))
    ]  # fmt: skip
    assert book_of(signings) == by_hand(signings) == {(1, "contracted"): (1, 5)}
    with pytest.raises(AssertionError):
        assert book_of([row._replace(project_id=row.agreement_id) for row in signings]) == by_hand(signings)
