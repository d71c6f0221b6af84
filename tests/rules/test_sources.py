"""What no file of the repository may hold."""

from __future__ import annotations

import re
from pathlib import Path

HOUSE = Path(__file__).parents[2]
ROOMS = ("forums", "templates", "static", "tests", "docs")
MARK = re.compile(r"^(<{7}|>{7}|={7}$)", re.MULTILINE)


def test_no_file_has_a_mark_that_a_merge_left() -> None:
    """A style sheet is served with it, and loses the rule that follows."""
    files = [
        path
        for room in ROOMS
        for path in (HOUSE / room).rglob("*")
        if path.suffix in {".py", ".html", ".css", ".js", ".txt", ".md"}
    ]
    assert len(files) > 500
    assert [str(path) for path in files if MARK.search(path.read_text(encoding="utf-8", errors="replace"))] == []
