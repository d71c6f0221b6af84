"""Four eyes: attacked through the operations and by SQL."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from forums.activity.queries import history
from forums.agreements import drafting, review
from forums.agreements.models import Agreement
from forums.agreements.review import NeedsReason, NotNow, SamePerson
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import again, facts, make_approved, make_draft, make_project, pass_review
from tests.cast import Cast


def test_three_people_bring_a_draft_to_approval(edition: Edition, cast: Cast) -> None:
    row = again(make_approved(edition, cast))
    assert (row.review, row.drafted_by_id, row.verified_by_id, row.approved_by_id) == (
        "approved", cast.staff.id, cast.reviewer.id, cast.reviewer2.id,
    )  # fmt: skip
    assert [s.step for s in row.steps] == ["drafted", "submitted", "verified", "approved"]
    assert [line.action for line in history(row)] == [
        "agreement.drafted", "agreement.submitted", "agreement.verified", "agreement.approved",
    ]  # fmt: skip


def test_the_drafter_cannot_verify(edition: Edition, cast: Cast) -> None:
    row = pass_review(make_draft(edition, cast), cast, until="submitted")
    with pytest.raises(SamePerson), transaction():
        review.verify(row, version=row.version, actor=cast.staff.actor)
    assert again(row).review == "submitted"


def test_who_revised_or_handed_in_cannot_verify_or_approve(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast)
    with transaction():
        drafting.revise(row, facts(edition, "6亿元"), version=row.version, actor=cast.reviewer.actor)
        review.submit(row, version=row.version, actor=cast.reviewer2.actor)
    for somebody in (cast.reviewer, cast.reviewer2):
        with pytest.raises(SamePerson), transaction():
            review.verify(row, version=row.version, actor=somebody.actor)
    with transaction():
        review.verify(row, version=row.version, actor=cast.organizer.actor)
    with pytest.raises(SamePerson), transaction():
        review.approve(row, version=row.version, actor=cast.reviewer.actor)


def test_nobody_verifies_and_approves(edition: Edition, cast: Cast) -> None:
    row = pass_review(make_draft(edition, cast), cast, until="verified")
    with pytest.raises(SamePerson), transaction():
        review.approve(row, version=row.version, actor=cast.reviewer.actor)
    with pytest.raises(SamePerson), transaction():
        review.approve(row, version=row.version, actor=cast.staff.actor)


def test_steps_are_not_skipped(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast)
    for step in (review.verify, review.approve):
        with pytest.raises(NotNow), transaction():
            step(row, version=row.version, actor=cast.reviewer.actor)
    pass_review(row, cast, until="submitted")
    with pytest.raises(NotNow), transaction():
        review.approve(row, version=row.version, actor=cast.reviewer.actor)


def test_nobody_approves_what_they_have_not_seen(edition: Edition, cast: Cast) -> None:
    row = pass_review(make_draft(edition, cast), cast, until="submitted")
    with pytest.raises(drafting.ChangedMeanwhile), transaction():
        review.verify(row, version=row.version - 1, actor=cast.reviewer.actor)


@pytest.mark.parametrize(
    "attack",
    [
        "review = 'verified', verified_by_id = drafted_by_id",
        "review = 'approved', verified_by_id = :b, approved_by_id = drafted_by_id",
        "review = 'approved', verified_by_id = :b, approved_by_id = :b",
        "review = 'approved', approved_by_id = :b",
        "review = 'approved'",
        "review = 'locked', verified_by_id = :b",
        "review = 'verified'",
        "review = 'golden'",
    ],
)
def test_the_database_refuses_what_the_operations_would(edition: Edition, cast: Cast, attack: str) -> None:
    row = pass_review(make_draft(edition, cast), cast, until="submitted")
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            text(f"UPDATE agreements SET {attack} WHERE id = :id"), {"id": row.id, "b": cast.reviewer.id}
        )
    assert again(row).review == "submitted"


def test_the_ledger_refuses_amounts_below_nothing(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast)
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(text("UPDATE amount_entries SET fen = -1 WHERE agreement_id = :id"), {"id": row.id})


def test_what_is_returned_says_why_and_comes_back(edition: Edition, cast: Cast) -> None:
    row = pass_review(make_draft(edition, cast), cast, until="verified")
    with pytest.raises(NeedsReason), transaction():
        review.give_back(row, comment="  ", version=row.version, actor=cast.reviewer2.actor)
    with transaction():
        review.give_back(row, comment="Page 2 is missing", version=row.version, actor=cast.reviewer2.actor)
    row = again(row)
    assert (row.review, row.verified_by_id, row.steps[-1].comment) == ("returned", None, "Page 2 is missing")
    with transaction():
        drafting.revise(row, facts(edition, "6亿元"), version=row.version, actor=cast.staff.actor)
    assert pass_review(row, cast).review == "approved"


def test_a_correction_reverses_enters_anew_and_is_reviewed_again(edition: Edition, cast: Cast) -> None:
    row = make_approved(edition, cast)
    with transaction():
        review.correct_amount(
            row, amount="4.5亿元", undisclosed=False, basis="total_investment", reason="Annex 2 says so",
            version=row.version, actor=cast.organizer.actor,
        )  # fmt: skip
    row = again(row)
    assert [e.fen for e in row.entries] == [50_000_000_000, -50_000_000_000, 45_000_000_000]
    assert (row.review, row.drafted_by_id, row.verified_by_id, row.approved_by_id) == (
        "submitted", cast.organizer.id, None, None,
    )  # fmt: skip
    with pytest.raises(SamePerson), transaction():
        review.verify(row, version=row.version, actor=cast.staff.actor)
    with transaction():
        review.verify(row, version=row.version, actor=cast.reviewer.actor)
        review.approve(row, version=row.version, actor=cast.reviewer2.actor)


def test_a_correction_of_what_is_not_approved_is_refused(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast)
    with pytest.raises(NotNow), transaction():
        review.correct_amount(
            row, amount="4亿元", undisclosed=False, basis="total_investment", reason="x", version=1,
            actor=cast.organizer.actor,
        )  # fmt: skip


def test_an_agreement_is_cancelled_once_with_a_reason(edition: Edition, cast: Cast) -> None:
    row = make_approved(edition, cast)
    with transaction():
        review.cancel(
            row, on=date(2097, 6, 1), reason="The site was sold", version=row.version, actor=cast.reviewer.actor
        )
    with pytest.raises(NotNow), transaction():
        review.cancel(row, on=date(2097, 6, 1), reason="Again", version=row.version, actor=cast.reviewer.actor)
    assert (again(row).cancelled_on, again(row).cancel_reason) == (date(2097, 6, 1), "The site was sold")


def test_a_duplicate_is_set_aside_and_restored(edition: Edition, cast: Cast) -> None:
    one, two, three = (make_project(edition, cast, name) for name in ("甲（示例）", "甲项目(示例)", "乙（示例）"))
    with transaction():
        review.set_aside(two, one, reason="The same credit code", actor=cast.reviewer.actor)
    assert (two.merged_into_id, two.merged_by_id) == (one.id, cast.reviewer.id)
    for project, into in ((two, three), (three, two), (one, three), (three, three)):
        with pytest.raises(Refused), transaction():
            review.set_aside(project, into, reason="x", actor=cast.reviewer.actor)
    with transaction():
        review.restore(two, reason="Two sites", actor=cast.reviewer.actor)
    with pytest.raises(NotNow), transaction():
        review.restore(two, reason="Two sites", actor=cast.reviewer.actor)
    assert [line.action for line in history(two)] == ["project.created", "project.set_aside", "project.restored"]


def test_the_database_keeps_a_project_from_standing_for_itself(edition: Edition, cast: Cast) -> None:
    project = make_project(edition, cast)
    for attack in ("merged_into_id = id, merged_at = created_at", "merged_at = created_at"):
        with pytest.raises(IntegrityError), transaction():
            db.session.execute(text(f"UPDATE projects SET {attack} WHERE id = :id"), {"id": project.id})
    assert (
        db.session.get_one(Agreement.__mapper__.relationships.project.mapper.class_, project.id).merged_into_id is None
    )
