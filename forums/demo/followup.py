"""A dozen of the invented projects after their signing: eight operate, two are built, one stalled and one is late.

As of the last day here two alarms ring. Nobody reminds anybody while the data is loaded; the beat does, once it runs.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

from forums import clock
from forums.accounts.models import Account
from forums.agreements.followup import alarms, amounts, milestones, stages, team
from forums.agreements.followup.amounts import ReportFacts
from forums.agreements.followup.milestones import MilestoneFacts, Verdict
from forums.agreements.followup.queries import team_of
from forums.agreements.followup.stages import Move
from forums.agreements.followup.team import ActionFacts, MemberFacts, ObstacleFacts, VisitFacts
from forums.agreements.models import Project
from forums.columns import Bilingual
from forums.demo.scan import sample_pdf
from forums.demo.staff import Staff
from forums.documents.operations import PDF, Arrival, keep, receive
from forums.extensions import db

LAST_DAY = date(2021, 6, 30)
_UNITS = (
    Bilingual("示例县发展改革委（示例）", "Sample Development Commission (synthetic)"),
    Bilingual("示例县自然资源局（示例）", "Sample Land Bureau (synthetic)"),
    Bilingual("示例县招商服务中心（示例）", "Sample Investment Service (synthetic)"),
)
_PEOPLE = (
    Bilingual("示例专员甲（示例）", "Sample Officer A (synthetic)"),
    Bilingual("示例专员乙（示例）", "Sample Officer B (synthetic)"),
    Bilingual("示例专员丙（示例）", "Sample Officer C (synthetic)"),
)


@dataclass(frozen=True)
class Way:
    """How far a project has come: months after the team was set up in which it reached each stage."""

    number: int
    set_up: date
    reached: tuple[tuple[str, int], ...]
    inbound: str = ""
    paid: tuple[str, ...] = ()
    seen_on: date | None = None


_FAR = (("registered", 1), ("approvals", 2), ("started", 5), ("completed", 14), ("operating", 16))
_WAYS = (
    Way(1, date(2016, 10, 10), (*_FAR, ("full", 24)), "12亿元", ("6亿元", "5亿元")),
    Way(2, date(2016, 10, 12), (*_FAR, ("full", 26)), "7亿元", ("7亿元",)),
    Way(4, date(2016, 10, 17), _FAR, "10亿元", ("4.5亿元",)),
    Way(5, date(2018, 10, 8), _FAR),
    Way(8, date(2017, 10, 9), _FAR),
    Way(9, date(2017, 10, 11), _FAR),
    Way(12, date(2017, 10, 16), (*_FAR, ("full", 27))),
    Way(16, date(2018, 10, 10), _FAR, "20亿元", ("8亿元", "3.2亿元")),
    Way(25, date(2019, 10, 8), (*_FAR[:2], ("started", 12), ("completed", 18)), seen_on=date(2021, 5, 20)),
    Way(29, date(2019, 10, 10), (*_FAR[:2], ("started", 17)), seen_on=date(2021, 5, 21)),
)


@dataclass
class Follower:
    """Enters what a team does, each thing at ten in the morning of its day."""

    staff: Staff
    account: Account
    voucher: Arrival

    def set_up(self, project: Project, day: date, number: int) -> None:
        facts = (
            MemberFacts("leader", account=self.account),
            MemberFacts("member", name=_PEOPLE[number % 3], duty="项目专班联络 · Liaison"),
            MemberFacts("unit", unit=_UNITS[number % 3]),
        )
        with _at(day):
            for one in facts:
                team.join(project, one, actor=self.staff.drafter)

    def reach(self, project: Project, stage: str, day: date) -> None:
        with _at(day):
            stages.move(project, Move(stage, day), actor=self.staff.drafter)

    def meet(self, project: Project, stage: str, planned: date, day: date) -> None:
        """A milestone that was planned and met, which moves the project."""
        with _at(day):
            row = milestones.plan(project, MilestoneFacts(planned, stage), actor=self.staff.drafter)
            milestones.judge(project, row, Verdict("met", day), seen=1, actor=self.staff.drafter)

    def visit(self, project: Project, day: date, outcome: str) -> None:
        with _at(day):
            team.record_visit(project, VisitFacts(day, self.account.name, outcome), actor=self.staff.drafter)

    def pay(self, project: Project, basis: str, amount: str, day: date) -> None:
        """An amount that one person reports and two more check."""
        agreement = next(row for row in project.agreements if row.review in {"approved", "locked"})
        with _at(day):
            paper = keep(self.voucher, kind="evidence", actor=self.staff.drafter, series=project.series)
            row = amounts.report(
                project, ReportFacts(agreement, basis, amount, day, document=paper), actor=self.staff.drafter
            )
            amounts.verify(project, row, seen=1, actor=self.staff.verifier)
            amounts.approve(project, row, seen=2, actor=self.staff.approver)


def follow_up(projects: dict[int, Project], staff: Staff) -> None:
    """`projects` by their numbers in the invented list."""
    page = BytesIO(sample_pdf("Synthetic voucher of capital that was paid in"))
    voucher = receive(page, display_name="进账凭证（示例）.pdf", allowed=(PDF,))
    follower = Follower(staff, db.session.get_one(Account, staff.drafter.account_id), voucher)
    for way in _WAYS:
        _walk(projects[way.number], way, follower)
    _stalled(projects[19], follower)
    _late(projects[34], follower)
    with _at(LAST_DAY):
        alarms.refresh([project.id for project in projects.values()])


def _walk(project: Project, way: Way, follower: Follower) -> None:
    follower.set_up(project, way.set_up, way.number)
    for stage, months in way.reached:
        day = _later(way.set_up, months)
        if stage in {"started", "operating"}:
            follower.meet(project, stage, day + timedelta(days=10), day)
        else:
            follower.reach(project, stage, day)
        if stage == "started":
            follower.visit(project, day, "桩基完成，设备已订购。 Foundations are in, machines are ordered.")
    if way.seen_on:
        follower.visit(project, way.seen_on, "按计划推进。 As planned.")
    if way.inbound:
        follower.pay(project, "contracted_inbound", way.inbound, _later(way.set_up, 1))
    for number, amount in enumerate(way.paid):
        follower.pay(project, "paid_in", amount, _later(way.set_up, 6 + 6 * number))


def _stalled(project: Project, follower: Follower) -> None:
    """Building until the power line failed to come: yellow for being stalled."""
    follower.set_up(project, date(2018, 10, 15), 19)
    for stage, day in (("registered", date(2018, 12, 3)), ("approvals", date(2019, 3, 4))):
        follower.reach(project, stage, day)
    follower.meet(project, "started", date(2019, 9, 2), date(2019, 9, 30))
    why = "高压线路迁改未定。 The high-voltage line has no new route yet."
    with _at(date(2021, 6, 5)):
        owner = team_of(project)[1].id
        facts = ObstacleFacts(why, date(2021, 6, 5), owner, date(2021, 7, 31))
        team.report_obstacle(project, facts, actor=follower.staff.drafter)
    follower.visit(project, date(2021, 6, 8), "与供电公司现场会商。 Met the power company on site.")
    with _at(date(2021, 6, 10)):
        stages.move(project, Move("stalled", date(2021, 6, 10), why), actor=follower.staff.drafter)
        action = ActionFacts("取得线路迁改批复。 Get the new route approved.", date(2021, 7, 15), owner)
        team.plan_action(project, action, actor=follower.staff.drafter)


def _late(project: Project, follower: Follower) -> None:
    """Still in approvals after the day on which it was to start: red for the milestone."""
    follower.set_up(project, date(2020, 11, 9), 34)
    follower.reach(project, "registered", date(2021, 1, 11))
    follower.reach(project, "approvals", date(2021, 3, 15))
    with _at(date(2021, 3, 15)):
        milestones.plan(project, MilestoneFacts(date(2021, 5, 20), "started"), actor=follower.staff.drafter)
        action = ActionFacts("补正环评材料。 Complete the environmental papers.", date(2021, 7, 9))
        team.plan_action(project, action, actor=follower.staff.drafter)
    follower.visit(project, date(2021, 6, 2), "环评待补正，其余手续齐备。 Only the environmental papers are missing.")


def _at(day: date) -> AbstractContextManager[None]:
    return clock.frozen(datetime.combine(day, time(2, 0), tzinfo=UTC))


def _later(day: date, months: int) -> date:
    """The same day some months on; the days here are short enough for every month."""
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1)
