"""Importing: what a first file makes, what a second one leaves alone, and who is who."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from forums.agenda.exchange import billet, reading
from forums.agenda.importing import ImportOutcome
from forums.agenda.merging import merge
from forums.agenda.models import Appearance, ImportedPerson, Session, Track
from forums.agenda.operations import SessionFacts, cancel_session, change_session
from forums.agenda.queries import programme_of
from forums.columns import Bilingual
from forums.directory.models import Person
from forums.editions.models import Edition, Hall
from forums.experts.models import Expert
from forums.experts.operations import Profile, change_expert
from forums.extensions import db
from forums.transaction import transaction
from tests.agenda import files
from tests.agenda.make import at, bring_in, counts, make_expert, make_session, sessions
from tests.cast import SYSTEM, make_edition, make_series
from tests.client import counted_queries


def edited(**changes: Any) -> bytes:
    """The sample file with fields of its second session changed."""
    document = json.loads(files.billet())
    document["sessions"][1] |= changes
    return json.dumps(document).encode()


def everything() -> list[tuple[Any, ...]]:
    """All that an import could touch, as plain values."""
    db.session.rollback()
    tables = (Session, Appearance, ImportedPerson, Track, Hall, Expert, Person)
    return [
        tuple(row)
        for table in tables
        for row in db.session.execute(select(table.__table__).order_by(table.__table__.c.id))
    ]


def test_a_programme_comes_in(app: Flask, edition: Edition) -> None:
    assert counts(bring_in(edition, files.billet())) == (3, 3, 0, 0, 0)
    rows = sessions()
    foil = rows["foil-1"]
    assert (foil.title, foil.kind, foil.language, foil.state) == (Bilingual("铝箔轧制"), "parallel", "zh", "published")
    assert foil.hall is not None
    assert foil.track is not None
    assert (foil.hall.code, foil.track.name) == ("B", Bilingual("铝箔", "Foil"))
    assert [(each.expert.person.name.en, each.role) for each in foil.appearances] == [
        ("Li Lei", "speaker"),
        ("Han Meimei", "moderator"),
    ]
    organisation = foil.appearances[1].expert.person.organisation
    assert organisation is not None
    assert organisation.name == Bilingual("", "Demo Institute")
    assert rows["night"].hall is None
    # The edition's own halls A and B are meant, by their codes.
    assert db.session.scalar(select(func.count(Hall.id))) == 2


def test_the_same_file_again_changes_nothing(app: Flask, edition: Edition) -> None:
    bring_in(edition, files.billet())
    before = everything()
    outcome = bring_in(edition, files.billet())
    assert counts(outcome) == (3, 0, 0, 3, 0)
    assert (outcome.kept, outcome.vanished) == ([], [])
    assert everything() == before


def test_what_changed_in_the_file_is_updated(app: Flask, edition: Edition) -> None:
    bring_in(edition, files.billet())
    changes = {"title": {"zh": "新题目"}, "hall": "A", "people": [{"person": "p3", "role": "chair"}], "ends_at": None}
    assert counts(bring_in(edition, edited(**changes))) == (3, 0, 1, 2, 0)
    row = sessions()["foil-1"]
    assert row.hall is not None
    assert (row.title.zh, row.hall.code, row.ends_at, row.revision) == ("新题目", "A", None, 1)
    assert [(each.expert.person.name.en, each.role) for each in row.appearances] == [("Han Meimei", "chair")]


def test_a_field_edited_here_is_kept_and_reported_while_others_follow_the_file(app: Flask, edition: Edition) -> None:
    bring_in(edition, files.billet())
    row = sessions()["foil-1"]
    facts = SessionFacts(
        title=Bilingual("改过的题目", "Added here"),
        kind=row.kind,
        abstract=row.abstract,
        language=row.language,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        hall=row.hall,
        track=row.track,
        state=row.state,
    )
    with transaction():
        change_session(row, facts, actor=SYSTEM)
    outcome = bring_in(edition, edited(title={"zh": "文件的新题目"}, abstract={"zh": "新摘要"}))
    row = sessions()["foil-1"]
    assert counts(outcome) == (3, 0, 1, 2, 0)
    assert outcome.kept == [{"id": row.id, "title": "改过的题目", "fields": ["title_zh"]}]
    assert (row.title, row.abstract.zh) == (Bilingual("改过的题目", "Added here"), "新摘要")
    again = bring_in(edition, edited(title={"zh": "文件的新题目"}, abstract={"zh": "新摘要"}))
    assert (counts(again), again.kept) == ((3, 0, 0, 3, 0), outcome.kept)


def test_a_session_cancelled_here_stays_cancelled(app: Flask, edition: Edition) -> None:
    bring_in(edition, files.billet())
    with transaction():
        cancel_session(sessions()["open"], actor=SYSTEM)
    outcome = bring_in(edition, files.billet())
    assert sessions()["open"].state == "cancelled"
    assert [row["fields"] for row in outcome.kept] == [["state"]]


def test_a_vanished_session_is_reported_and_cancelled_only_on_request(app: Flask, edition: Edition) -> None:
    bring_in(edition, files.billet())
    by_hand = make_session(edition, "By hand").id
    shorter = files.billet(sessions=json.loads(files.billet())["sessions"][:2])
    outcome = bring_in(edition, shorter)
    assert outcome.vanished == [{"id": sessions()["night"].id, "title": "Dinner"}]
    assert (sessions()["night"].state, outcome.cancelled) == ("published", 0)
    assert bring_in(edition, shorter, cancel_vanished=True).cancelled == 1
    assert sessions()["night"].state == "cancelled"
    assert bring_in(edition, shorter).vanished == []
    assert db.session.get_one(Session, by_hand).state == "published"
    # It comes back in a later file: whoever took it out has put it in again.
    assert counts(bring_in(edition, files.billet())) == (3, 0, 1, 2, 0)
    assert sessions()["night"].state == "published"


def test_a_refused_row_has_not_vanished(app: Flask, edition: Edition) -> None:
    bring_in(edition, files.billet())
    outcome = bring_in(edition, edited(starts_at="whenever"))
    assert (counts(outcome), outcome.vanished) == ((3, 0, 0, 2, 1), [])
    assert sessions()["foil-1"].starts_at == at("18 10:30").replace(year=2027)


def test_two_people_of_one_name_stay_two(app: Flask, edition: Edition) -> None:
    make_expert("李雷", "Li Lei")
    bring_in(edition, files.billet())
    rows = sessions()
    one, two = rows["open"].appearances[0].expert, rows["foil-1"].appearances[0].expert
    assert one.person.name == two.person.name
    assert one.person_id != two.person_id
    # Nor is either of them the one whom the house knew by that name.
    assert db.session.scalar(select(func.count(Expert.id))) == 4


def test_one_is_known_again_by_name_and_organisation(app: Flask, edition: Edition) -> None:
    known = make_expert("", "Han Meimei", organisation=Bilingual("", "Demo Institute")).id
    bring_in(edition, files.billet())
    assert sessions()["foil-1"].appearances[1].expert_id == known


def test_one_is_known_again_in_the_next_edition_of_the_series_only(app: Flask) -> None:
    series = make_series()
    first, second = make_edition(series, slug="one"), make_edition(series, slug="two")
    elsewhere = make_edition(make_series("elsewhere"), slug="three")
    for edition in (first, second, elsewhere):
        bring_in(edition, files.billet())
    chairs = dict(
        db.session.execute(
            select(Session.edition_id, Appearance.expert_id).join(Appearance.session).where(Appearance.role == "chair")
        ).all()
    )
    assert chairs[first.id] == chairs[second.id]
    assert chairs[elsewhere.id] != chairs[first.id]


def test_a_biography_edited_here_is_kept(app: Flask, edition: Edition) -> None:
    bring_in(edition, files.billet())
    expert = sessions()["open"].appearances[0].expert
    with transaction():
        change_expert(expert, Profile(name=expert.person.name, bio=Bilingual("自己的", "Own")), actor=SYSTEM)
    people = json.loads(files.billet())["people"]
    people[0]["bio"] = {"zh": "文件的", "en": "The file's"}
    outcome = bring_in(edition, files.billet(people=people))
    assert db.session.get_one(Expert, expert.id).bio == Bilingual("自己的", "Own")
    assert outcome.kept == [{"id": None, "title": "李雷", "fields": ["bio_zh", "bio_en"]}]


def test_what_billet_writes_comes_back_as_it_was(app: Flask, edition: Edition) -> None:
    bring_in(edition, files.billet())
    make_session(edition, "By hand", experts=(make_expert(),))
    before = everything()
    data = billet.write(programme_of(edition, public_only=False))
    assert counts(bring_in(edition, data)) == (4, 0, 0, 4, 0)
    after = everything()
    # One line more: by which id the file knows the one who was entered by hand.
    assert len(after) == len(before) + 1
    assert counts(bring_in(edition, data)) == (4, 0, 0, 4, 0)
    assert everything() == after


@pytest.mark.parametrize("data", [files.coscup(), files.c3voc(), files.XML.encode()], ids=["coscup", "c3voc", "xml"])
def test_every_format_comes_in_twice(app: Flask, edition: Edition, data: bytes) -> None:
    first = bring_in(edition, data)
    before = everything()
    second = bring_in(edition, data)
    assert first.created == second.unchanged == first.read - first.refused
    assert (second.created, second.updated, second.kept, second.vanished) == (0, 0, [], [])
    assert everything() == before


def test_the_published_programme_of_coscup_comes_in_whole(app: Flask, edition: Edition) -> None:
    data = files.published("data/coscup2019-programs.json")
    assert counts(bring_in(edition, data)) == (237, 237, 0, 0, 0)
    assert counts(bring_in(edition, data)) == (237, 0, 0, 237, 0)
    assert db.session.scalar(select(func.count(Expert.id))) == 204
    assert db.session.scalar(select(func.count(Hall.id))) == 2 + 14


def test_a_second_import_asks_as_often_for_30_rows_as_for_3(app: Flask, edition: Edition) -> None:
    def asked(data: bytes) -> int:
        bring_in(edition, data)
        programme = reading.read(data)
        db.session.rollback()
        with counted_queries() as queries:
            outcome = bring_in(edition, data)
        assert (outcome.unchanged, outcome.vanished) == (programme.read, [])
        return len(queries)

    document = json.loads(files.billet())
    few = asked(files.billet())
    more = [document["sessions"][1] | {"key": f"more-{n}"} for n in range(30)]
    assert asked(files.billet(sessions=document["sessions"] + more)) == few


@pytest.mark.parametrize(
    ("current", "incoming", "was", "expected"),
    [
        ("a", "a", "a", (None, [])),
        ("a", "b", "a", ("b", [])),
        ("x", "b", "a", (None, ["f"])),
        ("x", "a", "a", (None, ["f"])),
        ("x", "x", "a", (None, [])),
        ("x", "b", None, (None, ["f"])),
        ("", "b", None, ("b", [])),
        ("x", "", None, (None, [])),
        ("a", "", "a", ("", [])),
    ],
)
def test_whose_word_counts(
    current: str, incoming: str, was: str | None, expected: tuple[str | None, list[str]]
) -> None:
    known = merge({"f": was}, {"f": was}, None).fingerprints if was is not None else None
    merged = merge({"f": current}, {"f": incoming}, known)
    assert (merged.values.get("f"), merged.kept) == expected


def test_an_outcome_is_json(app: Flask, edition: Edition) -> None:
    outcome: ImportOutcome = bring_in(edition, edited(starts_at="whenever"))
    assert json.loads(json.dumps(outcome.as_json()))["problems"][0]["field"] == "sessions[1].starts_at"
