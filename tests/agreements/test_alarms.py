"""Yellow and red: which rules a project comes under, what the sweep keeps of it, and whom it tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from forums import clock
from forums.agreements.drafting import ChangedMeanwhile
from forums.agreements.followup import alarms, queries, stages, team
from forums.agreements.followup.models import Alarm
from forums.agreements.followup.rules import DEFAULTS, Facts, Rule, Subject, rings
from forums.agreements.followup.stages import Move
from forums.agreements.followup.tasks import sweep
from forums.agreements.followup.team import ActionFacts, MemberFacts, ObstacleFacts, VisitFacts
from forums.agreements.models import Project
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.mail.models import Letter
from forums.transaction import transaction
from tests.agreements.making import make_approved, make_project
from tests.cast import Cast, make_edition, make_series

DAY0 = date(2098, 3, 2)
AT0 = datetime(2098, 3, 2, 2, tzinfo=UTC)


def facts(**more: Any) -> Facts:
    usual: dict[str, Any] = {"stage": "approvals", "today": DAY0, "stage_since": DAY0, "visited_on": DAY0}
    return Facts(**(usual | more))


def rung(given: Facts, rules: Any = DEFAULTS) -> list[tuple[str, str, date]]:
    return [(ring.rule, ring.level, ring.since) for ring in rings(given, rules)]


def test_rules_count_days_and_the_rule_of_a_stage_goes_first() -> None:
    assert rung(facts()) == []
    ago = [DAY0 - timedelta(days=n) for n in range(400)]
    assert rung(facts(visited_on=ago[59])) == []
    assert rung(facts(visited_on=ago[60])) == [("no_visit", "yellow", DAY0)]
    assert rung(facts(visited_on=ago[120])) == [("no_visit", "red", DAY0 - timedelta(days=60))]
    assert rung(facts(stage_since=ago[120])) == [("no_progress", "yellow", DAY0)]
    assert rung(facts(stage="started", stage_since=ago[120])) == []
    assert rung(facts(stage="full", stage_since=ago[399], visited_on=ago[399])) == []
    assert rung(facts(stage="terminated", visited_on=ago[399])) == []
    assert rung(facts(stage="stalled", stage_since=ago[30])) == [("paused", "red", DAY0 - timedelta(days=29))]
    late = facts(milestones=(Subject(7, ago[1], "Permit"),), actions=(Subject(8, ago[14], "Call"),))
    assert rung(late) == [("milestone_overdue", "yellow", DAY0), ("action_overdue", "red", ago[13])]
    assert rung(facts(obstacles=(Subject(1, ago[60], "No power"),)), [Rule("obstacle_open", None, 60)]) == [
        ("obstacle_open", "red", DAY0)
    ]
    operating = Rule("no_visit", 10, None, "operating")
    assert rung(facts(stage="operating", visited_on=ago[10]), [*DEFAULTS, operating]) == [("no_visit", "yellow", DAY0)]


def led(edition: Edition, cast: Cast, **more: Any) -> int:
    """A project that the staff lead, with a member who has an address and one who has none; its id."""
    with clock.frozen(AT0):
        project = make_project(edition, cast, **more)
        with transaction():
            row = db.session.get_one(Project, project.id)
            for one in (
                MemberFacts("leader", account=cast.staff),
                MemberFacts("member", name=Bilingual("王工（示例）"), email="wang@example.org"),
                MemberFacts("member", name=Bilingual("李工（示例）")),
                MemberFacts("unit", unit=Bilingual("县发改委（示例）")),
            ):
                team.join(row, one, actor=cast.staff.actor)
        return project.id


def now_is(days: int) -> Any:
    return clock.frozen(AT0 + timedelta(days=days))


def open_rows(project_id: int) -> list[tuple[str, str, date]]:
    db.session.rollback()
    return [(row.rule, row.level, row.since) for row in queries.open_alarms([project_id])]


def test_the_sweep_raises_reddens_and_clears_once(
    edition: Edition, cast: Cast, outbox: Callable[[], list[Letter]]
) -> None:
    project_id = led(edition, cast, stage="started")
    nobodys = make_project(edition, cast).id
    with now_is(59):
        sweep()
        assert (open_rows(project_id), outbox()) == ([], [])
    for _ in range(2):
        with now_is(60):
            sweep()
    assert open_rows(project_id) == [("no_visit", "yellow", DAY0 + timedelta(days=60))]
    assert [(row.letter, row.recipient, row.language) for row in outbox()] == [
        ("project_reminder", "staff@example.org", "en"),
        ("project_reminder", "wang@example.org", "zh"),
    ]
    assert outbox()[1].params["alarms"] == [{"level": "yellow", "words": "60天未走访"}]
    with now_is(66):
        sweep()
        assert len(outbox()) == 2
    with now_is(67):
        sweep()
        assert len(outbox()) == 4
    with now_is(120):
        sweep()
    assert open_rows(project_id) == [("no_visit", "red", DAY0 + timedelta(days=60))]
    assert len(outbox()) == 6
    with now_is(121), transaction():
        row = db.session.get_one(Project, project_id)
        team.record_visit(
            row, VisitFacts(DAY0 + timedelta(days=121), "Wang", "Foundations laid"), actor=cast.staff.actor
        )
    assert open_rows(project_id) == []
    alarm = db.session.scalars(select(Alarm)).one()
    assert alarm.cleared_at == AT0 + timedelta(days=121)
    with now_is(180):
        sweep()
        assert [rule for rule, *_ in open_rows(project_id)] == ["no_progress"]
        assert open_rows(nobodys) == []


def test_a_letter_names_every_reason_and_no_amount(
    edition: Edition, cast: Cast, deliver: Callable[[], list[Any]]
) -> None:
    project_id = led(edition, cast, stage="started", confidential=True)
    with now_is(1), transaction():
        row = db.session.get_one(Project, project_id)
        actor = cast.staff.actor
        team.plan_action(row, ActionFacts("Fetch the permit", DAY0 + timedelta(days=2)), actor=actor)
        team.report_obstacle(row, ObstacleFacts("No power line", DAY0), actor=actor)
        stages.move(row, Move("suspended", DAY0 + timedelta(days=1), "Winter"), actor=actor)
    with now_is(32):
        sweep()
        first, second = deliver()
    assert first["Subject"] == "This project waits: Foil project (synthetic)"
    body = first.get_body(("plain",)).get_content()
    for words in (
        "red: “Suspended” for 31 days",
        "yellow: obstacle open for 32 days: No power line",
        "red: next action overdue by 30 days: Fetch the permit",
        f"/projects/{project_id}/followup",
    ):
        assert words in body, words
    assert "红" in second.get_body(("plain",)).get_content()
    assert "/followup" not in second.get_body(("plain",)).get_content()


def test_a_series_sets_its_own_rules(edition: Edition, cast: Cast) -> None:
    project_id = led(edition, cast, stage="started")
    rules = [Rule("no_visit", 5, 10), Rule("no_progress", None, 20, "started")]
    with now_is(7), transaction():
        alarms.keep_rules(edition.series, rules, seen=0, actor=cast.organizer.actor)
    assert open_rows(project_id) == [("no_visit", "yellow", DAY0 + timedelta(days=5))]
    with pytest.raises(ChangedMeanwhile), transaction():
        alarms.keep_rules(edition.series, rules, seen=0, actor=cast.organizer.actor)
    for wrong in (
        [Rule("no_visit", 9, 8)],
        [Rule("no_visit", 0, 8)],
        [Rule("no_visit", 1, 99999)],
        [Rule("paused", 1, 2, "started")],
        [Rule("x", 1, 2)],
        [Rule("no_visit", 1, 2), Rule("no_visit", 3, 4)],
    ):
        with pytest.raises(Refused), transaction():
            alarms.keep_rules(edition.series, wrong, seen=1, actor=cast.organizer.actor)
    with now_is(20):
        sweep()
    assert [(rule, level) for rule, level, _ in open_rows(project_id)] == [("no_visit", "red"), ("no_progress", "red")]


def test_days_change_where_the_edition_is(cast: Cast) -> None:
    edition = make_edition(make_series("far"), slug="far-2097", zone="Pacific/Auckland")
    row = make_approved(edition, cast)
    with clock.frozen(datetime(2098, 3, 1, 13, tzinfo=UTC)):  # 2 March in Auckland, 1 March in China
        assert queries.today_of(row.project) == date(2098, 3, 2)
