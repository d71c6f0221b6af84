"""The office's pages on outcomes: who sees them, what they say, what they hand out."""

import hashlib

import pytest

from forums.jobs.models import Job
from forums.outcomes.definitions import DEFINITIONS
from tests.agreements.making import make_approved
from tests.outcomes.test_compiling import compiled

INDEX = "/office/e/alu-2027/outcomes"


def test_an_edition_without_reports_says_what_to_do(app, cast, edition, page):
    shown = page.sign_in(cast.organizer).get(INDEX)
    assert "No report yet" in shown.words
    assert shown.find("//form[contains(@action, '/outcomes')]")


def test_compiling_goes_on_in_the_background_and_shows_its_bar(app, cast, edition, page):
    page.sign_in(cast.organizer)
    assert page.post(INDEX).location == INDEX
    shown = page.get(INDEX)
    job = app.extensions["sqlalchemy"].session.query(Job).one()
    assert shown.find(f"//*[@data-job='/office/jobs/{job.id}.json']")
    assert not shown.find("//form[contains(@action, '/outcomes')]")
    assert "compiled already" in page.get(page.post(INDEX).location).words


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_report_page_shows_the_snapshot_and_links_each_figure_to_its_rows(app, cast, edition, page, language):
    make_approved(edition, cast, "304亿元")
    compiled(edition, cast)
    page.language = language
    shown = page.sign_in(cast.auditor).get(f"{INDEX}/1")
    assert ("304亿元" if language == "zh" else "30.4 billion yuan") in shown.words
    assert "铝箔项目（示例）" in shown.words or "Foil project (synthetic)" in shown.words
    links = shown.find("//dt/a/@href")
    assert len(links) == 6
    for link in links:
        assert page.get(link).h1


@pytest.mark.parametrize("figure_id", DEFINITIONS)
def test_the_rows_behind_every_figure_have_a_page(app, cast, edition, page, figure_id):
    compiled(edition, cast)
    assert page.sign_in(cast.staff).get(f"{INDEX}/1/figures/{figure_id}").h1 == DEFINITIONS[figure_id].label.en


@pytest.mark.parametrize("file", ["pdf_zh", "pdf_en", "xlsx"])
def test_the_files_are_downloads(app, cast, edition, page, file):
    compiled(edition, cast)
    answer = page.sign_in(cast.reviewer).get(f"{INDEX}/1/{file}").response
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data[:4] in {b"%PDF", b"PK\x03\x04"}
    asked = page.sign_out().get(f"/check?sha256={hashlib.sha256(answer.data).hexdigest()}")
    assert "Outcome report" in asked.words


@pytest.mark.parametrize(
    "url", [f"{INDEX}/2", f"{INDEX}/1/figures/nonsense", f"{INDEX}/1/docx", f"{INDEX}/99999999999999999999"]
)
def test_what_is_not_there_is_absent(app, cast, edition, page, url):
    compiled(edition, cast)
    page.sign_in(cast.organizer).get(url, expected=404)


def test_the_series_has_its_figures(app, cast, edition, page):
    make_approved(edition, cast, "304亿元")
    shown = page.sign_in(cast.organizer).get("/office/series/alu/outcomes")
    assert "30.4 billion yuan" in shown.words
    assert len(shown.find("//dl[@class='report-figures']/div")) == len(DEFINITIONS)


def test_who_may_not_issue_sees_no_button_and_is_refused(app, cast, edition, page):
    page.sign_in(cast.auditor)
    assert not page.get(INDEX).find("//form[contains(@action, '/outcomes')]")
    page.post(INDEX, expected=403)


@pytest.mark.parametrize("url", [INDEX, f"{INDEX}/1", f"{INDEX}/1/pdf_zh", f"{INDEX}/1/figures/experts"])
def test_outsiders_and_helpers_see_nothing(app, cast, edition, page, url):
    compiled(edition, cast)
    page.sign_in(cast.outsider).get(url, expected=404)
    page.sign_in(cast.helper).get(url, expected=403)
    page.sign_out().get(url, expected=303)
