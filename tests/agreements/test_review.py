"""Four eyes: attacked through the operations and by SQL."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from forums.accounts.models import Account
from forums.activity.queries import history
from forums.agreements import changes, drafting, proposals, queries, review
from forums.agreements.drafting import PartyFacts
from forums.agreements.models import Agreement, AgreementProposal, ReviewHand
from forums.agreements.review import NeedsEvidence, NeedsReason, NotNow, SamePerson
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import again, facts, make_approved, make_draft, make_evidence, make_project, pass_review
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


def test_comments_on_fields_stay_open_until_the_next_revision(edition: Edition, cast: Cast) -> None:
    row = pass_review(make_draft(edition, cast), cast, until="submitted")
    with transaction():
        review.give_back(
            row, comments={"amounts": "Page 2 says 6亿元", "kind": " ", "nonsense": "x"}, version=row.version,
            actor=cast.reviewer.actor,
        )  # fmt: skip
    assert again(row).comments == {"amounts": "Page 2 says 6亿元"}
    with transaction():
        drafting.revise(row, facts(edition, "6亿元"), version=row.version, actor=cast.staff.actor)
    assert again(row).comments == {}


def test_each_revision_says_what_it_changed_and_the_verifier_what_has_changed_in_all(
    edition: Edition, cast: Cast
) -> None:
    row = pass_review(make_draft(edition, cast), cast, until="verified")
    assert changes.since_last_verified(again(row)) is None
    with transaction():
        review.give_back(row, comment="Look again", version=row.version, actor=cast.reviewer2.actor)
        drafting.revise(row, facts(edition, "6亿元", number="7"), version=row.version, actor=cast.staff.actor)
        one = PartyFacts("host", Bilingual("示例县人民政府"))
        drafting.revise(row, facts(edition, "6亿元", parties=(one,)), version=row.version, actor=cast.organizer.actor)
    row = again(row)
    old, new = row.steps[-2].changes["amounts"]
    assert [(a["fen"], a["text"]) for a in (*old, *new)] == [(5 * 10**10, "5亿元"), (6 * 10**10, "6亿元")]
    assert row.steps[-2].changes["number"] == ["", "7"]
    assert [len(parties) for parties in row.steps[-1].changes["parties"]] == [2, 1]
    whole = changes.since_last_verified(row)
    assert whole is not None
    assert set(whole) == {"amounts", "parties"}
    assert (row.entries[-1].step, row.entries[0].step) == (row.steps[-2], row.steps[0])
    pass_review(row, cast, until="submitted")
    assert set(changes.since_last_verified(again(row)) or {}) == {"amounts", "parties"}


def correct(row: Agreement, cast: Cast, who: Account, **more: object) -> None:
    given: dict[str, Any] = {
        "amount": "4.5亿元", "undisclosed": False, "basis": "total_investment", "reason": "Annex 2 says so",
        "evidence": make_evidence(cast), "source_page": "3", "version": row.version, **more,
    }  # fmt: skip
    with transaction():
        review.correct_amount(row, **given, actor=who.actor)


def test_a_correction_reverses_enters_anew_and_is_reviewed_again(edition: Edition, cast: Cast) -> None:
    row = make_approved(edition, cast)
    for missing, refusal in (({"evidence": None}, NeedsEvidence), ({"reason": " "}, NeedsReason)):
        with pytest.raises(refusal):
            correct(row, cast, cast.organizer, **missing)
    correct(row, cast, cast.organizer)
    row = again(row)
    assert [e.fen for e in row.entries] == [50_000_000_000, -50_000_000_000, 45_000_000_000]
    assert [e.evidence and e.evidence.display_name for e in row.entries] == [None, "附件二.pdf", "附件二.pdf"]
    assert (row.entries[-1].source_page, row.entries[-1].unit, row.entries[-1].step) == ("3", "亿元", row.steps[-1])
    assert (row.review, row.drafted_by_id, row.verified_by_id, row.approved_by_id) == (
        "submitted", cast.organizer.id, None, None,
    )  # fmt: skip
    with pytest.raises(SamePerson), transaction():
        review.verify(row, version=row.version, actor=cast.staff.actor)
    with transaction():
        review.verify(row, version=row.version, actor=cast.reviewer.actor)
        review.approve(row, version=row.version, actor=cast.reviewer2.actor)


def test_who_approved_and_then_corrects_is_the_drafter_of_that_round(edition: Edition, cast: Cast) -> None:
    row = make_approved(edition, cast)
    correct(row, cast, cast.reviewer2)
    for somebody in (cast.reviewer2, cast.staff):
        with pytest.raises(SamePerson), transaction():
            review.verify(row, version=row.version, actor=somebody.actor)
        with pytest.raises(IntegrityError), transaction():  # and the database says so too
            db.session.execute(insert(ReviewHand).values(agreement_id=row.id, account_id=somebody.id, part="verifies"))
    with transaction():
        review.verify(row, version=row.version, actor=cast.organizer.actor)
        review.approve(row, version=row.version, actor=cast.reviewer.actor)
    assert {(hand.account_id, hand.part) for hand in again(row).hands} == {
        (cast.staff.id, "drafts"), (cast.reviewer2.id, "drafts"), (cast.organizer.id, "verifies"),
        (cast.reviewer.id, "approves"),
    }  # fmt: skip


def test_a_correction_of_what_is_not_approved_is_refused(edition: Edition, cast: Cast) -> None:
    with pytest.raises(NotNow):
        correct(make_draft(edition, cast), cast, cast.organizer)


def test_an_approval_is_taken_back_by_another_and_a_lock_by_nobody(edition: Edition, cast: Cast) -> None:
    row = make_approved(edition, cast)
    with pytest.raises(SamePerson), transaction():
        review.give_back(row, comment="Hm", version=row.version, actor=cast.reviewer2.actor)
    with transaction():
        review.give_back(row, comment="The date is wrong", version=row.version, actor=cast.reviewer.actor)
    assert (again(row).review, again(row).approved_by_id) == ("returned", None)
    pass_review(row, cast)
    with transaction():
        assert review.lock_counted([row], reason="Statement 1", actor=cast.organizer.actor) == 1
    assert (again(row).review, queries.tally(edition.series, see_confidential=True).total.contracted.projects) == (
        "locked", 1,
    )  # fmt: skip
    for back in (cast.reviewer, cast.reviewer2):
        with pytest.raises(NotNow), transaction():
            review.give_back(row, comment="Hm", version=row.version, actor=back.actor)
    correct(row, cast, cast.organizer)
    assert again(row).review == "submitted"


def test_an_agreement_is_cancelled_by_two_people_with_a_reason(edition: Edition, cast: Cast) -> None:
    row, day = make_approved(edition, cast), date(2097, 6, 1)

    def propose(what: str = "cancellation", reason: str = "The site was sold") -> AgreementProposal:
        with transaction():
            return proposals.propose(row, what, day=day, reason=reason, version=row.version, actor=cast.reviewer.actor)

    for wrong in ({"reason": " "}, {"what": "reinstatement"}):
        with pytest.raises(Refused):
            propose(**wrong)
    first = propose()
    with pytest.raises(proposals.OtherOpen):
        propose()
    with pytest.raises(SamePerson), transaction():
        proposals.confirm(first, version=row.version, actor=cast.reviewer.actor)
    for attack in ("outcome = 'confirmed', decided_by_id = proposed_by_id", "outcome = 'confirmed'"):
        with pytest.raises(IntegrityError), transaction():
            db.session.execute(text(f"UPDATE agreement_proposals SET {attack}"))
    with pytest.raises(SamePerson), transaction():
        proposals.withdraw(first, version=row.version, actor=cast.reviewer2.actor)
    with transaction():
        proposals.reject(first, comment="It is not sold", version=row.version, actor=cast.reviewer2.actor)
    second = propose()
    with transaction():
        proposals.withdraw(second, version=row.version, actor=cast.reviewer.actor)
    assert again(row).cancelled_on is None
    third = propose()
    with transaction():
        proposals.confirm(third, version=row.version, actor=cast.reviewer2.actor)
    assert (again(row).cancelled_on, again(row).cancel_reason) == (day, "The site was sold")
    with pytest.raises(NotNow):
        propose()
    back = propose("reinstatement", "It was bought again")
    with transaction():
        proposals.confirm(back, version=row.version, actor=cast.reviewer2.actor)
    assert (again(row).cancelled_on, [p.outcome for p in again(row).proposals]) == (
        None, ["rejected", "withdrawn", "confirmed", "confirmed"],
    )  # fmt: skip


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
