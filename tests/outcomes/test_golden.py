"""The demonstration data through the report: it must print what was published for Suixi."""

import pytest

from forums.editions.queries import series_by_slug
from forums.outcomes.gathering import gather
from forums.outcomes.queries import figures
from forums.outcomes.writing import write

pytestmark = pytest.mark.usefixtures("demo_data")


def test_the_report_of_the_last_edition_prints_the_published_figures():
    series = series_by_slug("suixi")
    content = gather(series.editions[-1])
    for language, sentence in (
        ("zh", "历届累计签约项目41个，总投资304亿元"),
        ("en", "the series counts 41 projects and 30.4 billion yuan"),
    ):
        report = write(content, language, number=1, sha256="")
        brief = " ".join(getattr(block, "text", "") for block in report.sections[0].blocks)
        assert sentence in brief or "41 projects and 304亿元" in brief
        assert report.mark
        for section in report.sections:
            assert [block.faults() for block in section.blocks if hasattr(block, "faults") and block.faults()] == []


def test_the_promotion_meeting_counts_apart():
    counted = {figure.id: figure.value for figure in figures(series_by_slug("suixi-promotion"))}
    assert (counted["projects_signed"], counted["amount_signed_total"]) == (3, 699_000_000 * 100)
