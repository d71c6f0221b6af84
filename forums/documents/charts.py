"""Charts as SVG: the same picture on the page and in the PDF.

Plain shapes with attributes and no style sheet, script, id or date: a strict CSP has nothing to stop, typst draws them
as a browser does, and the same numbers give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from forums.documents.report import Chart

WIDTH, ROW, BAR = 760, 34, 20
LABEL, VALUE = 160, 200  # room for the words left of the bars and the values right of them
INK, QUIET, NAVY, TRACK = "#1b2730", "#5b6b78", "#22557f", "#eef2f5"
ROOM = WIDTH - LABEL - VALUE
SVG = "http://www.w3.org/2000/svg"
FAMILY = "Noto Sans SC, Noto Sans CJK SC, sans-serif"


@dataclass(frozen=True)
class Bar:
    """One bar: its name, its length as a number of any unit, its value written out, a quieter word after that."""

    label: str
    value: int
    shown: str
    aside: str = ""


def bars(title: str, rows: Sequence[Bar]) -> Chart:
    """Horizontal bars in the order given, on one scale from zero."""
    height = str(ROW * len(rows))
    svg = etree.Element("svg", nsmap={None: SVG}, viewBox=f"0 0 {WIDTH} {height}", width=str(WIDTH), height=height)
    longest = max((row.value for row in rows), default=0)
    for index, row in enumerate(rows):
        line = etree.SubElement(svg, "g", transform=f"translate(0 {index * ROW + (ROW - BAR) // 2})")
        length = ROOM * row.value / longest if longest > 0 else 0
        _text(line, 0, row.label)
        _rect(line, ROOM, TRACK)
        _rect(line, max(length, 2 if row.value else 0), NAVY)
        _text(line, LABEL + ROOM + 10, row.shown, row.aside)
    words = "; ".join(f"{row.label} {row.shown} {row.aside}".strip() for row in rows)
    return Chart(title=title, svg=etree.tostring(svg), words=words or title)


def _rect(line: etree._Element, width: float, colour: str) -> None:
    etree.SubElement(line, "rect", x=str(LABEL), width=f"{width:.1f}", height=str(BAR), rx="2", fill=colour)


def _text(line: etree._Element, x: int, text: str, aside: str = "") -> None:
    element = etree.SubElement(line, "text", {"font-family": FAMILY, "font-size": "13"}, x=str(x), y="15", fill=INK)
    element.text = text
    if aside:
        etree.SubElement(element, "tspan", {"font-size": "11"}, dx="6", fill=QUIET).text = aside
