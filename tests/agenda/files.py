"""Small programmes in each format, written for the tests; and where the published ones lie, if they do."""

import json
from pathlib import Path
from typing import Any

import pytest

PUBLISHED = Path(__file__).parents[3] / "shared"


def published(name: str) -> bytes:
    """A published programme or schema beside the repository; without it the test is left out and says so."""
    if not (PUBLISHED / name).is_file():
        pytest.skip(f"../shared/{name} is not on this machine")
    return (PUBLISHED / name).read_bytes()


def billet(**changes: Any) -> bytes:
    """Two days, two halls, three people; two of them share a name."""
    document: dict[str, Any] = {
        "format": "billet-programme",
        "version": 1,
        "edition": {
            "slug": "demo-2027",
            "title": {"zh": "示例论坛", "en": "Demo forum"},
            "zone": "Asia/Shanghai",
            "starts_on": "2027-03-18",
            "ends_on": "2027-03-19",
        },
        "halls": [
            {"key": "A", "name": {"zh": "主会场", "en": "Main hall"}, "capacity": 300},
            {"key": "B", "name": {"zh": "分会场", "en": "Side hall"}},
        ],
        "tracks": [{"key": "foil", "name": {"zh": "铝箔", "en": "Foil"}}],
        "people": [
            {"key": "p1", "name": {"zh": "李雷", "en": "Li Lei"}, "bio": {"zh": "示例教授", "en": "A professor"}},
            {"key": "p2", "name": {"zh": "李雷", "en": "Li Lei"}, "title": {"en": "Engineer"}},
            {"key": "p3", "name": {"en": "Han Meimei"}, "organisation": {"en": "Demo Institute"}},
        ],
        "sessions": [
            {
                "key": "open",
                "kind": "plenary",
                "title": {"zh": "开幕", "en": "Opening"},
                "starts_at": "2027-03-18T09:00:00+08:00",
                "ends_at": "2027-03-18T10:00:00+08:00",
                "hall": "A",
                "people": [{"person": "p1", "role": "chair"}],
            },
            {
                "key": "foil-1",
                "kind": "parallel",
                "title": {"zh": "铝箔轧制"},
                "abstract": {"zh": "轧制工艺"},
                "starts_at": "2027-03-18T10:30:00+08:00",
                "ends_at": "2027-03-18T12:00:00+08:00",
                "hall": "B",
                "track": "foil",
                "language": "zh",
                "people": [{"person": "p2"}, {"person": "p3", "role": "moderator"}],
            },
            {
                "key": "night",
                "kind": "banquet",
                "title": {"en": "Dinner"},
                "starts_at": "2027-03-19T22:30:00+08:00",
                "ends_at": "2027-03-20T00:30:00+08:00",
            },
        ],
    }
    return json.dumps(document | changes, ensure_ascii=False, indent=1).encode()


COSCUP: dict[str, Any] = {
    "sessions": [
        {
            "id": "keynote",
            "type": "K",
            "room": "R1",
            "start": "2019-08-17T09:20:00+08:00",
            "end": "2019-08-17T09:50:00+08:00",
            "zh": {"title": "主題演講", "description": "說明"},
            "en": {"title": "Keynote", "description": "About"},
            "speakers": ["s1", "s2"],
            "tags": ["mandarin", "main", " "],
        },
        {
            "id": "doors",
            "type": None,
            "room": "R2",
            "start": "2019-08-17T08:30:00+08:00",
            "end": "2019-08-17T09:00:00+08:00",
            "zh": {"title": "入場", "description": ""},
            "en": {"title": "Doors", "description": ""},
            "speakers": [],
            "tags": [" "],
        },
    ],
    "speakers": [
        {"id": "s1", "zh": {"name": "甲", "bio": "簡介"}, "en": {"name": "Jia", "bio": "Bio"}},
        {"id": "s2", "zh": {"name": "乙", "bio": ""}, "en": {"name": "Yi", "bio": ""}},
    ],
    "session_types": [{"id": "K", "zh": {"name": "獨佔"}, "en": {"name": "Prime"}}],
    "rooms": [{"id": "R1", "zh": {"name": "一廳"}, "en": {"name": "Room 1"}}],
    "tags": [
        {"id": "main", "zh": {"name": "綜合"}, "en": {"name": "Main"}},
        {"id": "mandarin", "zh": {"name": "漢語"}, "en": {"name": "Mandarin"}},
    ],
}

C3VOC: dict[str, Any] = {
    "schedule": {
        "version": "1",
        "conference": {
            "acronym": "demo",
            "title": "Demo",
            "start": "2027-06-01",
            "end": "2027-06-02",
            "daysCount": 1,
            "timeslot_duration": "00:15",
            "time_zone_name": "Europe/Berlin",
            "days": [
                {
                    "index": 1,
                    "date": "2027-06-01",
                    "day_start": "2027-06-01T09:00:00+02:00",
                    "day_end": "2027-06-02T04:00:00+02:00",
                    "rooms": {
                        "Saal 1": [
                            {
                                "guid": "a0a0fcfe-b7fb-46e3-84b6-97a5406016b4",
                                "id": 7,
                                "date": "2027-06-01T23:30:00+02:00",
                                "start": "23:30",
                                "duration": "01:15",
                                "title": "Night talk",
                                "subtitle": "under the stars",
                                "abstract": "Short",
                                "description": "Long",
                                "type": "lecture",
                                "track": "Science",
                                "language": "en",
                                "persons": [{"id": 5, "public_name": "Ada"}, {"id": 6, "public_name": "Ada"}],
                            }
                        ]
                    },
                }
            ],
        },
    }
}

XML = """<?xml version="1.0" encoding="utf-8"?>
<schedule>
  <version>1</version>
  <conference>
    <title>Demo</title>
    <acronym>demo</acronym>
    <start>2027-06-01</start>
    <end>2027-06-02</end>
    <time_zone_name>Europe/Berlin</time_zone_name>
  </conference>
  <day date="2027-06-01" start="2027-06-01T09:00:00+02:00" end="2027-06-02T04:00:00+02:00" index="1">
    <room name="Saal 1">
      <event id="7" guid="a0a0fcfe-b7fb-46e3-84b6-97a5406016b4">
        <date>2027-06-01T23:30:00+02:00</date>
        <start>23:30</start>
        <duration>01:15</duration>
        <title>Night talk</title>
        <subtitle>under the stars</subtitle>
        <abstract>Short</abstract>
        <description>Long</description>
        <type>lecture</type>
        <track>Science</track>
        <language>en</language>
        <persons>
          <person id="5">Ada</person>
          <person id="6">Ada</person>
        </persons>
      </event>
      <event id="8">
        <start>00:30</start>
        <duration>00:30</duration>
        <title>After midnight</title>
        <date>soon</date>
      </event>
    </room>
  </day>
</schedule>
"""


def coscup(**changes: Any) -> bytes:
    return json.dumps(COSCUP | changes, ensure_ascii=False).encode()


def c3voc() -> bytes:
    return json.dumps(C3VOC, indent=2).encode()
