"""Reading programmes: what comes in, and what is refused with which line."""

import codecs
import contextlib
import json
from datetime import UTC, datetime

import pytest

from forums.agenda.exchange import billet, gathering, node, reading
from forums.agenda.exchange.programme import Part, Problem, Programme, Unreadable
from forums.agenda.exchange.rows import MOST_OBJECTS
from forums.columns import Bilingual
from tests.agenda import files


def problems(programme: Programme) -> list[tuple[int, str, str]]:
    return [(each.line, each.field, each.reason) for each in programme.problems]


def test_reads_billet_json() -> None:
    programme = reading.read(files.billet())
    assert (programme.format, programme.read, programme.refused, programme.problems) == ("billet", 3, 0, ())
    assert programme.facts.title == Bilingual("示例论坛", "Demo forum")
    opening, foil, night = programme.sessions
    assert opening.people == (Part("p1", "chair"),)
    assert foil.people == (Part("p2", "speaker"), Part("p3", "moderator"))
    assert opening.starts_at == datetime(2027, 3, 18, 1, 0, tzinfo=UTC)
    assert (foil.kind, foil.track, foil.hall, night.hall) == ("parallel", "foil", "B", "")


def test_reads_coscup_json() -> None:
    programme = reading.read(files.coscup())
    keynote, doors = programme.sessions
    assert (keynote.kind, keynote.language, keynote.track, keynote.hall) == ("plenary", "zh", "main", "R1")
    assert [part.person for part in keynote.people] == ["s1", "s2"]
    assert (doors.kind, doors.track) == ("break", "")
    assert programme.halls[0].name == Bilingual("一廳", "Room 1")
    assert problems(programme) == [(1, "sessions[1].room", gathering.NO_SUCH_HALL)]


@pytest.mark.parametrize("data", [files.c3voc(), files.XML.encode()], ids=["json", "xml"])
def test_reads_c3voc(data: bytes) -> None:
    programme = reading.read(data)
    talk = programme.sessions[0]
    assert (programme.format, programme.facts.zone, programme.facts.slug) == ("c3voc", "Europe/Berlin", "demo")
    assert talk.key == "a0a0fcfe-b7fb-46e3-84b6-97a5406016b4"
    assert talk.starts_at == datetime(2027, 6, 1, 21, 30, tzinfo=UTC)
    assert talk.ends_at == datetime(2027, 6, 1, 22, 45, tzinfo=UTC)
    assert talk.abstract == Bilingual(en="under the stars\n\nShort\n\nLong")
    assert (talk.hall, talk.track, talk.language) == ("Saal 1", "Science", "en")
    # One name, two ids: two people.
    assert [(person.key, person.name.en) for person in programme.people] == [("5", "Ada"), ("6", "Ada")]


def test_xml_problems_carry_the_line_of_the_event() -> None:
    programme = reading.read(files.XML.encode())
    assert (programme.read, programme.refused, programme.refused_keys) == (2, 1, ("8",))
    line = files.XML.splitlines().index('      <event id="8">') + 1
    assert problems(programme) == [(line, "schedule/day[1]/room[1]/event[2].date", node.NOT_A_MOMENT)]


def test_an_hour_before_the_day_opens_is_after_midnight() -> None:
    programme = reading.read(files.XML.replace("        <date>soon</date>\n", "").encode())
    assert programme.sessions[1].starts_at == datetime(2027, 6, 1, 22, 30, tzinfo=UTC)


