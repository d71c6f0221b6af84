"""Speakers: asked once, announced when they confirm, asked again when moved; nothing public before its release."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from forums import clock, tokens
from forums.agenda.models import Appearance, ImportedPerson, Session
from forums.agenda.operations import SessionFacts, cancel_session, change_session, remove_appearance
from forums.columns import Bilingual
from forums.directory.models import Person
from forums.documents.models import Document
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.speaking import operations
from forums.invitations.speaking.models import Speaking
from forums.mail.models import Letter
from forums.transaction import transaction
from tests.agenda import files
from tests.agenda.make import at, bring_in, hall, make_expert, make_session
from tests.agenda.test_importing import edited
from tests.cast import SYSTEM, Cast
from tests.client import Reader
from tests.invitations.guests import here
from tests.invitations.test_answers import Deliver

Letters = Callable[[], list[Letter]]
HOUSE = "/office/e/alu-2027/speakers"


@pytest.fixture
def talk(edition: Edition, cast: Cast, page: Reader) -> int:
    """A published session with one expert whose address is known; the appearance's id. The organiser is signed in."""
    expert = make_expert()
    session = make_session(here(), "Foil", experts=(db.session.merge(expert),))
    page.sign_in(cast.organizer)
    with transaction():
        appearance = db.session.scalars(db.select(Appearance)).one()
        person = db.session.get_one(Person, appearance.expert.person_id)
        person.email = "li@example.org"
        assert appearance.session_id == db.session.merge(session).id
        return appearance.id


def speaking() -> Speaking:
    db.session.rollback()
    return db.session.scalars(db.select(Speaking)).one()


def session() -> Session:
    db.session.rollback()
    return db.session.scalars(db.select(Session)).one()


def private() -> str:
    row = speaking()
    return f"/speaking/{tokens.sign('speaking', row.id, row.token_version)}"


def ask(page: Reader, number: int = 1) -> None:
    page.post(f"{HOUSE}/asking", {"number": str(number)})


def written(outbox: Letters) -> list[str]:
    return [
        letter.letter for letter in outbox() if letter.letter.startswith("speaking") and letter.state != "cancelled"
    ]


def move(hours: str, in_hall: str = "A") -> None:
    with transaction():
        row = session()
        facts = SessionFacts(
            title=row.title, state="published", starts_at=at(hours), ends_at=None, hall=hall(row.edition, in_hall)
        )
        change_session(row, facts, actor=SYSTEM)


def test_speakers_are_asked_once_and_announced_when_they_confirm(
    talk: int, page: Reader, outbox: Letters, deliver: Deliver
) -> None:
    public = "/e/alu-2027/experts"
    assert "Li Lei" in page.get(public).words
    ask(page, number=2)
    assert written(outbox) == []
    assert "1 letter would go out now" in page.get(HOUSE).words
    ask(page)
    ask(page)
    assert written(outbox) == ["speaking_invitation"]
    [message] = deliver()
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "题目：Foil" in text
    assert "2097年3月18日 09:00–10:00" in text
    assert private() in re.findall(r"/speaking/[\w-]+", text)
    assert "Li Lei" not in page.get(public).words
    assert "Li Lei" not in page.get("/e/alu-2027/agenda").words
    page.get(private())
    assert speaking().state == "asked"
    for _ in range(2):
        page.post(private(), {"answer": "confirmed", "proposal": "Thin foil"})
    assert (speaking().state, speaking().appearance.standing, speaking().proposal) == (
        "confirmed",
        "confirmed",
        "Thin foil",
    )
    assert "Li Lei" in page.get(public).words
    assert "Thin foil" in page.get(HOUSE + "?show=confirmed").words
    assert "Thin foil" in page.get(HOUSE + ".csv").text
    page.post(private(), {"answer": "declined", "reason": "Ill"})
    assert "Li Lei" not in page.get(public).words
    assert "Ill" in page.get(f"{HOUSE}/{talk}").words


