"""Writing programmes: back in as they went out, and valid for the programmes of others."""

import json
from dataclasses import replace

import jsonschema
import pytest
from lxml import etree

from forums.agenda.exchange import billet, c3voc_writing, reading
from forums.agenda.exchange.programme import Programme, ProgrammeSession
from forums.columns import Bilingual
from tests.agenda import files

URL = "https://billet.example/e/demo/agenda"


def address(session: ProgrammeSession) -> str:
    return f"{URL}/sessions/{session.key}"


def bare(programme: Programme) -> Programme:
    """Without what differs between two files of the same content."""
    return replace(
        programme, format="", problems=(), sessions=tuple(replace(each, line=0) for each in programme.sessions)
    )


@pytest.mark.parametrize("data", [files.billet(), files.coscup(), files.c3voc()], ids=["billet", "coscup", "c3voc"])
def test_billet_json_comes_back_the_same(data: bytes) -> None:
    programme = reading.read(data)
    assert bare(reading.read(billet.write(programme))) == bare(programme)


def full() -> Programme:
    """A programme with all that is awkward: no time, no hall, no end, cancelled, an odd slug, an unusual zone."""
    programme = reading.read(files.billet())
    first = programme.sessions[0]
    more = (
        replace(first, key="no-end", ends_at=None, hall="", people=()),
        replace(first, key="no-time", starts_at=None, ends_at=None),
        replace(first, key="gone", state="cancelled"),
        replace(first, key="63d5742d-0c03-4849-bfb2-24cbb68f66a1", title=Bilingual("<&>\x0b", "")),
    )
    facts = replace(programme.facts, slug="X", zone="America/Argentina/Buenos_Aires")
    return replace(programme, facts=facts, sessions=programme.sessions + more)


@pytest.mark.parametrize("programme", [full(), reading.read(files.coscup()), Programme("billet", facts=full().facts)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_json_holds_against_the_published_schema(programme: Programme, language: str) -> None:
    schema = json.loads(files.published("schemas/schedule.schema.json"))
    written = c3voc_writing.write_json(programme, language=language, url=URL, address=address)
    jsonschema.validate(json.loads(written), schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("programme", [full(), reading.read(files.billet()), Programme("billet", facts=full().facts)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_xml_holds_against_the_published_schema(programme: Programme, language: str) -> None:
    schema = etree.XMLSchema(etree.fromstring(files.published("schemas/schedule.xml.xsd")))
    written = c3voc_writing.write_xml(programme, language=language, url=URL, address=address)
    schema.assertValid(etree.fromstring(written))


@pytest.mark.parametrize("write", [c3voc_writing.write_json, c3voc_writing.write_xml])
def test_what_is_written_for_others_can_be_read_again(write: object) -> None:
    programme = full()
    again = reading.read(write(programme, language="zh", url=URL, address=address))  # type: ignore[operator]
    timed = [each for each in programme.sessions if each.starts_at and each.state == "published"]
    assert again.problems == ()
    assert sorted((each.starts_at, each.kind) for each in again.sessions) == sorted(
        (each.starts_at, each.kind) for each in timed
    )
    assert len(again.people) == 3
    assert write(programme, language="zh", url=URL, address=address) == write(
        programme, language="zh", url=URL, address=address
    )  # type: ignore[operator]
