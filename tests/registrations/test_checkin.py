"""At the door: who is let in, who is not, and what is told again or taken back."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from forums import clock, tokens
from forums.agenda.models import Session
from forums.columns import Bilingual
from forums.editions.models import Edition, Hall
from forums.extensions import db
from forums.registrations import operations as registering
from forums.registrations.checkin import operations, queries
from forums.registrations.checkin.models import Passage, Point, TurnedAway
from forums.registrations.checkin.operations import PointFacts, Scan
from forums.registrations.checkin.verdicts import Verdict
from forums.registrations.models import Registration, SessionPlace
from forums.registrations.queries import attendance
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.registrations.make import make_registration, make_registrations

DAY = date(2097, 3, 18)
NINE = datetime(2097, 3, 18, 1, tzinfo=UTC)  # nine in the morning where the edition is


def scan(row: Registration, minutes: float = 0, *, point: Point | None = None, **facts: object) -> operations.Answer:
    """The row's ticket, scanned so many minutes after nine by a desk that nothing hinders."""
    at = NINE + timedelta(minutes=minutes)
    said: dict[str, object] = {"code": tokens.sign("ticket", row.id, row.ticket_version), "at": at} | facts
    with clock.frozen(NINE + timedelta(days=1)), transaction():
        return operations.check_in(row.edition, Scan(**said), point=point, actor=SYSTEM)  # type: ignore[arg-type]


def make_point(edition: Edition, leads_to: Hall | Session | None = None, *, both_ways: bool = False) -> Point:
    with transaction():
        facts = PointFacts(Bilingual("门", "Door"), both_ways, leads_to)
        return operations.add_point(edition, facts, actor=SYSTEM)


def make_session(edition: Edition, *, capacity: int | None, day: date = DAY) -> Session:
    with transaction():
        row = Session(
            edition=edition,
            title=Bilingual("考察", "Site visit"),
            kind="visit",
            state="published",
            source_key=f"visit-{day}",
            capacity=capacity,
            taken=0,
            starts_at=datetime(day.year, day.month, day.day, 6, tzinfo=UTC),
        )
        db.session.add(row)
    return row


def passages() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Passage.id)).where(Passage.undone_at.is_(None))) or 0


def test_the_first_scan_makes_the_entrance_and_the_second_says_already(edition: Edition) -> None:
    row = make_registration(edition)
    assert scan(row).verdict == Verdict.WELCOME
    again = scan(row, 5)
    assert (again.verdict, again.other and again.other.at) == (Verdict.ALREADY, NINE)
    assert [(point.kind, point.name.en) for point in queries.points_of(edition)] == [("entrance", "Entrance")]
    came = attendance(edition.series, edition)
    assert (came.checked_in_persons, came.checked_in_person_times) == (1, 1)
    assert scan(row, 24 * 60).verdict == Verdict.WELCOME, "another day"
    assert attendance(edition.series, edition).checked_in_person_times == 2


def test_in_out_and_back_at_any_door_of_a_place(edition: Edition) -> None:
    hall = edition.halls[0]
    front, back = make_point(edition, hall, both_ways=True), make_point(edition, hall, both_ways=True)
    row = make_registration(edition)
    told = [
        scan(row, 0, point=front).verdict,
        scan(row, 10, point=back, direction="out").verdict,
        scan(row, 20, point=front).verdict,
        scan(row, 30, point=back).verdict,
    ]
    assert told == [Verdict.WELCOME, Verdict.OUT, Verdict.REENTRY, Verdict.ALREADY]
    counted = queries.counts(edition, DAY, queries.points_of(edition))
    by_place = {(one.kind, one.key): one for one in counted.places}
    assert (by_place["hall", hall.id].today, by_place["hall", hall.id].inside) == (1, 1)
    assert by_place["entrance", 0].today == 0, "who is in the hall did not pass the entrance"
    scan(row, 40, point=front, direction="out")
    assert queries.counts(edition, DAY, queries.points_of(edition)).places[1].inside == 0


