"""Reports as PDF, set by typst from `templates/documents/*.typ`.

The data goes in as one JSON input, never as typst source. The fonts load once per process (0.9 s), so there is one
compiler, and a lock since its inputs are its state.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from forums.documents.fonts import CjkFont, cjk_font
from forums.documents.report import Block, Chart, Figures, Paragraph, Report, Table

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "documents"
_compiling = Lock()


def pdf(report: Report) -> bytes:
    """The report as a tagged PDF, PDF/UA-1 where its letters allow. Raises FontMissing without a Chinese font."""
    return typeset("report.typ", _report(report), issued=datetime.fromisoformat(report.issued))


def typeset(template: str, data: dict[str, Any], *, issued: datetime) -> bytes:
    """A typst template of `templates/documents/` filled with data. The same data and time give the same bytes."""
    font = cjk_font()
    inputs = {"data": json.dumps(data, ensure_ascii=False, sort_keys=True), "font": font.family}
    try:
        return _compile(font, template, inputs, issued, accessible=True)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
    # PDF/UA refuses a letter no font has (an emoji in a name). A box in its place is better than no report.
    return _compile(font, template, inputs, issued, accessible=False)


def png(chart: Chart) -> bytes:
    """A chart alone on white, with letters of the product's own font, twice as fine as a screen."""
    font = cjk_font()
    inputs = {"svg": chart.svg.decode(), "font": font.family}
    with _compiling:
        made = _compiler(font).compile(TEMPLATES / "chart.typ", format="png", ppi=192, sys_inputs=inputs)
    assert isinstance(made, bytes)  # noqa: S101 - one page
    return made


def _compile(font: CjkFont, template: str, inputs: dict[str, str], issued: datetime, accessible: bool) -> bytes:
    with _compiling:
        made = _compiler(font).compile(
            TEMPLATES / template,
            format="pdf",
            sys_inputs=inputs,
            pdf_standards="ua-1" if accessible else None,
            timestamp=int(issued.timestamp()),
        )
    assert isinstance(made, bytes)  # noqa: S101 - a list of bytes is for pictures, one per page
    return made


@cache
def _compiler(font: CjkFont) -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(font.folder)])
    return typst.Compiler(root=TEMPLATES, font_paths=fonts)


def _report(report: Report) -> dict[str, Any]:
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
