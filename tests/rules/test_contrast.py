"""The colours of both lights keep the contrast that WCAG 2.2 AA asks for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css"
TEXT, EDGE = 4.5, 3.0

PAIRS = [
    *(
        (ink, ground, TEXT)
        for ink in ("ink", "ink-soft", "steel-ink", "ember")
        for ground in ("ground", "surface", "surface-sunk", "surface-hover")
    ),
    *((tone, f"{tone}-wash", TEXT) for tone in ("good", "wait", "bad", "ember")),
    *((tone, "surface", TEXT) for tone in ("good", "wait", "bad")),
    *((ink, "hero", TEXT) for ink in ("hero-ink", "hero-soft", "glow")),
    *((ink, "hero-lift", TEXT) for ink in ("hero-ink", "hero-soft", "glow")),
    ("steel-ink", "steel-wash", TEXT),
    ("on-steel", "steel", TEXT),
    ("on-steel", "steel-deep", TEXT),
    ("on-ember", "ember", TEXT),
    ("on-ember", "ember-deep", TEXT),
    ("surface", "good", TEXT),
    ("surface", "bad", TEXT),
    ("line-strong", "surface", EDGE),
    ("line-strong", "ground", EDGE),
    ("steel", "ground", EDGE),
]


def colours(*sheets: str) -> dict[str, str]:
    named: dict[str, str] = {}
    for sheet in sheets:
        named.update(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", (CSS / sheet).read_text()))
    return named


def luminance(colour: str) -> float:
    """Relative luminance by WCAG, 0 to 1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("sheets", [("tokens.css",), ("tokens.css", "dark.css")], ids=["light", "dark"])
def test_every_pair_that_meets_on_a_page_can_be_read(sheets: tuple[str, ...]) -> None:
    named = colours(*sheets)
    poor = {}
    for front, back, least in PAIRS:
        lighter, darker = sorted((luminance(named[front]), luminance(named[back])), reverse=True)
        ratio = (lighter + 0.05) / (darker + 0.05)
        if ratio < least:
            poor[f"{front} on {back}"] = round(ratio, 2)
    assert not poor
