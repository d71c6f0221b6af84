"""One project, one team: members, next actions, visits, obstacles and milestones, by operations and on pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from forums import clock
from forums.agreements import review
from forums.agreements.drafting import ChangedMeanwhile
from forums.agreements.followup import milestones, queries, team
from forums.agreements.followup.milestones import MilestoneFacts, Verdict
from forums.agreements.followup.models import Milestone, NextAction, Obstacle, TeamMember, Visit
from forums.agreements.followup.team import ActionFacts, MemberFacts, VisitFacts
from forums.agreements.models import Project
from forums.agreements.review import NeedsReason, NotNow
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import make_project
from tests.cast import Cast
from tests.client import Reader
from tests.documents.hostile import PLAIN

TODAY = date(2098, 5, 4)
NOW = datetime(2098, 5, 4, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _stopped_clock() -> Any:
    with clock.frozen(NOW):
        yield


def fresh(project_id: int) -> Project:
    db.session.rollback()
    return db.session.get_one(Project, project_id)


def test_one_leader_at_a_time_and_nobody_twice(edition: Edition, cast: Cast) -> None:
    project_id = make_project(edition, cast).id
    wang = MemberFacts("member", name=Bilingual("王工（示例）"), email="wang@example.org", unit=Bilingual("县招商局"))
    joins = (
        MemberFacts("leader", account=cast.staff), wang, wang, MemberFacts("unit", unit=Bilingual("县发改委（示例）")),
        MemberFacts("leader", account=cast.organizer, duty="Land"), MemberFacts("member", name=Bilingual("李工")),
        MemberFacts("member", name=Bilingual("李工")),
    )  # fmt: skip
    for facts in joins:
        with transaction():
            team.join(fresh_in(project_id), facts, actor=cast.staff.actor)
    rows = [(row.role, row.name.zh, row.duty) for row in queries.team_of(fresh(project_id))]
    assert rows == [
        ("leader", "Organizer (synthetic)", "Land"), ("member", "Staff (synthetic)", ""),
        ("member", "王工（示例）", ""), ("member", "李工", ""), ("unit", "县发改委（示例）", ""),
    ]  # fmt: skip
    for wrong in (MemberFacts("member"), MemberFacts("unit")):
        with pytest.raises(Refused), transaction():
            team.join(fresh_in(project_id), wrong, actor=cast.staff.actor)
    with transaction():
        row = fresh_in(project_id)
        team.leave(row, queries.team_of(row)[0], actor=cast.staff.actor)
    assert [row.role for row in queries.team_of(fresh(project_id))] == ["member", "member", "member", "unit"]


def fresh_in(project_id: int) -> Project:
    return db.session.get_one(Project, project_id)


def test_a_met_milestone_moves_the_project_one_step_or_says_why(edition: Edition, cast: Cast) -> None:
    project_id, actor = make_project(edition, cast, stage="contract").id, cast.staff.actor

    def judged(stage: str, state: str = "met", note: str = "", on: date = TODAY) -> bool:
        with transaction():
            row = fresh_in(project_id)
            made = milestones.plan(row, MilestoneFacts(TODAY, stage), actor=actor)
        with transaction():
            row = fresh_in(project_id)
            made = db.session.get_one(Milestone, made.id)
            return milestones.judge(row, made, Verdict(state, on, note), seen=made.version, actor=actor)

    assert judged("registered", on=TODAY - timedelta(days=3)) is True
    (change,) = queries.changes_of(fresh(project_id))
    assert (change.kind, change.changed_on, change.milestone_id) == ("step", TODAY - timedelta(days=3), 1)
    assert judged("started") is False
    project = fresh(project_id)
    suggested = milestones.suggestion(project, queries.milestones_of(project))
    assert (project.stage, suggested and suggested.stage) == ("registered", "started")
    assert judged("started", note="Approvals were waived") is True
    assert fresh(project_id).stage == "started"
    assert judged("approvals") is False
    with pytest.raises(NeedsReason):
        judged("completed", "not_met")
    with pytest.raises(Refused):
        judged("completed", on=TODAY + timedelta(days=1))
    assert judged("completed", "partial", "Half of the halls") is False
    assert fresh(project_id).stage == "started"


def test_late_saves_are_told_and_what_is_over_stands_still(edition: Edition, cast: Cast) -> None:
    project_id, actor = make_project(edition, cast).id, cast.staff.actor
    with transaction():
        row = team.plan_action(fresh_in(project_id), ActionFacts("Call", TODAY), key="k", actor=actor)
        again = team.plan_action(fresh_in(project_id), ActionFacts("Call", TODAY), key="k", actor=actor)
        assert again is row
    row_id = row.id
    with transaction():
        project, action = fresh_in(project_id), db.session.get_one(NextAction, row_id)
        team.change_action(project, action, ActionFacts("Write", TODAY), seen=1, actor=actor)
        with pytest.raises(ChangedMeanwhile):
            team.change_action(project, action, ActionFacts("Wait", TODAY), seen=1, actor=actor)
        team.finish_action(project, action, on=TODAY, outcome="Answered", seen=2, actor=actor)
        with pytest.raises(NotNow):
            team.change_action(project, action, ActionFacts("Wait", TODAY), seen=3, actor=actor)
        with pytest.raises(Refused):
            team.record_visit(project, VisitFacts(TODAY + timedelta(days=1), "Wang", "x"), actor=actor)
        with pytest.raises(Refused):
            team.plan_action(project, ActionFacts("Wait", TODAY, owner_id=77), actor=actor)
    assert db.session.get_one(NextAction, row_id).what == "Write"


def test_nothing_is_entered_for_a_project_that_is_set_aside(edition: Edition, cast: Cast) -> None:
    project_id, into = make_project(edition, cast).id, make_project(edition, cast, "另一项目（示例）").id
    with transaction():
        review.set_aside(fresh_in(project_id), fresh_in(into), reason="Same", actor=cast.reviewer.actor)
    with pytest.raises(NotNow), transaction():
        team.record_visit(fresh_in(project_id), VisitFacts(TODAY, "Wang", "x"), actor=cast.staff.actor)
    with pytest.raises(NotNow), transaction():
        team.join(fresh_in(project_id), MemberFacts("leader", account=cast.staff), actor=cast.staff.actor)


def test_the_page_takes_all_that_a_team_does(edition: Edition, cast: Cast, page: Reader) -> None:
    project_id = make_project(edition, cast, stage="approvals").id
    base = f"/office/series/alu/projects/{project_id}"
    page.sign_in(cast.staff)
    assert "Nobody follows this project up yet" in page.get(f"{base}/followup").words
    joined = {"role": "leader", "account": str(cast.staff.id), "name_zh": "", "email": ""}
    page.post(f"{base}/team/new", {**joined, "account": "999"}, expected=200)
    page.post(f"{base}/team/new", joined)
    wrong = page.post(
        f"{base}/team/new", {"role": "member", "account": "", "name_zh": "王工", "email": "x"}, expected=200
    )
    assert wrong.find("//input[@name='name_zh']/@value") == ["王工"]
    owner = str(db.session.scalars(select(TeamMember.id)).one())
    forms: list[tuple[str, dict[str, str]]] = [
        ("actions/new", {"what": "Fetch the permit", "due_on": "2098-05-01", "owner": owner, "key": "a"}),
        ("visits/new", {"on": "2098-05-02", "visitors": "Staff, Wang", "outcome": "Site levelled", "key": "b"}),
        ("obstacles/new", {"problem": "No power", "found_on": "2098-03-01", "owner": owner, "due_on": "", "key": "c"}),
        ("milestones/new", {"stage": "started", "title": "", "due_on": "2098-05-03", "key": "d"}),
    ]  # fmt: skip
    for where, sent in forms:
        page.get(f"{base}/{where}")
        for _ in range(2):
            page.post(f"{base}/{where}", sent)
        kept = page.post(f"{base}/{where}", {**sent, "due_on": "x", "on": "x", "found_on": "x"}, expected=200)
        assert all(value in kept.text for name, value in sent.items() if name in {"what", "outcome", "problem"})
    shown = page.get(f"{base}/followup")
    for words in (
        "Fetch the permit", "Site levelled", "No power", "next action overdue by 3 days",
        "milestone “Started” overdue by 1 day", "red obstacle open for 64 days",
    ):  # fmt: skip
        assert words in shown.words, words
    permit = {"evidence": (BytesIO(PLAIN), "施工许可证.pdf")}
    page.post(f"{base}/milestones/1/verdict", {"state": "met", "on": "2098-05-03", "note": "", "version": "1"} | permit)
    assert "The stage is Started now" in page.get(f"{base}/followup").words
    assert page.get(f"{base}/milestones/1/evidence").response.data == PLAIN
    stale = page.post(
        f"{base}/milestones/1/verdict", {"state": "not_met", "note": "Late", "version": "1"}, expected=200
    )
    assert "Somebody has changed this" in stale.words
    assert stale.find("//textarea[@name='note']")[0].text.strip() == "Late"
    assert stale.find("//select[@name='state']/option[@selected]/@value") == ["not_met"]
    assert stale.find("//input[@name='version']/@value") == ["2"]
    for where, sent in (
        ("actions/1/completion", {"on": "2098-05-04", "outcome": "It came"}),
        ("obstacles/1/resolution", {"on": "2098-05-04", "how": "A line was laid"}),
        ("visits/1", {"on": "2098-05-03", "visitors": "Wang", "outcome": "Corrected"}),
        ("milestones/1", {"stage": "started", "title": "Ground broken", "due_on": "2098-05-03"}),
    ):
        version = page.get(f"{base}/{where}").find("//input[@name='version']/@value")[0]
        page.post(f"{base}/{where}", {**sent, "version": version})
    page.language = "zh"
    shown = page.get(f"{base}/followup")
    for words in ("It came", "A line was laid", "Corrected", "Ground broken", "解除情况"):
        assert words in shown.words, words
    assert not shown.find("//*[@id='alarms']")
    page.post(f"{base}/team/{owner}/departure")
    for model in (NextAction, Visit, Obstacle, Milestone, TeamMember):
        assert len(db.session.scalars(select(model)).all()) == 1, model
    page.sign_in(cast.auditor)
    assert not page.get(f"{base}/followup").find("//main//form")
    page.post(f"{base}/visits/new", expected=403)
    page.sign_in(cast.outsider).get(f"{base}/followup", expected=404)
