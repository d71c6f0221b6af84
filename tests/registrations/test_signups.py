"""Sessions with places, as the office sees them: their number, who signed up, and what calling one off does."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO

import openpyxl
import pytest
from sqlalchemy import select

from forums import clock
from forums.agenda.models import Session
from forums.agenda.operations import NotHidden, SessionFacts, cancel_session, change_session
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.mail import rendering
from forums.mail.models import Letter
from forums.registrations import operations, places
from forums.registrations.models import Registration, SessionPlace
from forums.registrations.operations import register
from forums.registrations.wishes import Wishes
from forums.transaction import transaction
from tests.agenda import files
from tests.agenda.test_importing import bring_in, edited, sessions
from tests.cast import SYSTEM, Cast, make_edition
from tests.client import Reader
from tests.registrations.make import applicant
from tests.registrations.test_choosing import make_visit

AGENDA = "/office/e/alu-2027/agenda"


@pytest.fixture
def office(page: Reader, cast: Cast) -> Reader:
    return page.sign_in(cast.organizer)


def sign_up(edition: Edition, number: int, *sessions: Session, **facts: object) -> Registration:
    with transaction():
        wishes = Wishes(sessions=sessions)
        return register(edition, applicant(number, **facts), actor=SYSTEM, wishes=wishes).registration


def facts(row: Session, **changed: object) -> SessionFacts:
    kept = {name: getattr(row, name) for name in ("title", "kind", "state", "starts_at", "ends_at", "capacity")}
    return SessionFacts(**(kept | changed))  # type: ignore[arg-type]


def called_off() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(Letter).where(Letter.letter == "session_cancelled").order_by(Letter.id))
    return [(row.recipient, row.params["session"]) for row in rows]


def test_the_number_of_places_is_set_with_the_session(office: Reader, edition: Edition) -> None:
    row = make_visit(edition, capacity=2)
    first = sign_up(edition, 1, row).id
    sign_up(edition, 2, row)
    url = f"{AGENDA}/{row.id}"
    shown = office.get(url)
    assert shown.find("//input[@name='capacity']/@value") == ["2"]
    form = dict(shown.find("//form[.//input[@name='capacity']]")[0].fields)
    few = office.post(url, form | {"capacity": "1"}, expected=200)
    assert "2 people have signed up." in few.find("//*[@id='capacity-error']")[0].text_content()
    office.post(url, form | {"capacity": "3"})
    assert db.session.scalar(select(Session.capacity)) == 3
    with transaction():
        operations.cancel(db.session.get_one(Registration, first), actor=SYSTEM)
    assert places.reconcile() == []


def test_the_public_programme_says_what_is_left(page: Reader, edition: Edition) -> None:
    row = make_visit(edition, capacity=2)
    make_visit(edition, "Opening", None, hours=2)
    sign_up(edition, 1, row)
    number = row.id
    url = f"/e/alu-2027/sessions/{number}"
    assert "1 place left" in page.get("/e/alu-2027/agenda").words
    assert page.get("/e/alu-2027/agenda").words.count("left") == 1
    with transaction():
        db.session.get_one(Session, number).capacity = 1
    assert "full" in page.get(url).words


def test_who_signed_up_is_listed_and_exported(office: Reader, edition: Edition) -> None:
    row = make_visit(edition, capacity=2)
    sign_up(edition, 1, row, name="=SUM(1)", phone="+86 138 0013 8000")
    gone = sign_up(edition, 2, row)
    with transaction():
        operations.cancel(gone, actor=SYSTEM)
        edition.capacity = 1
    sign_up(edition, 3, row)
    url = f"{AGENDA}/{row.id}/people"
    other = make_visit(make_edition(edition.series, slug="other-2027")).id
    shown = office.get(url)
    assert "1 of 2 places taken" in shown.words
    assert [each.text_content().split()[-1] for each in shown.find("//tbody/tr")] == ["yes", "for"]
    lines = list(csv.reader(StringIO(office.get(f"{url}.csv").response.get_data(as_text=True))))
    assert [(line[0], line[5], line[7]) for line in lines[1:]] == [
        ("'=SUM(1)", "yes", "+86 138 0013 8000"),
        ("Guest 3", "wished for", ""),
    ]
    book = openpyxl.load_workbook(BytesIO(office.get(f"{url}.xlsx").response.data))
    assert [cell.value for cell in book.active["A"]][1:] == ["=SUM(1)", "Guest 3"]
    assert book.active["A2"].data_type == "s"
    assert "Smelter visit" in office.get("/office/e/alu-2027/registrations/places").words
    office.get(f"{AGENDA}/{other}/people", expected=404)


def test_nobody_has_signed_up(office: Reader, edition: Edition) -> None:
    row = make_visit(edition)
    assert "Nobody has signed up yet" in office.get(f"{AGENDA}/{row.id}/people").words


def test_calling_a_session_off_tells_everybody_once(edition: Edition) -> None:
    row, other = make_visit(edition, capacity=5), make_visit(edition, "Dinner", 5, hours=3)
    for number in (1, 2):
        sign_up(edition, number, row, other)
    gone = sign_up(edition, 3, row)
    with transaction():
        operations.cancel(gone, actor=SYSTEM)
    with transaction():
        cancel_session(row, actor=SYSTEM)
    assert called_off() == [("guest1@example.org", "Smelter visit"), ("guest2@example.org", "Smelter visit")]
    assert (row.taken, other.taken, places.reconcile()) == (0, 2, [])
    assert db.session.scalars(select(SessionPlace.session_id)).all() == [other.id] * 2


def test_a_moved_session_tells_where_it_came_to_rest(edition: Edition) -> None:
    row, other = make_visit(edition, capacity=5), make_visit(edition, "Dinner", 5, hours=3)
    sign_up(edition, 1, row, other)
    sign_up(edition, 2, other, language="zh")
    with transaction():
        change_session(row, facts(row, title=Bilingual(en="Smelter tour")), actor=SYSTEM)
    assert moved() == []
    was = row.starts_at
    for hours in (1, 3):
        with transaction():
            at = was + timedelta(hours=hours)
            change_session(row, facts(row, starts_at=at, ends_at=at + timedelta(hours=1)), actor=SYSTEM)
    assert [letter.state for letter in moved()] == ["cancelled", "queued"]
    letter = moved()[1]
    said = rendering.render(letter.letter, letter.params, "en", name=letter.recipient_name)
    assert said.subject == "Changed: Smelter tour"
    for words in ("Now: 18 March 2097, 12:00", "at the same time as Dinner", "You keep your place"):
        assert words in " ".join(said.text.split()), words
    assert letter.not_before > clock.now()
    with transaction():
        cancel_session(row, actor=SYSTEM)
    assert {letter.state for letter in moved()} == {"cancelled"}


def moved() -> list[Letter]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter).where(Letter.letter == "session_moved").order_by(Letter.id)))


def test_a_programme_that_moves_a_session_tells_who_signed_up(edition: Edition) -> None:
    with clock.frozen(datetime(2027, 3, 1, tzinfo=UTC)):  # before the days of the file
        bring_in(edition, files.billet())
        row = sessions()["foil-1"]
        with transaction():
            row.capacity = 3
        sign_up(edition, 1, row)
        at = (row.local_start + timedelta(minutes=30)).isoformat()
        bring_in(edition, edited(starts_at=at))
    assert [letter.recipient for letter in moved()] == ["guest1@example.org"]


def test_a_session_with_people_is_not_hidden_silently(office: Reader, edition: Edition) -> None:
    row = make_visit(edition, capacity=5)
    sign_up(edition, 1, row)
    with pytest.raises(NotHidden), transaction():
        change_session(row, facts(row, state="draft"), actor=SYSTEM)
    db.session.rollback()
    url = f"{AGENDA}/{row.id}"
    form = dict(office.get(url).find("//form[.//input[@name='capacity']]")[0].fields)
    shown = office.post(url, form | {"state": "draft"}, expected=200)
    assert "1 person has signed up." in shown.find("//*[@id='state-error']")[0].text_content()
    office.post(url, form | {"state": "cancelled"})
    assert called_off() == [("guest1@example.org", "Smelter visit")]


def test_a_file_keeps_the_places_and_tells_who_loses_one(edition: Edition) -> None:
    bring_in(edition, files.billet())
    row = sessions()["foil-1"]
    with transaction():
        row.capacity = 5
    sign_up(edition, 1, row)
    bring_in(edition, files.billet())
    assert (row.capacity, row.taken, called_off()) == (5, 1, [])
    outcome = bring_in(edition, edited(state="draft", title={"zh": "新题目"}))
    assert (row.state, row.taken, row.title.zh) == ("published", 1, "新题目")
    assert [kept["fields"] for kept in outcome.kept] == [["state"]]
    bring_in(edition, edited(state="cancelled"))
    assert (row.state, row.taken, len(called_off())) == ("cancelled", 0, 1)
