"""The regions: 34 of China and abroad, and what a credit code and a typed name say."""

from __future__ import annotations

import pytest

from forums.directory.regions import REGIONS, choices, read_region, region_of_credit_code


def test_there_are_34_divisions_and_abroad_each_named_in_both_languages() -> None:
    assert len(REGIONS) == 35
    assert all(name.zh and name.en for name in REGIONS.values())
    assert len({name.zh for name in REGIONS.values()} | {name.en for name in REGIONS.values()}) == 70
    assert choices("zh")[11] == ("34", "安徽")
    assert choices("en")[-1] == ("abroad", "Abroad")


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("91340621MA2MRC6P0X", "34"),
        ("91110000710925243K", "11"),
        ("52100000500000000X", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_credit_code_says_where_an_organisation_is_registered(code: str | None, region: str) -> None:
    assert region_of_credit_code(code) == region


@pytest.mark.parametrize(
    ("typed", "region"),
    [
        ("安徽", "34"),
        ("安徽省", "34"),
        (" anhui ", "34"),
        ("34", "34"),
        ("广西壮族自治区", "45"),
        ("内蒙古自治区", "15"),
        ("香港特别行政区", "81"),
        ("上海市", "31"),
        ("Abroad", "abroad"),
        ("海外", "abroad"),
        ("省", ""),
        ("Atlantis", ""),
        ("", ""),
    ],
)
def test_a_region_is_read_by_code_and_by_name(typed: str, region: str) -> None:
    assert read_region(typed) == region