def test_another_address_makes_another_link(talk: int, page: Reader, outbox: Letters) -> None:
    ask(page)
    old = private()
    wrong = page.post(f"{HOUSE}/{talk}", {"email": "nowhere", "language": "en", "seen": "1"}, expected=200)
    assert "This is no e-mail address" in wrong.words
    for _ in range(2):
        page.post(f"{HOUSE}/{talk}", {"email": "new@example.org", "language": "en", "seen": "1"})
    assert written(outbox) == ["speaking_invitation"] * 2
    assert "no longer valid" in page.get(old, expected=404).words
    page.post(old, {"answer": "confirmed"}, expected=404)
    page.get(private())


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), "navy").save(out, "PNG")
    return out.getvalue()


def pptx(*more: str) -> bytes:
    out = io.BytesIO()
    main = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", f"<Types><Override ContentType='{main}'/></Types>")
        archive.writestr("ppt/slides/slide1.xml", "<p/>")
        for name in more:
            archive.writestr(name, "x")
    return out.getvalue()


def test_what_is_handed_in_waits_for_its_release(talk: int, page: Reader) -> None:
    ask(page)
    page.post(private(), {"answer": "confirmed"})
    assert speaking().missing == ["bio", "photo", "slides"]

    def hand_in(expected: int = 303, **more: Any) -> Any:
        return page.post(f"{private()}/materials", {"bio_en": "Knows foil.", **more}, expected=expected)

    assert "holds programs" in hand_in(200, slides=(io.BytesIO(pptx("ppt/vbaProject.bin")), "a.pptx")).words
    assert "not a file of a kind" in hand_in(200, photo=(io.BytesIO(b"<svg/>"), "a.png")).words
    hand_in(photo=(io.BytesIO(png()), "me.png"), slides=(io.BytesIO(pptx()), "讲稿.pptx"), needs="A laser pointer")
    row = speaking()
    assert (row.missing, row.waits_for_approval) == ([], True)
    assert row.photo is not None
    assert (row.photo.stored.media_type, row.photo.display_name) == ("image/jpeg", "me.jpg")
    profile = f"/experts/{row.appearance.expert_id}"
    assert "Knows foil" not in page.get(profile).words
    page.get(f"{profile}/photo.jpg", expected=404)
    page.post(f"{HOUSE}/{talk}/release")
    assert "Knows foil" in page.get(profile).words
    shown = page.get(f"{profile}/photo.jpg").response
    assert Image.open(io.BytesIO(shown.data)).size == (800, 600)
    slides = page.get(f"{private()}/slides").response
    assert slides.headers["Content-Disposition"].startswith("attachment")
    assert "A laser pointer" in page.get(f"{HOUSE}/{talk}").words
    hand_in(bio_en="Knows foil well.", slides=(io.BytesIO(pptx("ppt/slides/slide2.xml")), "2.pptx"))
    names = db.session.scalars(db.select(Document.display_name).order_by(Document.id)).all()
    assert names == ["me.jpg", "2.pptx"]
    assert speaking().waits_for_approval
    assert "foil well" not in page.get(profile).words


def test_a_moved_speaker_is_offered_to_be_told_and_asked_again_and_a_cancelled_one_told(
    talk: int, page: Reader, outbox: Letters
) -> None:
    move("18 09:00")
    ask(page)
    page.post(private(), {"answer": "confirmed"})
    move("18 11:00")
    move("18 09:00")
    assert "1 speaker has not been told" not in page.get("/office/e/alu-2027/agenda").words
    move("18 12:00", in_hall="B")
    assert written(outbox) == ["speaking_invitation"]
    for url in ("/office/e/alu-2027/agenda", f"/office/e/alu-2027/agenda/{session().id}", HOUSE):
        assert "1 speaker has not been told that title, time or hall has changed." in page.get(url).words
    assert "not told: Time, Hall" in page.get(HOUSE + "?show=untold").words
    offered = page.get(f"{HOUSE}/{talk}")
    assert "Changed since the speaker last read of it, and not told yet: Time, Hall" in offered.words
    assert "12:00" in page.get(offered.find("//iframe/@src")[0]).text
    assert {one.status_code for one in page.post_at_once(f"{HOUSE}/{talk}/news", {"key": ""})} == {303}
    page.post(f"{HOUSE}/telling", {"number": "1"})
    assert written(outbox) == ["speaking_invitation", "speaking_moved"]
    assert "12:00" in outbox()[-1].params["slot"]
    assert "Time or hall has changed" in page.get(private()).words
    assert "Li Lei" in page.get("/e/alu-2027/experts").words
    page.post(private(), {"answer": "confirmed"})
    assert not speaking().is_open_again
    with transaction():
        cancel_session(session(), actor=SYSTEM)
    assert written(outbox) == ["speaking_invitation", "speaking_cancelled"]
    assert "over or cancelled" in page.get(private()).words
    page.post(private(), {"answer": "declined"})
    assert speaking().state == "confirmed"


