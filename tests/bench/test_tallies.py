"""The tally pages over 10,000 projects with 50,000 ledger rows, now and as of an earlier day, on both databases."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, insert, select, text, update

from forums import clock
from forums.agreements import known
from forums.agreements.models import Agreement, AmountEntry, CountedSigning, Project, Segment, Signing
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.transaction import transaction
from tests import servers
from tests.bench.figures import Figure, report
from tests.cast import Cast, hire, make_edition, make_series
from tests.client import Reader, counted_queries
from tests.conftest import DATABASES, make_app

PROJECTS, RUNS, SLICE = 10_000, 7, 2000
DRAFTED, APPROVED, CORRECTED = (datetime(2090, month, 1, tzinfo=UTC) for month in (1, 2, 3))
# What a database does by itself for the heart of a tally page: sums and counts of the ledger over two dimensions.
BARE = """
    SELECT s.edition_id, p.segment_id, a.binding, count(DISTINCT p.id), count(e.fen), sum(e.fen)
      FROM amount_entries e
      JOIN agreements a ON a.id = e.agreement_id
      JOIN projects p ON p.id = a.project_id
      JOIN signings s ON s.agreement_id = a.id
     WHERE p.series_id = :series AND e.basis = 'total_investment' AND a.review IN ('approved', 'locked')
     GROUP BY s.edition_id, p.segment_id, a.binding
"""
PAGES = {
    "the series": "",
    "as of an earlier day": "?as_of=2090-02-15",
    "another basis": "?basis=contracted_inbound",
    "the rows behind a figure": "/rows?column=contracted",
    "from gross to net": "/way",
}


def fill(series: Series, editions: list[Edition], cast: Cast) -> None:
    """Projects that are drafted, then approved, then a third of them corrected; each stage at its own time."""
    rng = random.Random(7)
    segments = [Segment(series_id=series.id, code=f"s{n}", name_zh=f"环节{n}", position=n) for n in range(9)]
    with transaction() as session:
        session.add_all(segments)
        session.flush()
        ids = [row.id for row in segments]
    numbers = range(1, PROJECTS + 1)
    signed = {n: editions[n % len(editions)] for n in numbers}
    who = {"drafted_by_id": cast.staff.id, "created_at": DRAFTED}
    write(Project, [
        {"id": n, "series_id": series.id, "name_zh": f"项目{n}（示例）", "segment_id": rng.choice(ids), "origin": "31",
         "channel": rng.choice(("forum", "business", "association")), "stage": "contract", "confidential": n % 500 == 0}
        for n in numbers
    ])  # fmt: skip
    write(Agreement, [
        {"id": n, "project_id": n, "title_zh": "投资协议（示例）", "kind": "intent" if n % 10 == 0 else "investment",
         "binding": "intention" if n % 10 == 0 else rng.choice(("contract", "agreement"))} | who
        for n in numbers
    ])  # fmt: skip
    write(Signing, [
        {"agreement_id": n, "edition_id": signed[n].id, "position": n, "signed_on": signed[n].starts_on}
        for n in numbers
    ])  # fmt: skip
    amounts = {n: rng.randrange(1, 300) * 10**9 for n in numbers}
    write(AmountEntry, [
        entry(n, basis, amounts[n] // part, cast, DRAFTED)
        for n in numbers for basis, part in (("total_investment", 1), ("contracted_inbound", 2), ("paid_in", 5))
    ])  # fmt: skip
    record(DRAFTED)
    with transaction() as session:
        session.execute(update(Agreement).values(
            review="approved", verified_by_id=cast.reviewer.id, approved_by_id=cast.reviewer2.id
        ))  # fmt: skip
    record(APPROVED)
    with transaction() as session:
        of = select(AmountEntry.agreement_id, AmountEntry.id).where(AmountEntry.basis == "total_investment")
        entries = {row[0]: row[1] for row in session.execute(of)}
    write(AmountEntry, [entry(n, "total_investment", -amounts[n], cast, CORRECTED, entries[n]) for n in numbers])
    write(AmountEntry, [entry(n, "total_investment", amounts[n] + 10**9, cast, CORRECTED) for n in numbers])
    record(CORRECTED)


def write(model: type, rows: list[dict[str, object]]) -> None:
    with transaction() as session:
        session.execute(insert(model), rows)


def entry(n: int, basis: str, fen: int, cast: Cast, at: datetime, reverses: int | None = None) -> dict[str, object]:
    return {
        "project_id": n, "agreement_id": n, "basis": basis, "fen": fen, "effective_on": date(2090, 1, 1),
        "recorded_at": at, "recorded_by_id": cast.staff.id, "reverses_id": reverses,
    }  # fmt: skip


def record(at: datetime) -> None:
    """What bulk writing passes by: the versions that an operation's commit would have kept."""
    with clock.frozen(at):
        for start in range(1, PROJECTS + 1, SLICE):
            with transaction():
                known.keep(set(range(start, start + SLICE)), set())


@pytest.fixture(params=DATABASES)
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    url = "" if request.param == "sqlite" else servers.create_database("bench_tallies")
    made = make_app(tmp_path / "data", url)
    with made.app_context():
        upgrade()
        yield made
        db.session.remove()
        db.engine.dispose()


def best(work: Callable[[], object]) -> float:
    """Milliseconds of the quickest of some runs."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return min(taken)


@pytest.mark.timeout(900)
def test_tallies(app: Flask) -> None:
    cast, series = hire(make_series("other")), make_series()
    editions = [make_edition(series, slug=f"y{n}", starts_on=date(2085 + n, 9, 1)) for n in range(5)]
    fill(series, editions, cast)
    on_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect().execution_options(billet_write=on_sqlite) as connection:
        connection.execute(text("ANALYZE" if on_sqlite else "VACUUM ANALYZE"))
        connection.commit()
    assert db.session.scalar(select(func.count(AmountEntry.id))) == 5 * PROJECTS
    assert db.session.scalar(select(func.count(CountedSigning.id))) == 3 * PROJECTS
    series_id = series.id

    def bare() -> None:
        db.session.execute(text(BARE), {"series": series_id}).all()
        db.session.rollback()

    ceiling = best(bare)
    reader = Reader(app).sign_in(db.session.merge(cast.auditor))
    address = f"/office/series/{series.slug}/tallies"
    figures, taken, queries = [], {}, []
    for name, query in PAGES.items():

        def page(url: str = address + query) -> None:
            assert reader.client.get(url).status_code == 200

        taken[name] = best(page)
        figures.append(Figure(f"{name}, beside the bare aggregate", taken[name], "ms", ceiling, 10, at_most=True))
        with counted_queries() as seen:
            page()
        queries.append(len(seen))
    ratio = Figure(
        "as of an earlier day, beside now", taken["as of an earlier day"], "ms", taken["the series"], 3, True
    )
    figures += [ratio, Figure("queries of a page, at most", max(queries), "", bar=20, at_most=True)]
    report(f"tallies-{db.engine.dialect.name}", figures)
    assert max(queries) <= 20