def test_each_bad_row_is_named_with_its_line_and_the_good_ones_come_in() -> None:
    sessions = [
        {"key": "a", "title": {"en": "Good"}, "starts_at": "2027-03-18T09:00:00+08:00"},
        {
            "key": "b",
            "title": {"en": "Ends early"},
            "starts_at": "2027-03-18T09:00:00+08:00",
            "ends_at": "2027-03-18T08:00:00+08:00",
        },
        {"key": "a", "title": {"en": "Same id"}},
        {"key": "c"},
        {"title": {"en": "No id"}},
        {"key": "d", "title": {"en": "Bad time"}, "starts_at": "next week"},
        {"key": "e", "title": {"en": "No zone"}, "starts_at": "2027-03-18T09:00:00"},
        ["a list"],
        {"key": "f", "title": {"en": "Odd"}, "people": [{"person": "nobody"}], "hall": "Z", "kind": "circus"},
        {"key": "g", "title": ["a", "b"]},
        {"key": "h", "title": {"en": "End only"}, "ends_at": "2027-03-18T08:00:00+08:00"},
        {
            "key": "i",
            "title": {"en": "Very long"},
            "starts_at": "2027-03-18T08:00:00Z",
            "ends_at": "2028-03-18T08:00:00Z",
        },
    ]
    data = files.billet(sessions=sessions)
    programme = reading.read(data)
    lines = data.decode().splitlines()

    def line(number: int) -> int:
        """Where the nth session opens: its brace stands two spaces in."""
        section = lines.index(' "sessions": [')
        return [n for n, text in enumerate(lines[section:], section + 1) if text in ("  {", "  [")][number]

    assert (programme.read, programme.refused) == (12, 9)
    assert [session.key for session in programme.sessions] == ["a", "e", "f"]
    assert programme.sessions[1].starts_at == datetime(2027, 3, 18, 1, 0, tzinfo=UTC)
    assert problems(programme) == [
        (line(1), "sessions[1].ends_at", gathering.ENDS_EARLY),
        (line(2), "sessions[2].key", gathering.REPEATED),
        (line(3), "sessions[3].title", gathering.NO_TITLE),
        (line(4), "sessions[4].key", gathering.NO_KEY),
        (line(5), "sessions[5].starts_at", node.NOT_A_MOMENT),
        (line(6), "sessions[6].starts_at", node.NO_ZONE),
        (line(6), "sessions[7]", node.NOT_AN_OBJECT),
        (line(8), "sessions[8].kind", billet.NOT_A_WORD),
        (line(8), "sessions[8].hall", gathering.NO_SUCH_HALL),
        (line(8), "sessions[8].people[0]", gathering.NO_SUCH_PERSON),
        (line(9), "sessions[9].title", node.NOT_TEXT),
        (line(9), "sessions[9].title", gathering.NO_TITLE),
        (line(10), "sessions[10].ends_at", gathering.END_ALONE),
        (line(11), "sessions[11].ends_at", gathering.TOO_LONG),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   \n",
        b"hello",
        b"[]",
        b"null",
        b"{}",
        b"{",
        b'{"schedule": 1}',
        b'{"schedule": {"conference": []}}',
        b'{"sessions": NaN, "speakers": []}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\x00\x01\x02\xff\xfe",
        b"\xff\xfe\xff",
        b"<a/>",
        b"<schedule>",
        b"<schedule/>",
        b"<" + b"a><" * 100_000,
        b'<?xml version="1.0" encoding="klingon"?><schedule/>',
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><schedule><conference><title>&b;</title></conference></schedule>',
        b"x" * (reading.LARGEST + 1),
        b'{"' + b'\\"' * 2_000_000,
        b'"' * 4_000_001,
        b'{"format": "billet-programme"' + b"{" * 50 + b'"' + b"\\" * 4_000_001,
        json.dumps({"format": "billet-programme", "sessions": [1] * (gathering.MOST_SESSIONS + 1)}).encode(),
    ],
    ids=lambda data: f"{len(data)}:{data[:24]!r}",
)
def test_what_is_no_programme_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(Unreadable):
        reading.read(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"speakers": [], "sessions": [], "x": [' + b"{}," * MOST_OBJECTS + b"{}]}",
        b"<schedule><conference/>" + b"<a/>" * (2 * MOST_OBJECTS) + b"</schedule>",
    ],
)
def test_a_file_that_would_fill_the_memory_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match="more than 200000 objects"):
        reading.read(data)


def test_a_billion_laughs_are_refused() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    schedule = "<schedule><conference><title>&l11;</title></conference></schedule>"
    with pytest.raises(Unreadable):
        reading.read(f'<!DOCTYPE z [<!ENTITY l0 "ha">{entities}]>{schedule}'.encode())


@pytest.mark.parametrize(
    "junk", [None, 1, -1.5, True, "x", [], {}, [[]], [{}], [None], {"zh": 1}, {"a": {"b": [1]}}, "\x00\ud800", 10**400]
)
@pytest.mark.parametrize(
    "name",
    ["edition", "halls", "tracks", "people", "sessions", "speakers", "rooms", "tags", "session_types", "schedule"],
)
def test_junk_in_any_place_gives_problems_and_never_breaks(name: str, junk: object) -> None:
    for base in (json.loads(files.billet()), files.COSCUP, files.C3VOC):
        document = json.loads(json.dumps(base))
        for inner in (document, *spots(document)):
            before = inner.get(name)
            inner[name] = junk
            try:
                programme = reading.read(json.dumps(document).encode())
                assert programme.read == len(programme.sessions) + programme.refused
            except Unreadable:
                pass
            inner[name] = before


