"""Who came to the five editions: fewer people than visits, because some came back and some stayed two days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from forums.activity.models import Actor
from forums.columns import Bilingual
from forums.directory.models import Person
from forums.directory.operations import find_or_create_person
from forums.editions.models import Edition
from forums.registrations.history import Attendee, record_attendance_history

_SURNAMES = (
    ("赵", "Zhao"), ("钱", "Qian"), ("孙", "Sun"), ("李", "Li"), ("周", "Zhou"), ("吴", "Wu"), ("郑", "Zheng"),
    ("王", "Wang"), ("冯", "Feng"), ("陈", "Chen"), ("褚", "Chu"), ("卫", "Wei"), ("蒋", "Jiang"), ("沈", "Shen"),
)  # fmt: skip
_UNITS = ("示例铝业协会", "示例大学材料学院", "示例铝箔有限公司", "示例研究院", "示例装备有限公司", "示例投资促进中心")
_TITLES = ("总经理（示例）", "工程师（示例）", "教授（示例）", "企业家（示例）", "研究员（示例）")
# From the first to the last of each edition's people, who are numbered through all five.
_CAME = ((0, 160), (110, 280), (220, 410), (330, 520), (440, 640))


def record_all(editions: Sequence[Edition], *, actor: Actor) -> int:
    """Write who came to the five editions; how many people they are."""
    people = [_person(number) for number in range(1, _CAME[-1][1] + 1)]
    for edition, (first, last) in zip(editions, _CAME, strict=True):
        attendees = [_attendee(edition, people[index], index) for index in range(first, last)]
        record_attendance_history(edition, attendees, actor=actor)
    return len(people)


def _person(number: int) -> Person:
    zh, en = _SURNAMES[number % len(_SURNAMES)]
    return find_or_create_person(Bilingual(f"{zh}示例{number:03}", f"{en} Sample {number:03}"), synthetic=True)


def _attendee(edition: Edition, person: Person, index: int) -> Attendee:
    """Every third stays for the second day."""
    days = [edition.starts_on + timedelta(days=day) for day in range(2 if index % 3 == 0 else 1)]
    return Attendee(person, days, organisation=_UNITS[index % len(_UNITS)], title=_TITLES[index % len(_TITLES)])
