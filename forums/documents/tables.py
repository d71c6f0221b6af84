"""Rows of text out of what people paste or upload: CSV in the encodings of Chinese offices, XLSX, or lines.

Reading never fails on a row; what cannot be read at all raises Unreadable with what to do. Time and memory are bounded
whatever the file is. What a column holds is told by its header (columns_named), in whatever words a room knows.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import IO, Any

from flask_babel import lazy_gettext as _l

from forums.errors import Refused

MOST_ROWS = 20_000
MEBIBYTE = 1024 * 1024
MOST_BYTES = 10 * MEBIBYTE
MOST_UNPACKED = 64 * MEBIBYTE
MOST_TAGS = 2_000_000  # in all parts of a workbook together: 20,000 rows of 25 cells
MOST_COLUMNS = 100
LONGEST_CELL = 2_000
FEW = 20  # rows in which a sheet that holds anything says something
DELIMITERS = "\t,;，；|"
# 张三 <zhang@example.org>
MAILBOX = re.compile(r'\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*')
MOST_JOINED = 20_000
JOINED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=\"([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})\"")
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
Cells = frozenset[tuple[int, int]]  # row by its number, column from 0


class Unreadable(Refused):
    """The file or the text is nothing that rows can be read from."""


@dataclass(frozen=True)
class Line:
    """One row and its number as its author sees it (the line of the text, the row of the sheet)."""

    number: int
    cells: tuple[str, ...]


class Lines(list[Line]):
    """The rows of a file. Of a workbook with several sheets that hold anything, `sheet` is the one that was read.

    Looked at more closely (marked), `formulas` are cells that were computed, `joined` those of one merged cell.
    """

    sheet: str = ""
    others: tuple[str, ...] = ()
    formulas: Cells = frozenset()
    joined: Cells = frozenset()

    @property
    def notice(self) -> str:
        """What whoever sent the file must know; nothing where all of it was read."""
        if not self.others:
            return ""
        names = ", ".join(name[:40] for name in self.others)
        words = _l(
            "Only the sheet “%(sheet)s” was read. Save these as files of their own to read them: %(others)s.",
            sheet=self.sheet[:40],
            others=names,
        )
        return str(words)


def read_upload(
    stream: IO[bytes], *, most: int = MOST_ROWS, is_head: Callable[[Sequence[str]], bool] = lambda cells: True
) -> Lines:
    """Rows of an upload as read_file() finds them, marked. Raises Unreadable."""
    content = stream.read(MOST_BYTES + 1)
    return marked(read_file(content, most=most, is_head=is_head), content)


def read_file(
    content: bytes, *, most: int = MOST_ROWS, is_head: Callable[[Sequence[str]], bool] = lambda cells: True
) -> Lines:
    """Rows of an uploaded CSV, text or XLSX file: of the first sheet that has such a head, else of the first.

    Raises Unreadable, also for more than `most` rows.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(_l("The file is larger than 10 MB. Split it, or leave out what is not needed."))
    if content.startswith(b"PK\x03\x04"):
        names: list[str] = []
        lines = Lines(_bounded(_sheet(content, most, names, is_head), most))
        lines.sheet, lines.others = names[0], tuple(names[1:])
        return lines
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(_l("This is an old .xls workbook. Save it as .xlsx or CSV and try again."))
    return Lines(read_text(decode(content), most=most))


def read_text(text: str, *, most: int = MOST_ROWS) -> list[Line]:
    """Rows of pasted or decoded text: with tabs, commas or semicolons, or "name <address>" on each line."""
    if "\0" in text:
        raise Unreadable(_l("This is no text. Choose a CSV or XLSX file."))
    return _bounded(_split(text), most)


