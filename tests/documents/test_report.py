"""What a report says about itself before it is drawn: written numbers and tables that foot."""

from decimal import Decimal

import pytest

from forums.documents.report import Column, Table

WAN_YUAN = 1_000_000  # fen in 万元


@pytest.mark.parametrize(
    "column, cell, shown",
    [
        (Column("n", "number"), 1234, "1,234"),
        (Column("n", "number"), None, "—"),
        (Column("n", "number"), Decimal("67.8"), "67.8"),
        (Column("a", "amount", "万元", WAN_YUAN), 3_040_000_000_000, "3,040,000.00"),
        (Column("a", "amount", "万元", WAN_YUAN), 5_000, "0.01"),  # half-up: 0.005
        (Column("a", "amount", "万元", WAN_YUAN), 4_999, "0.00"),
        (Column("a", "amount", "万元", WAN_YUAN), "undisclosed", "undisclosed"),
        (Column("a", "amount", "万元", WAN_YUAN), -1_500_000, "-1.50"),
        (Column("t"), "001", "001"),
    ],
)
def test_a_cell_is_shown_in_its_columns_unit(column, cell, shown):
    assert column.shown(cell) == shown


def test_an_amount_without_a_unit_is_refused():
    with pytest.raises(ValueError, match="names no unit"):
        Column("Amount", "amount")


def test_a_row_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="has 1 columns and a row of 2"):
        Table((Column("a"),), (("x", "y"),))


def test_a_partition_names_the_columns_that_do_not_foot():
    columns = (Column("Segment"), Column("Projects", "number"), Column("Amount", "amount", "万元", WAN_YUAN))
    rows = (("foil", 1, 333_333), ("profiles", 2, 666_667), ("rail", 1, "undisclosed"))
    assert Table(columns, rows, ("Total", 4, 1_000_000)).faults() == []
    assert Table(columns, rows, ("Total", 5, 1_000_000)).faults() == ["Projects"]
    assert Table(columns, rows).faults() == []


def test_where_nothing_is_summed_the_total_shows_nothing():
    assert Table((Column("a"), Column("b", "number")), (("x", 1),), ("Total", None)).foot == ("Total", "")
    assert Table((Column("a"),), (("x",),)).foot == ()
