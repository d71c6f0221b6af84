"""The invented guests of the edition that is going on: names, units, provinces, and ways to reach nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forums.columns import Bilingual
from forums.directory.models import Person
from forums.directory.operations import find_or_create_person
from forums.registrations.operations import Applicant

_SURNAMES = "毕谢邹喻柏水窦章云苏潘葛范彭鲁韦马苗方俞任袁柳唐罗薛雷贺倪汤殷"
_GIVEN = ("晓明", "静", "建国", "思远", "丽华", "志强", "雨桐", "海燕", "文博", "秀英", "子涵", "国栋")
_ABROAD = ("Ann Sample", "Bruno Sample", "Chiara Sample", "Dieter Sample", "Elena Sample")
_UNITS = (
    "示例铝箔有限公司",
    "示例再生金属有限公司",
    "示例大学材料学院",
    "示例轻量化研究院",
    "示例铝业协会",
    "示例汽车零部件有限公司",
    "示例产业投资基金",
)
_TITLES = ("总经理（示例）", "工程师（示例）", "教授（示例）", "采购经理（示例）", "研究员（示例）")
_REGIONS = ("34", "32", "31", "33", "41", "37", "34", "44", "34")


@dataclass(frozen=True)
class Guest:
    """Somebody invented, with the directory's record, made before any place is claimed."""

    applicant: Applicant
    person: Person


def guests(*, with_email: bool = True) -> Iterator[Guest]:
    """One guest after the other, each another; every eighth is from abroad and writes English."""
    number = 0
    while True:
        number += 1
        yield _guest(number, with_email=with_email)


def _guest(number: int, *, with_email: bool) -> Guest:
    letters = "g" if with_email else "w"
    phone = f"1990000{number:04}" if with_email else f"1990001{number:04}"
    abroad = with_email and number % 8 == 0
    if abroad:
        name = f"{_ABROAD[number // 8 % len(_ABROAD)]} {number} (synthetic)"
    else:
        turn = number if with_email else number + 200
        name = f"{_SURNAMES[turn * 7 % len(_SURNAMES)]}{_GIVEN[turn * 5 % len(_GIVEN)]}（示例）"
    applicant = Applicant(
        name,
        f"{letters}{number:02}@guests.example.org" if with_email else None,
        phone=phone,
        organisation="Sample Mills (synthetic)" if abroad else _UNITS[number % len(_UNITS)],
        title="Engineer (synthetic)" if abroad else _TITLES[number % len(_TITLES)],
        region="abroad" if abroad else _REGIONS[number % len(_REGIONS)],
        language="en" if abroad else "zh",
    )
    known_as = Bilingual(en=name) if abroad else Bilingual(name)
    person = find_or_create_person(known_as, email=applicant.email, phone=applicant.phone, synthetic=True)
    return Guest(applicant, person)
