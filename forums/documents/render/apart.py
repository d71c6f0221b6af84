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
from forums.documents.render.pdf import typeset

ROOT = Path(__file__).resolve().parents[3]
LONG = 200  # pieces, or rows of a table


def typeset_long(template: str, data: dict[str, Any], *, issued: datetime, pieces: int, accessible: bool) -> bytes:
    """What typeset() makes, the same bytes; apart from this process where it holds more than LONG pieces."""
    if pieces <= LONG:
        return typeset(template, data, issued=issued, accessible=accessible)
    cjk_font()  # a machine without one says so here, in words
    asked = {"template": template, "data": data, "issued": issued.isoformat(), "accessible": accessible}
    made = subprocess.run(
        [sys.executable, "-m", "forums.documents.render.apart"],
        input=json.dumps(asked).encode(),
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    if made.returncode:
        raise RuntimeError(f"setting {template} failed: {made.stderr.decode(errors='replace')[-500:]}")
    return made.stdout


def main() -> None:
    asked = json.load(sys.stdin)
    issued = datetime.fromisoformat(asked["issued"])
    content = typeset(asked["template"], asked["data"], issued=issued, accessible=asked["accessible"])
    sys.stdout.buffer.write(content)


if __name__ == "__main__":
    main()