def marked(lines: Lines, content: bytes = b"") -> Lines:
    """The rows that read_file() made of the content, or read_text(), with formulas noted and merged cells filled down.

    A merged cell stands for each of its rows: its text is repeated there, in its first column. Raises Unreadable.
    """
    if not lines.sheet:
        lines.formulas = frozenset(
            (line.number, at) for line in lines for at, cell in enumerate(line.cells) if cell.startswith(("=", "＝"))
        )
        return lines
    try:
        book = _workbook(content)
        sheet: Any = book[lines.sheet]
        sheet.reset_dimensions()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            source = archive.read(sheet._worksheet_path)
        ranges = JOINED.findall(source)
        if FORMULA.search(source):  # reading the sheet a second time takes as long as the first
            rows = islice(sheet.iter_rows(max_col=MOST_COLUMNS), lines[-1].number)
            lines.formulas = frozenset((one.row, one.column - 1) for row in rows for one in row if one.data_type == "f")
    except Exception as error:  # as in _sheet
        raise Unreadable(_l("The workbook cannot be opened. Save it again as .xlsx, or as CSV.")) from error
    _fill_down(lines, ranges)
    return lines


def _fill_down(lines: Lines, ranges: list[bytes]) -> None:
    from openpyxl.utils import range_boundaries  # noqa: PLC0415  as in _workbook

    places = {line.number: at for at, line in enumerate(lines)}
    filled: set[tuple[int, int]] = set()
    for named in ranges:
        column, top, _right, bottom = (edge or 0 for edge in range_boundaries(named.decode()))
        if top not in places or column > MOST_COLUMNS or bottom <= top or bottom - top > len(places) * 2:
            continue
        first = lines[places[top]].cells
        text = first[column - 1] if column <= len(first) else ""
        for number in (one for one in range(top, bottom + 1) if one in places and text):
            cells = [*lines[places[number]].cells]
            cells += [""] * (column - len(cells))
            cells[column - 1] = text
            lines[places[number]] = Line(number, tuple(cells))
            filled.add((number, column - 1))
            if len(filled) >= MOST_JOINED:
                raise Unreadable(_l("Too many cells are merged. Take the merging out and save it again."))
    lines.joined = frozenset(filled)


def columns_named(header: Sequence[str], words: Mapping[str, str]) -> list[str]:
    """What each column of a header holds: the name whose `words` (separated by spaces) have its title, else nothing.

    A name is given to the first column that claims it.
    """
    names = {word: name for name, listed in words.items() for word in listed.split()}
    found: list[str] = []
    for cell in header:
        name = names.get(bare(cell), "")
        found.append("" if name in found else name)
    return found


def bare(text: str) -> str:
    """A title or a code as it is compared: without case, spaces, punctuation and notes in brackets."""
    text = re.sub(r"[(（\[【].*?[)）\]】]", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"[\W_]+", "", text).casefold()


def decode(content: bytes) -> str:
    """UTF-8, UTF-16, else GB18030, in which Chinese Excel saves CSV. Raises Unreadable."""
    for encoding in _encodings(content[:400]):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(_l("The text is neither UTF-8 nor GB18030. Save it as CSV UTF-8 or as XLSX and try again."))


def _encodings(start: bytes) -> tuple[str, ...]:
    """UTF-16 by its mark; without one, by the zeros that commas and line ends leave at every other byte."""
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return ("utf-16",)
    if start[1::2].count(0) > start[::2].count(0) == 0:
        return ("utf-16-le",)
    if start[::2].count(0) > start[1::2].count(0) == 0:
        return ("utf-16-be",)
    return ("utf-8-sig", "gb18030")


def _bounded(lines: Iterator[Line], most: int) -> list[Line]:
    found = []
    for line in lines:
        if not any(line.cells):
            continue
        if len(line.cells) > MOST_COLUMNS:
            raise Unreadable(_l("There are more than %(n)d columns. Leave out what is not needed.", n=MOST_COLUMNS))
        found.append(line)
        if len(found) > most:
            raise Unreadable(_l("There are more than %(n)d rows. Split the list.", n=most))
    if not found:
        raise Unreadable(_l("There is nothing in it."))
    return found


def _split(text: str) -> Iterator[Line]:
    delimiter = _delimiter(text)
    # StringIO with newline="" keeps line breaks inside quoted cells as csv wants them.
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    first = 1
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(_l("Line %(n)d cannot be read: %(why)s", n=rows.line_num, why=str(error))) from error
        yield Line(first, _parted(cells[0]) if len(cells) == 1 else _clean(cells))
        first = rows.line_num + 1


