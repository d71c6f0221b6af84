"""Sessions and appearances by hand, and the clashes that organisers are shown."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from flask import Flask

from forums.activity.queries import history
from forums.agenda import queries
from forums.agenda.exchange import reading
from forums.agenda.importing import import_programme
from forums.agenda.models import Session
from forums.agenda.operations import (
    SessionFacts,
    add_appearance,
    add_track,
    cancel_session,
    change_session,
    create_session,
    remove_appearance,
)
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.errors import Refused
from forums.experts.models import Expert
from forums.extensions import db
from forums.transaction import transaction
from tests.agenda import files
from tests.agenda.make import at, hall, make_expert, make_session, sessions
from tests.cast import SYSTEM, make_edition, make_series


def found(edition: Edition) -> list[tuple[str, str, str, str]]:
    return [
        (clash.kind, clash.who_or_where.en, clash.first.title.en, clash.second.title.en)
        for clash in queries.clashes_of(edition)
    ]


def test_two_sessions_in_a_hall_clash_when_they_overlap(app: Flask, edition: Edition) -> None:
    make_session(edition, "One", "18 09:00", "18 10:00")
    make_session(edition, "Next", "18 10:00", "18 11:00")
    make_session(edition, "Inside", "18 09:30", "18 09:40")
    make_session(edition, "Elsewhere", "18 09:30", "18 09:40", in_hall="B")
    make_session(edition, "Cancelled", "18 09:30", "18 09:40", state="cancelled")
    make_session(edition, "No hall", "18 09:30", "18 09:40", in_hall="")
    make_session(edition, "No time", "", "")
    assert found(edition) == [("hall", "Main Hall", "One", "Inside")]


def test_a_long_session_clashes_with_each_that_it_covers(app: Flask, edition: Edition) -> None:
    make_session(edition, "All day", "18 09:00", "18 18:00")
    make_session(edition, "Morning", "18 10:00", "18 11:00")
    make_session(edition, "Evening", "18 17:00", "18 19:00")
    make_session(edition, "Open end", "18 17:30", "")
    assert found(edition) == [
        ("hall", "Main Hall", "All day", "Morning"),
        ("hall", "Main Hall", "All day", "Evening"),
        ("hall", "Main Hall", "All day", "Open end"),
        ("hall", "Main Hall", "Evening", "Open end"),
    ]


def test_a_person_in_two_places_clashes(app: Flask, edition: Edition) -> None:
    expert = make_expert()
    make_session(edition, "Here", "18 09:00", "18 10:00", experts=(expert,))
    make_session(edition, "There", "18 09:30", "18 10:30", in_hall="B", experts=(expert, make_expert("韩梅梅", "Han")))
    make_session(edition, "Later", "18 11:00", "18 12:00", in_hall="B", experts=(expert,))
    assert found(edition) == [("person", "Li Lei", "Here", "There")]


def test_a_session_after_midnight_belongs_to_the_day_it_begins(app: Flask, edition: Edition) -> None:
    make_session(edition, "Banquet", "18 22:00", "19 01:00")
    make_session(edition, "Night", "19 00:30", "19 02:00")
    rows = queries.public_sessions(edition)
    assert [row.day for row in rows] == [date(2097, 3, 18), date(2097, 3, 19)]
    on_the_18th = queries.filtered(edition, day=date(2097, 3, 18), hall=None, track=None, state="")
    assert [row.title.en for row in db.session.scalars(on_the_18th)] == ["Banquet"]
    assert queries.days_with_sessions(edition) == [date(2097, 3, 18), date(2097, 3, 19)]


def test_a_session_is_changed_and_cancelled_with_a_record_of_it(app: Flask, edition: Edition) -> None:
    row = make_session(edition, "Before")
    with transaction():
        facts = SessionFacts(title=Bilingual("之后", "After"), starts_at=at("18 11:00"), state="published")
        change_session(row, facts, actor=SYSTEM)
        cancel_session(row, actor=SYSTEM)
    assert (row.title.en, row.hall, row.ends_at, row.state, row.revision) == ("After", None, None, "cancelled", 2)
    assert [line.action for line in history(row)] == ["session.created", "session.changed", "session.cancelled"]
    with pytest.raises(Refused), transaction():
        cancel_session(row, actor=SYSTEM)


@pytest.mark.parametrize(
    "facts",
    [
        {"title": Bilingual()},
        {"ends_at": at("18 09:00")},
        {"starts_at": at("18 09:00"), "ends_at": at("18 08:00")},
        {"starts_at": at("18 09:00"), "ends_at": at("28 08:00")},
    ],
)
def test_what_no_session_can_be_is_refused(app: Flask, edition: Edition, facts: dict[str, object]) -> None:
    with pytest.raises(Refused), transaction():
        create_session(edition, SessionFacts(**({"title": Bilingual("题", "T")} | facts)), actor=SYSTEM)  # type: ignore[arg-type]
    assert sessions() == {}


def test_another_editions_hall_is_refused(app: Flask, edition: Edition) -> None:
    other = make_edition(make_series("other"), slug="other-2027")
    with pytest.raises(Refused), transaction():
        create_session(edition, SessionFacts(title=Bilingual("题"), hall=hall(other, "A")), actor=SYSTEM)


def test_appearances_come_and_go_and_nobody_appears_twice(app: Flask, edition: Edition) -> None:
    one, two = make_expert(), make_expert("韩梅梅", "Han Meimei")
    row = make_session(edition, experts=(one, two))
    with pytest.raises(Refused), transaction():
        add_appearance(row, one, role="chair", actor=SYSTEM)
    with transaction():
        remove_appearance(row.appearances[0], actor=SYSTEM)
        add_appearance(row, one, role="chair", actor=SYSTEM)
    db.session.expire_all()
    row = db.session.get_one(Session, row.id)
    assert [(each.expert_id, each.role) for each in row.appearances] == [(two.id, "speaker"), (one.id, "chair")]


def test_a_track_has_its_key_to_itself(app: Flask, edition: Edition) -> None:
    with transaction():
        add_track(edition, Bilingual("铝箔", "Foil"), actor=SYSTEM)
    with pytest.raises(Refused), transaction():
        add_track(edition, Bilingual("箔", "Foil"), actor=SYSTEM)
    assert [track.key for track in queries.tracks_of(edition)] == ["Foil"]


def test_counts_leave_out_what_was_cancelled(app: Flask, edition: Edition) -> None:
    expert = make_expert()
    make_session(edition, "One", experts=(expert,))
    make_session(edition, "Two", "18 11:00", "18 12:00", experts=(expert,))
    make_session(edition, "Gone", "18 13:00", "18 14:00", state="cancelled", experts=(make_expert("别人", "Other"),))
    assert (queries.count_sessions(edition.series), queries.count_experts(edition.series)) == (2, 1)
    assert (queries.count_sessions(edition.series, edition), queries.count_experts(edition.series, edition)) == (2, 1)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_the_same_thing_at_the_same_moment_is_done_once(app: Flask, edition: Edition) -> None:
    """On SQLite writers queue anyway; PostgreSQL lets two begin, and the second must find what the first did."""
    expert_id, session_id = make_expert().id, make_session(edition).id
    edition_id, data = edition.id, files.billet()
    db.session.remove()

    def add() -> None:
        with transaction():
            row = db.session.get_one(Session, session_id)
            add_appearance(row, db.session.get_one(Expert, expert_id), actor=SYSTEM)

    def track() -> None:
        with transaction():
            add_track(db.session.get_one(Edition, edition_id), Bilingual("", "Foil"), actor=SYSTEM)

    def bring() -> None:
        with transaction():
            import_programme(db.session.get_one(Edition, edition_id), reading.read(data), actor=SYSTEM)

    for work, refusals in ((add, 3), (track, 3), (bring, 0)):
        assert at_once(app, work) == refusals
    assert len(queries.tracks_of(db.session.get_one(Edition, edition_id))) == 1  # the file means the same track
    assert len(sessions()) == 4


def at_once(app: Flask, work: Callable[[], None]) -> int:
    """Four threads do the work together; how many were refused. Any other fault is raised."""

    def one() -> bool:
        with app.app_context():
            try:
                work()
            except Refused:
                return True
            finally:
                db.session.remove()
            return False

    with ThreadPoolExecutor(4) as pool:
        return sum(future.result() for future in [pool.submit(one) for _ in range(4)])