def test_where_somebody_is_follows_from_when_it_happened_not_from_when_it_arrived(edition: Edition) -> None:
    point = make_point(edition, both_ways=True)
    row = make_registration(edition)
    scan(row, 60, point=point)
    scan(row, 30, point=point, direction="out")
    scan(row, 0, point=point)
    last = queries.last_at(point.place, DAY, [row])[row.id]
    assert (last.direction, last.at) == ("in", NINE + timedelta(minutes=60))
    assert scan(row, 61, point=point).verdict == Verdict.ALREADY
    assert scan(row, 45, point=point).verdict == Verdict.REENTRY
    late = scan(row, -30, point=point)
    assert (late.verdict, late.other and late.other.at) == (Verdict.WELCOME, NINE), "says who let them in once more"


def test_a_scan_that_is_sent_again_is_answered_the_same_and_changes_nothing(app: Flask) -> None:
    edition = make_edition(capacity=1)
    row, waiting = make_registrations(edition, 2)
    assert scan(row, nonce="n" * 12).verdict == Verdict.WELCOME
    scan(row, 1, nonce="m" * 12)
    again = scan(row, 7, nonce="n" * 12)
    assert (again.verdict, again.is_replay, passages()) == (Verdict.WELCOME, True, 2)
    assert scan(waiting, nonce="n" * 12).verdict == Verdict.WAITING, "another ticket is another scan"
    with transaction():
        registering.cancel(row, actor=SYSTEM)
    assert scan(waiting, nonce="n" * 12).verdict == Verdict.WAITING
    assert scan(waiting, nonce="o" * 12).verdict == Verdict.WELCOME


def test_undoing_keeps_the_record(edition: Edition) -> None:
    row = make_registration(edition)
    first = scan(row, nonce="n" * 12).passage
    scan(row, 1)
    assert first is not None
    with transaction():
        assert len(operations.undo(first, actor=SYSTEM)) == 2
    with transaction():
        assert operations.undo(first, actor=SYSTEM) == []
    assert (passages(), db.session.scalar(select(func.count(Passage.id)))) == (0, 2)
    assert attendance(edition.series, edition).checked_in_persons == 0
    assert scan(row, 0, nonce="n" * 12).is_replay, "the scan that was taken back is not made good by its replay"
    assert scan(row, 2).verdict == Verdict.WELCOME


def test_a_session_with_places_is_for_those_who_hold_one_on_its_day(edition: Edition) -> None:
    visit, talk = make_session(edition, capacity=5), make_session(edition, capacity=None, day=date(2097, 3, 19))
    to_visit, to_talk = make_point(edition, visit), make_point(edition, talk)
    held, wished, neither = make_registrations(edition, 3)
    with transaction():
        db.session.add_all(
            [
                SessionPlace(registration_id=held.id, session_id=visit.id, held=True),
                SessionPlace(registration_id=wished.id, session_id=visit.id, held=False),
            ]
        )
    for row, verdict in ((held, Verdict.WELCOME), (wished, Verdict.NOT_SIGNED), (neither, Verdict.NOT_SIGNED)):
        assert scan(row, point=to_visit).verdict == verdict
    assert scan(held, point=to_visit, day=date(2097, 3, 19)).verdict == Verdict.WRONG_DAY
    assert scan(neither, point=to_talk).verdict == Verdict.WRONG_DAY
    assert scan(neither, point=to_talk, day=date(2097, 3, 19)).verdict == Verdict.WELCOME
    assert scan(neither, 60 * 24 * 7, day=date(2097, 3, 25)).verdict == Verdict.WRONG_DAY
    places = {one.kind: one for one in queries.counts(edition, DAY, [to_visit]).places}
    assert (places["session"].expected, places["session"].today, places["session"].capacity) == (1, 1, 5)
    assert queries.turned_away_on(edition, DAY) == {"not_signed": 2, "wrong_day": 1}


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("pending", Verdict.PENDING),
        ("declined", Verdict.DECLINED),
        ("offered", Verdict.OFFERED),
        ("lapsed", Verdict.CANCELLED),
    ],
)
def test_who_has_no_place_is_told_why(edition: Edition, state: str, verdict: Verdict) -> None:
    row = make_registration(edition)
    with transaction():
        row.state, row.offer_until = state, NINE if state == "offered" else None
    assert scan(row).verdict == verdict
    assert (passages(), db.session.scalar(select(func.count(TurnedAway.id)))) == (0, 1)


