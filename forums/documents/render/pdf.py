"""Reports and other papers as PDF, set by typst from `templates/documents/*.typ`.

The data goes in as one JSON input, never as typst source. The fonts load once per process (0.9 s), so there is one
compiler, and a lock since its inputs are its state.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from forums.documents.fonts import CjkFont, cjk_font
from forums.documents.report import Block, Chart, Figures, Paragraph, Report, Table

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "documents"
REPORT = "report.typ"
NO_LETTER = "could not be displayed"
_compiling = Lock()
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
# Controls, line ends, and letters that are somebody's own.
_BLANK = {"Cc", "Zl", "Zp", "Co"}
# Emoji with what joins and tints them, flags, and the marks that ask for a picture instead of a letter.
_PICTURES = re.compile(
    "(?:[\U0001f000-\U0001f0ff\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]"
    "[\u200d\u20e3\ufe0e\ufe0f\U000e0020-\U000e007f]*)+|[\u20e3\ufe0e\ufe0f]"
)


def pdf(report: Report) -> bytes:
    """The report as a tagged PDF, PDF/UA-1 where its letters allow. Raises FontMissing without a Chinese font."""
    return typeset(REPORT, data_of(report), issued=datetime.fromisoformat(report.issued))


def typeset(template: str, data: dict[str, Any], *, issued: datetime, accessible: bool = True) -> bytes:
    """A typst template of `templates/documents/` filled with data. The same data and time give the same bytes.

    `accessible` asks for PDF/UA-1; what only goes to a printer is set faster without.
    """
    if accessible:
        try:
            return _compile(template, data, issued, format="pdf", pdf_standards="ua-1")
        except typst.TypstError as error:
            if NO_LETTER not in str(error):
                raise
    # PDF/UA refuses a letter no font has (an emoji in a name). A box in its place is better than no report.
    return _compile(template, data, issued, format="pdf")


def picture(template: str, data: dict[str, Any], *, issued: datetime, ppi: float = 110) -> bytes:
    """The template's first page as a PNG, to look at before it is printed."""
    return _compile(template, data, issued, format="png", ppi=ppi)


def printable(text: str) -> str:
    """The text as it may stand on paper: control characters and pictures that no font of ours has (emoji) are spaces,
    marks that turn the direction of what follows are gone, and all else (a formula, "#") is text. May be empty."""
    kept = "".join(" " if unicodedata.category(letter) in _BLANK else letter for letter in _PICTURES.sub(" ", text))
    return " ".join(_TURNING.sub("", kept).split())


def png(chart: Chart) -> bytes:
    """A chart alone on white, with letters of the product's own font, twice as fine as a screen."""
    return _made("chart.typ", {"svg": chart.svg.decode()}, format="png", ppi=192)


def _compile(template: str, data: dict[str, Any], issued: datetime, **how: Any) -> bytes:
    return _made(template, inputs_of(data), timestamp=int(issued.timestamp()), **how)


def inputs_of(data: dict[str, Any]) -> dict[str, str]:
    """The data as the templates read it."""
    return {"data": json.dumps(data, ensure_ascii=False, sort_keys=True)}


def _made(template: str, inputs: dict[str, str], **how: Any) -> bytes:
    font = cjk_font()
    with _compiling:
        made = _compiler(font).compile(TEMPLATES / template, sys_inputs=inputs | {"font": font.family}, **how)
    # Pictures of several pages are a list.
    content = made if isinstance(made, bytes) else next(iter(made or ()), None)
    assert isinstance(content, bytes)  # noqa: S101 - nothing else comes without a path to write to
    return content


@cache
def _compiler(font: CjkFont) -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(font.folder)])
    return typst.Compiler(root=TEMPLATES, font_paths=fonts)


def data_of(report: Report) -> dict[str, Any]:
    """The report as its template reads it."""
    return {
        "title": report.title,
        "subtitle": report.subtitle,
        "language": report.language,
        "mark": report.mark,
        "footer": report.footer,
        "meta": [{"name": name, "text": text} for name, text in report.meta.items()],
        "words": vars(report.words),
        "sections": [
            {"title": section.title, "wide": section.is_wide, "blocks": [_block(block) for block in section.blocks]}
            for section in report.sections
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "text": block.text, "tone": block.tone}
    if isinstance(block, Figures):
        return {"kind": "figures", "items": [vars(item) for item in block.items]}
    if isinstance(block, Chart):
        return {"kind": "chart", "title": block.title, "svg": block.svg.decode(), "words": block.words}
    return _table(block)


def _table(table: Table) -> dict[str, Any]:
    def shown(row: tuple[Any, ...]) -> list[str]:
        return [column.shown(cell) for column, cell in zip(table.columns, row, strict=True)]

    return {
        "kind": "table",
        "title": table.title,
        "note": table.note,
        "columns": [
            {"label": column.label, "unit": column.unit, "numeric": column.is_numeric, "weight": column.weight}
            for column in table.columns
        ],
        "rows": [shown(row) for row in table.rows],
        "total": list(table.foot) or None,
    }
