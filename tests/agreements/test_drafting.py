"""Recording what was signed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from forums.agreements import drafting, queries
from forums.agreements.drafting import ChangedMeanwhile, NeedsAccount, NotOpen, PartyFacts
from forums.agreements.models import Agreement, AmountEntry
from forums.columns import Bilingual
from forums.directory.credit_code import BadCreditCode, read_credit_code
from forums.directory.models import Organisation
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.money import BadAmount
from forums.transaction import transaction
from tests.agreements.making import CODE, again, facts, five_years, make_approved, make_draft, make_project, pass_review
from tests.cast import SYSTEM, Cast, make_edition, make_series
from tests.client import counted_queries


def ledger(row: Agreement) -> list[tuple[str, int | None, str, bool]]:
    rows = db.session.scalars(select(AmountEntry).where(AmountEntry.agreement_id == row.id).order_by(AmountEntry.id))
    return [(e.basis, e.fen, e.source_text, e.reverses_id is not None) for e in rows]


def test_an_agreement_is_kept_with_its_parties_signing_and_amount(edition: Edition, cast: Cast) -> None:
    row = again(make_draft(edition, cast, "约27.2亿元", number="2027-001", position=3))
    assert (row.review, row.drafted_by_id, row.number, row.kind, row.binding) == (
        "drafted", cast.staff.id, "2027-001", "investment", "contract",
    )  # fmt: skip
    assert [(s.edition_id, s.position, s.signed_on) for s in row.signings] == [(edition.id, 3, edition.starts_on)]
    assert [(p.role, p.organisation.name.zh) for p in row.parties] == [
        ("host", "示例县人民政府"),
        ("investor", "示例铝业有限公司"),
    ]
    (entry,) = row.amounts
    assert (entry.fen, entry.qualifier, entry.source_text) == (272_000_000_000, "about", "约27.2亿元")
    assert [s.step for s in row.steps] == ["drafted"]


def test_undisclosed_is_a_state_and_not_zero(edition: Edition, cast: Cast) -> None:
    row = again(make_draft(edition, cast, ""))
    assert ledger(row) == [("total_investment", None, "", False)]


def test_an_empty_amount_that_is_not_marked_undisclosed_is_refused(edition: Edition, cast: Cast) -> None:
    project = make_project(edition, cast)
    with pytest.raises(BadAmount), transaction():
        drafting.draft(edition, project, facts(edition, "", undisclosed=False), actor=cast.staff.actor)
    assert db.session.scalar(select(func.count()).select_from(Agreement)) == 0


def test_a_changed_amount_is_reversed_and_entered_anew(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast, "5亿元")
    with transaction():
        drafting.revise(row, facts(edition, "6亿元"), version=1, reason="typing error", actor=cast.organizer.actor)
    row = again(row)
    assert ledger(row) == [
        ("total_investment", 50_000_000_000, "5亿元", False),
        ("total_investment", -50_000_000_000, "5亿元", True),
        ("total_investment", 60_000_000_000, "6亿元", False),
    ]
    assert [e.fen for e in row.amounts] == [60_000_000_000]
    assert [s.step for s in row.steps] == ["drafted", "revised"]


def test_a_revision_that_leaves_the_amount_alone_writes_no_entry(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast)
    with transaction():
        drafting.revise(row, facts(edition, number="7"), version=1, actor=cast.staff.actor)
    assert (len(ledger(row)), again(row).number, len(again(row).parties)) == (1, "7", 2)


def test_whoever_saves_second_is_told(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast)
    with transaction():
        drafting.revise(row, facts(edition, "6亿元"), version=1, actor=cast.staff.actor)
    with pytest.raises(ChangedMeanwhile), transaction():
        drafting.revise(row, facts(edition, "7亿元"), version=1, actor=cast.organizer.actor)
    assert [e.fen for e in again(row).amounts] == [60_000_000_000]


def test_what_is_under_review_stands_still(edition: Edition, cast: Cast) -> None:
    row = pass_review(make_draft(edition, cast), cast, until="submitted")
    with pytest.raises(NotOpen), transaction():
        drafting.revise(row, facts(edition, "6亿元"), version=row.version, actor=cast.staff.actor)


def test_the_system_drafts_nothing(edition: Edition, cast: Cast) -> None:
    project = make_project(edition, cast)
    with pytest.raises(NeedsAccount), transaction():
        drafting.draft(edition, project, facts(edition), actor=SYSTEM)


def test_an_organisation_is_known_by_its_credit_code(edition: Edition, cast: Cast) -> None:
    parties = (
        PartyFacts("investor", Bilingual("示例铝业（上海）有限公司"), CODE),
        PartyFacts("project_company", Bilingual("示例铝业(上海)有限公司一期"), f"9134 0621 {CODE[8:]}"),
    )
    row = again(make_draft(edition, cast, parties=parties))
    assert len({p.organisation_id for p in row.parties}) == 1
    assert db.session.scalar(select(func.count()).where(Organisation.credit_code == CODE)) == 1


@pytest.mark.parametrize(
    "code", ["123", CODE[:-1] + "9", "9134062IMA00000I1K", "统一社会信用代码统一社会信用代码统一", "\x00" * 18]
)
def test_a_credit_code_with_a_wrong_character_is_refused(code: str) -> None:
    with pytest.raises(BadCreditCode):
        read_credit_code(code)


def test_a_credit_code_is_read_as_people_write_it() -> None:
    assert (read_credit_code(f" {CODE.lower()} "), read_credit_code("")) == (CODE, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "nonsense"},
        {"binding": ""},
        {"relation": "x"},
        {"basis": "x"},
        {"kind": "intent", "binding": "contract"},
        {"title": Bilingual()},
        {"relation": "upgrade"},
        {"relation": "increase", "earlier_id": 4711},
        {"parties": (PartyFacts("emperor", Bilingual("示例")),)},
    ],
)
def test_facts_that_contradict_themselves_are_refused(edition: Edition, cast: Cast, wrong: dict[str, object]) -> None:
    project = make_project(edition, cast)
    with pytest.raises(Refused), transaction():
        drafting.draft(edition, project, replace(facts(edition), **wrong), actor=cast.staff.actor)  # type: ignore[arg-type]


def test_a_project_signed_before_is_no_first_signing(cast: Cast) -> None:
    first, second = five_years()[:2]
    row = make_draft(first, cast)
    with pytest.raises(Refused), transaction():
        drafting.draft(second, row.project, facts(second), actor=cast.staff.actor)
    make_draft(second, cast, project=row.project, relation="again")
    make_draft(second, cast, "1亿元", project=row.project, relation="increase", earlier_id=row.id)


def test_a_project_of_another_series_is_refused(edition: Edition, cast: Cast) -> None:
    elsewhere = make_project(make_edition(make_series("zinc"), slug="zinc-2027"), cast)
    with pytest.raises(Refused), transaction():
        drafting.draft(edition, elsewhere, facts(edition), actor=cast.staff.actor)


def test_only_a_reviewer_changes_a_project_whose_agreement_is_approved(edition: Edition, cast: Cast) -> None:
    row = make_approved(edition, cast)
    changed = drafting.ProjectFacts(name=Bilingual("新名（示例）"), channel="business")
    with pytest.raises(NotOpen), transaction():
        drafting.change_project(row.project, changed, actor=cast.staff.actor)
    with transaction():
        drafting.change_project(row.project, changed, actor=cast.reviewer.actor, reviewing=True)
    assert again(row).project.channel == "business"


def test_lists_ask_the_database_equally_often_for_one_and_for_thirty_rows(edition: Edition, cast: Cast) -> None:
    edition_id = edition.id

    def queries_of_the_list() -> int:
        db.session.remove()
        with counted_queries() as seen:
            for row in db.session.scalars(queries.agreements_of(db.session.get_one(Edition, edition_id))):
                assert row.project.organisation
                assert row.amounts
        return len(seen)

    make_draft(edition, cast)
    one = queries_of_the_list()
    for _ in range(29):
        make_draft(db.session.get_one(Edition, edition_id), cast)
    assert queries_of_the_list() == one
