"""The public agenda and its files: what readers see, and what they do not."""

from __future__ import annotations

import json

import jsonschema
import pytest
from flask import Flask
from icalendar import Calendar
from lxml import etree

from forums.agenda.exchange import reading
from forums.agenda.models import Session
from forums.agenda.operations import SessionFacts, change_session
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction
from tests.agenda import files
from tests.agenda.make import at, bring_in, make_expert, make_session
from tests.cast import SYSTEM, Cast, make_edition
from tests.client import Reader

AGENDA = "/e/alu-2027/agenda"


@pytest.fixture
def programme(edition: Edition) -> dict[str, int]:
    """Two days, two halls, a draft and a cancelled session; ids by title."""
    expert = make_expert(organisation=Bilingual("示例大学", "Sample University"), bio=Bilingual("", "Knows foil."))
    rows = [
        make_session(edition, Bilingual("开幕", "Opening"), "18 09:00", "18 09:30", kind="ceremony"),
        make_session(edition, "Foil", "18 10:00", "18 11:00", in_hall="B", experts=(expert,)),
        make_session(edition, "Late", "18 23:30", "19 00:30"),
        make_session(edition, "Second day", "19 09:00", "19 10:00"),
        make_session(edition, "Secret", "18 10:00", "18 11:00", state="draft"),
        make_session(edition, "Gone", "18 12:00", "18 13:00", state="cancelled"),
    ]
    return {row.title.en: row.id for row in rows}


def shown(page: Reader, url: str) -> list[str]:
    return [" ".join(card.text_content().split()) for card in page.get(url).find("//article//h3")]


def test_the_agenda_shows_a_day_and_a_hall_at_a_time(page: Reader, programme: dict[str, int]) -> None:
    assert shown(page, AGENDA) == ["Opening", "Foil", "Late"]
    assert shown(page, f"{AGENDA}?day=2097-03-19") == ["Second day"]
    assert shown(page, f"{AGENDA}?day=2097-03-18&hall=B") == ["Foil"]
    assert shown(page, f"{AGENDA}?day=nonsense&hall=nonsense") == ["Opening", "Foil", "Late"]
    page.language = "zh"
    assert shown(page, AGENDA)[0] == "开幕"


def test_an_empty_agenda_says_so(page: Reader, edition: Edition) -> None:
    assert "not published yet" in page.get(AGENDA).words
    assert page.get("/e/alu-2027/agenda.json").json["sessions"] == []
    assert page.get("/e/alu-2027/agenda.ics").status == 200
    assert page.get("/e/alu-2027/schedule.xml").status == 200


def test_a_session_page_leads_to_its_people_and_back(page: Reader, programme: dict[str, int]) -> None:
    found = page.get(f"/e/alu-2027/sessions/{programme['Foil']}")
    assert found.h1 == "Foil"
    assert "Side Hall" in found.words
    assert "10:00–11:00" in found.words
    links = found.find("//main//a/@href")
    assert "/e/alu-2027/agenda?day=2097-03-18" in links
    person = page.get(next(link for link in links if link.startswith("/experts/")))
    assert person.h1.startswith("Li Lei")
    assert "Sample University" in person.words
    assert "Foil" in person.words


@pytest.mark.parametrize("title", ["Secret", "Gone"])
@pytest.mark.parametrize("ending", ["", ".ics"])
def test_drafts_and_cancelled_sessions_are_not_public(
    page: Reader, programme: dict[str, int], title: str, ending: str
) -> None:
    page.get(f"/e/alu-2027/sessions/{programme[title]}{ending}", expected=404)
    for url in (AGENDA, "/e/alu-2027/agenda.json", "/e/alu-2027/schedule.json"):
        assert title not in page.get(url).text
    for url in ("/e/alu-2027/agenda.ics", "/e/alu-2027/schedule.xml"):
        assert title.encode() not in page.get(url).response.data


def test_a_session_of_another_edition_is_not_there(page: Reader, edition: Edition) -> None:
    other = make_edition(edition.series, slug="alu-2028")
    foreign = make_session(other, "Foreign").id
    page.get(f"/e/alu-2027/sessions/{foreign}", expected=404)
    page.get(f"/e/alu-2028/sessions/{foreign}")


def test_a_draft_edition_has_no_public_agenda(app: Flask, page: Reader) -> None:
    row = make_session(make_edition(published=False), "Early", experts=(make_expert(),))
    expert = row.appearances[0].expert_id
    for url in (AGENDA, f"/e/alu-2027/sessions/{row.id}", "/e/alu-2027/agenda.ics", "/e/alu-2027/experts"):
        page.get(url, expected=404)
    page.get(f"/experts/{expert}", expected=404)


