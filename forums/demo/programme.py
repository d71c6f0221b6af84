"""An invented programme for an edition: a plenary, parallel sessions, the signing ceremony and a visit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from forums.activity.models import Actor
from forums.agenda.operations import SessionFacts, add_appearance, create_session
from forums.columns import Bilingual
from forums.directory.operations import find_or_create_organisation
from forums.editions.models import Edition
from forums.experts.models import Expert
from forums.experts.operations import Profile, create_expert

_SURNAMES = ("杨", "朱", "秦", "尤", "许", "何", "吕", "施", "张", "孔", "曹", "严", "华", "金", "魏", "陶", "姜", "戚")
_PINYIN = (
    "Yang", "Zhu", "Qin", "You", "Xu", "He", "Lü", "Shi", "Zhang",
    "Kong", "Cao", "Yan", "Hua", "Jin", "Wei", "Tao", "Jiang", "Qi",
)  # fmt: skip
_TITLES = (Bilingual("教授（示例）", "Professor"), Bilingual("高级工程师（示例）", "Senior engineer"))
_UNITS = (
    Bilingual("示例大学材料学院（示例）", "School of Materials, Sample University (synthetic)"),
    Bilingual("示例铝业研究院（示例）", "Sample Aluminium Institute (synthetic)"),
    Bilingual("示例铝业协会（示例）", "Sample Aluminium Association (synthetic)"),
)

# (day, from, to, hall, kind, Chinese, English, speakers)
_PROGRAMME = (
    (0, "09:00", "10:30", "A", "plenary", "开幕式与主旨报告（示例）", "Opening and keynotes (synthetic)", 3),
    (0, "10:45", "12:00", "A", "ceremony", "项目签约仪式（示例）", "Signing ceremony (synthetic)", 0),
    (
        0,
        "14:00",
        "15:30",
        "A",
        "parallel",
        "铝板带箔工艺与装备（示例）",
        "Rolling sheet, strip and foil (synthetic)",
        2,
    ),
    (0, "14:00", "15:30", "B", "parallel", "再生铝与绿色低碳（示例）", "Recycled aluminium and carbon (synthetic)", 2),
    (
        0,
        "15:45",
        "17:15",
        "B",
        "panel",
        "企业家对话：轻量化的市场（示例）",
        "Panel: markets for light metal (synthetic)",
        3,
    ),
    (1, "09:00", "11:30", "A", "parallel", "新能源用铝（示例）", "Aluminium for new energy (synthetic)", 2),
    (1, "14:00", "16:30", None, "visit", "产业园区考察（示例）", "Visit to the industrial park (synthetic)", 0),
)


class Programme:
    """Plans editions one after the other; experts come back from one year to the next."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.experts: dict[int, Expert] = {}

    def plan(self, edition: Edition, first: int = 0) -> None:
        """The edition's sessions; its speakers are the twelve from number `first` on."""
        halls = {hall.code: hall for hall in edition.halls}
        number = first
        for day, begins, ends, hall, kind, zh, en, speakers in _PROGRAMME:
            on = edition.starts_on + timedelta(days=day)
            facts = SessionFacts(
                title=Bilingual(zh, en),
                kind=kind,
                language="zh",
                starts_at=_moment(edition, on, begins),
                ends_at=_moment(edition, on, ends),
                hall=halls[hall] if hall else None,
                state="published",
            )
            session = create_session(edition, facts, actor=self.actor)
            for _ in range(speakers):
                role = "panelist" if kind == "panel" else "speaker"
                add_appearance(session, self._expert(number), role=role, actor=self.actor)
                number += 1

    def _expert(self, number: int) -> Expert:
        if number not in self.experts:
            zh, en = _SURNAMES[number % len(_SURNAMES)], _PINYIN[number % len(_PINYIN)]
            name = Bilingual(f"{zh}示例专家{number + 1:02}", f"{en} Sample Expert {number + 1:02}")
            bio = Bilingual("虚构的专家，仅供演示。", "An invented expert, for demonstration.")
            unit = find_or_create_organisation(_UNITS[number % 3], synthetic=True)
            profile = Profile(name, _TITLES[number % 2], unit.name, bio)
            self.experts[number] = create_expert(profile, synthetic=True, actor=self.actor)
        return self.experts[number]


def _moment(edition: Edition, on: date, clock_time: str) -> datetime:
    return datetime.combine(on, time.fromisoformat(clock_time), tzinfo=edition.tz).astimezone(UTC)
