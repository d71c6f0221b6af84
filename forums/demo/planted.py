"""What real registers are full of, planted among the 41 projects: none of it may move the totals.

Signed again, made firm, increased, another investor, a framework and its contract, duplicates under other names,
intentions, cooperation, a cancellation, and agreements that are still under review.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from forums.agreements import drafting, proposals, review
from forums.agreements.duplicates.operations import decide
from forums.agreements.models import Agreement, Project
from forums.columns import Bilingual
from forums.demo.codes import credit_code
from forums.demo.projects import Invented
from forums.demo.signing import Ceremony, agreement_facts

TOLD_ELSEWHERE = {5, 8, 11, 17, 36}
"""Projects whose story is longer than one signing."""


@dataclass
class Register:
    """Everything signed so far, by the project's number."""

    rows: dict[int, Invented]
    segments: dict[str, int]
    projects: dict[int, Project] = field(default_factory=dict)
    signed: dict[int, Agreement] = field(default_factory=dict)

    def sign(self, at: Ceremony, number: int, amount: str, **more: Any) -> Agreement:
        """An agreement of the numbered project, which is made when it is new."""
        if number not in self.projects:
            self.projects[number] = at.project(self.rows[number].facts(self.segments))
        row = at.sign(self.projects[number], amount, **more)
        self.signed.setdefault(number, row)
        return row

    def other(self, at: Ceremony, number: int, zh: str, en: str, **more: Any) -> Project:
        """A project beside the 41."""
        base = self.rows[1].facts(self.segments)
        told: dict[str, Any] = {
            "name": Bilingual(f"{zh}（示例{number}）", f"{en} (synthetic {number})"),
            "enterprise": Bilingual(f"示例铝企{number}有限公司", f"Sample Aluminium Company {number} (synthetic)"),
            "credit_code": credit_code(number),
            "channel": "forum",
        }
        facts = replace(base, **(told | more))
        return at.project(facts)

    def duplicate(
        self, at: Ceremony, number: int, *, name: Bilingual, enterprise: Bilingual, code: str, why: str
    ) -> None:
        """The numbered project entered once more under another name, approved, and then set aside."""
        original = self.projects[number]
        facts = replace(self.rows[number].facts(self.segments), name=name, enterprise=enterprise, credit_code=code)
        twin = at.project(facts)
        at.sign(twin, self.rows[number].amount)
        with at.days_after(20):
            decide(twin, original, "same", stands=original, reason=why, actor=at.staff.verifier)


def _in_2016(register: Register, at: Ceremony) -> None:
    register.sign(at, 5, "6.5亿元", kind="intent", binding="intention")
    register.sign(at, 17, "10亿元")


def _in_2017(register: Register, at: Ceremony) -> None:
    register.sign(at, 8, "17亿元")
    register.sign(at, 11, "9亿元", kind="intent", binding="intention")
    register.sign(at, 1, "15亿元", relation="again", earlier_id=register.signed[1].id)
    sold = at.sign(register.other(at, 61, "铝箔包装", "Foil packaging"), "8亿元")
    why = "示例：用地未落实。Synthetic: no site was found."
    with at.days_after(160):
        row = proposals.propose(
            sold, "cancellation", day=date(2018, 3, 1), reason=why, version=sold.version, actor=at.staff.drafter
        )
        proposals.confirm(row, version=sold.version, actor=at.staff.verifier)


def _in_2018(register: Register, at: Ceremony) -> None:
    register.sign(at, 5, "65000万元", relation="upgrade", earlier_id=register.signed[5].id)
    register.sign(at, 17, "13亿元", relation="investor_change", earlier_id=register.signed[17].id)
    register.duplicate(
        at, 9,
        name=Bilingual("钎焊复合板（示例０９）", "Brazing clad sheet (synthetic ０９)"),
        enterprise=Bilingual("示例铝企０９有限公司", "Sample Aluminium Company ０９ (synthetic)"), code="",
        why="全角数字与括号，同一企业、同一项目。 Full-width digits and brackets: the same firm and project.",
    )  # fmt: skip
    register.duplicate(
        at, 18,
        name=Bilingual("药用与食品包装铝箔一期（示例18）", "Foil for medicine and food, phase one (synthetic 18)"),
        enterprise=Bilingual("示例铝企18有限公司", "Sample Aluminium Company 18 (synthetic)"), code=credit_code(18),
        why="“一期”即该项目本身。 “Phase one” is the project itself: one credit code, one site.",
    )  # fmt: skip
    cooperation = register.other(at, 62, "铝箔轧制油研究", "Research on rolling oil")
    at.sign(cooperation, "800万元", kind="technical", binding="agreement", basis="technology")


