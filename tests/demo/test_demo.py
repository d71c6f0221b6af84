"""The published figures, through the product's own queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select
from stdnum.cn import uscc

from forums.agenda.queries import clashes_of
from forums.agreements import queries
from forums.agreements.followup.models import Alarm, TeamMember
from forums.agreements.followup.rates import rates_of
from forums.agreements.followup.signed import signed_projects
from forums.agreements.models import Agreement, Project
from forums.demo import loading, promotion
from forums.demo.loading import load_demo
from forums.demo.projects import PROJECTS, PROMOTED
from forums.directory.models import Organisation, Person
from forums.editions.models import Edition, Series
from forums.editions.queries import series_by_slug
from forums.extensions import db
from forums.invitations.models import Campaign
from forums.invitations.queries import funnel
from forums.mail.incoming.models import IncomingMail
from forums.mail.models import Letter
from forums.mail.slices import due
from forums.mail.suppression.models import HOUSE, Suppression
from forums.money import format_yuan
from forums.outcomes.queries import figures
from forums.registrations.places import reconcile
from forums.registrations.queries import attendance, tally
from tests.conftest import DATABASES
from tests.demo.test_loading import counts

YUAN = 100


@pytest.fixture(params=DATABASES)
def loaded(request: pytest.FixtureRequest, apps: Callable[[str], Flask]) -> Iterator[Flask]:
    """The demonstration data on each database. The tests here only read it, so it stays until another test begins."""
    app = apps(request.param)
    with app.app_context():
        starts = app.extensions["starts"]
        if starts.now != ("demo_data",):
            starts.begin(["demo_data"])
        yield app
        db.session.remove()


def series(slug: str) -> Series:
    row = series_by_slug(slug)
    assert row is not None
    return row


def test_the_invented_amounts_are_what_was_published() -> None:
    assert (len(PROJECTS), sum(row.wan for row in PROJECTS)) == (41, 3_040_000)
    brought = [row.wan for row in PROJECTS if row.channel == "business"]
    assert (len(brought), sum(brought)) == (9, 198_000)
    assert (len(PROMOTED), sum(row.wan for row in PROMOTED)) == (3, 69_900)


def test_the_series_prints_41_projects_and_304_yi(loaded: Flask) -> None:
    tally = queries.tally(series("suixi"), see_confidential=False)
    total = tally.total.contracted
    assert (total.projects, total.disclosed, total.fen) == (41, 41, 30_400_000_000 * YUAN)
    assert (format_yuan(total.fen or 0, "zh"), format_yuan(total.fen or 0, "en")) == ("304亿元", "30.4 billion yuan")
    assert [line.contracted.projects for line in tally.editions] == [6 + 1, 8, 9, 8 + 1, 8]
    business = next(line.contracted for line in tally.channels if line.key == "business")
    assert (business.projects, business.fen) == (9, 1_980_000_000 * YUAN)
    for lines in (tally.editions, tally.bindings, tally.segments, tally.channels, tally.origins):
        assert sum(line.contracted.projects for line in lines) == 41
        assert sum(line.contracted.fen or 0 for line in lines) == total.fen
    assert (tally.technical, tally.set_aside, tally.total.intended.projects) == (3, 4, 3)
    assert (tally.total.intended.disclosed, tally.total.intended.fen) == (2, 620_000_000 * YUAN)
    assert (tally.total.contracted_pending.projects, tally.cancelled.projects) == (4, 1)


def test_the_promotion_meeting_prints_3_projects_and_6_99_yi(loaded: Flask) -> None:
    tally = queries.tally(series("suixi-promotion"), see_confidential=False)
    total = tally.total.contracted
    assert (total.projects, total.fen, format_yuan(total.fen or 0, "zh")) == (3, 699_000_000 * YUAN, "6.99亿元")
    assert [line.key for line in tally.channels] == ["association"]


def test_the_figures_are_those_that_were_published(loaded: Flask) -> None:
    values = {figure.id: figure.value for figure in figures(series("suixi"))}
    assert values["editions"] == 5
    assert (values["projects_signed"], values["amount_signed_total"]) == (41, 30_400_000_000 * YUAN)
    assert (values["person_times_checked_in"] or 0) > 1000 > (values["persons_checked_in"] or 0)
    assert (values["duplicates_set_aside"], values["sessions"], values["experts"]) == (4, 35, 28)


def test_a_dozen_projects_are_followed_up_and_two_of_them_wait(loaded: Flask) -> None:
    rates = rates_of(signed_projects(series("suixi")), see_confidential=False)
    assert (rates.signed, rates.approvals, rates.building, rates.operating) == (41, 1, 2, 8)
    assert (rates.with_inbound, rates.fulfilment.shown(), rates.paid_in.shown()) == (4, "26.83%", "68.78%")
    assert db.session.scalar(select(func.count(TeamMember.project_id.distinct()))) == 12
    ringing = select(Alarm.rule, Alarm.level).where(Alarm.cleared_at.is_(None)).order_by(Alarm.rule)
    assert [tuple(row) for row in db.session.execute(ringing)] == [("milestone_overdue", "red"), ("paused", "yellow")]


def test_everything_invented_says_so(loaded: Flask) -> None:
    for table in (Series, Edition, Project, Agreement, Person, Organisation):
        assert db.session.scalar(select(func.count()).where(table.synthetic.is_(False))) == 0, table
    for project in db.session.scalars(select(Project)):
        assert "示例" in project.name.zh
        assert "synthetic" in project.name.en
    codes = db.session.scalars(select(Organisation.credit_code).where(Organisation.credit_code.is_not(None))).all()
    assert len(codes) > 40
    assert all(uscc.is_valid(code) and code[2:8] == "990000" for code in codes)


def test_no_speaker_is_in_two_places_and_no_hall_holds_two_sessions(loaded: Flask) -> None:
    for edition in db.session.scalars(select(Edition)):
        assert clashes_of(edition) == []


def test_a_visitor_can_register_for_the_edition_to_come(loaded: Flask) -> None:
    edition = db.session.scalars(select(Edition).where(Edition.slug == "demo-2027")).one()
    assert (edition.registration_state, edition.taken, edition.capacity, len(edition.halls)) == ("open", 6, 300, 3)


def test_the_edition_to_come_has_invited_and_some_have_answered(loaded: Flask) -> None:
    row = db.session.scalars(select(Campaign).where(Campaign.kind == "invitation")).one()
    seen = funnel(row)
    assert (row.state, seen.invited, seen.sent, seen.failed, seen.unknown) == ("done", 24, 22, 1, 1)
    assert (seen.coming, seen.not_coming, seen.registered) == (6, 2, 6)
    assert db.session.scalars(select(Campaign.state).where(Campaign.kind == "reminder")).all() == ["draft"]
    no_more = select(Suppression.reason, Suppression.scope).order_by(Suppression.id)
    house, series = (HOUSE, f"series:{row.edition.series_id}")
    assert list(map(tuple, db.session.execute(no_more))) == [("bounced", house), ("unsubscribed", series)]
    came_back = select(IncomingMail.kind, IncomingMail.outcome).order_by(IncomingMail.id)
    assert [tuple(one) for one in db.session.execute(came_back)] == [
        *(("bounce", "bounced"), ("auto_reply", "noted"), ("answer", "waiting"), ("reply", "waiting"))
    ]


def test_an_edition_goes_on_with_every_state_and_nobody_is_written_to(loaded: Flask) -> None:
    edition = db.session.scalars(select(Edition).where(Edition.slug == "demo-days")).one()
    assert (edition.registration_state, edition.taken) == ("open", 69)
    assert tally(edition) == {
        "pending": 3, "confirmed": 66, "waitlisted": 5, "offered": 0, "declined": 1, "lapsed": 1, "cancelled": 2
    }  # fmt: skip
    came = attendance(edition.series, edition)
    assert (came.checked_in_persons, came.checked_in_person_times) == (61, 96)
    assert reconcile() == []
    theirs = select(Letter.state).where(Letter.edition_id == edition.id)
    assert set(db.session.scalars(theirs)) == {"cancelled"}
    assert not db.session.scalars(due()).all()


def test_a_start_that_is_killed_leaves_no_half_demo(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """`up` loads the demo only into an empty database, so what was begun must not stay."""

    def killed(_staff: object) -> str:
        raise KeyboardInterrupt

    empty = counts()
    [small] = [part for part in loading._SERIES if part[0] == promotion.SLUG]
    monkeypatch.setattr(loading, "_SERIES", (small, ("killed", killed)))
    with pytest.raises(KeyboardInterrupt):
        load_demo()
    db.session.rollback()
    assert counts() == empty
