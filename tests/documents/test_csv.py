from __future__ import annotations

import csv as reader

import pytest

from forums.documents.render import csv


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "\r=1", "|x", "＝1+1", "＋1+1", "－1+1", "＠x"],
)
def test_what_a_spreadsheet_would_run_is_text(cell: str) -> None:
    assert csv.harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["+86 138-0000-0000", "0012", "-5.20", "张三（示例）", "a=b", "", "110101199003"])
def test_everything_else_stays_what_it_is(cell: str) -> None:
    assert csv.harmless(cell) == cell


def test_a_file_reads_back_as_its_rows() -> None:
    rows = [["姓名", "Note"], ["张三", 'says "hi", twice\nand more'], [None, 7]]
    text = "".join(csv.lines(rows))
    assert text.startswith("\ufeff")
    assert list(reader.reader(text.removeprefix("\ufeff").splitlines(keepends=True))) == [
        ["姓名", "Note"],
        ["张三", 'says "hi", twice\nand more'],
        ["", "7"],
    ]
