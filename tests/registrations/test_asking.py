"""Answers to the organiser's questions on the public form, the private page and in the office."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from forums import clock
from forums.columns import Bilingual
from forums.directory.operations import find_or_create_organisation
from forums.documents import shelf
from forums.documents.models import StoredFile
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import places
from forums.registrations.models import Category, Registration
from forums.registrations.operations import default_category
from forums.registrations.questions.consent import agreed_to, write_consent
from forums.registrations.questions.models import Choice
from forums.registrations.questions.operations import archive
from forums.registrations.questions.tasks import forget_files
from forums.registrations.views import _registered
from forums.transaction import transaction
from tests.cast import SYSTEM
from tests.documents.hostile import PNG_ROWS, png
from tests.registrations.asking import answers, ask, choice
from tests.registrations.make import form, make_registration
from tests.registrations.test_choosing import make_category

URL = "/e/alu-2027/register"
OFFICE = "/office/e/alu-2027/registrations"
PNG = png(10, 10, PNG_ROWS)


def test_every_kind_is_asked_understood_and_kept(page, edition: Edition) -> None:
    kinds = {
        "text": ("Ann's  own ", "Ann's  own"),
        "paragraph": ("one\r\ntwo", "one\ntwo"),
        "number": (" 03.50 ", "3.5"),
        "date": ("2027-03-18", "2027-03-18"),
        "phone": ("+86 (561) 607-8888", "+86 (561) 607-8888"),
        "credit_code": ("91350100m000100y43", "91350100M000100Y43"),
    }
    rows = {kind: ask(edition, kind, f"The {kind}", required=True).id for kind in kinds}
    shown = page.get(URL)
    for kind, row_id in rows.items():
        assert shown.find(f"//*[@name='q{row_id}']"), kind
    page.post(URL, form() | {f"q{rows[kind]}": typed for kind, (typed, _) in kinds.items()})
    assert answers() == {rows[kind]: kept for kind, (_, kept) in kinds.items()}


def test_journeys_have_a_moment_and_a_train_or_flight(page, edition: Edition) -> None:
    arrival = ask(edition, "arrival", "Arrival")
    leaving = ask(edition, "departure", "Departure")
    typed = {f"q{arrival.id}": "2097-03-17T14:05", f"q{arrival.id}-by": "G7324", f"q{leaving.id}-by": "by car"}
    private = page.post(URL, form() | typed).location
    assert answers() == {arrival.id: "2097-03-17 14:05 · G7324", leaving.id: "by car"}
    shown = page.get(f"{private}/answers/registration")
    assert {
        field.get("name"): field.get("value")
        for field in shown.find("//input[contains(@id, '-at') or contains(@id, '-by')]")
    } == {
        **typed,
        f"q{leaving.id}": "",
    }


def test_choices_and_diet(page, edition: Edition) -> None:
    make_registration(edition, 9)
    one = ask(edition, "choice", "Shirt", choices=["S", "M"])
    some = ask(edition, "choices", "Visits", choices=["Foil", "Port", "Park"])
    diet = ask(edition, "diet", "Diet", choices=["Halal", "None"])
    page.post(
        URL,
        form()
        | {
            f"q{one.id}": choice(one, "M").id,
            f"q{some.id}": [choice(some, "Park").id, choice(some, "Foil").id],
            f"q{diet.id}": choice(diet, "Halal").id,
            f"q{diet.id}-remark": "no nuts",
        },
    )
    row = db.session.scalars(select(Registration).where(Registration.email == "guest1@example.org")).one()
    assert answers(row) == {
        one.id: "M",
        some.id: "Foil, Park",
        diet.id: "Halal, no nuts",
    }


WRONG = (
    ("text", "x" * 501, "at most 500 characters"),
    ("text", "a\nb", "line breaks"),
    ("paragraph", "a\x07b", "control characters"),
    ("number", "NaN", "such as 12 or 3.5"),
    ("number", "1e999", "such as 12 or 3.5"),
    ("number", "Infinity", "such as 12 or 3.5"),
    ("number", "9" * 30, "such as 12 or 3.5"),
    ("number", "0", "at least 1"),
    ("number", "10.5", "at most 10"),
    ("date", "2027-02-31", "a day that exists"),
    ("date", "0000-00-00", "a day that exists"),
    ("date", "9999-12-31", "a day that exists"),
    ("phone", "call me", "phone number"),
    ("credit_code", "91350100M000100Y44", "check digit"),
    ("credit_code", "12", "18 characters"),
    ("arrival", "2027-02-31T10:00", "day and time"),
    ("arrival", "soon", "day and time"),
    ("choice", "999999", "not offered here"),
    ("choice", "9" * 30, "not offered here"),
    ("choice", "💥", "not offered here"),
)


@pytest.mark.parametrize(("kind", "typed", "said"), WRONG)
def test_what_cannot_be_taken_is_said_beside_the_field_and_stays(
    page, edition, kind: str, typed: str, said: str
) -> None:
    bounds = {"least": "1", "most": "10"} if kind == "number" else {}
    row = ask(edition, kind, "Mine", choices=["A"] if kind == "choice" else [], **bounds)
    other = ask(edition, "text", "Other")
    answer = page.post(URL, form(name="Ann") | {f"q{row.id}": typed, f"q{other.id}": "kept"}, expected=200)
    [error] = answer.find(f"//*[@id='q{row.id}-error']")
    assert said in error.text_content()
    assert f"#q{row.id}" in answer.find("//*[@role='alert']//a/@href")
    assert answer.find("//*[@name='name']/@value") == ["Ann"]
    assert answer.find(f"//*[@name='q{other.id}']/@value") == ["kept"]
    assert db.session.scalar(select(Registration)) is None
    page.language = "zh"
    chinese = page.post(URL, form() | {f"q{row.id}": typed}, expected=200)
    [error] = chinese.find(f"//*[@id='q{row.id}-error']")
    assert re.search("[\u4e00-\u9fff]", error.text_content())


def test_a_required_question_asks_for_an_answer(page, edition: Edition) -> None:
    rows = [
        ask(edition, kind, kind, required=True, choices=["A"] if kind in {"choice", "choices", "diet"} else [])
        for kind in ("text", "choice", "choices", "diet", "file", "arrival", "number")
    ]
    answer = page.post(URL, form(), expected=200)
    assert [bool(answer.find(f"//*[@id='q{row.id}-error']")) for row in rows] == [True] * len(rows)


def test_what_another_answer_hides_is_ignored_and_cleared(page, edition: Edition) -> None:
    hotel = ask(edition, "choice", "Hotel", choices=["Yes", "No"])
    yes, no = choice(hotel, "Yes").id, choice(hotel, "No").id
    room = ask(edition, "choice", "Room", choices=["Single", "Shared"], only_if=choice(hotel, "Yes"), required=True)
    partner = ask(edition, "text", "With whom", only_if=choice(room, "Shared"), required=True)
    shown = page.get(URL)
    assert shown.find(f"//*[@data-only-if='q{hotel.id}={yes}']")
    assert "Only if “Hotel” is “Yes”." in shown.words
    shared = choice(room, "Shared").id
    # Without "Yes", neither the room nor what hangs on the room is asked, whatever was sent.
    private = page.post(URL, form() | {f"q{hotel.id}": no, f"q{room.id}": shared, f"q{partner.id}": "Bob"}).location
    assert answers() == {hotel.id: "No"}
    mine = f"{private}/answers/registration"
    assert page.post(mine, {f"q{hotel.id}": yes, f"q{room.id}": shared}, expected=200).find(
        f"//*[@id='q{partner.id}-error']"
    )
    page.post(mine, {f"q{hotel.id}": yes, f"q{room.id}": shared, f"q{partner.id}": "Bob"})
    assert answers() == {hotel.id: "Yes", room.id: "Shared", partner.id: "Bob"}
    page.post(mine, {f"q{hotel.id}": no, f"q{room.id}": shared, f"q{partner.id}": "Bob"})
    assert answers() == {hotel.id: "No"}


def test_an_answer_that_hides_a_question_of_the_other_stage_clears_it(page, edition: Edition) -> None:
    hotel = ask(edition, "choice", "Hotel", choices=["Yes", "No"])
    yes, no = choice(hotel, "Yes").id, choice(hotel, "No").id
    nights = ask(edition, "number", "Nights", stage="confirmed", only_if=choice(hotel, "Yes"), required=True)
    private = page.post(URL, form() | {f"q{hotel.id}": yes}).location
    assert "Please complete your registration" in page.get(private).words
    page.post(f"{private}/answers/confirmed", {f"q{nights.id}": "2"})
    assert answers() == {hotel.id: "Yes", nights.id: "2"}
    assert "Please complete your registration" not in page.get(private).words
    page.post(f"{private}/answers/registration", {f"q{hotel.id}": no})
    assert answers() == {hotel.id: "No"}


def test_a_question_for_one_category_is_asked_of_it_alone(page, cast, edition: Edition) -> None:
    with transaction():
        first = Category(edition=edition, code="expert", name=Bilingual(en="Expert"), position=1, taken=0)
        second = Category(edition=edition, code="media", name=Bilingual(en="Media"), position=2, taken=0)
        db.session.add_all([first, second])
        db.session.flush()
        ids = (first.id, second.id)
    topic = ask(edition, "text", "Topic", required=True, category_ids=(ids[0],))
    press = ask(edition, "text", "Press card", required=True, category_ids=(ids[1],))
    shown = page.get(URL)
    for question, number in ((topic, ids[0]), (press, ids[1])):
        [asked] = shown.find(f"//*[@name='q{question.id}']/ancestor::*[@data-only-if]")
        assert asked.get("data-only-if") == f"category={number}"
    chosen = form() | {"category": str(ids[0])}
    page.post(URL, chosen | {f"q{press.id}": "stolen"}, expected=200)
    page.post(URL, chosen | {f"q{topic.id}": "Foil", f"q{press.id}": "stolen"})
    assert answers() == {topic.id: "Foil"}


def test_another_category_gives_the_places_of_its_questions_back(page, cast, edition: Edition) -> None:
    expert = make_category(edition).id
    guest = default_category(edition).id
    dinner = ask(edition, "choice", "Dinner", choices=[("Banquet", 1)], category_ids=(guest,))
    table = ask(edition, "text", "Table", only_if=choice(dinner, "Banquet"))
    kept = ask(edition, "text", "Diet")
    given = {f"q{dinner.id}": str(choice(dinner, "Banquet").id), f"q{table.id}": "7", f"q{kept.id}": "none"}
    page.post(URL, form(1, category=str(guest), **given))
    row = db.session.scalars(select(Registration)).one()
    edit, row_id = f"/office/e/alu-2027/registrations/{row.id}/details", row.id
    assert (choice(dinner, "Banquet").taken, len(answers())) == (1, 3)
    page.sign_in(cast.staff)
    details = {"name": "Guest 1", "email": "guest1@example.org", "language": "en"}
    page.post(edit, details | {"category_id": "999"}, expected=200)
    for _ in range(2):
        page.post(edit, details | {"category_id": str(expert)})
    assert (choice(dinner, "Banquet").taken, answers(), places.reconcile()) == (0, {kept.id: "none"}, [])
    row = db.session.get_one(Registration, row_id)
    assert (row.category.code, row.ticket_version, row.revision) == ("expert", 1, 1), "one letter says both"
    with transaction():
        db.session.get_one(Category, guest).capacity = 0
    shown = page.post(edit, details | {"category_id": str(guest)}, expected=200)
    assert "has no place left" in shown.words


def test_places_of_a_choice_are_never_oversold_and_nothing_typed_is_lost(page, edition: Edition) -> None:
    visit = ask(edition, "choice", "Visit", choices=[("Foil works", 1), ("Port", 5)])
    note = ask(edition, "text", "Note")
    paper = ask(edition, "file", "Paper")
    foil = choice(visit, "Foil works").id
    page.post(URL, form(1) | {f"q{visit.id}": foil})
    assert choice(visit, "Foil works").taken == 1
    shown = page.get(URL)
    [full] = shown.find(f"//input[@name='q{visit.id}' and @value='{foil}']")
    assert full.get("disabled") is not None
    assert "Foil works · full" in shown.words
    assert "5 places left" in shown.words
    sent = form(2) | {f"q{visit.id}": foil, f"q{note.id}": "mine", f"q{paper.id}": (BytesIO(PNG), "峰会.png")}
    again = page.post(URL, sent, expected=200)
    assert "has no place left" in again.find(f"//*[@id='q{visit.id}-error']")[0].text_content()
    assert again.find(f"//*[@name='q{note.id}']/@value") == ["mine"]
    assert "峰会.png" in again.words
    [kept] = again.find(f"//*[@name='q{paper.id}-kept']/@value")
    page.post(
        URL, form(2) | {f"q{visit.id}": choice(visit, "Port").id, f"q{note.id}": "mine", f"q{paper.id}-kept": kept}
    )
    [last] = db.session.scalars(select(Registration).where(Registration.email == "guest2@example.org"))
    assert answers(last) == {visit.id: "Port", note.id: "mine", paper.id: "峰会.png"}
    assert places.reconcile() == []


def test_a_choice_that_is_removed_while_the_form_is_sent(page, edition: Edition, monkeypatch) -> None:
    visit = ask(edition, "choice", "Visit", choices=["Foil works", "Port"])
    foil = choice(visit, "Foil works").id

    def too_late(*given: object) -> object:
        with page.app.app_context(), transaction():  # somebody else's session
            db.session.delete(db.session.get_one(Choice, foil))
        return _registered(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("forums.registrations.views._registered", too_late)
    again = page.post(URL, form(2) | {f"q{visit.id}": foil}, expected=200)
    assert "Please choose again." in again.find(f"//*[@id='q{visit.id}-error']")[0].text_content()
    assert again.find("//*[@name='email']/@value") == ["guest2@example.org"]


def test_a_place_taken_between_the_look_and_the_claim(page, edition: Edition, monkeypatch) -> None:
    """The form found a place, another registration took it before the claim: the error stands beside the question."""
    visit = ask(edition, "choice", "Visit", choices=[("Foil works", 1)])
    foil = choice(visit, "Foil works").id
    page.post(URL, form(1) | {f"q{visit.id}": foil})
    monkeypatch.setattr("forums.registrations.questions.models.Choice.is_full", False)
    again = page.post(URL, form(2) | {f"q{visit.id}": foil}, expected=200)
    assert "has no place left" in again.find(f"//*[@id='q{visit.id}-error']")[0].text_content()
    assert again.find("//*[@name='email']/@value") == ["guest2@example.org"]
    assert places.reconcile() == []


def test_who_holds_a_full_choice_keeps_it(page, edition: Edition) -> None:
    visit = ask(edition, "choice", "Visit", choices=[("Foil works", 1), "Port"])
    foil = choice(visit, "Foil works").id
    private = page.post(URL, form() | {f"q{visit.id}": foil}).location
    mine = page.get(f"{private}/answers/registration")
    [own] = mine.find(f"//input[@value='{foil}']")
    assert (own.get("checked"), own.get("disabled")) == ("checked", None)
    page.post(f"{private}/answers/registration", {f"q{visit.id}": foil})
    assert choice(visit, "Foil works").taken == 1
    page.post(f"{private}/answers/registration", {f"q{visit.id}": ""})
    assert choice(visit, "Foil works").taken == 0
    assert answers() == {}


def test_who_waits_has_wished_and_not_taken(page, edition: Edition) -> None:
    visit = ask(edition, "choice", "Visit", choices=[("Foil works", 1)])
    with transaction():
        db.session.merge(edition).capacity = 1
    first = page.post(URL, form(1)).location
    private = page.post(URL, form(2) | {f"q{visit.id}": choice(visit, "Foil works").id}).location
    assert choice(visit, "Foil works").taken == 0
    assert "no place taken yet" in page.get(private).words
    page.post(f"{first}/cancellation")
    assert choice(visit, "Foil works").taken == 1
    assert "no place taken yet" not in page.get(private).words


def test_the_same_form_sent_twice_is_one_answer(page, edition: Edition) -> None:
    paper = ask(edition, "file", "Paper")
    led_to = [page.post(URL, form() | {f"q{paper.id}": (BytesIO(PNG), "a.png")}).location for _ in range(2)]
    assert len(set(led_to)) == 1
    assert answers() == {paper.id: "a.png"}


def test_a_file_is_inspected_kept_once_and_served_to_its_owner_and_staff(page, cast, edition: Edition) -> None:
    paper = ask(edition, "file", "Paper", required=True, most="1")
    field = f"q{paper.id}"
    for junk, said in (
        (b"", "empty"),
        (b"<html>", "not a file of a kind"),
        (b"MZ" * 100, "not a file of a kind"),
        (PNG + b"x" * 1_100_000, "larger than 1 MB"),
    ):
        answer = page.post(URL, form() | {field: (BytesIO(junk), "a.png")}, expected=200)
        assert said in answer.find(f"//*[@id='{field}-error']")[0].text_content()
    two = page.post(URL, form() | {field: [(BytesIO(PNG), "a.png"), (BytesIO(PNG), "b.png")]}, expected=200)
    assert "one file only" in two.find(f"//*[@id='{field}-error']")[0].text_content()
    private = page.post(URL, form() | {field: (BytesIO(PNG), "../../议程 2027.png")}).location
    assert answers() == {paper.id: "议程 2027.png"}
    assert page.get(private).find(f"//a[@href='{private}/answers/{paper.id}/file']")
    for url in (f"{private}/answers/{paper.id}/file", f"{OFFICE}/1/answers/{paper.id}/file"):
        page.sign_in(cast.organizer) if url.startswith(OFFICE) else page.sign_out()
        got = page.get(url).response
        assert got.data == PNG
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in got.headers["Content-Security-Policy"]
    page.sign_out().get(f"/my/registration/nobody/answers/{paper.id}/file", expected=404)
    page.get(f"{OFFICE}/1/answers/{paper.id}/file", expected=303)
    page.sign_in(cast.helper).get(f"{OFFICE}/1/answers/{paper.id}/file", expected=403)
    assert db.session.scalars(select(StoredFile.size)).all() == [len(PNG)]


def test_files_of_forms_that_were_given_up_are_forgotten(page, edition: Edition) -> None:
    paper = ask(edition, "file", "Paper")
    field = f"q{paper.id}"
    other = png(11, 10, PNG_ROWS)
    page.post(URL, form(name="") | {field: (BytesIO(other), "given-up.png")}, expected=200)
    private = page.post(URL, form() | {field: (BytesIO(PNG), "kept.png")}).location
    shelves = [shelf.path_of(hashlib.sha256(content).hexdigest()) for content in (PNG, other)]
    for path in shelves:
        os.utime(path, (0, 0))
    forget_files()
    assert db.session.scalar(select(func.count(StoredFile.id))) == 2  # neither is a day old
    with clock.frozen(clock.now() + timedelta(days=2)):
        forget_files()
        db.session.rollback()
        assert [path.exists() for path in shelves] == [True, False]
        assert db.session.scalars(select(StoredFile.size)).all() == [len(PNG)]
        assert page.get(f"{private}/answers/{paper.id}/file").response.data == PNG
        page.post(f"{private}/answers/registration", {f"{field}-remove": "y"})
        forget_files()
        assert [path.exists() for path in shelves] == [False, False]
        db.session.rollback()
        assert db.session.scalar(select(func.count(StoredFile.id))) == 0


def test_a_token_of_another_question_or_nobody_keeps_no_file(page, edition: Edition) -> None:
    first, second = ask(edition, "file", "First"), ask(edition, "file", "Second")
    back = page.post(URL, form(name="") | {f"q{first.id}": (BytesIO(PNG), "a.png")}, expected=200)
    [kept] = back.find(f"//*[@name='q{first.id}-kept']/@value")
    page.post(URL, form() | {f"q{second.id}-kept": kept, f"q{first.id}-kept": "💥" * 50})
    assert answers() == {}


def test_an_archived_question_and_a_removed_choice_stay_with_whoever_answered(page, cast, edition: Edition) -> None:
    visit = ask(edition, "choice", "Visit", choices=["Foil", "Port"])
    private = page.post(URL, form() | {f"q{visit.id}": choice(visit, "Foil").id}).location
    choice_row = choice(visit, "Foil")
    page.sign_in(cast.organizer)
    edit = f"/office/e/alu-2027/questions/{visit.id}"
    port = choice(visit, "Port")
    page.post(
        edit,
        {
            "kind": "choice", "label_en": "Excursion", "stage": "registration", "seen": "0", "shown_if": "",
            "choice_id": [str(choice_row.id), str(port.id)], "choice_zh": ["", ""], "choice_en": ["Foil", "Harbour"],
            "choice_places": ["", ""], "choice_order": ["1", "2"], "choice_remove": str(choice_row.id),
        },
    )  # fmt: skip
    assert answers() == {visit.id: "Foil"}
    assert "Excursion" in page.get(private).words
    mine = page.get(f"{private}/answers/registration")
    assert "offered no more" in mine.words
    assert "Harbour" in mine.words
    assert "Foil" not in page.get(URL).words
    with transaction():
        archive(visit.row, actor=SYSTEM)
    for url in (private, f"{OFFICE}/1"):
        shown = page.get(url)
        assert "asked no more" in shown.words
        assert "Foil" in shown.words
    assert "Excursion" not in page.get(URL).words


def test_answers_can_be_changed_until_registration_closes_and_the_event_is_over(page, edition: Edition) -> None:
    first = ask(edition, "text", "First")
    hotel = ask(edition, "text", "Hotel", stage="confirmed")
    private = page.post(URL, form() | {f"q{first.id}": "a"}).location
    with transaction():
        db.session.merge(edition).registration_closes = datetime(2097, 3, 1, tzinfo=UTC)
    with clock.frozen(datetime(2097, 3, 2, tzinfo=UTC)):
        page.get(f"{private}/answers/registration", expected=303)
        page.post(f"{private}/answers/registration", {f"q{first.id}": "late"})
        page.post(f"{private}/answers/confirmed", {f"q{hotel.id}": "Hilton"})
    assert answers() == {first.id: "a", hotel.id: "Hilton"}
    with clock.frozen(datetime(2097, 4, 2, tzinfo=UTC)):
        page.post(f"{private}/answers/confirmed", {f"q{hotel.id}": "late"})
    assert answers() == {first.id: "a", hotel.id: "Hilton"}


def test_the_office_sees_and_corrects_with_a_record(page, cast, edition: Edition) -> None:
    first = ask(edition, "text", "First", required=True)
    row = make_registration(edition)
    page.sign_in(cast.staff)
    assert "not answered yet" in page.get(f"{OFFICE}/{row.id}").words
    page.post(f"{OFFICE}/{row.id}/answers", {f"q{first.id}": "\x07"}, expected=200)
    page.post(f"{OFFICE}/{row.id}/answers", {f"q{first.id}": ""})  # the office may leave open what is required
    page.post(f"{OFFICE}/{row.id}/answers", {f"q{first.id}": "by phone"})
    shown = page.get(f"{OFFICE}/{row.id}")
    assert "by phone" in shown.words
    assert "Staff (synthetic)" in shown.words
    page.sign_in(cast.outsider).get(f"{OFFICE}/{row.id}/answers", expected=404)


def test_the_consent_that_was_agreed_to_is_kept_and_read_again(page, cast, edition: Edition) -> None:
    private = page.post(URL, form(1)).location
    assert "write to me about it" in page.get(f"{private}/consent").words
    with transaction():
        write_consent(db.session.merge(edition), Bilingual(en="First text.\nSecond line."), seen=0, actor=SYSTEM)
    shown = page.get(URL)
    assert "First text." in shown.words
    assert shown.find("//*[@name='consent_version']/@value") == ["v1"]
    page.post(URL, form(2, consent_version="v1"))
    with transaction():
        assert write_consent(db.session.merge(edition), Bilingual(en="Other text."), seen=1, actor=SYSTEM).version == 2
    late = page.post(URL, form(3, consent_version="v1"), expected=200)
    assert "has changed since you opened" in late.words
    assert late.find("//*[@name='consent_version']/@value") == ["v2"]
    page.post(URL, form(4, consent=""), expected=200)
    page.post(URL, form(3, consent_version="v2"))
    rows = db.session.scalars(select(Registration).order_by(Registration.id)).all()
    assert [row.consent_version for row in rows] == ["2026-1", "v1", "v2"]
    assert [agreed_to(row).en.split()[0] for row in rows] == ["I", "First", "Other"]
    page.sign_in(cast.staff)
    assert "First text." in page.get(f"{OFFICE}/{rows[1].id}/consent").words
    page.get(f"{OFFICE}/999/consent", expected=404)


def test_a_form_without_questions_asks_one_small_query_more(page, edition: Edition) -> None:
    page.get(URL)
    without = page.get(URL)
    assert len([one for one in without.queries if "questions" in one]) == 1
    assert "question" not in without.text


def test_many_questions_take_no_query_each(page, edition: Edition) -> None:
    for number in range(3):
        ask(edition, "choice", f"Choice {number}", choices=["A", ("B", 3)])
    few = len(page.get(URL).queries)
    for number in range(5):
        ask(edition, "choice", f"More {number}", choices=["A", ("B", 3)])
    assert len(page.get(URL).queries) == few


def test_the_organisation_of_a_credit_code_is_offered(page, edition: Edition) -> None:
    with transaction():
        find_or_create_organisation(Bilingual("示例铝业", "Example Alu"), credit_code="91350100M000100Y43")
    url = "/e/alu-2027/questions/organisation.json"
    assert page.get(url, query_string={"code": "91350100m000100y43"}).json == {"name": "Example Alu", "error": ""}
    assert page.get(url, query_string={"code": "91350100M000100Y44"}).json["error"]
    assert page.get(url, query_string={"code": "\x07💥" * 99}).json["name"] == ""
