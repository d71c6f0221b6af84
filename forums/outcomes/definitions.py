"""What each figure counts. The ids are for ever; a change of meaning raises VERSION, which every snapshot names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forums.columns import Bilingual

VERSION = 1

Unit = Literal["editions", "persons", "person-times", "sessions", "projects", "yuan", "agreements"]

UNITS: dict[Unit, Bilingual] = {
    "editions": Bilingual("届", "editions"),
    "persons": Bilingual("人", "persons"),
    "person-times": Bilingual("人次", "person-times"),
    "sessions": Bilingual("场", "sessions"),
    "projects": Bilingual("个", "projects"),
    "yuan": Bilingual("元", "yuan"),
    "agreements": Bilingual("份", "agreements"),
}


@dataclass(frozen=True)
class Definition:
    """A figure's name, unit and basis: what is in it and what is not. Amounts are kept in fen and shown in yuan."""

    id: str
    label: Bilingual
    unit: Unit
    basis: Bilingual

    @property
    def is_amount(self) -> bool:
        return self.unit == "yuan"

    @property
    def unit_words(self) -> Bilingual:
        return UNITS[self.unit]


_ALL = (
    Definition(
        "editions",
        Bilingual("届数", "Editions"),
        "editions",
        Bilingual(
            "已发布、已结束或已归档的届次，草稿不计", "Editions that are published, closed or archived; no drafts"
        ),
    ),
    Definition(
        "persons_checked_in",
        Bilingual("签到人数", "Persons checked in"),
        "persons",
        Bilingual(
            "至少签到一次的不同人员，多届只计一次", "Different people checked in at least once; once over all editions"
        ),
    ),
    Definition(
        "person_times_checked_in",
        Bilingual("签到人次", "Person-times checked in"),
        "person-times",
        Bilingual("一人一天计一人次，同日重复签到不计", "One person on one day, however often the door was passed"),
    ),
    Definition(
        "experts",
        Bilingual("专家", "Experts"),
        "persons",
        Bilingual(
            "议程中未取消场次的不同嘉宾，多届只计一次",
            "Different people in sessions that were not cancelled; once over all editions",
        ),
    ),
    Definition(
        "sessions",
        Bilingual("议程场次", "Sessions"),
        "sessions",
        Bilingual("议程中未取消的场次", "Sessions of the agenda that were not cancelled"),
    ),
    Definition(
        "projects_signed",
        Bilingual("签约项目", "Projects signed"),
        "projects",
        Bilingual(
            "已批准的合同与协议，按首次签约计一次，意向不计",
            "Approved contracts and agreements, each project once at its first signing; no intentions",
        ),
    ),
    Definition(
        "amount_signed_total",
        Bilingual("签约总投资", "Total investment signed"),
        "yuan",
        Bilingual(
            "签约项目的总投资口径，未披露不计为零，外币不折算",
            "Total investment of the projects signed; undisclosed is not zero, other currencies are not converted",
        ),
    ),
    Definition(
        "projects_intended",
        Bilingual("意向项目", "Projects intended"),
        "projects",
        Bilingual(
            "已批准的意向，尚未转为合同或协议，不计入签约",
            "Approved intentions that no contract or agreement has followed; never among those signed",
        ),
    ),
    Definition(
        "amount_intended",
        Bilingual("意向总投资", "Total investment intended"),
        "yuan",
        Bilingual(
            "意向项目的总投资口径，不计入签约总投资", "Total investment of the intentions; never added to that signed"
        ),
    ),
    Definition(
        "agreements_technical",
        Bilingual("技术合作协议", "Technical cooperation agreements"),
        "agreements",
        Bilingual(
            "已批准的技术合作类协议，单列，不计为项目", "Approved technical cooperation, counted apart from projects"
        ),
    ),
    Definition(
        "amount_undisclosed_count",
        Bilingual("未披露金额的项目", "Projects of undisclosed amount"),
        "projects",
        Bilingual(
            "签约项目中未披露金额者，计项目，不计金额",
            "Projects signed whose amount was not disclosed: counted, at no amount",
        ),
    ),
    Definition(
        "duplicates_set_aside",
        Bilingual("剔除的重复项目", "Duplicates set aside"),
        "projects",
        Bilingual(
            "被认定与另一项目重复而剔除的项目记录", "Project records found to be another project's double and set aside"
        ),
    ),
)

DEFINITIONS: dict[str, Definition] = {definition.id: definition for definition in _ALL}

BRIEF = (
    "projects_signed",
    "amount_signed_total",
    "projects_intended",
    "persons_checked_in",
    "experts",
    "sessions",
)
"""The six figures of the one-page brief."""


@dataclass(frozen=True)
class FigureValue:
    """A figure's value: a count, or fen. None is an amount that may not be told; `band` is then what it is at most."""

    id: str
    value: int | None
    band: int | None = None

    @property
    def definition(self) -> Definition:
        return DEFINITIONS[self.id]
