"""A project's stage: one step is plain, a skip has a reason, going back takes two people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from forums import clock
from forums.agreements.drafting import ChangedMeanwhile
from forums.agreements.followup import queries, stages
from forums.agreements.followup.ladder import ASIDE, ORDER, kind_of
from forums.agreements.followup.models import StageChange
from forums.agreements.followup.stages import Move
from forums.agreements.models import Project
from forums.agreements.review import NeedsReason, NotNow, SamePerson
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


def fresh(project: Project) -> Project:
    db.session.rollback()
    return db.session.get_one(Project, project.id)


def move(project: Project, to: str, cast: Cast, reason: str = "", on: date = TODAY, **more: Any) -> StageChange:
    with transaction():
        row = db.session.get_one(Project, project.id)
        return stages.move(row, Move(to, on, reason), actor=more.pop("by", cast.staff).actor, **more)


def test_what_kind_of_step_leads_where() -> None:
    assert [kind_of("contract", "contract", to) for to in ("registered", "started", "talks", "stalled")] == [
        "step", "skip", "reversal", "aside",
    ]  # fmt: skip
    assert [kind_of("stalled", "started", to) for to in ("started", "completed", "full", "talks", "withdrawn")] == [
        "return", "return", "skip", "reversal", "aside",
    ]  # fmt: skip
    for ended in ("withdrawn", "terminated"):
        assert {kind_of(ended, "started", to) for to in (*ORDER, *ASIDE) if to != ended} == {"reversal"}


def test_steps_skips_and_pauses_are_rows_with_reasons(edition: Edition, cast: Cast) -> None:
    project = make_project(edition, cast, stage="contract")
    move(project, "registered", cast, on=TODAY - timedelta(days=9))
    with pytest.raises(NeedsReason):
        move(project, "started", cast)
    with pytest.raises(NeedsReason):
        move(project, "stalled", cast, "  ")
    move(project, "started", cast, "Approvals came with the land", on=TODAY - timedelta(days=3))
    with pytest.raises(Refused):
        move(project, "completed", cast, on=TODAY - timedelta(days=4))
    with pytest.raises(Refused):
        move(project, "completed", cast, on=TODAY + timedelta(days=1))
    with pytest.raises(NotNow):
        move(project, "started", cast)
    with pytest.raises(Refused):
        move(project, "emperor", cast)
    move(project, "stalled", cast, "No money")
    move(project, "suspended", cast, "By order")
    assert (fresh(project).stage, queries.Past.of(fresh(project)).standing(fresh(project))) == ("suspended", "started")
    move(project, "started", cast)
    rows = [(row.kind, row.from_stage, row.to_stage, row.state) for row in reversed(queries.changes_of(fresh(project)))]
    assert rows == [
        ("step", "contract", "registered", "done"),
        ("skip", "registered", "started", "done"),
        ("aside", "started", "stalled", "done"),
        ("aside", "stalled", "suspended", "done"),
        ("return", "suspended", "started", "done"),
    ]


def test_a_reversal_waits_for_a_second_person(edition: Edition, cast: Cast) -> None:
    project = make_project(edition, cast, stage="started")
    with pytest.raises(NeedsReason):
        move(project, "approvals", cast)
    row = move(project, "approvals", cast, "The permit was withdrawn")
    row_id = row.id
    assert (row.state, fresh(project).stage) == ("proposed", "started")
    with pytest.raises(NotNow):
        move(project, "completed", cast)
    with pytest.raises(SamePerson), transaction():
        stages.confirm(fresh(project), seen=row_id, actor=cast.staff.actor)
    with pytest.raises(Refused), transaction():
        stages.withdraw(fresh(project), seen=row_id, actor=cast.organizer.actor)
    with pytest.raises(ChangedMeanwhile), transaction():
        stages.confirm(fresh(project), seen=row_id + 1, actor=cast.organizer.actor)
    with transaction():
        stages.confirm(db.session.get_one(Project, project.id), seen=row_id, actor=cast.organizer.actor)
    assert (fresh(project).stage, queries.Past.of(fresh(project)).proposal) == ("approvals", None)
    with pytest.raises(NotNow), transaction():
        stages.confirm(fresh(project), seen=row_id, actor=cast.organizer.actor)
    for answer, by in ((stages.withdraw, cast.staff), (stages.decline, cast.reviewer)):
        waiting = move(project, "talks", cast, "Again").id
        with transaction():
            answer(db.session.get_one(Project, project.id), seen=waiting, actor=by.actor)
        assert fresh(project).stage == "approvals"
    move(project, "terminated", cast, "Over")
    assert move(project, "approvals", cast, "Bought by another").state == "proposed"


def test_the_database_keeps_the_second_person_and_one_proposal(edition: Edition, cast: Cast) -> None:
    project = make_project(edition, cast, stage="started")
    row_id = move(project, "approvals", cast, "x").id
    for change in (
        f"state = 'done', settled_at = recorded_at, settled_by_id = {cast.staff.id}",
        "state = 'done', settled_at = recorded_at",
        "reason = ''",
        "kind = 'step'",
    ):
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(text(f"UPDATE stage_changes SET {change} WHERE id = {row_id}"))
    twin = StageChange(
        project_id=project.id, from_stage="started", to_stage="talks", resumes_at="talks", kind="reversal",
        state="proposed", changed_on=TODAY, reason="x", recorded_by_id=cast.staff.id,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(twin)


def test_the_pages_move_a_project_and_keep_what_was_typed(edition: Edition, cast: Cast, page: Reader) -> None:
    project_id = make_project(edition, cast, stage="contract").id
    base = f"/office/series/alu/projects/{project_id}"
    page.sign_in(cast.staff)
    form = page.get(f"{base}/stage")
    assert form.find("//select[@name='to']/option[@selected]/@value") == ["registered"]
    sent = {
        "key": form.find("//input[@name='key']/@value")[0],
        "version": form.find("//input[@name='version']/@value")[0],
        "to": "started",
        "on": "2098-05-01",
        "reason": "",
    }
    shown = page.post(f"{base}/stage", sent, expected=200)
    assert "leaves stages out" in shown.words
    assert shown.find("//input[@name='on']/@value") == ["2098-05-01"]
    scan = {"evidence": (BytesIO(PLAIN), "施工许可证.pdf")}
    for _ in range(2):
        page.post(f"{base}/stage", {**sent, "reason": "One permit for all"} | scan)
        scan = {"evidence": (BytesIO(PLAIN), "施工许可证.pdf")}
    (row,) = queries.changes_of(db.session.get_one(Project, project_id))
    assert (row.kind, row.changed_on, row.document and row.document.display_name) == (
        "skip", date(2098, 5, 1), "施工许可证.pdf",
    )  # fmt: skip
    row_id = row.id
    stale = page.post(f"{base}/stage", {**sent, "key": "another", "to": "completed", "reason": "Late"}, expected=200)
    assert "Somebody has changed the stage" in stale.words
    assert stale.find("//textarea[@name='reason']")[0].text.strip() == "Late"
    page.sign_in(cast.auditor)
    assert "One permit for all" in page.get(f"{base}/followup").words
    assert page.get(f"{base}/stages/{row_id}/evidence").response.data == PLAIN
    page.get(f"{base}/stage", expected=403)


def test_two_people_take_a_project_back_on_its_page(edition: Edition, cast: Cast, page: Reader) -> None:
    project_id = make_project(edition, cast, stage="started").id
    base = f"/office/series/alu/projects/{project_id}"
    page.sign_in(cast.staff)
    page.post(f"{base}/stage", {"to": "approvals", "on": "2098-05-04", "reason": "No permit", "version": "0"})
    shown = page.get(f"{base}/followup")
    assert not shown.find("//form[contains(@action, 'confirmation')]")
    seen = shown.find("//form[contains(@action, 'withdrawal')]//input[@name='seen']/@value")[0]
    page.post(f"{base}/reversal/confirmation", {"seen": seen})
    assert "another person confirms" in page.get(f"{base}/followup").words
    page.sign_in(cast.reviewer)
    assert "a stage back, to confirm" in page.get("/office/series/alu/followup").words
    page.post(f"{base}/reversal/confirmation", {"seen": "x"})
    page.post(f"{base}/reversal/confirmation", {"seen": seen})
    assert db.session.get_one(Project, project_id).stage == "approvals"
    page.language = "zh"
    assert "前期" in page.get(f"{base}/followup").words


def test_the_projects_form_does_not_set_the_stage(edition: Edition, cast: Cast, page: Reader) -> None:
    project_id = make_project(edition, cast, stage="started").id
    page.sign_in(cast.staff)
    url = f"/office/series/alu/projects/{project_id}/facts"
    assert not page.get(url).find("//*[@name='stage']")
    page.post(
        url, {"name_zh": "新名（示例）", "segment": "", "origin": "", "channel": "", "stage": "full", "version": "1"}
    )
    assert db.session.get_one(Project, project_id).stage == "started"
