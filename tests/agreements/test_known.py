"""What was known when: every earlier tally can be had again, exactly as it was shown."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from forums import clock
from forums.agreements import drafting, known, queries, review
from forums.agreements.models import CountedSigning, CountingClock
from forums.agreements.tally import Tally
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import (
    cancel,
    five_years,
    make_approved,
    make_draft,
    make_evidence,
    make_project,
    pass_review,
    project_facts,
)
from tests.cast import Cast

START = datetime(2020, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def shown(series_id: int, as_of: datetime | None = None) -> Tally:
    db.session.rollback()
    return queries.tally(db.session.get_one(Series, series_id), see_confidential=True, as_of=as_of)


def test_every_earlier_tally_comes_out_as_it_was_shown(cast: Cast) -> None:
    years = five_years()
    series_id = years[0].series_id
    then: dict[datetime, Tally] = {}

    def remember(number: int) -> None:
        then[day(number) + timedelta(hours=1)] = shown(series_id)

    with clock.frozen(day(1)):
        first = make_draft(years[0], cast, "5亿元", project=make_project(years[0], cast, channel="forum"))
        remember(1)
    with clock.frozen(day(2)):
        pass_review(first, cast)
        remember(2)
    with clock.frozen(day(3)):
        twin = make_approved(years[1], cast, "5亿元")
        remember(3)
    with clock.frozen(day(4)):
        with transaction():
            review.set_aside(twin.project, first.project, reason="One code", actor=cast.reviewer.actor)
        remember(4)
    with clock.frozen(day(5)):
        with transaction():
            facts = project_facts(channel="association", origin="34")
            drafting.change_project(first.project, facts, actor=cast.reviewer.actor, reviewing=True)
        remember(5)
    with clock.frozen(day(6)):
        proof = make_evidence(cast)
        with transaction():
            review.correct_amount(
                first, amount="4亿元", basis="total_investment", undisclosed=False, reason="Typing error",
                evidence=proof, version=first.version, actor=cast.staff.actor,
            )  # fmt: skip
        remember(6)
    with clock.frozen(day(7)):
        with transaction():
            review.restore(twin.project, reason="Two sites", actor=cast.reviewer.actor)
        cancel(twin, cast, twin.signings[0].signed_on)
        remember(7)
    assert len({repr(tally) for tally in then.values()}) == 7
    assert {at: shown(series_id, at) for at in then} == then
    assert shown(series_id, day(0)).total.signings == 0
    assert shown(series_id, day(99)) == shown(series_id)


def test_what_changes_nothing_that_counts_is_not_recorded_again(edition: Edition, cast: Cast) -> None:
    row = make_approved(edition, cast)
    count = select(func.count(CountedSigning.id))
    before = db.session.scalar(count)
    project_id = row.project_id
    with transaction():
        facts = project_facts(aliases="Another name")
        drafting.change_project(row.project, facts, actor=cast.reviewer.actor, reviewing=True)
    assert db.session.scalar(count) == before
    with transaction():
        assert known.keep({project_id}, set()) == 0


def test_a_change_that_is_rolled_back_leaves_no_version(edition: Edition, cast: Cast) -> None:
    row = make_approved(edition, cast)
    versions = select(CountedSigning.id).order_by(CountedSigning.id)
    before = db.session.scalars(versions).all()
    with suppress(ZeroDivisionError), transaction():
        row.kind = "technical"
        db.session.flush()
        _ = 1 / 0
    with transaction():
        pass
    assert db.session.scalars(versions).all() == before


def test_the_recorded_time_never_goes_back(edition: Edition, cast: Cast) -> None:
    """A server whose clock is behind records no earlier than what another one has frozen already."""
    series_id = edition.series_id
    with clock.frozen(day(10)), transaction():
        assert known.moment_of(series_id) == day(10)
    with clock.frozen(day(9)):
        make_approved(edition, cast)
    assert db.session.scalar(select(CountingClock.at)) == day(10)
    assert shown(series_id, day(10) - timedelta(seconds=1)).total.signings == 0
    assert shown(series_id, day(10)).total.signings == 1


def test_each_basis_has_its_own_tally(edition: Edition, cast: Cast) -> None:
    make_approved(edition, cast, "5亿元")
    make_approved(edition, cast, "3亿元", basis="contracted_inbound")
    series = edition.series
    fen = {
        basis: queries.tally(series, see_confidential=True, basis=basis).total.contracted.fen
        for basis in ("total_investment", "contracted_inbound", "paid_in")
    }
    assert fen == {"total_investment": 5 * 10**10, "contracted_inbound": 3 * 10**10, "paid_in": 0}
