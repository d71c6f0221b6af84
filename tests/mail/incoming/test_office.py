"""The page of what came in: what each message did, and what a person may decide about those that wait."""

from __future__ import annotations

import pytest
from flask import Flask

from forums.clock import now
from forums.extensions import db
from forums.mail.incoming.imap import parse_imap_url
from forums.mail.incoming.models import IncomingBox, IncomingMail
from forums.mail.incoming.operations import take_in
from forums.transaction import transaction
from tests.cast import Cast, make_edition, make_series
from tests.client import Reader
from tests.mail.incoming import samples
from tests.mail.incoming.test_taking_in import sent

HERE = "/office/e/alu-2027/incoming"
URL = "imaps://u:p@mail.example.org/INBOX"


@pytest.fixture
def reader(app: Flask, page: Reader, cast: Cast) -> Reader:
    return page.sign_in(cast.organizer)


def test_an_empty_page_says_what_to_set_and_then_what_comes(
    app: Flask, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_edition()
    assert "set MAIL_INCOMING, and IMAP_URL" in reader.get(HERE).words
    monkeypatch.setitem(app.config, "IMAP_URL", URL)
    with transaction() as session:
        name = parse_imap_url(URL).name
        session.add(IncomingBox(name=name, fault="no route to host", fault_since=now()))
    for url in (HERE, "/office/incoming"):
        words = reader.get(url).words
        assert "Nothing came back yet" in words
        assert "u@mail.example.org/INBOX cannot be read since" in words
        assert "no route to host" in words


def test_a_person_decides_about_what_waits_and_sees_what_came_of_the_rest(app: Flask, reader: Reader) -> None:
    edition = make_edition()
    letter = sent(edition=edition)
    for raw in (
        samples.human(letter.message_id, says="<script>alert(1)</script> 我已离职"),
        samples.vacation(letter.message_id),
        samples.report(original=letter.message_id, status="5.2.2", diagnosis="smtp; 552 mailbox full"),
        samples.qmail(""),
        samples.complaint(recipient=letter.recipient),
        samples.complaint(original=letter.message_id, number=2),
    ):
        take_in(raw, way="pipe")
    page = reader.get(HERE)
    assert [row.text_content().split()[0] for row in page.find("//a[contains(@class, 'chip')]")][:1] == ["All"]
    for words in (
        "All 4",
        "Waits for you 1",
        "Complaint Address suppressed",
        "552 mailbox full",
        "我已离职",
        "Automatic reply",
        "guest0@example.org",
    ):
        assert words in page.words
    assert "Came back · 5.2.2 Complained" in reader.get("/office/e/alu-2027/outbox").words
    [link] = page.find("(//td/a[contains(., 'Letter to')]/@href)[1]")
    for words in ("Came back5.2.2", "Letter came back mailer-daemon@mx.example.net", "Automatic reply"):
        assert words in reader.get(link).words
    house = reader.get("/office/incoming")
    assert "All 6" in house.words
    assert "It carries nothing that fits a letter of ours" in house.words
    assert "It names no letter of ours" in house.words or "550 5.1.1 User unknown" in house.words
    row = db.session.scalars(db.select(IncomingMail).where(IncomingMail.outcome == "waiting")).one()
    assert [form.get("action") for form in page.find("//td//form")] == [f"{HERE}/{row.id}/decision"] * 2
    reader.post(f"{HERE}/{row.id}/decision", {"decision": "nonsense"})
    assert "dealt with meanwhile" in reader.get(HERE).words
    answer = reader.post(f"{HERE}/{row.id}/decision?outcome=waiting", {"decision": "ignore"})
    assert answer.location.endswith(f"{HERE}?outcome=waiting")
    assert "No message matches" in reader.get(answer.location).words
    assert "Nothing to do: Organizer (synthetic)" in reader.get(f"{HERE}?kind=reply&q=invitation").words
    assert reader.get(f"{HERE}?outcome=nonsense&kind=x&page=99").status == 200


def test_what_belongs_to_another_edition_is_not_there(app: Flask, reader: Reader) -> None:
    theirs = make_edition()
    make_edition(make_series("other-forum"), slug="other-2027")
    row = take_in(samples.human(sent(edition=theirs).message_id), way="pipe")
    assert row is not None
    reader.post(f"/office/e/other-2027/incoming/{row.id}/decision", {"decision": "ignore"}, expected=404)
    assert "guest0@example.org" not in reader.get("/office/e/other-2027/incoming").words


def test_the_list_is_a_file(app: Flask, reader: Reader) -> None:
    letter = sent(edition=make_edition())
    take_in(samples.human(letter.message_id).replace(b"Re: Invitation", b"=1+1"), way="pipe")
    head, line = reader.get(f"{HERE}.csv").text.removeprefix("\ufeff").splitlines()
    assert head == "Received,From,Subject,Letter,Kind,What came of it,Detail,By"
    assert line.partition(",")[2] == "guest0@example.org,'=1+1,guest0@example.org,Somebody wrote back,Waits for you,,"
