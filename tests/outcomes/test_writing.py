"""A snapshot as words: the same figures in both languages, by their ids, with nothing secret and nothing silent."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from forums.documents.render.pdf import pdf
from forums.documents.render.xlsx import xlsx
from forums.documents.report import Figures, Report, Table
from forums.outcomes import chapters
from forums.outcomes.definitions import BRIEF, DEFINITIONS
from forums.outcomes.voice import Voice
from forums.outcomes.writing import write
from tests.outcomes.sample import YI, content


@pytest.fixture(autouse=True)
def speaking() -> Iterator[None]:
    """Somewhere to speak from: writing needs translations and nothing else of the app."""
    app = Flask("writing")
    Babel(app)
    with app.app_context():
        yield


def written(language: str = "en", **changes) -> Report:
    return write(content(**changes), language, number=3, sha256="ab" * 32)


def table(report: Report, table_id: str) -> Table:
    return next(b for s in report.sections for b in s.blocks if isinstance(b, Table) and b.id == table_id)


def brief(report: Report) -> dict[str, tuple[str, str, str]]:
    cards = next(b for b in report.sections[0].blocks if isinstance(b, Figures))
    return {item.id: (item.value, item.unit, item.change) for item in cards.items}


def shown(one: Table) -> list[list[str]]:
    return [[c.shown(cell) for c, cell in zip(one.columns, row, strict=True)] for row in one.rows]


def test_the_brief_holds_six_figures_with_their_change():
    assert brief(written()) == {
        "projects_signed": ("3", "projects", "+2 projects on the last edition"),
        "amount_signed_total": ("30.4 billion yuan", "", "+400 million yuan on the last edition"),
        "projects_intended": ("1", "project", "+1 project on the last edition"),
        "persons_checked_in": ("1,032", "persons", "+132 persons on the last edition"),
        "experts": ("2", "persons", "−3 persons on the last edition"),
        "sessions": ("3", "sessions", "no change on the last edition"),
    }
    assert tuple(brief(written())) == BRIEF


def test_amounts_are_written_in_the_units_of_each_language():
    assert brief(written("zh"))["amount_signed_total"][0] == "304亿元"
    assert table(written("zh"), "segments").columns[3].unit == "亿元"
    assert shown(table(written("zh"), "segments"))[1][3] == "4.00"
    assert table(written("en"), "segments").columns[3].unit == "million yuan"
    assert shown(table(written("en"), "segments"))[1][3] == "400.00"
    assert table(written("zh"), "annex").columns[6].unit == "万元"
    assert shown(table(written("zh"), "annex"))[0][6] == "3,000,000.00"


def test_partitions_foot_and_say_so():
    report = written()
    for table_id in ("segments", "days", "to_date"):
        assert table(report, table_id).faults() == []
        assert "The rows sum to the total." in table(report, table_id).note


def test_a_partition_that_does_not_foot_says_where():
    spoilt = content()["agreements"]
    spoilt["total"]["contracted"]["projects"] = 4
    assert "do not sum to the total: Projects" in table(written(agreements=spoilt), "segments").note


def test_intentions_stand_apart_and_are_not_in_the_annex():
    assert [row[0] for row in table(written(), "bindings").rows] == ["Contract", "Agreement", "Intention"]
    assert [row[1] for row in table(written(), "annex").rows] == [
        "Recycled aluminium (synthetic)",
        "Foil (synthetic)",
        "Packaging foil (synthetic)",
    ]
    behind = chapters.rows_behind("projects_intended", content(), Voice("en"))
    assert [row[1] for row in behind[0].rows] == ["Intended (synthetic)"]


def test_the_annex_sums_to_the_headline_or_says_what_else_is_in_it():
    assert table(written(), "annex").foot[6] == "30,400.00"
    grown = content()["agreements"]
    grown["total"]["contracted"]["fen"] += YI
    assert table(written(agreements=grown), "annex").total is None
    assert "Capital increases" in table(written(agreements=grown), "annex").note


def test_undisclosed_is_not_zero():
    assert shown(table(written(), "annex"))[2][6] == "undisclosed"
    assert shown(table(written(), "segments"))[1][1:3] == ["2", "1"]


def test_what_would_give_a_confidential_amount_away_is_withheld_and_says_so():
    secret = content()
    secret["figures"]["amount_signed_total"] = {"value": None, "band": 500 * YI, "previous": 1, "previous_band": None}
    secret["agreements"]["projects"][0].update(fen=None, is_secret=True)
    secret["agreements"]["total"]["contracted"].update(fen=None, band=500 * YI)
    secret["agreements"]["segments"][0]["contracted"].update(fen=None, band=None)
    report = written(**secret)
    assert brief(report)["amount_signed_total"] == ("at most 50 billion yuan", "", "")
    assert shown(table(report, "annex"))[0][6] == "confidential"
    assert shown(table(report, "segments"))[0][3] == "withheld"
    assert any("rounded up to a band" in getattr(b, "text", "") for b in report.sections[0].blocks)


def test_a_first_edition_has_nothing_to_compare_with():
    first = content()
    for known in first["figures"].values():
        known["previous"] = None
    report = written(figures=first["figures"], previous=None)
    assert {change for _value, _unit, change in brief(report).values()} == {""}
    assert {row[2] for row in table(report, "comparison").rows} == {"—"}


def test_invented_rows_say_so_in_each_language():
    assert table(written("zh"), "annex").rows[0][1] == "年产10万吨再生铝（示例）"
    assert written().mark
    real = json.loads(json.dumps(content()).replace('"synthetic": true', '"synthetic": false'))
    assert write(real, "en", number=1, sha256="").mark == ""


def test_shares_of_the_funnel_are_rounded_half_up():
    assert [row[2] for row in table(written(), "funnel").rows] == ["—", "75.0%", "80.0%", "86.0%"]


@pytest.mark.parametrize("figure_id", DEFINITIONS)
def test_every_figure_leads_to_rows(figure_id):
    assert chapters.rows_behind(figure_id, content(), Voice("zh"))


def test_a_report_without_any_rows_is_written_too():
    nothing = content(
        experts=[],
        agenda={"days": [], "sessions": []},
        attendance=dict.fromkeys(content()["attendance"], 0),
    )
    nothing["agreements"].update(projects=[], technical=[], at_nothing=[], set_aside=[], segments=[], bindings=[])
    for figure_id in DEFINITIONS:
        chapters.rows_behind(figure_id, nothing, Voice("zh"))
    assert pdf(write(nothing, "zh", number=1, sha256="00"))


def test_the_files_of_a_snapshot_are_the_same_bytes_each_time():
    for language in ("zh", "en"):
        assert pdf(written(language)) == pdf(written(language))
    assert xlsx(written("zh")) == xlsx(written("zh"))


def test_many_experts_fill_an_annex_and_the_chapter_lists_the_busiest():
    [expert] = content()["experts"]
    many = [{**expert, "name": {"zh": f"专家{n}", "en": ""}, "sessions": n} for n in range(1, 31)]
    report = written(experts=many)
    chapter = next(section for section in report.sections if section.id == "experts")
    busiest = next(block for block in chapter.blocks if isinstance(block, Table))
    assert [row[0] for row in busiest.rows] == [f"专家{n}" for n in range(30, 10, -1)]
    assert len(report.sections[-1].blocks[0].rows) == 30
    assert written().sections[-1].id == "annex"
