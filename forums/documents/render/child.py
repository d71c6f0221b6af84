"""Sets one PDF and ends: a JSON order comes in, bytes go out. It imports nothing of ours, so that it starts at once."""

from __future__ import annotations

import json
import sys

import typst


def main() -> None:
    order = json.load(sys.stdin)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[order["fonts"]])
    compiler = typst.Compiler(root=order["root"], font_paths=fonts)
    made = compiler.compile(
        order["template"],
        format="pdf",
        sys_inputs=order["inputs"],
        timestamp=order["timestamp"],
        pdf_standards=order["standards"],
    )
    assert isinstance(made, bytes)  # noqa: S101 - a PDF is one file
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
