"""iTIP as RFC 5546 asks for it: read back by a calendar library, folded by octets, one event for each guest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar, Event

from forums.invitations.itip import LINE, Guest, Occasion, message, uid_of
from forums.mail.faults import Permanent

FORUM = Occasion(
    sequence=2,
    starts_on=date(2027, 3, 18),
    ends_on=date(2027, 3, 19),
    title="第五届中国（濉溪）铝箔产业创新与发展论坛，暨铝板带箔产业绿色发展技术研讨会；合作签约仪式",
    place="安徽省淮北市濉溪县会展中心, 一号厅; A\\B",
)
LI = Guest(
    uid=uid_of(12, "sealed", "forum.example.org"),
    name="李工",
    email="li@example.org",
    organizer="replies+abc@forum.example.org",
    organizer_name="论坛组委会",
    description="请在此答复：\nhttps://forum.example.org/answer/x",
    link="https://forum.example.org/answer/x",
    written_at=datetime(2026, 12, 31, 16, 5, tzinfo=UTC),
)


def read(content: bytes) -> tuple[Calendar, Event]:
    calendar = Calendar.from_ical(content)
    [event] = calendar.walk("VEVENT")
    assert (calendar.errors, event.errors) == ([], [])
    return calendar, event


def test_a_request_has_what_rfc_5546_asks_for() -> None:
    part = message(FORUM, LI)
    calendar, event = read(part.content)
    assert (part.method, str(calendar["METHOD"]), str(calendar["VERSION"])) == ("REQUEST", "REQUEST", "2.0")
    assert calendar["PRODID"]
    assert str(event["UID"]) == "invitation-12-sealed@forum.example.org"
    assert (event["SEQUENCE"], str(event["STATUS"])) == (2, "CONFIRMED")
    assert event["DTSTAMP"].dt == LI.written_at
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2027, 3, 18), date(2027, 3, 20))  # the end is not in it
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert (str(event["SUMMARY"]), str(event["LOCATION"])) == (FORUM.title, FORUM.place)
    assert (str(event["ORGANIZER"]), event["ORGANIZER"].params["CN"]) == (f"mailto:{LI.organizer}", "论坛组委会")
    assert str(event["ATTENDEE"]) == "mailto:li@example.org"
    asked = {name: event["ATTENDEE"].params[name] for name in ("CN", "PARTSTAT", "RSVP", "ROLE")}
    assert asked == {"CN": "李工", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE", "ROLE": "REQ-PARTICIPANT"}
    assert (str(event["DESCRIPTION"]), str(event["URL"])) == (LI.description, LI.link)
    assert part == message(FORUM, LI)


def test_a_cancel_names_the_same_event_with_a_higher_sequence_and_asks_for_nothing() -> None:
    part = message(replace(FORUM, sequence=3, is_cancelled=True), LI)
    calendar, event = read(part.content)
    assert (part.method, str(calendar["METHOD"]), str(event["STATUS"])) == ("CANCEL", "CANCEL", "CANCELLED")
    assert (str(event["UID"]), event["SEQUENCE"]) == (LI.uid, 3)
    assert (str(event["ATTENDEE"]), str(event["ORGANIZER"])) == ("mailto:li@example.org", f"mailto:{LI.organizer}")
    assert {"RSVP", "PARTSTAT"}.isdisjoint(event["ATTENDEE"].params)


@pytest.mark.parametrize("letter", ["铝", "é", "a", "\\", ";", "^", "𠮷"])
def test_lines_are_folded_at_75_octets_and_never_inside_a_character(letter: str) -> None:
    for length in (*range(20, 40), 300):
        text = letter * length
        guest = replace(LI, name=text[:200], description=f"{text}\n{text}")
        content = message(replace(FORUM, title=text[:200], place=text), guest).content
        lines = content.split(b"\r\n")
        assert max(map(len, lines)) <= LINE
        assert b"\n" not in b"".join(lines)
        for line in lines:
            line.decode()  # a character that was cut in two would not be one
        _, event = read(content)
        assert str(event["DESCRIPTION"]) == guest.description
        assert event["ATTENDEE"].params["CN"] == guest.name.replace("\\", "/")


def test_hostile_names_stay_names() -> None:
    evil = 'X"\r\nATTENDEE:mailto:victim@example.org\u2028;RSVP=FALSE:,\ud800'
    guest = replace(LI, name=evil, organizer_name=evil, email="a?b%c@例子.中国", description=evil)
    _, event = read(message(replace(FORUM, title=evil, place=evil), guest).content)
    assert str(event["ATTENDEE"]) == "mailto:a%3Fb%25c@xn--fsqu00a.xn--fiqs8s"
    assert event["ATTENDEE"].params["CN"].startswith('X" ATTENDEE:mailto:victim@example.org ;RSVP=FALSE:,')
    assert event["ATTENDEE"].params["RSVP"] == "TRUE"
    with pytest.raises(Permanent):
        message(FORUM, replace(LI, email="no address"))


def test_a_place_that_is_not_known_is_left_out() -> None:
    _, event = read(message(replace(FORUM, place=""), replace(LI, name="", link="", description="")).content)
    assert {"LOCATION", "URL", "DESCRIPTION"}.isdisjoint(event)
    assert "CN" not in event["ATTENDEE"].params