def test_another_title_is_offered_to_be_told_and_asks_nobody_again(
    talk: int, page: Reader, deliver: Deliver, outbox: Letters
) -> None:
    ask(page)
    page.post(private(), {"answer": "confirmed"})
    with transaction():
        row = session()
        facts = SessionFacts(
            title=Bilingual("箔材新工艺", "New foil"), state=row.state, starts_at=row.starts_at, ends_at=row.ends_at
        )
        change_session(row, replace(facts, hall=row.hall), actor=SYSTEM)
    assert "not told: Title" in page.get(HOUSE).words
    page.post(f"{HOUSE}/telling", {"number": "1"})
    assert not speaking().is_open_again
    text = " ".join(deliver()[-1].get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
    assert "您演讲的场次更改了题目" in text
    assert "箔材新工艺" in text
    with transaction():
        row = session()
        cancel_session(row, actor=SYSTEM)
    with transaction():
        change_session(session(), replace(facts, state="published"), actor=SYSTEM)
    assert "not told: Time" in page.get(HOUSE).words  # it was called off, and takes place after all


def test_each_letter_can_be_seen_as_a_speaker_gets_it_before_anybody_is_asked(
    talk: int, page: Reader, outbox: Letters
) -> None:
    for letter, zh, en in (
        ("invitation", "题目：Foil", "Topic: Foil"),
        ("reminder", "我们仍在等待您的回复", "We still await your answer"),
        ("moved", "Foil", "takes place at another time"),
        ("thanks", "感谢您莅临", "thank you for coming to"),
    ):
        for language, words in (("zh", zh), ("en", en)):
            asked = f"letter=speaking_{letter}&language={language}"
            assert words in page.get(f"{HOUSE}/{talk}/letter?{asked}").text
            shown = page.get(f"{HOUSE}/{talk}?{asked}")
            assert shown.find("//select/option[@selected]/@value")[-2:] == [f"speaking_{letter}", language]
    shown = page.get(f"{HOUSE}/{talk}/letter?letter=speaking_invitation")
    assert "/speaking/hidden" in shown.text
    assert "题目：Foil" in page.get(f"{HOUSE}/{talk}/letter?letter=password_reset&language=fr").text
    assert outbox() == []
    db.session.rollback()
    assert db.session.scalars(db.select(Speaking)).all() == []


def test_whoever_is_taken_off_the_session_is_told(talk: int, page: Reader, outbox: Letters) -> None:
    ask(page)
    with transaction():
        remove_appearance(session().appearances[0], actor=SYSTEM)
    assert written(outbox) == ["speaking_invitation", "speaking_cancelled"]
    assert db.session.scalars(db.select(Speaking)).all() == []


def test_whoever_a_file_takes_off_the_session_is_told(edition: Edition, outbox: Letters) -> None:
    bring_in(here(), files.billet())
    foil = db.session.scalars(db.select(Session).where(Session.source_key == "foil-1")).one().id
    with transaction():
        for appearance in db.session.get_one(Session, foil).appearances:
            operations.ask(appearance, email=f"e{appearance.id}@example.org", language="zh", seen=0, actor=SYSTEM)
    db.session.rollback()
    keeps = db.session.get_one(Session, foil).appearances[0]
    asked = {letter.recipient for letter in outbox()}
    key = db.session.scalars(db.select(ImportedPerson).where(ImportedPerson.expert_id == keeps.expert_id)).one()
    bring_in(here(), edited(people=[{"person": key.source_key, "role": keeps.role}]))
    told = {letter.recipient for letter in outbox() if letter.letter == "speaking_cancelled"}
    assert len(asked) > 1
    assert told == asked - {speaking().email}


def test_reminders_come_once_a_day_and_thanks_once(talk: int, page: Reader, outbox: Letters) -> None:
    with clock.frozen(at("01 09:00")):
        ask(page)
        page.post(f"{HOUSE}/reminding", {"number": "0"})
    with clock.frozen(at("09 09:00")):
        assert "Silent for 7 days or more 1" in page.get(HOUSE).words
        assert "silent for 8 days" in page.get(HOUSE + "?show=silent").words
        texts = {name: value or "" for name, value in page.get(f"{HOUSE}/texts").tree.forms[-1].fields.items() if name}  # type: ignore[union-attr]
        assert "between 1 and 365" in page.post(f"{HOUSE}/texts", texts | {"silent_days": "0"}, expected=200).words
        page.post(f"{HOUSE}/texts", texts | {"silent_days": "9"})
        assert "Nobody matches" in page.get(HOUSE + "?show=silent").words
        for number in ("1", "1"):
            page.post(f"{HOUSE}/reminding", {"number": number})
        page.post(private(), {"answer": "confirmed"})
        page.post(f"{HOUSE}/thanking", {"number": "1"})
    assert written(outbox) == ["speaking_invitation", "speaking_reminder"]
    with clock.frozen(at("18 20:00")):
        page.post(f"{HOUSE}/{talk}/reminder")
        assert "The session is over" in page.get(private()).words
        assert "Thank" in page.get(f"{HOUSE}/{talk}").words
        page.post(f"{HOUSE}/{talk}/thanks")
        page.post(f"{HOUSE}/{talk}/thanks")
        page.post(f"{HOUSE}/thanking", {"number": "1"})
    assert written(outbox) == ["speaking_invitation", "speaking_reminder", "speaking_thanks"]


def test_the_same_form_sent_again_writes_no_second_letter_and_says_the_same(
    talk: int, page: Reader, outbox: Letters
) -> None:
    """By a double click, one after the other and at the same moment; without its key the second is refused."""
    with clock.frozen(at("01 09:00")):
        key = page.get(HOUSE).find("//form[contains(@action, '/asking')]//input[@name='key']/@value")[0]
        asking = {"number": "1", "key": key}
        assert {one.status_code for one in page.post_at_once(f"{HOUSE}/asking", asking)} == {303}
        page.get(HOUSE)
        page.post(f"{HOUSE}/asking", asking)
        assert "1 letter is on its way." in page.get(HOUSE).words
        ask(page)
        assert "0 letters would go out now" in page.get(HOUSE).words
        form = {"email": "li@example.org", "language": "en", "seen": "1", "key": "k"}
        page.post_at_once(f"{HOUSE}/{talk}", form, times=3)
        page.get(HOUSE)
        page.post(f"{HOUSE}/{talk}", form)
        assert "The invitation is on its way." in page.get(f"{HOUSE}/{talk}").words
        assert speaking().asks == 2
    with clock.frozen(at("09 09:00")):
        page.post_at_once(f"{HOUSE}/{talk}/reminder", {"key": "r"})
        page.get(HOUSE)
        page.post(f"{HOUSE}/{talk}/reminder", {"key": "r"})
        assert "1 letter is on its way." in page.get(HOUSE).words
        page.post(private(), {"answer": "confirmed"})
    with clock.frozen(at("18 20:00")):
        page.post_at_once(f"{HOUSE}/{talk}/thanks", {"key": "t"})
    assert written(outbox) == ["speaking_invitation"] * 2 + ["speaking_reminder", "speaking_thanks"]


def test_the_organisers_words_are_checked_and_used(talk: int, page: Reader, outbox: Letters) -> None:
    url = f"{HOUSE}/texts"
    form = page.get(url).tree.forms[-1]  # type: ignore[union-attr]
    fields = {name: value or "" for name, value in form.fields.items() if name}
    wrong = page.post(url, fields | {"body_en": "Come to {room}"}, expected=200)
    assert "{room} is no placeholder" in wrong.words
    page.post(url, fields | {"body_zh": "{name}，{hall}，{answer_by}，{link}", "answer_by": "2097-02-01"})
    ask(page)
    [letter] = outbox()
    [[line]] = letter.params["paragraphs"]
    assert line.startswith("李雷，")
    assert "2097年2月1日" in line


def test_an_edition_without_speakers_says_what_to_do(edition: Edition, cast: Cast, page: Reader) -> None:
    page.sign_in(cast.organizer)
    assert "Nobody appears in the agenda yet" in page.get(HOUSE).words
    page.sign_in(cast.staff)
    page.get(HOUSE, expected=403)
