"""Sanming's four rules, case by case, as one would count with a pencil."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import permutations

from forums.agreements.counting import GROSS, SANMING, Credit, Row, credits_of, way_to_net

EVERY = frozenset({"drafted", "submitted", "returned", "verified", "approved", "locked"})
Y2016, Y2017, Y2018, Y2019 = 1, 2, 3, 4


def signed(
    project: int, edition: int, fen: int | None, relation: str = "first", agreement: int | None = None, **more: object
) -> Row:
    """An approved investment contract of `project`, signed at `edition`."""
    row = Row(
        project_id=project,
        agreement_id=agreement or 100 * project + edition,
        edition_id=edition,
        signed_on=date(2015 + edition, 9, 20),
        position=1,
        kind="investment",
        binding="contract",
        relation=relation,
        review="approved",
        cancelled=False,
        fen=fen,
        currency="CNY",
        segment=1,
        channel="forum",
        origin="31",
        confidential=False,
    )
    return row._replace(**more)


def intended(project: int, edition: int, fen: int | None, **more: object) -> Row:
    return signed(project, edition, fen, kind="intent", binding="intention", **more)  # type: ignore[arg-type]


def totals(credited: list[Credit]) -> dict[tuple[int, str], tuple[int, int]]:
    """(edition, column) → (projects, fen), without the zeros."""
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for credit in credited:
        sums[credit.row.edition_id, credit.column][0] += credit.projects
        sums[credit.row.edition_id, credit.column][1] += credit.fen or 0
    return {key: (n, fen) for key, (n, fen) in sums.items() if n or fen}


def test_a_project_counts_once_at_its_first_signing_and_later_ones_show_at_nothing() -> None:
    credited = credits_of([signed(1, Y2018, 500, "again"), signed(1, Y2016, 500), signed(1, Y2019, 900, "again")])
    assert totals(credited) == {(Y2016, "contracted"): (1, 500)}
    assert [(c.row.edition_id, c.reason) for c in credited] == [(Y2016, "first"), (Y2018, "again"), (Y2019, "again")]


def test_one_document_signed_at_two_ceremonies_counts_at_the_first() -> None:
    increase = signed(1, Y2017, 200, "increase", agreement=7)
    credited = credits_of(
        [signed(1, Y2016, 500), increase, increase._replace(edition_id=Y2018, signed_on=date(2018, 9, 1))]
    )
    assert totals(credited) == {(Y2016, "contracted"): (1, 500), (Y2017, "contracted"): (0, 200)}


def test_an_intention_stands_in_its_own_column() -> None:
    assert totals(credits_of([intended(1, Y2016, 300), signed(2, Y2016, 500)])) == {
        (Y2016, "intended"): (1, 300),
        (Y2016, "contracted"): (1, 500),
    }


def test_an_intention_made_firm_moves_once_to_its_first_edition_and_the_rest_is_an_increment() -> None:
    credited = credits_of([intended(1, Y2016, 300), signed(1, Y2018, 450, "upgrade")])
    assert totals(credited) == {(Y2016, "contracted"): (1, 300), (Y2018, "contracted"): (0, 150)}
    assert [c.reason for c in credited] == ["first", "upgrade"]


def test_an_intention_made_firm_for_less_counts_what_was_contracted() -> None:
    credited = credits_of([intended(1, Y2016, 300), signed(1, Y2018, 200, "upgrade")])
    assert totals(credited) == {(Y2016, "contracted"): (1, 200)}


def test_an_upgrade_of_an_undisclosed_intention_brings_its_own_amount_to_the_first_edition() -> None:
    assert totals(credits_of([intended(1, Y2016, None), signed(1, Y2018, 450, "upgrade")])) == {
        (Y2016, "contracted"): (1, 450)
    }
    assert totals(credits_of([intended(1, Y2016, 300), signed(1, Y2018, None, "upgrade")])) == {
        (Y2016, "contracted"): (1, 300)
    }


def test_an_increase_adds_only_the_increment_where_it_was_signed() -> None:
    credited = credits_of([signed(1, Y2016, 500), signed(1, Y2018, 200, "increase", kind="supplementary")])
    assert totals(credited) == {(Y2016, "contracted"): (1, 500), (Y2018, "contracted"): (0, 200)}


def test_an_intended_increase_is_absorbed_by_the_contract_that_follows() -> None:
    rows = [intended(1, Y2016, 300), intended(1, Y2017, 100, relation="increase"), signed(1, Y2018, 450, "upgrade")]
    assert totals(credits_of(rows[:2])) == {(Y2016, "intended"): (1, 300), (Y2017, "intended"): (0, 100)}
    assert totals(credits_of(rows)) == {(Y2016, "contracted"): (1, 300), (Y2018, "contracted"): (0, 150)}


def test_a_change_of_investor_moves_the_project_to_the_signing_with_the_new_one() -> None:
    rows = [
        signed(1, Y2016, 500),
        signed(1, Y2017, 100, "increase"),
        signed(1, Y2018, 800, "investor_change"),
        signed(1, Y2019, 50, "increase"),
    ]
    credited = credits_of(rows)
    assert totals(credited) == {(Y2018, "contracted"): (1, 800), (Y2019, "contracted"): (0, 50)}
    assert [c.reason for c in credited] == ["superseded", "superseded", "investor_change", "increase"]


def test_a_framework_is_left_out_once_its_contract_counts() -> None:
    framework = signed(1, Y2016, 900, kind="framework", binding="agreement")
    assert totals(credits_of([framework])) == {(Y2016, "contracted"): (1, 900)}
    assert totals(credits_of([framework, signed(1, Y2017, 400, "again")])) == {(Y2017, "contracted"): (1, 400)}


def test_cooperation_and_trade_are_no_projects() -> None:
    rows = [
        signed(n, Y2016, 100, kind=kind) for n, kind in enumerate(("technical", "strategic", "purchase", "cobuilding"))
    ]
    credited = credits_of(rows)
    assert totals(credited) == {}
    assert {c.reason for c in credited} == {"apart"}


def test_an_increase_without_its_project_counts_nothing() -> None:
    credited = credits_of([signed(1, Y2016, 500, cancelled=True), signed(1, Y2017, 100, "increase")])
    assert [(c.projects, c.fen, c.reason) for c in credited] == [(0, 0, "orphan")]


def test_cancelled_and_unapproved_rows_wait_outside() -> None:
    rows = [
        signed(1, Y2016, 500, cancelled=True),
        signed(1, Y2018, 600, "again"),
        signed(2, Y2018, 70, review="submitted"),
    ]
    assert totals(credits_of(rows)) == {(Y2018, "contracted"): (1, 600)}
    assert totals(credits_of(rows, rules=GROSS)) == {(Y2016, "contracted"): (1, 500)}
    assert totals(credits_of(rows, reviews=EVERY)) == {(Y2018, "contracted"): (2, 670)}


def test_undisclosed_is_not_zero() -> None:
    (credit,) = credits_of([signed(1, Y2016, None)])
    assert (credit.projects, credit.fen) == (1, None)


def test_another_currency_is_not_compared_with_the_yuan() -> None:
    first, upgrade = credits_of([intended(1, Y2016, 300, currency="USD"), signed(1, Y2018, 2000, "upgrade")])
    assert (first.fen, first.currency, upgrade.fen) == (2000, "CNY", 0)


def test_the_order_of_entry_changes_nothing() -> None:
    rows = [
        intended(1, Y2016, 300),
        signed(1, Y2017, 450, "upgrade"),
        signed(1, Y2018, 100, "increase"),
        signed(2, Y2016, 70),
    ]
    expected = totals(credits_of(rows))
    assert all(totals(credits_of(list(order))) == expected for order in permutations(rows))


HISTORY = [
    signed(1, Y2016, 500, own_id=1),
    signed(1, Y2017, 500, "again", own_id=1),
    signed(1, Y2018, 200, "increase", own_id=1),
    signed(2, Y2016, 300, own_id=2),
    signed(2, Y2017, 300, agreement=9, own_id=9),
    intended(3, Y2016, 70, own_id=3),
    signed(4, Y2016, 900, kind="framework", binding="agreement", own_id=4),
    signed(4, Y2017, 400, "again", own_id=4),
    signed(5, Y2016, 60, own_id=5),
    signed(5, Y2018, 80, "investor_change", own_id=5),
    signed(6, Y2018, 1000, cancelled=True, own_id=6),
]


def contracted(credited: list[Credit]) -> tuple[int, int]:
    mine = [credit for credit in credited if credit.column == "contracted"]
    return sum(credit.projects for credit in mine), sum(credit.fen or 0 for credit in mine)


def test_the_way_from_what_was_announced_to_net_takes_one_rule_at_a_time() -> None:
    way = [(rule, contracted(credited)) for rule, credited in way_to_net(HISTORY)]
    assert way == [
        ("", (11, 4310)),
        ("once", (8, 3330)),
        ("merge_duplicates", (7, 3030)),
        ("intentions_apart", (6, 2960)),
        ("increment_only", (5, 2960)),
        ("follow_investor", (5, 2980)),
        ("frameworks_give_way", (5, 2480)),
        ("leave_out_cancelled", (4, 1480)),
    ]
    assert way[-1][1] == contracted(credits_of(HISTORY))


def test_each_rule_can_be_switched_off_by_itself() -> None:
    without = {
        rule: contracted(credits_of(HISTORY, rules=replace(SANMING, **{rule: False})))
        for rule in ("merge_duplicates", "intentions_apart", "increment_only", "follow_investor")
    }
    assert without == {
        "merge_duplicates": (5, 1780),
        "intentions_apart": (5, 1550),
        "increment_only": (5, 1480),
        "follow_investor": (4, 1460),
    }
    assert contracted(credits_of(HISTORY, rules=GROSS)) == (5, 2480)