def _in_2019(register: Register, at: Ceremony) -> None:
    register.sign(at, 11, "11亿元", relation="upgrade", earlier_id=register.signed[11].id)
    register.sign(at, 36, "7.5亿元", kind="framework", binding="agreement")
    register.sign(at, 1, "15亿元", relation="again", earlier_id=register.signed[1].id)
    at.sign(register.other(at, 63, "铝基储氢容器", "Hydrogen vessels"), "5亿元", kind="intent", binding="intention")
    cooperation = register.other(at, 64, "板形控制合作", "Cooperation on flatness control")
    at.sign(cooperation, "", kind="technical", binding="agreement", basis="technology")


def _in_2020(register: Register, at: Ceremony) -> None:
    register.sign(at, 8, "3亿元", kind="supplementary", relation="increase", earlier_id=register.signed[8].id)
    register.sign(at, 36, "7.5亿元", relation="again", earlier_id=register.signed[36].id)
    register.sign(at, 16, "27.2亿元", relation="again", earlier_id=register.signed[16].id)
    register.sign(at, 32, "3亿元", relation="again", earlier_id=register.signed[32].id)
    register.duplicate(
        at, 25,
        name=Bilingual("铝板带冷轧与精整项目(示例25)", "Cold rolling and finishing project (synthetic 25)"),
        enterprise=Bilingual("示例铝企25有限公司", "Sample Aluminium Company 25 (synthetic)"), code=credit_code(25),
        why="多“项目”二字，信用代码相同。 Only the word “project” is added; the credit code is the same.",
    )  # fmt: skip
    register.duplicate(
        at, 33,
        name=Bilingual("电池托盘（示例33）", "Battery trays (synthetic 33)"),
        enterprise=Bilingual("示例铝企33有限公司", "Sample Aluminium Company 33 (synthetic)"), code=credit_code(33),
        why="上届已签约并录入。 Signed and entered at the last edition already.",
    )  # fmt: skip
    at.sign(register.other(at, 65, "铝空气电池", "Aluminium-air batteries"), "", kind="intent", binding="intention")
    at.sign(register.other(at, 66, "铝箔回收网", "Foil recovery"), "1.2亿元", kind="intent", binding="intention")
    cooperation = register.other(at, 67, "绿色低碳检测", "Low-carbon testing")
    at.sign(cooperation, "500万元", kind="technical", binding="agreement", basis="technology")
    _leave_under_review(register, at)


def _leave_under_review(register: Register, at: Ceremony) -> None:
    """One agreement in each state before approval: what stands beside the headline as not yet verified."""
    at.draft(register.other(at, 71, "铝制家具", "Aluminium furniture"), "3亿元")
    # Nobody has decided yet whether this is a phase of the 18th, an increase or the same.
    firm = {"enterprise": register.rows[18].facts(register.segments).enterprise, "credit_code": credit_code(18)}
    undecided = register.other(at, 72, "藥用與食品包裝鋁箔二期", "Foil for medicine and food, phase two", **firm)
    at.review(at.draft(undecided, "2.5亿元"), until="submitted")
    at.review(at.draft(register.other(at, 73, "铝粉体", "Aluminium powder"), "1亿元"), until="verified")
    project = register.other(at, 74, "铝电缆", "Aluminium cable")
    row = at.review(at.draft(project, "40亿元"), until="submitted")
    comment = "扫描件第二页为4亿元，请核对。 Page two of the scan says 4亿元: please check."
    with at.days_after(5):
        review.give_back(row, comment=comment, version=row.version, actor=at.staff.verifier)
    facts = agreement_facts(project, at.edition.starts_on, "4亿元", row.signings[0].position)
    facts = replace(facts, number=row.number)
    why = "原录入多一个零。 A zero too many."
    with at.days_after(6):
        drafting.revise(row, facts, version=row.version, reason=why, actor=at.staff.drafter)


_STORIES: dict[int, Callable[[Register, Ceremony], None]] = {
    2016: _in_2016,
    2017: _in_2017,
    2018: _in_2018,
    2019: _in_2019,
    2020: _in_2020,
}


def sign_planted(year: int, register: Register, at: Ceremony) -> None:
    """What is planted at the year's ceremony, after its plain signings."""
    _STORIES[year](register, at)