def test_who_cancelled_after_the_scan_was_in(edition: Edition) -> None:
    row = make_registration(edition)
    with transaction():
        row.confirmed_at = NINE - timedelta(days=9)
    with clock.frozen(NINE + timedelta(minutes=30)), transaction():
        registering.cancel(row, actor=SYSTEM)
    assert scan(row, 10).verdict == Verdict.WELCOME
    assert scan(row, 40).verdict == Verdict.CANCELLED


def test_other_tickets_are_told_apart(edition: Edition) -> None:
    row, elsewhere = make_registration(edition), make_registration(make_edition(edition.series, slug="alu-2028"), 2)
    for code, verdict in (
        (tokens.sign("ticket", row.id, 2), Verdict.REVOKED),
        (tokens.sign("ticket", elsewhere.id, 1), Verdict.ELSEWHERE),
        (elsewhere.reference, Verdict.ELSEWHERE),
        (tokens.sign("registration", row.id, 1), Verdict.UNKNOWN),
        ("张伟", Verdict.UNKNOWN),
        (row.reference.lower().replace("-", " "), Verdict.WELCOME),
    ):
        assert scan(row, code=code).verdict == verdict, code
    assert passages() == 1


@pytest.mark.parametrize("nonces", [("a" * 12, "b" * 12), ("a" * 12, "a" * 12)], ids=["two desks", "one scan twice"])
def test_two_at_the_same_instant(app: Flask, nonces: tuple[str, str]) -> None:
    """Two desks: one welcome, one already. One scan that is sent twice: one passage, told twice alike."""
    edition = make_edition(capacity=1)
    row_id, slug = make_registration(edition).id, edition.slug
    ready, told = threading.Barrier(2), []

    def desk(nonce: str) -> None:
        with app.app_context():
            here = db.session.scalars(select(Edition).where(Edition.slug == slug)).one()
            code = tokens.sign("ticket", row_id, 1)
            ready.wait()
            with transaction():
                answer = operations.check_in(here, Scan(code, nonce=nonce, day=DAY), actor=SYSTEM)
                told.append(answer.verdict)
            db.session.remove()

    desks = [threading.Thread(target=desk, args=(nonce,)) for nonce in nonces]
    for each in desks:
        each.start()
    for each in desks:
        each.join()
    same = nonces[0] == nonces[1]
    assert sorted(told) == (["welcome", "welcome"] if same else ["already", "welcome"])
    assert passages() == (1 if same else 2)
    assert len(queries.points_of(db.session.get_one(Edition, edition.id))) == 1


def test_points_are_ordered_renamed_and_retired(edition: Edition) -> None:
    first, second, third = (make_point(edition) for _ in range(3))
    with transaction():
        operations.move_point(third, -1, actor=SYSTEM)
        operations.move_point(first, -1, actor=SYSTEM)
        operations.change_point(second, PointFacts(Bilingual("东门", "East gate"), both_ways=True), actor=SYSTEM)
    assert [point.id for point in queries.points_of(edition)] == [first.id, third.id, second.id]
    with transaction():
        operations.retire_point(first, retired=True, actor=SYSTEM)
        operations.retire_point(third, retired=True, actor=SYSTEM)
    assert [(point.name.en, point.both_ways) for point in queries.points_of(edition)] == [("East gate", True)]
    with pytest.raises(operations.LastPoint), transaction():
        operations.retire_point(second, retired=True, actor=SYSTEM)
    other = make_edition(edition.series, slug="alu-2028")
    with pytest.raises(operations.NotOfEvent), transaction():
        operations.add_point(edition, PointFacts(Bilingual("门"), leads_to=other.halls[0]), actor=SYSTEM)


def test_the_roster_holds_what_a_desk_needs_and_no_contact_data(app: Flask) -> None:
    edition = make_edition(capacity=1)
    first = make_registration(edition, 1, name="张伟", organisation="濉溪铝业", phone="13800138000")
    make_registration(edition, 2, name="Late")
    scan(first)
    late, zhang = queries.roster(edition, None, DAY)
    assert (zhang["n"], zhang["u"], zhang["r"], zhang["s"], zhang["d"]) == (
        "张伟",
        "濉溪铝业",
        first.reference,
        "",
        "in",
    )
    assert zhang["h"] == queries.fingerprint(tokens.sign("ticket", first.id, 1))
    assert (late["s"], "d" in late) == ("waiting", False)
    assert not {"13800138000", "guest1@example.org"} & {str(value) for value in zhang.values()}