def test_the_calendar_keeps_its_uids_and_names_the_zone(
    page: Reader, edition: Edition, programme: dict[str, int]
) -> None:
    def events() -> dict[str, object]:
        data = page.get("/e/alu-2027/agenda.ics").response.data
        calendar = Calendar.from_ical(data)
        assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
        return {str(event["uid"]): event for event in calendar.walk("VEVENT")}

    before = events()
    assert len(before) == 4
    uid = next(uid for uid in before if uid.startswith(f"session-{programme['Foil']}@"))
    event = before[uid]
    assert event["dtstart"].params["TZID"] == "Asia/Shanghai"  # type: ignore[index]
    assert (event["dtstart"].dt, event["dtend"].dt) == (at("18 10:00"), at("18 11:00"))  # type: ignore[index]
    delay(programme["Foil"])
    after = events()[uid]
    assert (int(after["sequence"]), after["dtstart"].dt) == (int(event["sequence"]) + 1, at("18 11:30"))  # type: ignore[index]


def delay(session_id: int) -> None:
    """Move a session to 11:30."""
    row = db.session.get_one(Session, session_id)
    with transaction():
        change_session(
            row, SessionFacts(title=row.title, starts_at=at("18 11:30"), state="published", hall=row.hall), actor=SYSTEM
        )


def test_a_single_session_comes_as_a_calendar_entry(page: Reader, programme: dict[str, int]) -> None:
    data = page.get(f"/e/alu-2027/sessions/{programme['Late']}.ics").response.data
    [event] = Calendar.from_ical(data).walk("VEVENT")
    assert (str(event["summary"]), event["dtend"].dt) == ("Late", at("19 00:30"))


def test_the_json_is_a_programme_that_billet_reads(page: Reader, programme: dict[str, int]) -> None:
    again = reading.read(page.get("/e/alu-2027/agenda.json").response.data)
    assert [session.title.en for session in again.sessions] == ["Opening", "Foil", "Late", "Second day"]
    assert again.problems == ()
    assert again.people[0].bio.en == "Knows foil."


def test_the_schedules_hold_against_the_published_schemas(page: Reader, programme: dict[str, int]) -> None:
    document = json.loads(page.get("/e/alu-2027/schedule.json").response.data)
    jsonschema.validate(document, json.loads(files.published("schemas/schedule.schema.json")))
    xsd = etree.XMLSchema(etree.fromstring(files.published("schemas/schedule.xml.xsd")))
    xsd.assertValid(etree.fromstring(page.get("/e/alu-2027/schedule.xml").response.data))
    event = document["schedule"]["conference"]["days"][0]["rooms"]["Side Hall"][0]
    assert event["url"].endswith(f"/e/alu-2027/sessions/{programme['Foil']}")


def test_experts_are_those_whom_the_public_sees(page: Reader, edition: Edition, programme: dict[str, int]) -> None:
    make_session(edition, "Hidden", state="draft", experts=(make_expert("隐", "Hidden One"),))
    found = page.get("/e/alu-2027/experts")
    assert [" ".join(name.text_content().split()) for name in found.find("//ul[@class='people']//h3//bdi")] == [
        "Li Lei"
    ]


@pytest.mark.parametrize("url", [AGENDA, "/e/alu-2027/experts", "/e/alu-2027/agenda.json", "/e/alu-2027/agenda.ics"])
def test_pages_ask_as_often_for_30_rows_as_for_1(page: Reader, edition: Edition, url: str) -> None:
    make_session(edition, "One", experts=(make_expert("甲", "A", organisation=Bilingual("", "Org")),))
    few = len(page.get(url).queries)
    edition = db.session.get_one(Edition, 1)
    for number in range(30):
        expert = make_expert(f"乙{number}", f"B{number}", organisation=Bilingual("", f"Org {number}"))
        make_session(edition, f"More {number}", in_hall="AB"[number % 2], experts=(expert,))
    assert len(page.get(url).queries) == few


def test_the_whole_published_programme_is_shown(app: Flask, page: Reader, cast: Cast, edition: Edition) -> None:
    bring_in(edition, files.published("data/coscup2019-programs.json"))
    assert len(shown(page, AGENDA)) + len(shown(page, f"{AGENDA}?day=2019-08-18")) == 237
    page.sign_in(cast.organizer)
    words = page.get("/office/e/alu-2027/agenda").words
    assert "237 rows" in words
    # The published programme has two sessions in IB503 that overlap by five minutes.
    assert "clash" in words
