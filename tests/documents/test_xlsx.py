"""The workbook of a report: text stays text, numbers are numbers, the bytes do not depend on the clock."""

from io import BytesIO
from time import sleep

from openpyxl import load_workbook

from forums.documents.render.xlsx import xlsx
from forums.documents.report import Column, Section, Table
from tests.documents.sample import report


def cells(content: bytes, sheet: str) -> list[list]:
    return [[cell.value for cell in row] for row in load_workbook(BytesIO(content))[sheet].iter_rows()]


def test_an_annex_holds_text_as_text_and_amounts_as_numbers():
    assert cells(xlsx(report()), "附件：签约项目一览表") == [
        ["序号", "编号", "项目", "总投资 (万元)"],
        [1, "0017", '=HYPERLINK("http://x")', 272_000],
        [2, "+8613800000000", "年产10万吨再生铝（示例）", "未披露"],
        [3, "http://example.org/a", "@SUM(A1)", 0.00005],
    ]


def test_no_cell_is_a_formula_or_a_link():
    sheet = load_workbook(BytesIO(xlsx(report())))["附件：签约项目一览表"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n"}
    assert [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink] == []


def test_the_header_stays_in_view_and_chinese_columns_are_wide_enough():
    sheet = load_workbook(BytesIO(xlsx(report())))["附件：签约项目一览表"]
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["C"].width >= len("年产10万吨再生铝（示例）") * 1.5


def test_two_renders_some_seconds_apart_are_the_same_bytes():
    first = xlsx(report())
    sleep(2.1)  # a ZIP entry's time counts in steps of two seconds
    assert xlsx(report()) == first


def test_any_titles_make_a_workbook_that_opens():
    titles = ["About", "History", "a/b:c?", "a b c ", "甲" * 40, "甲" * 41, "", "'q'", "\x00"]
    sections = tuple(Section(title, (Table((Column("x"),), (("y\x07" * 20_000,),)),)) for title in titles)
    names = load_workbook(BytesIO(xlsx(report(sections=sections)))).sheetnames
    assert len({name.casefold() for name in names}) == len(titles) + 1
    assert max(map(len, names)) <= 31
