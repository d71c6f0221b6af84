"""What makes two projects look like one, on plain facts: names as they compare, signs, and blocks that stay small."""

from __future__ import annotations

from datetime import date
from time import process_time

import pytest

from forums.agreements.duplicates import names
from forums.agreements.duplicates.names import normal_name, similarity
from forums.agreements.duplicates.signs import Facts, pairs_among, reasons_for
from forums.columns import Bilingual

CODE, OTHER = "91340621MA0000011U", "91340621MA0000012X"


def project(number: int, name: str = "", **more: object) -> Facts:
    return Facts(id=number, name=Bilingual(name or f"第{number}号"), **more)  # type: ignore[arg-type]


def signs(one: Facts, other: Facts) -> list[str]:
    return [reason.sign for reason in reasons_for(one, other)]


@pytest.mark.parametrize(
    ("spelled", "key", "phases"),
    [
        ("钎焊复合板（示例０９）", "钎焊复合板09", ()),
        ("【铝板带】冷轧 与 精整项目(示例25)", "铝板带冷轧与精整25", ()),
        ("药用与食品包装铝箔一期（示例18）", "药用与食品包装铝箔18", (1,)),
        ("Foil for Medicine & Food, PHASE ONE (synthetic 18)", "foilformedicinefood18", (1,)),
        ("濉溪縣鋁箔產業園（第二期）建設項目", "濉溪县铝箔产业园", (2,)),
        ("濉溪县铝箔产业园一、二期工程", "濉溪县铝箔产业园", (1, 2)),
        ("铝箔产业园Ⅱ期", "铝箔产业园", (2,)),
        ("示例铝企０９有限责任公司", "示例铝企09", ()),
        ("Sample Aluminium Co., Ltd.", "samplealuminium", ()),
        ("长期供货与工程塑料", "长期供货与工程塑料", ()),
        ("项目", "项目", ()),
        ("第三期", "第三期", (3,)),
        ("—", "", ()),
        ("", "", ()),
    ],
)
def test_spellings_of_one_name_have_one_key(spelled: str, key: str, phases: tuple[int, ...]) -> None:
    normal = normal_name(spelled)
    assert (normal.key, normal.phases) == (key, phases)
    assert normal_name(normal.key).key == normal.key or not key


def test_the_table_of_characters_is_sound() -> None:
    pairs = names._PAIRS.split()
    assert {len(pair) for pair in pairs} == {2}
    assert len({pair[0] for pair in pairs}) == len(pairs)
    assert {pair[0] for pair in pairs}.isdisjoint({pair[1] for pair in pairs})
    for pair in pairs:
        pair[1].encode("gb2312")


def test_the_credit_code_finds_what_names_do_not() -> None:
    one = project(1, "双零铝箔", codes=frozenset({CODE}), site="濉溪经开区")
    assert signs(one, project(2, "电池托盘", codes=frozenset({CODE, OTHER}), site="濉溪　经开区")) == ["code_site"]
    assert signs(one, project(2, "电池托盘", codes=frozenset({CODE}))) == ["code"]
    assert signs(one, project(2, "电池托盘", codes=frozenset({CODE}), site="濉溪百善镇")) == []
    assert signs(one, project(2, "双零铝箔项目", codes=frozenset({OTHER}))) == ["name"]
    assert signs(one, project(2, "双零铝箔厂", codes=frozenset({OTHER}))) == []


def test_site_and_segment_with_equal_amounts_or_near_days() -> None:
    at = {"site": "濉溪经开区（北区）", "segment_id": 3}
    one = project(1, amounts=frozenset({("CNY", 5)}), days=(date(2018, 9, 1),), **at)
    other = {"site": "濉溪经开区(北区)", "segment_id": 3}
    assert signs(one, project(2, amounts=frozenset({("CNY", 5)}), days=(date(2020, 9, 1),), **other)) == [
        "place_amount"
    ]
    assert signs(one, project(2, amounts=frozenset({("USD", 5)}), days=(date(2018, 10, 1),), **other)) == ["place_days"]
    assert signs(one, project(2, amounts=frozenset({("CNY", 5)}), site="濉溪经开区（北区）", segment_id=4)) == []


def test_names_of_one_firm_aliases_and_phases() -> None:
    firm = {"enterprise": Bilingual("示例铝业有限公司")}
    one = project(1, "高精铝板带一期", aliases=("高端铝材",), **firm)
    assert signs(one, project(2, "高精铝板带二期", **firm)) == ["name", "firm", "phase"]
    assert signs(one, project(2, "高端鋁材項目")) == ["name", "phase"]
    assert signs(project(1, "高精铝板带箔"), project(2, "高精铝板带材")) == ["near_name"]
    assert similarity("", "") == 0.0


def test_large_blocks_stay_cheap() -> None:
    """One investor with 5,000 projects, all of one origin and amount, is no reason to compare 12 million pairs."""
    shared = {"codes": frozenset({CODE}), "origin": "31", "amounts": frozenset({("CNY", 10**10)})}
    rows = [project(n, f"甲{n:04}乙{n * 7 % 5000:04}", **shared) for n in range(1, 5001)]
    rows.append(project(6000, "甲0007乙0049", **shared))
    start = process_time()
    pairs = pairs_among(rows)
    assert process_time() - start < 3
    assert len(pairs) < 60_000
    assert (pairs[0].first, pairs[0].second, pairs[0].weight) == (7, 6000, "strong")
    assert [pair for pair in pairs_among(rows, only=6000) if pair.first == 7] == [pairs[0]]
