"""The reader of lists: every encoding an office saves in, and no file that takes it long or much memory."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable

import pytest
from flask import Flask
from openpyxl import Workbook

from forums.documents.tables import (
    LONGEST_CELL,
    MOST_COLUMNS,
    Line,
    Unreadable,
    columns_named,
    read_file,
    read_text,
)
from tests.sheets import workbook

WORDS = {"name": "name 姓名 嘉宾姓名", "email": "email mail 邮箱"}
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
)


def with_sheet(xml: str) -> bytes:
    """A workbook whose sheet is this text."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(("x",)))) as book, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for part in book.infolist():
            content = xml.encode() if part.filename == "xl/worksheets/sheet1.xml" else book.read(part)
            out.writestr(part.filename, content)
    return made.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_csv_in_any_encoding_of_an_office(encoding: str) -> None:
    lines = read_file("姓名,邮箱\r\n张伟,zhang@example.org\r\n".encode(encoding))
    assert lines == [Line(1, ("姓名", "邮箱")), Line(2, ("张伟", "zhang@example.org"))]


def test_what_a_workbook_keeps_of_numbers_formulas_and_dates() -> None:
    rows = read_file(workbook(("姓名", "手机"), ("张伟", 13800138000), ("=1+1", "00123"), ("李娜", 1.5), (None, None)))
    assert [line.cells for line in rows] == [
        ("姓名", "手机"),
        ("张伟", "13800138000"),
        ("", "00123"),  # a formula that no program has worked out has no value
        ("李娜", "1.5"),
    ]
    assert read_text("姓名,手机\n=1+1,'00123\n")[1].cells == ("=1+1", "'00123")


def test_a_workbook_with_several_sheets_says_which_was_read(app: Flask) -> None:
    book, out = Workbook(), io.BytesIO()
    book.active.sheet_state = "hidden"  # type: ignore[union-attr]
    for title, cells in (("名单", ("姓名", "张伟")), ("Empty", ()), ("第二批", ("姓名", "李娜"))):
        sheet = book.create_sheet(title)
        for cell in cells:
            sheet.append([cell])
    book.active = 1
    book.save(out)
    lines = read_file(out.getvalue())
    assert [line.cells for line in lines] == [("姓名",), ("张伟",)]
    assert lines.notice == "Only the sheet “名单” was read. Save these as files of their own to read them: 第二批."
    assert read_file(workbook(("姓名",))).notice == read_file("姓名\n张伟\n".encode()).notice == ""


def test_columns_are_known_by_their_titles() -> None:
    assert columns_named(["序号", "嘉宾姓名（必填）", "E-mail*", "姓名"], WORDS) == ["", "name", "email", ""]


def test_more_columns_or_rows_than_a_list_has_are_refused() -> None:
    assert len(read_text(",".join("x" * MOST_COLUMNS) + ",,,")[0].cells) == MOST_COLUMNS
    with pytest.raises(Unreadable, match="more than 100 columns"):
        read_text(",".join(["x"] * (MOST_COLUMNS + 1)))
    with pytest.raises(Unreadable, match="more than 2 rows"):
        read_file(b"a\nb\nc\n", most=2)
    with pytest.raises(Unreadable, match="more than 100 columns"):
        read_file(workbook(tuple(range(5000))))


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(9):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b"0" * 10_000_000)
    return made.getvalue()


CELL = '<c t="inlineStr"><is><t>%s</t></is></c>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 50}">' for n in range(9))
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
HOSTILE: dict[str, Callable[[], bytes]] = {
    "a zip bomb": bomb,
    "a cell of 30 MB": lambda: with_sheet(SHEET % f"<row>{CELL % ('x' * 30_000_000)}</row>"),
    "16,000 columns in each row": lambda: with_sheet(SHEET % (f"<row>{'<c><v>1</v></c>' * 16_000}</row>" * 20)),
    "a million rows": lambda: with_sheet(SHEET % ("<row><c><v>1</v></c></row>" * 1_000_000)),
    "a row number beyond all": lambda: with_sheet(SHEET % '<row r="999999999"><c r="A999999999"><v>1</v></c></row>'),
    "a column beyond all": lambda: with_sheet(SHEET % '<row r="1"><c r="XFDXFD1"><v>1</v></c></row>'),
    "entities that unfold": lambda: with_sheet(f"<!DOCTYPE x [{LAUGHS}]>" + SHEET % f"<row>{CELL % '&l8;'}</row>"),
    "an entity from outside": lambda: with_sheet(OUTSIDE + SHEET % f"<row>{CELL % '&e;'}</row>"),
    "a CSV cell of 9 MB": lambda: b'name,mail\n"' + b"x" * 9_000_000 + b'",y\n',
    "a CSV of one line": lambda: b"x," * 4_000_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_done_with_in_seconds_and_little_memory(what: str, tmp_path: object) -> None:
    path = f"{tmp_path}/file"
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(HOSTILE[what]())
    code = (
        "import re, sys, time, types\n"
        "sys.modules['forums'] = house = types.ModuleType('forums'); house.__path__ = ['forums']\n"  # not all its rooms
        "from forums.documents.tables import *\n"
        "def most(): return int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
        "before, began = most(), time.process_time()\n"
        "try:\n    lines = read_file(open(sys.argv[1], 'rb').read())\n"
        "    print('read', len(lines), max(len(c) for line in lines for c in line.cells))\n"
        "    assert not any('root:' in c for line in lines for c in line.cells)\n"
        "except Unreadable as no:\n    print('refused')\n"
        "print(most() - before, time.process_time() - began)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=False, timeout=200, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    verdict, cost = done.stdout.splitlines()
    kib, seconds = int(cost.split()[0]), float(cost.split()[1])
    assert seconds < 10
    assert kib < 350_000
    if verdict.startswith("read"):
        assert int(verdict.split()[2]) <= LONGEST_CELL
    print(what, verdict, f"{seconds:.1f} s", kib // 1024, "MiB")


def test_a_size_that_lies_does_not_help_a_bomb() -> None:
    """The archive claims few bytes; what it unpacks to is read no further than that."""
    content = bytearray(with_sheet(SHEET % f"<row>{'<c><v>1</v></c>' * 3}</row>"))
    place = content.find(b"xl/worksheets/sheet1.xml", content.find(b"PK\x01\x02"))
    content[place - 22 : place - 18] = (5).to_bytes(4, "little")
    with pytest.raises(Unreadable):
        read_file(bytes(content))
