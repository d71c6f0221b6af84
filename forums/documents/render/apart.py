"""A long document, set by a process of its own: its memory ends with it, and letters need not wait for the compiler.

typst keeps what it has laid out, about 0.2 MB for a badge, so a thousand of them would stay in a server for good.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from forums.documents.fonts import cjk_font
from forums.documents.render.pdf import NO_LETTER, REPORT, TEMPLATES, data_of, inputs_of, pdf, typeset
from forums.documents.report import Report, Table

CHILD = Path(__file__).with_name("child.py")
LONG = 200  # pieces, or rows of a table


def typeset_long(template: str, data: dict[str, Any], *, issued: datetime, pieces: int) -> bytes:
    """What typeset() makes for a printer, the same bytes; apart from this process beyond LONG pieces."""
    if pieces <= LONG:
        return typeset(template, data, issued=issued, accessible=False)
    return _made(template, data, issued)


def pdf_of(report: Report) -> bytes:
    """What pdf() makes, the same bytes; apart from this process beyond LONG rows."""
    rows = sum(len(block.rows) for section in report.sections for block in section.blocks if isinstance(block, Table))
    if rows <= LONG:
        return pdf(report)
    issued = datetime.fromisoformat(report.issued)
    try:
        return _made(REPORT, data_of(report), issued, standards="ua-1")
    except RuntimeError as error:
        if NO_LETTER not in str(error):
            raise
    return _made(REPORT, data_of(report), issued)


def _made(template: str, data: dict[str, Any], issued: datetime, standards: str | None = None) -> bytes:
    font = cjk_font()
    order = {
        "template": str(TEMPLATES / template),
        "root": str(TEMPLATES),
        "fonts": str(font.folder),
        "inputs": inputs_of(data) | {"font": font.family},
        "timestamp": int(issued.timestamp()),
        "standards": standards,
    }
    made = subprocess.run(  # noqa: S603  (this program, with nothing of a visitor's in its arguments)
        [sys.executable, "-P", str(CHILD)], input=json.dumps(order).encode(), capture_output=True, check=False
    )
    if made.returncode:
        raise RuntimeError(f"setting {template} failed: {made.stderr.decode(errors='replace')[-2000:]}")
    return made.stdout
