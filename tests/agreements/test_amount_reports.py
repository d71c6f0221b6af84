"""Capital that came in: three people, then the ledger; and the agreement keeps counting meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from forums import clock
from forums.accounts.models import Account
from forums.agreements import drafting
from forums.agreements import queries as agreements
from forums.agreements.drafting import ChangedMeanwhile, SamePerson
from forums.agreements.followup import amounts
from forums.agreements.followup.amounts import ReportFacts
from forums.agreements.followup.models import AmountReport
from forums.agreements.followup.signed import signed_projects
from forums.agreements.models import Agreement, AmountEntry, Project
from forums.agreements.review import NotNow
from forums.documents.models import Document
from forums.documents.operations import PDF, store
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.money import BadAmount
from forums.transaction import transaction
from tests.agreements.making import facts, make_approved, make_draft, make_project
from tests.cast import Cast
from tests.client import Reader
from tests.documents.hostile import PLAIN

TODAY = date(2098, 5, 4)
NOW = datetime(2098, 5, 4, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _stopped_clock() -> Any:
    with clock.frozen(NOW):
        yield


def paper(cast: Cast) -> Document:
    return store(BytesIO(PLAIN), display_name="bank.pdf", kind="evidence", actor=cast.staff.actor, allowed=(PDF,))


def reported(agreement_id: int, cast: Cast, amount: str, basis: str = "paid_in", **more: Any) -> int:
    with transaction():
        row = db.session.get_one(Agreement, agreement_id)
        wanted = ReportFacts(row, basis, amount, more.pop("on", TODAY), document=more.pop("document", paper(cast)))
        return amounts.report(row.project, wanted, actor=cast.staff.actor, **more).id


def taken(step: Callable[..., Any], report_id: int, by: Account, **more: Any) -> Any:
    with transaction():
        row = db.session.get_one(AmountReport, report_id)
        if step is not amounts.take_back:
            more = {"seen": row.version} | more
        return step(row.agreement.project, row, actor=by.actor, **more)


def passed(report_id: int, cast: Cast) -> None:
    taken(amounts.verify, report_id, cast.reviewer)
    taken(amounts.approve, report_id, cast.reviewer2)


def test_three_people_bring_an_amount_into_the_ledger(edition: Edition, cast: Cast) -> None:
    series = edition.series
    agreement = make_approved(edition, cast, "5亿元")
    agreement_id, project_id = agreement.id, agreement.project_id
    first, second = (reported(agreement_id, cast, text_) for text_ in ("3000万元", "2000万元"))
    passed(reported(agreement_id, cast, "2亿元", basis="contracted_inbound"), cast)
    assert signed_projects(series)[0].paid is None
    with pytest.raises(SamePerson):
        taken(amounts.verify, first, cast.staff)
    passed(first, cast)
    passed(second, cast)
    (row,) = signed_projects(series)
    assert (row.project_id, row.inbound, row.paid) == (project_id, 20_000_000_000, 5_000_000_000)
    tally = agreements.tally(series, see_confidential=True)
    assert (tally.total.contracted.projects, tally.total.contracted.fen) == (1, 50_000_000_000)
    assert [entry.basis for entry in db.session.get_one(Agreement, agreement_id).amounts] == ["total_investment"]
    with pytest.raises(NotNow):
        taken(amounts.approve, first, cast.reviewer2)
    back = taken(amounts.take_back, first, cast.staff, reason="Sent back by the bank").id
    with pytest.raises(NotNow):
        taken(amounts.take_back, first, cast.staff, reason="Twice")
    passed(back, cast)
    assert signed_projects(series)[0].paid == 2_000_000_000
    before = signed_projects(series, as_of=NOW - timedelta(days=1))
    assert before == []


def test_the_amount_of_an_undisclosed_contract_stays_undisclosed(edition: Edition, cast: Cast) -> None:
    series = edition.series
    passed(reported(make_approved(edition, cast, "").id, cast, "3000万元"), cast)
    assert agreements.tally(series, see_confidential=True).undisclosed == 1


def test_what_cannot_be_reported(edition: Edition, cast: Cast) -> None:
    agreement_id = make_approved(edition, cast).id
    draft_id = make_draft(db.session.get_one(Edition, edition.id), cast).id
    for wrong in (
        {"amount": "5"}, {"amount": "-3000万元"}, {"on": TODAY + timedelta(days=1)}, {"document": None},
        {"basis": "total_investment"},
    ):  # fmt: skip
        with pytest.raises((Refused, BadAmount)):
            reported(agreement_id, cast, **({"amount": "3000万元"} | wrong))
    with pytest.raises(Refused):
        reported(draft_id, cast, "3000万元")
    passed(reported(agreement_id, cast, "2亿元", basis="contracted_inbound"), cast)
    with pytest.raises(Refused):
        reported(agreement_id, cast, "1亿元", basis="contracted_inbound")
    assert reported(agreement_id, cast, "1亿元", key="k") == reported(agreement_id, cast, "1亿元", key="k")
    last = reported(agreement_id, cast, "1亿元", key="k")
    with pytest.raises(ChangedMeanwhile):
        taken(amounts.withdraw, last, cast.staff, seen=9)
    taken(amounts.withdraw, last, cast.staff)


def test_the_database_keeps_three_people_apart(edition: Edition, cast: Cast) -> None:
    report_id = reported(make_approved(edition, cast).id, cast, "3000万元")
    ids = (cast.staff.id, cast.reviewer.id)
    for change in (
        f"state = 'verified', verified_by_id = {ids[0]}",
        "state = 'verified'",
        f"state = 'approved', verified_by_id = {ids[1]}, approved_by_id = {ids[1]}",
        "state = 'approved'",
        "fen = 0",
    ):
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(text(f"UPDATE amount_reports SET {change} WHERE id = {report_id}"))


def test_a_returned_agreement_keeps_what_was_paid_in(edition: Edition, cast: Cast) -> None:
    """Correcting what an agreement says neither reverses reported amounts nor takes one for its own."""
    agreement = make_approved(edition, cast, "5亿元")
    agreement_id = agreement.id
    passed(reported(agreement_id, cast, "3000万元"), cast)
    with transaction():
        row = db.session.get_one(Agreement, agreement_id)
        drafting.reverse_amounts(row, "total_investment", reason="Wrong", actor=cast.staff.actor)
        drafting.enter_amount(row, facts(row.signings[0].edition, "6亿元"), reason="", actor=cast.staff.actor)
    entries = db.session.scalars(select(AmountEntry).where(AmountEntry.agreement_id == agreement_id)).all()
    assert sorted((entry.basis, entry.fen or 0) for entry in entries if entry.reported) == [("paid_in", 3_000_000_000)]
    assert [entry.fen for entry in db.session.get_one(Agreement, agreement_id).amounts] == [60_000_000_000]


def test_amounts_pass_through_the_pages(edition: Edition, cast: Cast, page: Reader) -> None:
    agreement = make_approved(edition, cast, "5亿元")
    base = f"/office/series/alu/projects/{agreement.project_id}"
    sent = {"agreement": str(agreement.id), "basis": "paid_in", "on": "2098-05-01", "note": "First part", "key": "k"}
    page.sign_in(cast.staff)
    page.get(f"{base}/amounts/new")
    kept = page.post(f"{base}/amounts/new", sent | {"amount": "3000"}, expected=200)
    assert kept.find("//input[@name='amount']/@value") == ["3000"]
    assert "Attach what proves" in page.post(f"{base}/amounts/new", sent | {"amount": "3000万元"}, expected=200).words
    for _ in range(2):
        bank = {"evidence": (BytesIO(PLAIN), "进账单.pdf")}
        page.post(f"{base}/amounts/new", sent | {"amount": "3000万元"} | bank)
    assert "30 million yuan" in page.get(f"{base}/followup").words
    page.post(f"{base}/amounts/1/verification", {"version": "1"}, expected=403)
    assert "an amount to verify" not in page.get("/office/").words
    page.sign_in(cast.reviewer)
    assert "an amount to verify" in page.get("/office/").words
    assert "an amount to verify" in page.get("/office/series/alu/followup").words
    page.get(f"{base}/amounts/1/return")
    page.post(f"{base}/amounts/1/verification", {"version": "1"})
    page.post(f"{base}/amounts/1/approval", {"version": "2"})
    assert db.session.get_one(AmountReport, 1).state == "verified"
    assert "an amount to approve" not in page.get("/office/").words
    page.sign_in(cast.reviewer2)
    assert "an amount to approve" in page.get("/office/").words
    page.post(f"{base}/amounts/1/approval", {"version": "x"})
    page.post(f"{base}/amounts/1/approval", {"version": "2"})
    assert db.session.get_one(AmountReport, 1).state == "approved"
    assert page.get(f"{base}/amounts/1/evidence").response.data == PLAIN
    page.post(f"{base}/amounts/1/reversal", {"why": "Sent back", "key": "r"})
    page.sign_in(cast.reviewer)
    page.post(f"{base}/amounts/2/return", {"why": "", "version": "1"}, expected=200)
    page.post(f"{base}/amounts/2/return", {"why": "It is right", "version": "1"})
    page.language = "zh"
    assert "It is right" in page.get(f"{base}/followup").words
    assert db.session.get_one(AmountReport, 2).state == "returned"


def test_reported_amounts_are_as_confidential_as_the_project(edition: Edition, cast: Cast, page: Reader) -> None:
    edition_id = edition.id
    project = make_project(edition, cast, confidential=True)
    agreement_id = make_approved(db.session.get_one(Edition, edition_id), cast, "5亿元", project=project).id
    project_id = db.session.get_one(Agreement, agreement_id).project_id
    with transaction():
        row = db.session.get_one(Agreement, agreement_id)
        wanted = ReportFacts(row, "paid_in", "1.37亿元", TODAY, "Of 137 parts", paper(cast))
        amounts.report(db.session.get_one(Project, project_id), wanted, actor=cast.reviewer.actor)
    base = f"/office/series/alu/projects/{project_id}"
    page.sign_in(cast.organizer)
    assert "137" not in page.get(f"{base}/followup").words
    page.get(f"{base}/amounts/new", expected=404)
    page.get(f"{base}/amounts/1/evidence", expected=404)
    page.get(f"{base}/amounts/1/reversal", expected=404)
    page.sign_in(cast.auditor)
    assert "137 million yuan" in page.get(f"{base}/followup").words
