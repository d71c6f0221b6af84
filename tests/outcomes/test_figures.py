"""The figures of a series and of an edition, and the command that prints them."""

import json
from datetime import timedelta

from forums.agreements import review
from forums.outcomes.commands import show_figures
from forums.outcomes.definitions import DEFINITIONS
from forums.outcomes.queries import figures
from forums.transaction import transaction
from tests.agreements.making import make_approved, make_draft, make_project
from tests.cast import make_edition
from tests.client import counted_queries
from tests.registrations.make import come, make_registration

YI = 10**8 * 100
YEAR = timedelta(days=365)


def values(series, edition=None) -> dict[str, int | None]:
    return {figure.id: figure.value for figure in figures(series, edition)}


def two_years(cast):
    """One project signed in both years, one of an undisclosed amount, an intention, a draft, and a double record."""
    first = make_edition(slug="alu-2026")
    last = make_edition(first.series, slug="alu-2027", starts_on=first.starts_on + YEAR, ends_on=first.ends_on + YEAR)
    project = make_project(first, cast, "铝箔")
    make_approved(first, cast, "5亿元", project=project)
    make_approved(last, cast, "5亿元", project=project, relation="again")
    make_approved(last, cast, "", project=make_project(last, cast, "型材"))
    make_approved(last, cast, "2亿元", project=make_project(last, cast, "意向"), kind="intent", binding="intention")
    make_draft(last, cast, "100亿元", project=make_project(last, cast, "草稿"))
    double = make_project(last, cast, "铝箔项目二")
    make_approved(last, cast, "5亿元", project=double)
    with transaction():
        review.set_aside(double, project, reason="the same credit code", actor=cast.reviewer.actor)
    return first, last


def test_a_project_counts_once_at_its_first_signing(app, cast):
    first, last = two_years(cast)
    assert {name: value for name, value in values(first.series).items() if value} == {
        "editions": 2,
        "projects_signed": 2,
        "amount_signed_total": 5 * YI,
        "projects_intended": 1,
        "amount_intended": 2 * YI,
        "amount_undisclosed_count": 1,
        "duplicates_set_aside": 1,
    }
    assert (values(first.series, first)["projects_signed"], values(first.series, last)["projects_signed"]) == (1, 1)
    assert values(first.series, last)["amount_signed_total"] == 0


def test_who_came_twice_is_one_person_and_two_person_times(app, cast):
    first, last = two_years(cast)
    for edition in (first, last):
        row = make_registration(edition, email="one@example.org")
        with transaction():
            come(row, edition.starts_on)
    found = values(first.series)
    assert (found["persons_checked_in"], found["person_times_checked_in"]) == (1, 2)
    assert values(first.series, last)["persons_checked_in"] == 1


def test_every_figure_has_a_unit_and_a_basis_in_both_languages(app, edition):
    assert list(values(edition.series)) == list(DEFINITIONS)
    for definition in DEFINITIONS.values():
        assert all((definition.label.zh, definition.label.en, definition.basis.zh, definition.basis.en))


def test_the_figures_take_the_same_queries_for_one_edition_and_for_two(app, cast):
    first, _last = two_years(cast)
    series = first.series
    with counted_queries() as whole:
        figures(series)
    with counted_queries() as part:
        figures(series, first)
    assert len(whole) <= 16
    assert len(part) <= 16


def test_a_confidential_amount_is_withheld(app, cast, edition):
    make_approved(edition, cast, "5亿元", project=make_project(edition, cast, confidential=True))
    [amount] = [figure for figure in figures(edition.series) if figure.id == "amount_signed_total"]
    assert (amount.value, amount.band) == (None, 5 * YI)


def test_the_command_prints_amounts_in_both_units(app, cast):
    first, _last = two_years(cast)
    done = app.test_cli_runner().invoke(show_figures, ["alu"])
    assert done.exit_code == 0, done.output
    assert "amount_signed_total" in done.output
    assert "5亿元 = 500 million yuan" in done.output
    assert "合同与协议" in done.output
    assert first.series.slug == "alu"


def test_the_command_gives_whole_yuan_as_json(app, cast):
    two_years(cast)
    done = app.test_cli_runner().invoke(show_figures, ["alu", "--edition", "alu-2026", "--json"])
    found = {row["id"]: row for row in json.loads(done.output)}
    assert set(found) == set(DEFINITIONS)
    assert (found["amount_signed_total"]["value"], found["amount_signed_total"]["unit"]) == (500_000_000, "yuan")
    assert (found["projects_signed"]["value"], found["projects_signed"]["unit"]) == (1, "projects")
    assert all(set(row) == {"id", "value", "unit", "basis"} and row["basis"] for row in found.values())


def test_fen_are_written_out_rather_than_rounded(app, cast, edition):
    make_approved(edition, cast, "1234567.89元")
    done = app.test_cli_runner().invoke(show_figures, ["alu", "--json"])
    found = {row["id"]: row["value"] for row in json.loads(done.output)}
    assert found["amount_signed_total"] == "1234567.89"


def test_the_command_names_the_series_and_editions_there_are(app, edition):
    unknown = app.test_cli_runner().invoke(show_figures, ["nothing"])
    assert (unknown.exit_code, "Series: alu." in unknown.output) == (1, True)
    elsewhere = app.test_cli_runner().invoke(show_figures, ["alu", "--edition", "x"])
    assert (elsewhere.exit_code, "alu-2027" in elsewhere.output) == (1, True)


def test_a_draft_is_no_edition_yet(app):
    assert values(make_edition(published=False).series)["editions"] == 0
