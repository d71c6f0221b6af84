"""The state machine of documents, and what their dates make of them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from forums import clock
from forums.agreements import drafting, lifecycle, proposals, review
from forums.agreements.models import Agreement, Signing
from forums.agreements.vocabulary import DOCUMENT_STATES
from forums.editions.models import Edition
from forums.errors import Refused
from forums.transaction import transaction
from tests.agreements.making import again, facts, make_approved, make_draft, pass_review
from tests.cast import Cast
from tests.client import Reader

LATER = datetime(2098, 6, 1, tzinfo=UTC)


def test_every_pair_of_states_has_one_kind_or_none() -> None:
    table = {
        before: "".join((lifecycle.kind_of(before, after) or "-")[:2] for after in DOCUMENT_STATES)
        for before in DOCUMENT_STATES
    }
    assert list(DOCUMENT_STATES) == [*lifecycle.ORDER, "fulfilled", "terminated", "expired", "rescinded"]
    # In the order of the vocabulary: step, skip, reversal; a dash where there is no way.
    assert table == {
        "draft": "-stsksksksk----",
        "legal_review": "re-stsksksk----",
        "approved": "rere-stsksk----",
        "signed": "rerere-stskskstskst",
        "filed": "rererere-stskstskst",
        "in_force": "rerererere-stststst",
        **dict.fromkeys(("fulfilled", "terminated", "expired", "rescinded"), "---rerere----"),
    }


@pytest.mark.parametrize(
    ("recorded", "more", "on", "state", "since", "by"),
    [
        ("signed", {}, "2097-04-01", "signed", "2097-03-18", "recorded"),
        ("signed", {"effective_on": date(2097, 5, 1)}, "2097-04-30", "signed", "2097-03-18", "recorded"),
        ("signed", {"effective_on": date(2097, 5, 1)}, "2097-05-01", "in_force", "2097-05-01", "effective_on"),
        ("approved", {"effective_on": date(2097, 5, 1)}, "2097-06-01", "approved", None, "recorded"),
        ("filed", {"expires_on": date(2098, 5, 1)}, "2098-05-01", "filed", None, "recorded"),
        ("filed", {"expires_on": date(2098, 5, 1)}, "2098-05-02", "expired", "2098-05-02", "expires_on"),
        ("in_force", {"cancelled_on": date(2098, 1, 1)}, "2098-01-01", "rescinded", "2098-01-01", "cancelled_on"),
        ("terminated", {"expires_on": date(2098, 5, 1)}, "2099-01-01", "terminated", None, "recorded"),
    ],
)
def test_dates_make_the_state_of_a_day(
    recorded: str, more: dict[str, date], on: str, state: str, since: str, by: str
) -> None:
    row = Agreement(document_state=recorded, signings=[Signing(signed_on=date(2097, 3, 18))], **more)
    found = lifecycle.document_now(row, date.fromisoformat(on))
    assert (found.state, found.since and found.since.isoformat(), found.by) == (state, since, by)


def move(row: Agreement, cast: Cast, to: str, day: str = "2098-01-01", reason: str = "") -> object:
    with clock.frozen(LATER), transaction():
        return proposals.move_document(
            row, to, day=date.fromisoformat(day), reason=reason, version=row.version, actor=cast.staff.actor
        )


def test_steps_skips_and_reversals(edition: Edition, cast: Cast) -> None:
    row = make_approved(edition, cast)
    assert move(row, cast, "filed") is None
    for wrong in (("fulfilled", "2098-02-01", ""), ("in_force", "2097-12-01", ""), ("in_force", "2098-07-01", "")):
        with pytest.raises(Refused):
            move(row, cast, *wrong)
    with pytest.raises(Refused):
        move(row, cast, "expired2")
    move(row, cast, "fulfilled", "2098-02-01", "All paid at once")
    row = again(row)
    assert (row.document_state, row.document_on, row.review) == ("fulfilled", date(2098, 2, 1), "approved")
    assert [s.changes["document_state"] for s in row.steps if s.step == "document"] == [
        ["signed", "filed"], ["filed", "fulfilled"],
    ]  # fmt: skip
    with pytest.raises(review.NeedsReason):
        move(row, cast, "filed")
    proposal = move(row, cast, "filed", reason="The wrong agreement was closed")
    assert again(row).document_state == "fulfilled"
    assert proposal is row.open_proposal
    with transaction():
        proposals.confirm(row.proposals[-1], version=row.version, actor=cast.reviewer.actor)
    assert (again(row).document_state, row.document_on) == ("filed", date(2098, 1, 1))


def test_what_is_under_review_stands_still_and_a_returned_draft_skips_nothing(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast, document_state="draft")
    with transaction():
        drafting.revise(row, facts(edition, document_state="approved"), version=1, actor=cast.staff.actor)
    pass_review(row, cast, until="submitted")
    with pytest.raises(review.NotNow):
        move(row, cast, "signed")
    with transaction():
        review.give_back(row, comment="Is it signed?", version=row.version, actor=cast.reviewer.actor)
    with pytest.raises(Refused), transaction():
        drafting.revise(row, facts(edition, document_state="filed"), version=row.version, actor=cast.staff.actor)
    with transaction():
        drafting.revise(row, facts(edition, document_state="signed"), version=row.version, actor=cast.staff.actor)
    assert again(row).document_state == "signed"


def test_the_page_says_what_the_dates_make_of_it_and_takes_the_next_state(
    edition: Edition, cast: Cast, page: Reader
) -> None:
    row = make_approved(edition, cast, effective_on=date(2097, 5, 1))
    url, version = f"/office/e/alu-2027/agreements/{row.id}", row.version
    page.sign_in(cast.staff)
    assert "Signed since" in page.get(url).words
    with clock.frozen(LATER):
        shown = page.sign_in(cast.staff).get(url)
        (said,) = shown.find("//dt[text()='Document']/following-sibling::dd[1]")
        assert " ".join(said.text_content().split()) == (
            "In force since 1 May 2097 · by its effective date (recorded: Signed)"
        )
        page.post(f"{url}/document", {"version": version, "to_state": "nonsense", "since": ""}, expected=200)
        asked = {"version": version, "to_state": "filed", "since": "2097-04-01"}
        page.post(f"{url}/document", {**asked, "since": "2099-01-01"}, expected=200)
        page.post(f"{url}/document", asked)
    assert again(row).document_state == "filed"
