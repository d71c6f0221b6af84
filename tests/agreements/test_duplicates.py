"""Possible duplicates: proposed, compared, decided by a person, and undone."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from sqlalchemy import select

from forums.activity.models import Activity
from forums.agreements import drafting, queries, review
from forums.agreements.duplicates import operations
from forums.agreements.duplicates.models import DuplicateDecision
from forums.agreements.duplicates.queries import outlooks, proposed_for, undecided
from forums.agreements.models import Agreement, Project
from forums.columns import Bilingual
from forums.editions.models import Edition, Series
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import CODE, again, make_approved, make_draft, project_facts
from tests.cast import Cast, make_edition
from tests.client import Reader

SERIES = "/office/series/alu"
FOLDER = f"{SERIES}/duplicates"
YI = 10**10


@pytest.fixture
def pair(edition: Edition, cast: Cast) -> tuple[Agreement, Agreement]:
    """Foil of 17亿 and its second phase of 3亿 under one credit code, approved; and one that is nothing to them."""
    one = make_approved(edition, cast, "17亿元", project=named(edition, cast, "電池鋁箔基地", credit_code=CODE))
    other = named(edition, cast, "电池铝箔基地二期项目", credit_code=CODE)
    later = make_approved(edition, cast, "3亿元", project=other, position=2)
    lonely = {"enterprise": Bilingual("示例车轮厂"), "origin": "44"}
    make_approved(edition, cast, "2亿元", project=named(edition, cast, "车轮（示例）", **lonely), parties=())
    return one, later


def named(edition: Edition, cast: Cast, name: str, **more: object) -> Project:
    """A project without an English name, which would be the same for all."""
    with transaction():
        facts = replace(project_facts(), name=Bilingual(name), **more)  # type: ignore[arg-type]
        return drafting.create_project(edition.series, facts, actor=cast.staff.actor)


def fresh(row: Agreement) -> Project:
    return again(row).project


def again_edition() -> Edition:
    return db.session.scalars(select(Edition).where(Edition.slug == "alu-2027")).one()


def series() -> Series:
    return db.session.scalars(select(Series).where(Series.slug == "alu")).one()


def counted() -> tuple[int, int | None]:
    db.session.rollback()
    total = queries.tally(series(), see_confidential=True).total.contracted
    return total.projects, total.fen


def decided() -> list[tuple[str, bool]]:
    db.session.rollback()
    rows = db.session.scalars(select(DuplicateDecision).order_by(DuplicateDecision.id))
    return [(row.decision, row.undone_at is None) for row in rows]


def waiting() -> int:
    db.session.rollback()
    return len(undecided(series(), see_confidential=True))


def test_a_pair_is_proposed_compared_and_decided(pair: tuple[Agreement, Agreement], cast: Cast, page: Reader) -> None:
    a, b = pair[0].project_id, pair[1].project_id
    url = f"{FOLDER}/{a}/{b}"
    page.sign_in(cast.auditor)
    words = page.get(FOLDER).words
    assert "the same credit code, a site is not known" in words
    assert "the same name, written another way" in words
    compared = page.get(url)
    assert "1.7 billion yuan" in compared.words
    assert "A reviewer decides" in compared.words
    page.post(f"{url}/decision", expected=403)
    page.get(f"{FOLDER}/{a}/{a}", expected=404)
    page.get(f"{FOLDER}/{a}/99999", expected=404)
    assert f"/duplicates/{a}/{b}" in page.get(f"{FOLDER}/comparison?one={b}&other={a}", expected=303).response.location
    page.sign_in(cast.reviewer)
    shown = page.post(f"{url}/decision", {"seen": "0", "stands": str(a)}, expected=200).words
    assert "Choose what the two are to each other" in shown
    page.post(f"{url}/decision", {"decision": "phase", "reason": "二期另批", "stands": str(a), "seen": "0"})
    assert (decided(), waiting(), counted()) == ([("phase", True)], 0, (3, 22 * YI))
    assert "Another phase" in page.get(f"{SERIES}/projects/{b}").words
    page.sign_in(cast.reviewer2)
    late = page.post(f"{url}/decision", {"decision": "same", "reason": "一个项目", "seen": "0"}, expected=200)
    assert "has decided on these two meanwhile" in late.words
    assert "一个项目" in late.source
    page.post(f"{FOLDER}/decisions/1/reversal", {"because": " "}, expected=200)
    page.post(f"{FOLDER}/decisions/1/reversal", {"because": "Not so sure"})
    assert (decided(), waiting()) == ([("phase", False)], 1)
    assert "Not so sure" in page.get(f"{FOLDER}/decisions").words
    lines = list(csv.reader(StringIO(page.get(f"{FOLDER}.csv").response.text.lstrip("\ufeff"))))
    assert [line[-4] for line in lines[1:]] == [
        "the same credit code, a site is not known",
        "the same name, written another way",
        "the names speak of different phases",
    ]
    lines = list(csv.reader(StringIO(page.get(f"{FOLDER}/decisions.csv").response.text.lstrip("\ufeff"))))
    assert (lines[1][4], lines[1][-1]) == ("phases of one undertaking", "Not so sure")


def test_the_same_is_set_aside_and_comes_back(pair: tuple[Agreement, Agreement], cast: Cast, page: Reader) -> None:
    a, b = pair[0].project_id, pair[1].project_id
    now, same, *_ = outlooks(series(), fresh(pair[0]), fresh(pair[1]), see_confidential=True)
    assert (now.contracted.fen, same.contracted.projects, same.contracted.fen) == (22 * YI, 2, 19 * YI)
    page.sign_in(cast.reviewer)
    page.post(f"{FOLDER}/{a}/{b}/decision", {"decision": "same", "reason": "一码", "stands": str(a), "seen": "0"})
    assert (counted(), waiting(), fresh(pair[1]).merged_into_id) == ((2, 19 * YI), 0, a)
    assert "set aside" in page.get(f"{FOLDER}/{a}/{b}").words
    page.post(f"{SERIES}/projects/{b}/restoration")
    assert (counted(), decided(), waiting()) == ((3, 22 * YI), [("same", False)], 1)
    page.post(f"{SERIES}/projects/{b}/duplicate", {"into": str(a), "reason": "Decided again"})
    assert (decided()[-1], fresh(pair[1]).merged_into_id) == (("same", True), a)
    page.post(f"{FOLDER}/decisions/2/reversal", {"because": "Two plots"})
    assert (counted(), decided()[-1]) == ((3, 22 * YI), ("same", False))
    actions = db.session.scalars(
        select(Activity.action).where(Activity.action.like("duplicate.%")).order_by(Activity.id)
    )
    assert list(actions) == ["duplicate.decided", "duplicate.undone"] * 2


def test_an_increase_is_reviewed_again_before_it_counts(pair: tuple[Agreement, Agreement], cast: Cast) -> None:
    trial = outlooks(series(), fresh(pair[0]), fresh(pair[1]), see_confidential=True)[3]
    assert (trial.decision, trial.contracted.projects, trial.contracted.fen) == ("increase", 2, 22 * YI)
    with pytest.raises(drafting.SamePerson), transaction():  # who approved does not take it back alone
        operations.decide(
            fresh_in(pair[0]), fresh_in(pair[1]), "increase", reason="同址扩建", actor=cast.reviewer2.actor
        )
    with transaction():
        row = operations.decide(
            fresh_in(pair[0]), fresh_in(pair[1]), "increase", reason="同址扩建", actor=cast.reviewer.actor
        )
        row_id = row.id
    raised = again(pair[1])
    assert (raised.review, raised.relation, raised.earlier_id) == ("submitted", "increase", pair[0].id)
    assert [step.step for step in raised.steps][-3:] == ["returned", "revised", "submitted"]
    assert counted() == (2, 19 * YI)
    with transaction():
        review.verify(again_in(pair[1]), version=raised.version, actor=cast.reviewer2.actor)
    with transaction():
        row_ = again_in(pair[1])
        review.approve(row_, version=row_.version, actor=cast.admin.actor)
    assert counted() == (2, 22 * YI)
    assert queries.tally(series(), see_confidential=True).set_aside == 0
    with transaction():
        operations.undo(db.session.get_one(DuplicateDecision, row_id), reason="Another plot", actor=cast.reviewer.actor)
    raised = again(pair[1])
    assert (raised.review, raised.relation, raised.earlier_id) == ("submitted", "first", None)
    assert (raised.project.merged_into_id, decided(), counted()) == (None, [("increase", False)], (2, 19 * YI))


def fresh_in(row: Agreement) -> Project:
    return again_in(row).project


def again_in(row: Agreement) -> Agreement:
    """The row inside a transaction."""
    return db.session.get_one(Agreement, row.id)


def test_what_is_different_comes_back_only_with_a_new_sign(pair: tuple[Agreement, Agreement], cast: Cast) -> None:
    with transaction():
        operations.decide(fresh_in(pair[0]), fresh_in(pair[1]), "different", reason="x", actor=cast.reviewer.actor)
    assert waiting() == 0
    with transaction():
        for row in pair:
            fresh_in(row).site = "濉溪经开区"
    assert (waiting(), len(proposed_for(fresh(pair[0]), see_confidential=True))) == (1, 1)
    with pytest.raises(Refused, match="has decided"), transaction():
        operations.decide(fresh_in(pair[0]), fresh_in(pair[1]), "phase", reason="x", actor=cast.reviewer2.actor)
    with transaction():
        operations.decide(fresh_in(pair[0]), fresh_in(pair[1]), "phase", reason="x", seen=1, actor=cast.reviewer2.actor)
    assert (decided(), waiting()) == ([("different", False), ("phase", True)], 0)


def test_a_locked_agreement_becomes_an_increase_only_by_a_scan(pair: tuple[Agreement, Agreement], cast: Cast) -> None:
    with transaction():
        row = again_in(pair[1])
        review.lock(row, reason="Counted", version=row.version, actor=cast.reviewer.actor)
    with pytest.raises(review.NeedsEvidence), transaction():
        operations.decide(fresh_in(pair[0]), fresh_in(pair[1]), "increase", reason="x", actor=cast.reviewer.actor)
    assert (again(pair[1]).review, decided()) == ("locked", [])


def test_equal_amounts_tell_no_confidential_one(edition: Edition, cast: Cast, page: Reader) -> None:
    with transaction():
        segment = drafting.add_segment(edition.series, Bilingual("板带箔"), actor=cast.staff.actor).id
    at = {"site": "濉溪经开区", "segment_id": segment, "enterprise": Bilingual()}
    first = make_approved(edition, cast, "1.37亿元", project=named(edition, cast, "轮毂", confidential=True, **at))
    other_day = make_edition(edition.series, slug="alu-2099", starts_on=date(2099, 3, 18), ends_on=date(2099, 3, 18))
    second = make_approved(other_day, cast, "1.37亿元", project=named(other_day, cast, "铝杆", **at))
    url = f"{FOLDER}/{first.project_id}/{second.project_id}"
    page.sign_in(cast.organizer)
    assert "No pair to decide on" in page.get(FOLDER).words
    shown = page.get(url)
    assert "No sign" in shown.words
    assert shown.words.count("137 million") == 2  # the open project's own, and what it would take away
    page.sign_in(cast.reviewer)
    assert "equal amounts" in page.get(FOLDER).words
    assert page.get(url).words.count("137 million") >= 4


def test_the_pages_ask_the_same_for_many_projects(edition: Edition, cast: Cast, page: Reader) -> None:
    make_draft(edition, cast, project=named(edition, cast, "铝箔", credit_code=CODE))
    make_draft(edition, cast, project=named(edition, cast, "铝箔项目", credit_code=CODE))
    page.sign_in(cast.reviewer)
    few = len(page.get(FOLDER).queries)
    for n in range(1, 9):
        make_draft(again_edition(), cast, project=named(again_edition(), cast, f"轮毂{n}期"))
    assert len(page.get(FOLDER).queries) == few
