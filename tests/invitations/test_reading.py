"""Rows as people have them: good ones come in, each bad one is explained."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from openpyxl import Workbook

from forums.documents.tables import MOST_TAGS, Line, Unreadable, marked, read_file, read_text
from forums.invitations.contacts.addresses import meant
from forums.invitations.contacts.reading import Reading, is_head, read_contacts
from tests.sheets import workbook


def taken(reading: Reading) -> list[tuple[str, ...]]:
    return [(one.name, one.email, one.organisation, one.title, one.language) for one in reading.candidates]


LI = ("李工", "li@example.org", "某铝业公司（示例）", "总工程师", "zh")


@pytest.mark.parametrize(
    "text",
    [
        "姓名,邮箱,单位,职务\n李工,li@example.org,某铝业公司（示例）,总工程师",
        "单位\t电子邮箱\t姓名\t职务/职称\r\n某铝业公司（示例）\tLi@Example.ORG\t李工\t总工程师\r\n",
        "姓名（必填）;E-mail*;工作单位;称呼;语言\n李工;li@example.org;某铝业公司（示例）;总工程师;中文\n",
        "李工，li@example.org，某铝业公司（示例），总工程师",
        "\n\n李工\tli＠example.org\t某铝业公司（示例）\t总工程师\tzh\n",
        '"Name","Mail","Company","Job title"\n"李工","mailto:li@example.org","某铝业公司（示例）","总工程师"',
    ],
)
def test_rows_as_people_paste_them(text: str) -> None:
    reading = read_contacts(read_text(text))
    assert (taken(reading), reading.rejected) == ([LI], [])


def test_mailboxes_line_by_line() -> None:
    reading = read_contacts(read_text('李工 <li@example.org>\n"Ann Lee" <ann@example.org>\n'))
    assert [(one.name, one.email, one.language) for one in reading.candidates] == [
        ("李工", "li@example.org", "zh"),
        ("Ann Lee", "ann@example.org", "en"),
    ]


def test_rows_pasted_together_from_several_places() -> None:
    pasted = (
        "李工\tli@example.org\t某铝业公司（示例）\t总工程师\n"
        'Ann Lee, ann@example.org, A; B\n"Bo" <bo@example.org>\nChen；chen@example.org\n'
    )
    reading = read_contacts(read_text(pasted))
    assert [(one.name, one.email, one.organisation) for one in reading.candidates] == [
        ("李工", "li@example.org", "某铝业公司（示例）"),
        ("Ann Lee", "ann@example.org", "A; B"),
        ("Bo", "bo@example.org", ""),
        ("Chen", "chen@example.org", ""),
    ]
    assert read_text('A\tB\n"Ann, \rann@example.org"\n')[1].cells == ("Ann", "ann@example.org")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_the_encodings_of_offices(encoding: str) -> None:
    content = "姓名,邮箱,单位,职务\r\n李工,li@example.org,某铝业公司（示例）,总工程师\r\n".encode(encoding)
    assert taken(read_contacts(read_file(content))) == [LI]


def test_a_workbook() -> None:
    content = workbook(
        ("姓名", "邮箱", "单位", "职务", "手机"), (*LI[:4], 13800000000), (None, None), (8, "b@example.org")
    )
    reading = read_contacts(read_file(content))
    assert taken(reading) == [LI, ("8", "b@example.org", "", "", "en")]
    assert [one.number for one in reading.candidates] == [2, 4]
    assert reading.ignored_columns == ["手机"]


def faults(reading: Reading) -> list[tuple[int, str, str, str]]:
    return [(row.number, name, row.typed[name][:20], reason) for row in reading.rejected for name, reason in row.faults]


def test_each_bad_row_is_explained() -> None:
    rows = [
        "姓名,邮箱,单位,语言",
        "李工,li@example.org,x,",
        ",ann@example.org,,",
        "王,—,,",
        "赵,zhao.example.org,,",
        "钱,qian@nodot,,",
        "孙,孙@example.org,,",
        "周,zhou@example.org,,法语",
        f"{'吴' * 81},wu@example.org,,",
        ",,单位,",
        "郑,zheng@例子.中国,,en",
        "冯,feng@qq.con,,",
        "陈,chen@gmial.com,,",
        "褚,chu@printer.local,,",
        "卫,a@x.org b@x.org,,",
        "蒋,jiang..x@example.org,,",
        "沈,shen@example..org,,",
        "han@example.org,han@example.org,,",
        '"=HYPERLINK(""http://x.org"")",yang@example.org,,',
        "\u200b\u200b,zhu@example.org,,",
        "秦,qin@10.0.0.1,,",
        "尤😀,you@example.org,/,",
    ]
    reading = read_contacts(read_text("\n".join(rows)))
    assert faults(reading) == [
        (3, "name", "", "missing_name"),
        (4, "email", "—", "missing_email"),
        (5, "email", "zhao.example.org", "not_email"),
        (6, "email", "qian@nodot", "no_dot"),
        (7, "email", "孙@example.org", "local_part"),
        (8, "language", "法语", "no_language"),
        (9, "name", "吴" * 20, "too_long"),
        (10, "name", "", "missing_name"),
        (10, "email", "", "missing_email"),
        (12, "email", "feng@qq.con", "no_such_domain"),
        (13, "email", "chen@gmial.com", "mistyped"),
        (14, "email", "chu@printer.local", "reserved"),
        (15, "email", "a@x.org b@x.org", "several"),
        (16, "email", "jiang..x@example.org", "dots"),
        (17, "email", "shen@example..org", "domain"),
        (18, "name", "han@example.org", "name_is_address"),
        (19, "name", '=HYPERLINK("http://x'[:20], "formula"),
        (20, "name", "\u200b\u200b", "missing_name"),
        (21, "email", "qin@10.0.0.1", "not_email"),
    ]
    assert taken(reading)[1:] == [
        ("郑", "zheng@xn--fsqu00a.xn--fiqs8s", "", "", "en"),
        ("尤😀", "you@example.org", "", "", "zh"),
    ]
    assert reading.read == len(rows) - 1


@pytest.mark.parametrize(
    ("typed", "better"),
    [
        ("a@gmial.com", "a@gmail.com"),
        ("a@163.con", "a@163.com"),
        ("a@GMAIL.CON", "a@gmail.com"),
        ("a@gmial.cmo", "a@gmail.com"),
        ("a@firm.cnn", "a@firm.cn"),
        ("a@mail.com", ""),
        ("a@ymail.com", ""),
        ("a@firm.co", ""),
        ("nowhere", ""),
        ("@qq.con", ""),
    ],
)
def test_what_was_meant(typed: str, better: str) -> None:
    assert meant(typed) == better


def test_a_sheet_as_offices_make_them() -> None:
    """A title over all columns, a merged unit, a formula without its result, a hidden sheet, a note below."""
    book = Workbook()
    hidden = book.active
    hidden.append(("姓名", "邮箱"))
    hidden.append(("暗", "dark@example.org"))
    hidden.sheet_state = "hidden"
    sheet = book.create_sheet("名单")
    for row in (
        ("2027年论坛嘉宾名单（示例）",),
        (),
        ("序号", "单位", "姓名", "联系方式", "职务"),
        (None, None, None, "电子邮箱", None),
        (1, "某铝业公司（示例）", "李工", "li@example.org", "总工程师"),
        (2, None, "王工", "wang@example.org", "-"),
        (3, "某研究院（示例）", '=A4&"x"', "zhao@example.org", ""),
    ):
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("B5:B6")
    for column in "ABCE":
        sheet.merge_cells(f"{column}3:{column}4")
    out = io.BytesIO()
    book.save(out)
    lines = read_file(out.getvalue(), is_head=is_head)
    marked(lines, out.getvalue())
    reading = read_contacts(lines, lines.formulas)
    assert taken(reading) == [LI, ("王工", "wang@example.org", "某铝业公司（示例）", "", "zh")]
    assert faults(reading) == [(7, "name", "=", "formula")]
    assert reading.ignored_columns == ["序号"]


def test_a_header_that_does_not_name_the_addresses() -> None:
    reading = read_contacts(read_text("嘉宾姓名,联络方式,单位\n李工,li@example.org,某铝业公司（示例）"))
    assert taken(reading) == [(*LI[:3], "", "zh")]


def test_repetitions_name_the_first_row() -> None:
    reading = read_contacts(read_text("姓名,邮箱\n李,li@example.org\n王,w@example.org\n李工,LI@example.org\n"))
    assert [one.name for one in reading.candidates] == ["李", "王"]
    assert reading.repeated == [(4, "li@example.org", 2)]


def test_line_numbers_count_lines_inside_quotes() -> None:
    reading = read_contacts(read_text('姓名,邮箱,单位\n李,li@example.org,"一\n二"\n王,bad,\n'))
    assert reading.candidates[0].organisation == "一 二"
    assert [one.number for one in reading.rejected] == [4]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n  \n",
        b"\x00\x01\x02",
        b"PK\x03\x04 no workbook",
        b"\xd0\xcf\x11\xe0 old workbook",
        "姓名,单位\n李,某".encode(),
        b"\xff\xff\xff\xff\xff",
        b'a@example.org,"' + b"x" * 200_000,
    ],
)
def test_what_cannot_be_read_says_what_to_do(content: bytes) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_contacts(read_file(content))
    assert len(refusal.value.message) > 10


def test_a_small_workbook_that_fills_the_memory_is_refused() -> None:
    packed = io.BytesIO(workbook(LI))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", b"<a/>" * (MOST_TAGS + 1))
    assert len(packed.getvalue()) < 100_000
    with pytest.raises(Unreadable, match="too large once unpacked"):
        read_file(packed.getvalue())


def test_a_long_line_of_spaces_takes_no_longer_than_another() -> None:
    began = time.process_time()
    assert read_text("a" + "\u3000" * 100_000 + "x")[0].cells == ("a",)
    assert time.process_time() - began < 5


def test_control_characters_never_come_in() -> None:
    reading = read_contacts([Line(1, ("李\u202e工", "li@example.org"))])
    assert reading.candidates[0].name in {"李 工", "李\u202e工"}
    assert read_text("李\u2028工\tli@example.org")[0].cells == ("李 工", "li@example.org")
