"""The back office of the agenda: lists, forms, people, uploads."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import func, select

from forums.agenda.exchange import reading
from forums.agenda.models import Appearance, Session, Track
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.experts.models import Expert
from forums.extensions import db
from tests.agenda import files
from tests.agenda.make import at, bring_in, make_expert, make_session, sessions
from tests.cast import Cast, make_edition
from tests.client import Page, Reader

AGENDA = "/office/e/alu-2027/agenda"


@pytest.fixture
def office(page: Reader, cast: Cast, edition: Edition) -> Reader:
    return page.sign_in(cast.organizer)


def form(**facts: Any) -> dict[str, Any]:
    defaults = {
        "title_zh": "铝箔",
        "title_en": "Foil",
        "kind": "talk",
        "state": "published",
        "starts_at": "2097-03-18T09:00",
        "ends_at": "2097-03-18T10:00",
        "hall": "",
        "track": "",
        "language": "zh",
    }
    return defaults | facts


def upload(page: Reader, data: bytes, *, expected: int = 303, **more: str) -> Page:
    """Straight through the client: an import writes as many rows as its file has, so its queries have no bound."""
    fields = {"csrf_token": page.csrf(), "file": (io.BytesIO(data), "议程.json"), **more}
    with page.app.app_context():
        response = page.client.post(f"{AGENDA}/imports", data=fields, content_type="multipart/form-data")
    db.session.remove()
    found = Page(response, [])
    assert found.status == expected, found.text[:3000]
    return found


def test_who_saves_a_session_that_somebody_else_changed_is_told(office: Reader, edition: Edition) -> None:
    url = office.post(f"{AGENDA}/new", form()).location
    [seen] = office.get(url).find("//input[@name='revision']/@value")
    office.post(url, form(revision=seen, title_en="Foil and strip"))
    late = office.post(url, form(revision=seen, title_en="Foil in cars"), expected=200)
    assert "Somebody has changed this session since you opened it" in late.words
    assert late.find("//input[@name='title_en']/@value") == ["Foil in cars"]  # nothing typed is lost
    [seen] = office.get(url).find("//input[@name='revision']/@value")
    office.post(url, form(revision=seen, title_en="Foil in cars"))
    assert [row.title.en for row in db.session.scalars(select(Session))] == ["Foil in cars"]


def test_a_session_is_added_changed_and_cancelled(office: Reader, edition: Edition) -> None:
    hall = edition.halls[1].id
    assert "No sessions yet" in office.get(AGENDA).words
    where = office.post(f"{AGENDA}/new", form()).location
    row = db.session.scalars(select(Session)).one()
    assert (row.title, row.starts_at, row.ends_at) == (Bilingual("铝箔", "Foil"), at("18 09:00"), at("18 10:00"))
    found = office.get(where)
    assert found.find("//input[@name='starts_at']/@value") == ["2097-03-18T09:00"]
    office.post(where, form(title_en="Thin foil", hall=str(hall), ends_at=""))
    row = db.session.scalars(select(Session)).one()
    assert row.hall is not None
    assert (row.title.en, row.hall.code, row.ends_at) == ("Thin foil", "B", None)
    office.post(f"{where}/cancellation")
    assert db.session.scalars(select(Session.state)).one() == "cancelled"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title_zh": "", "title_en": ""}, "Give a title"),
        ({"ends_at": "2097-03-18T08:00"}, "ends before it begins"),
        ({"starts_at": ""}, "Say when it begins"),
        ({"starts_at": "0001-01-01T00:00", "ends_at": ""}, "no day and time from 1900 to 2199"),
        ({"hall": "999999"}, "Not a valid choice"),
        ({"ends_at": "2098-03-18T08:00"}, "lasts longer than 99 hours"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(office: Reader, wrong: dict[str, str], words: str) -> None:
    assert words in office.post(f"{AGENDA}/new", form(**wrong), expected=200).words
    assert db.session.scalar(select(func.count(Session.id))) == 0


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "0000-00-00", "10000-01-01"])
def test_a_day_beyond_the_calendar_in_the_address_filters_nothing(office: Reader, edition: Edition, day: str) -> None:
    make_session(edition, "Talk")
    assert office.get(f"{AGENDA}?day={day}").find("//td//a[normalize-space()='Talk']")


def test_clashes_are_told_at_save_and_on_the_page(office: Reader, edition: Edition) -> None:
    expert = make_expert()
    number, hall = expert.id, edition.halls[0].id
    other = make_session(edition, "Other", in_hall="A", experts=(expert,)).id
    where = office.post(f"{AGENDA}/new", form(hall=str(hall))).location
    assert "Clash: Main Hall is also taken by “Other” at that time." in office.get(where).words
    office.post(f"{where}/appearances", {"expert": f"Li Lei (#{number})", "role": "chair"})
    found = office.get(where)
    assert "Clash: Li Lei is also taken by “Other” at that time." in found.words
    assert "2 clashes" in found.words
    listing = office.get(AGENDA)
    assert "2 clashes" in listing.words
    assert len(listing.find("//td//span[contains(@class, 'state-clash')]")) == 2
    assert f"{AGENDA}/{other}" in listing.find("//details//a/@href")


def test_people_are_added_by_number_by_name_or_anew(office: Reader, edition: Edition) -> None:
    known = make_expert().id
    make_expert("韩梅梅", "Han Meimei")
    make_expert("韩梅梅", "Han Meimei")
    where = f"{AGENDA}/{make_session(edition).id}"
    for typed in ("李雷", f"Somebody (#{known})", "韩梅梅", "新人", "#987654", "x" * 350):
        office.post(f"{where}/appearances", {"expert": typed, "role": "speaker"})
    people = db.session.scalars(select(Appearance).order_by(Appearance.position)).all()
    assert [each.expert.person.name for each in people] == [Bilingual("李雷", "Li Lei"), Bilingual("新人")]
    words = office.get(where).words
    assert "李雷 is in this session already." in words
    assert "Several experts have this name" in words
    assert "There is no expert with the number 987654." in words
    office.post(f"{where}/appearances/{people[0].id}/removal")
    assert db.session.scalar(select(func.count(Appearance.id))) == 1


def test_the_list_is_filtered(office: Reader, edition: Edition) -> None:
    make_session(edition, "One", "18 09:00", "18 10:00")
    make_session(edition, "Two", "19 00:30", "19 01:00", in_hall="B", state="draft")
    hall = edition.halls[1].id
    for query, expected in {
        "": ["One", "Two"],
        "day=2097-03-19": ["Two"],
        f"hall={hall}": ["Two"],
        "state=published": ["One"],
        "state=draft&day=2097-03-18": [],
        "track=1": [],
        "day=x&hall=y&track=99999999999999&state=z": ["One", "Two"],
    }.items():
        found = office.get(f"{AGENDA}?{query}")
        names = [" ".join(cell.text_content().split()) for cell in found.find("//tbody/tr/td[1]/a")]
        assert names == expected, query


def test_a_track_is_added_once(office: Reader) -> None:
    office.post(f"{AGENDA}/tracks", {"name_zh": "铝箔", "name_en": "Foil"})
    assert "There is a track" in office.post(f"{AGENDA}/tracks", {"name_zh": "", "name_en": "Foil"}, expected=200).words
    assert db.session.scalar(select(func.count(Track.id))) == 1


def test_an_upload_shows_what_came_of_it(office: Reader) -> None:
    document = json.loads(files.billet())
    document["sessions"].append({"key": "bad", "title": "=Bad()", "starts_at": "=1+1"})
    where = upload(office, json.dumps(document, indent=1).encode()).location
    found = office.get(where)
    stats = [" ".join(stat.text_content().split()) for stat in found.find("//div[@class='stat']")]
    assert stats == ["Read 4sessions", "Created 3", "Updated 0", "Unchanged 0", "Refused 1"]
    assert "议程.json" in found.h1
    assert "sessions[3].starts_at" in found.words
    table = list(csv.reader(io.StringIO(office.get(f"{where}/problems.csv").text.removeprefix("\ufeff"))))
    assert table[0] == ["Line", "Field", "Value", "Problem"]
    assert table[1][1:3] == ["sessions[3].starts_at", "'=1+1"]
    assert "议程.json" in office.get(f"{AGENDA}/imports").words


def test_vanished_sessions_are_cancelled_on_request(office: Reader) -> None:
    upload(office, files.billet())
    shorter = files.billet(sessions=json.loads(files.billet())["sessions"][:1])
    where = upload(office, shorter).location
    found = office.get(where)
    assert "Dinner" in found.words
    assert {row.state for row in sessions().values()} == {"published"}
    office.post(f"{where}/cancellation")
    assert [row.source_key for row in sessions().values() if row.state == "cancelled"] == ["foil-1", "night"]
    assert "They were cancelled." in office.get(where).words
    office.post(f"{where}/cancellation")
    assert len([row for row in sessions().values() if row.state == "cancelled"]) == 2


def test_the_upload_form_can_ask_for_it_at_once(office: Reader) -> None:
    upload(office, files.billet())
    upload(office, files.billet(sessions=json.loads(files.billet())["sessions"][:2]), cancel_vanished="y")
    assert sessions()["night"].state == "cancelled"


def test_kept_fields_are_named(office: Reader, edition: Edition) -> None:
    upload(office, files.billet())
    row = sessions()["foil-1"]
    facts = form(title_zh="改过", title_en="", kind="parallel", hall=str(row.hall_id), track=str(row.track_id))
    facts |= {"starts_at": "2027-03-18T10:30", "ends_at": "2027-03-18T12:00", "abstract_zh": "轧制工艺"}
    office.post(f"{AGENDA}/{row.id}", facts)
    found = office.get(upload(office, files.billet()).location)
    assert "改过: Title (Chinese)" in found.words
    assert sessions()["foil-1"].title.zh == "改过"


@pytest.mark.parametrize("data", [b"", b"junk", b"\x89PNG\r\n", b"[]", b"<a/>", b"\0" * 100])
def test_a_file_that_is_no_programme_is_refused_beside_the_field(office: Reader, data: bytes) -> None:
    found = upload(office, data, expected=200)
    assert found.find("//*[contains(@class, 'field-error')]")
    assert sessions() == {}


def test_exports_come_as_files(office: Reader, edition: Edition) -> None:
    bring_in(edition, files.billet())
    make_session(edition, "Draft", state="draft")
    whole = office.get("/office/e/alu-2027/programme/billet.json").response
    assert whole.headers["Content-Disposition"] == 'attachment; filename="alu-2027-billet.json"'
    assert len(reading.read(whole.data).sessions) == 4
    for name in ("c3voc.json", "c3voc.xml"):
        assert len(reading.read(office.get(f"/office/e/alu-2027/programme/{name}").response.data).sessions) == 3
    office.get("/office/e/alu-2027/programme/other.txt", expected=404)


def test_rows_of_another_edition_are_not_there(office: Reader, edition: Edition) -> None:
    mine = make_session(edition).id
    other = make_edition(edition.series, slug="alu-2028")
    row = make_session(other, "Foreign", experts=(make_expert(),))
    appearance, foreign = row.appearances[0].id, row.id
    for url in (f"{AGENDA}/{foreign}/cancellation", f"{AGENDA}/{foreign}/appearances"):
        office.post(url, expected=404)
    office.get(f"{AGENDA}/{foreign}", expected=404)
    office.post(f"{AGENDA}/{mine}/appearances/{appearance}/removal", expected=404)
    assert db.session.scalar(select(func.count(Appearance.id))) == 1


def test_the_list_asks_as_often_for_30_rows_as_for_1(office: Reader, edition: Edition) -> None:
    make_session(edition, "One", experts=(make_expert("甲", "A"),))
    number_of_edition = edition.id
    few = len(office.get(AGENDA).queries)
    edition = db.session.get_one(Edition, number_of_edition)
    for number in range(30):
        make_session(
            edition, f"More {number}", "18 09:00", "18 10:00", experts=(make_expert(f"乙{number}", f"B{number}"),)
        )
    assert len(office.get(AGENDA).queries) == few
    assert db.session.scalar(select(func.count(Expert.id))) == 31
