"""What is worth a second look, and approving together what is not."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from forums.agreements import drafting, queries
from forums.agreements.concerns import concerns_of, medians_of
from forums.agreements.drafting import PartyFacts, ProjectFacts
from forums.agreements.models import Agreement, Project
from forums.agreements.scans.operations import attach
from forums.columns import Bilingual
from forums.documents.operations import PDF, Arrival
from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import CODE, make_draft, pass_review
from tests.cast import Cast
from tests.client import Reader, counted_queries

HOME = "/office/e/alu-2027/agreements"
PARTY = (PartyFacts("investor", Bilingual("示例铝业有限公司"), CODE),)


def named(edition: Edition, cast: Cast, name: str, firm: str = "", **more: object) -> Project:
    """A project with a name and an enterprise of its own."""
    facts = ProjectFacts(Bilingual(name), Bilingual(firm or f"{name}公司"), **more)  # type: ignore[arg-type]
    with transaction():
        return drafting.create_project(edition.series, facts, actor=cast.staff.actor)


def make_plain(edition: Edition, cast: Cast, name: str, amount: str = "5亿元", **more: object) -> Agreement:
    """A draft with nothing to look at twice, unless `more` says so."""
    project = named(edition, cast, name)
    row = make_draft(edition, cast, amount, project=project, **{"parties": PARTY, **more})
    with transaction():
        attach(row, Arrival("0" * 64, 1, PDF, "a.pdf", {}), edition=edition, actor=cast.staff.actor)
    return row


def codes(edition: Edition, row: Agreement) -> list[str]:
    db.session.rollback()
    return [one.code for one in concerns_of(edition, [row])[row.id]]


def test_a_plain_agreement_raises_no_concern_and_each_oddity_one(edition: Edition, cast: Cast) -> None:
    assert codes(edition, make_plain(edition, cast, "一")) == []
    for number, (odd, code) in enumerate(
        [
            ({"amount": ""}, "undisclosed"),
            ({"amount": "500万美元"}, "foreign"),
            ({"signed_on": edition.ends_on + timedelta(days=9)}, "other_day"),
            ({"parties": (PartyFacts("host", Bilingual("示例县")),)}, "no_credit_code"),
            ({"parties": ()}, "no_party"),
        ]
    ):
        assert codes(edition, make_plain(edition, cast, f"项目{number}", **odd)) == [code]  # type: ignore[arg-type]
    secret = named(edition, cast, "密", confidential=True)
    assert codes(edition, make_draft(edition, cast, project=secret, parties=PARTY)) == ["confidential", "no_scan"]
    twin = named(edition, cast, "密二", "密公司")
    assert codes(edition, make_draft(edition, cast, project=twin, parties=PARTY)) == ["no_scan", "same_enterprise"]


def test_ten_times_more_or_less_than_usual_or_than_before(edition: Edition, cast: Cast) -> None:
    usual = [make_plain(edition, cast, f"项目{number}", f"{number}亿元") for number in range(1, 5)]
    assert medians_of(edition.series) == {}
    far = make_plain(edition, cast, "远", "30亿元")
    assert medians_of(edition.series) == {"investment": 3 * 10**10}
    assert codes(edition, far) == ["far_from_usual"]
    assert codes(edition, usual[0]) == []
    assert codes(edition, make_plain(edition, cast, "近", "2000万元")) == ["far_from_usual"]
    again = make_draft(edition, cast, "40亿元", project=usual[3].project, relation="again", parties=PARTY)
    assert codes(edition, again) == ["no_scan", "far_from_usual", "far_from_earlier"]


def test_only_plain_rows_are_approved_together_each_by_itself(edition: Edition, cast: Cast, page: Reader) -> None:
    rows = [pass_review(make_plain(edition, cast, name), cast, until="verified") for name in ("一", "二")]
    odd = pass_review(make_plain(edition, cast, "三", "500万美元"), cast, until="verified")
    early = pass_review(make_plain(edition, cast, "四"), cast, until="submitted")
    asked = [f"{row.id}:{row.version}" for row in (*rows, odd, early)]
    page.sign_in(cast.reviewer)
    assert page.get(f"{HOME}/queue").find("//tbody//input") == []
    page.sign_in(cast.staff).get(f"{HOME}/queue", expected=403)
    page.sign_in(cast.reviewer2)
    shown = page.get(f"{HOME}/queue")
    assert shown.find("//tbody//input/@value") == asked[:2]
    assert "not in yuan" in shown.words
    assert "Not verified yet" in shown.words
    stale = f"{rows[1].id}:{rows[1].version - 1}"
    answer = page.post(
        f"{HOME}/approvals",
        {"row": [asked[0], stale, asked[2], asked[3], "x", "9:9", "01x:1", "999:x:y"]},
        expected=200,
    )
    assert answer.find("count(//*[@role='status']//li)") == 4
    assert "Somebody has changed this agreement" in answer.words
    states = dict(db.session.execute(select(Agreement.id, Agreement.review)).all())
    assert [states[row_id] for row_id in sorted(states)] == ["approved", "verified", "verified", "submitted"]
    page.post(f"{HOME}/approvals", {"row": [asked[1]]}, expected=200)
    page.post(f"{HOME}/approvals", expected=200)
    assert page.get(f"{HOME}/queue").find("//tbody//input/@value") == []


def test_the_queue_asks_equally_often_for_one_and_for_twelve(edition: Edition, cast: Cast) -> None:
    edition_id = edition.id

    def asked() -> int:
        db.session.remove()
        with counted_queries() as seen:
            at = db.session.get_one(Edition, edition_id)
            concerns_of(at, list(db.session.scalars(queries.waiting(at))))
        return len(seen)

    pass_review(make_plain(edition, cast, "一"), cast, until="submitted")
    one = asked()
    for number in range(11):
        pass_review(
            make_draft(db.session.get_one(Edition, edition_id), cast, str(number + 1) + "亿元"), cast, until="submitted"
        )
    assert asked() == one