@pytest.mark.parametrize("junk", [None, 1, True, "x", [], {}, [None], "\x00\ud800", 10**400])
def test_junk_in_every_field_of_a_session(junk: object) -> None:
    for base in (json.loads(files.billet()), files.COSCUP, files.C3VOC):
        for spot in spots(json.loads(json.dumps(base))):
            for name in list(spot):
                document = json.loads(json.dumps(base))
                inner = next(each for each in spots(document) if each == spot)
                inner[name] = junk
                with contextlib.suppress(Unreadable):
                    reading.read(json.dumps(document).encode())


def spots(value: object) -> list[dict[str, object]]:
    """All objects inside a document."""
    if isinstance(value, dict):
        return [value, *(found for inner in value.values() for found in spots(inner))]
    if isinstance(value, list):
        return [found for inner in value for found in spots(inner)]
    return []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_reads_files_as_windows_saves_them(encoding: str) -> None:
    assert reading.read(files.billet().decode().encode(encoding)).sessions[0].title.zh == "开幕"


def test_reads_xml_in_utf_16_and_with_a_mark() -> None:
    text = files.XML.replace("utf-8", "utf-16")
    assert reading.read(text.encode("utf-16")).sessions[0].title.en == "Night talk"
    assert reading.read(codecs.BOM_UTF8 + files.XML.encode()).sessions[0].title.en == "Night talk"


def test_control_characters_and_lone_surrogates_are_left_out() -> None:
    data = b'{"format": "billet-programme", "sessions": [{"key": "a", "title": "A\\u0000B\\ud800C"}]}'
    assert reading.read(data).sessions[0].title.en == "ABC"


def test_long_texts_are_cut_and_said_to_be() -> None:
    programme = reading.read(files.billet(sessions=[{"key": "a", "title": {"en": "x" * 1000}}]))
    assert len(programme.sessions[0].title.en) == 300
    assert [problem.reason for problem in programme.problems] == [node.TOO_LONG]
    assert len(programme.problems[0].value) == 120


def test_only_the_first_thousand_problems_are_listed() -> None:
    programme = reading.read(files.billet(sessions=[{"key": str(n)} for n in range(1200)]))
    assert (programme.refused, len(programme.problems)) == (1200, 1001)
    assert programme.problems[-1] == Problem(0, "", "", node.MORE_PROBLEMS)


def test_the_same_id_with_another_name_keeps_the_first() -> None:
    document = json.loads(files.c3voc())
    rooms = document["schedule"]["conference"]["days"][0]["rooms"]
    rooms["Saal 2"] = [{"id": 9, "title": "Two", "persons": [{"id": 5, "public_name": "Bob", "biography": "B."}]}]
    programme = reading.read(json.dumps(document).encode())
    assert [(person.name.en, person.bio.en) for person in programme.people] == [("Ada", "B."), ("Ada", "")]
    assert programme.problems[0].reason == gathering.ANOTHER_NAME
    assert programme.sessions[1].starts_at is None


@pytest.mark.parametrize(
    ("name", "sessions", "people", "halls"),
    [
        ("coscup2019-programs.json", 237, 204, 14),
        ("frab-camp2019.json", 79, 90, 2),
        ("pretalx-democon.json", 36, 27, 2),
    ],
)
def test_reads_published_programmes_whole(name: str, sessions: int, people: int, halls: int) -> None:
    programme = reading.read(files.published(f"data/{name}"))
    assert (len(programme.sessions), len(programme.people), len(programme.halls)) == (sessions, people, halls)
    assert (programme.read, programme.problems) == (sessions, ())


def test_lines_are_those_of_the_file() -> None:
    data = files.published("data/frab-camp2019.json")
    lines = data.decode().splitlines()
    for session in reading.read(data).sessions:
        assert lines[session.line - 1].strip() == "{"
        assert any(session.key in line for line in lines[session.line : session.line + 4])