def _parted(text: str) -> tuple[str, ...]:
    """A row that the others' delimiter leaves whole: "name <address>", or pasted from a place that uses another."""
    clean = one_line(text)
    if mailbox := MAILBOX.fullmatch(clean):
        return (mailbox[1], mailbox[2])
    if "@" not in text or len(text) > LONGEST_CELL:
        return (clean,)
    line = " ".join(text.splitlines())  # a line break inside quotes; csv would refuse it here
    return _clean(next(csv.reader([line], delimiter=_delimiter(line), skipinitialspace=True)))


def _delimiter(text: str) -> str:
    """The one that the first lines use most evenly; a comma when none is used."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    counts = {mark: sorted(line.count(mark) for line in lines) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: counts[mark][len(lines) // 2] if lines else 0)
    return best if lines and counts[best][-1] else ","


def _sheet(content: bytes, most: int, names: list[str], is_head: Callable[[Sequence[str]], bool]) -> Iterator[Line]:
    """The rows of a sheet that can be seen; `names` takes its name and those of the others."""
    try:
        rows = None if _is_too_heavy(content) else list(_rows(content, most, names, is_head))
    except Exception as error:  # openpyxl raises whatever its parsers raise on a damaged workbook
        raise Unreadable(_l("The workbook cannot be opened. Save it again as .xlsx, or as CSV.")) from error
    if rows is None:
        raise Unreadable(_l("The workbook is too large once unpacked."))
    for number, row in enumerate(rows, start=1):
        yield Line(number, _clean([_cell(value) for value in row]))


def _is_too_heavy(content: bytes) -> bool:
    """Whether the parts are too large, or hold more tags than fit into memory: each costs hundreds of bytes there."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > MOST_UNPACKED:
            return True
        tags = 0
        for part in parts:
            with archive.open(part) as stream:
                while chunk := stream.read(MEBIBYTE):
                    tags += chunk.count(b"<")
        return tags > MOST_TAGS


def _workbook(content: bytes, **options: bool) -> Any:
    # With the pictures it can draw, openpyxl takes 0.1 s to load: for whoever reads a workbook, not at every start.
    from openpyxl import load_workbook  # noqa: PLC0415

    return load_workbook(io.BytesIO(content), read_only=True, **options)


def _rows(
    content: bytes, most: int, names: list[str], is_head: Callable[[Sequence[str]], bool]
) -> Iterator[tuple[object, ...]]:
    sheets = _workbook(content, data_only=True).worksheets
    seen = [one for one in sheets if one.sheet_state == "visible"] or sheets
    for one in seen:
        one.reset_dimensions()  # some programs write a wrong size: read what is there
    chosen = next((one for one in seen if any(is_head(cells) for cells in _first_rows(one))), seen[0])
    names += [chosen.title, *(one.title for one in seen if one is not chosen and _holds_anything(one))]
    # Bounded as well as lazy: a sheet may claim a million empty rows.
    return islice(chosen.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), most * 2)


def _holds_anything(sheet: Any) -> bool:
    return any(_first_rows(sheet))


def _first_rows(sheet: Any) -> Iterator[tuple[str, ...]]:
    for row in islice(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), FEW):
        yield _clean([_cell(value) for value in row])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return (
            f"{Decimal(f'{value:.15g}'):f}"  # as many digits as a spreadsheet shows: 0.3, and not 0.30000000000000004
        )
    return str(value)


def _clean(cells: list[str]) -> tuple[str, ...]:
    """The cells of a row, each on one line, as far as one of them holds anything; one more than there may be tells."""
    clean = [one_line(cell) for cell in cells[: MOST_COLUMNS + 1]]
    while clean and not clean[-1]:
        clean.pop()
    return tuple(clean)


def one_line(text: str) -> str:
    """The text on one line: what breaks lines or turns the direction of reading is a space, and spaces are single."""
    if text.isprintable():
        return " ".join(text[:LONGEST_CELL].split())
    printable = "".join(" " if unicodedata.category(letter) in _BREAKING else letter for letter in text[:LONGEST_CELL])
    return " ".join(_TURNING.sub(" ", printable).split())


_BREAKING = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
