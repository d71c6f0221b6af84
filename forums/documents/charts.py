"""Charts as SVG: the same picture on the page and in the PDF.

Plain shapes with attributes and no style sheet, script, id or date: a strict CSP has nothing to stop, typst draws them
as a browser does, and the same numbers give the same bytes. Each shape has a class besides, by which a page in the
dark (report.css) gives it other colours than paper has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from forums.documents.report import Chart

WIDTH, ROW, BAR = 760, 34, 20
LABEL, VALUE = 160, 200  # room for the words left of the bars and the values right of them
ROOM = WIDTH - LABEL - VALUE
FALL_LABEL = LABEL + 70  # the rules of a waterfall have longer names
SVG = "http://www.w3.org/2000/svg"
FAMILY = "Noto Sans SC, Noto Sans CJK SC, sans-serif"
# What a shape is → its colour on paper.
PAPER = {
    "ink": "#1b2730",
    "quiet": "#5b6b78",
    "bar": "#22557f",
    "away": "#b04a12",
    "track": "#eef2f5",
    "grid": "#d3dae1",
    "line": "#22557f",
    "before": "#7e8b98",
}

# The chart over days: a line above, bars below, both over the same days.
LEFT, RIGHT, LINE_TOP, LINE_HEIGHT, BARS_TOP, BARS_HEIGHT = 52, 40, 40, 190, 262, 90
HEIGHT = BARS_TOP + BARS_HEIGHT + 28
MOST_TICKS = 6


@dataclass(frozen=True)
class Bar:
    """One bar: its name, its length as a number of any unit, its value written out, a quieter word after that."""

    label: str
    value: int
    shown: str
    aside: str = ""


@dataclass(frozen=True)
class Fall:
    """A step of a waterfall: where it arrives; `whole` ones are drawn from zero, the others from the step before."""

    label: str
    level: int
    shown: str
    whole: bool = False


@dataclass(frozen=True)
class Day:
    """One day: how it is written, how many came and went, how many there are at its end, and were a time before."""

    label: str
    came: int
    went: int
    level: int
    before: int | None = None


@dataclass(frozen=True)
class Legend:
    """What the parts of a chart over days are called."""

    came: str
    went: str
    level: str
    before: str


def bars(title: str, rows: Sequence[Bar]) -> Chart:
    """Horizontal bars in the order given, on one scale from zero."""
    svg = _picture(ROW * len(rows))
    longest = max((row.value for row in rows), default=0)
    for index, row in enumerate(rows):
        line = etree.SubElement(svg, "g", transform=f"translate(0 {index * ROW + (ROW - BAR) // 2})")
        length = ROOM * row.value / longest if longest > 0 else 0
        _text(line, 0, 15, row.label)
        _rect(line, LABEL, 0, (ROOM, BAR), "track")
        _rect(line, LABEL, 0, (max(length, 2 if row.value else 0), BAR), "bar")
        _text(line, LABEL + ROOM + 10, 15, row.shown, aside=row.aside)
    words = "; ".join(f"{row.label} {row.shown} {row.aside}".strip() for row in rows)
    return Chart(title=title, svg=etree.tostring(svg), words=words or title)


def falls(title: str, rows: Sequence[Fall]) -> Chart:
    """A waterfall from top to bottom: whole bars at its ends, and between them what each step takes away or adds."""
    svg = _picture(ROW * len(rows))
    most, before = max((row.level for row in rows), default=0) or 1, 0
    scale = (ROOM - 40) / most
    for index, row in enumerate(rows):
        line = etree.SubElement(svg, "g", transform=f"translate(0 {index * ROW + (ROW - BAR) // 2})")
        start, end = (0, row.level) if row.whole else sorted((before, row.level))
        _text(line, 0, 15, row.label)
        _rect(line, FALL_LABEL, 0, (ROOM - 40, BAR), "track")
        width = max((end - start) * scale, 2 if end > start else 0)
        look = "bar" if row.whole or row.level > before else "away"
        _rect(line, FALL_LABEL + start * scale, 0, (width, BAR), look)
        _text(line, FALL_LABEL + ROOM - 30, 15, row.shown)
        before = row.level
    words = "; ".join(f"{row.label} {row.shown}" for row in rows)
    return Chart(title=title, svg=etree.tostring(svg), words=words or title)


def over_days(title: str, days: Sequence[Day], legend: Legend, *, words: str) -> Chart:
    """How many there are at the end of each day as a line, who came and went on it as bars up and down."""
    svg = _picture(HEIGHT)
    if not days:
        return Chart(title=title, svg=etree.tostring(svg), words=words or title)
    step = (WIDTH - LEFT - RIGHT) / len(days)
    middles = [LEFT + step * (index + 0.5) for index in range(len(days))]
    befores = [day.before for day in days if day.before is not None]
    _legend(svg, legend, with_before=bool(befores))

    top = _round_up(max([day.level for day in days] + befores))
    for part in (0, top // 2, top) if top > 1 else (0, top):
        _grid(svg, LINE_TOP + LINE_HEIGHT * (1 - part / top), f"{part:,}")
    heights = [LINE_TOP + LINE_HEIGHT * (1 - day.level / top) for day in days]
    earlier = [
        (x, LINE_TOP + LINE_HEIGHT * (1 - day.before / top))
        for x, day in zip(middles, days, strict=True)
        if day.before is not None
    ]
    _line(svg, earlier, "before")
    _line(svg, list(zip(middles, heights, strict=True)), "line")
    etree.SubElement(svg, "circle", _look("bar"), cx=f"{middles[-1]:.1f}", cy=f"{heights[-1]:.1f}", r="3.5")
    _text(svg, WIDTH, heights[-1] - 8, f"{days[-1].level:,}", anchor="end")

    up, down = max(day.came for day in days), max(day.went for day in days)
    scale = BARS_HEIGHT / max(up + down, 1)
    zero, width = BARS_TOP + up * scale, min(max(step * 0.7, 0.6), 28)
    _grid(svg, zero, "0")
    if up:
        _text(svg, LEFT - 8, BARS_TOP + 4, f"{up:,}", anchor="end", look="quiet", size=11)
    if down and down * scale > 14:
        _text(svg, LEFT - 8, BARS_TOP + BARS_HEIGHT + 4, f"{down:,}", anchor="end", look="quiet", size=11)
    for x, day in zip(middles, days, strict=True):
        if day.came:
            _rect(svg, x - width / 2, zero - day.came * scale, (width, day.came * scale), "bar")
        if day.went:
            _rect(svg, x - width / 2, zero, (width, day.went * scale), "away")
    for index in range(0, len(days), -(-len(days) // MOST_TICKS)):
        _text(svg, middles[index], HEIGHT - 6, days[index].label, anchor="middle", look="quiet", size=11)
    return Chart(title=title, svg=etree.tostring(svg), words=words)


def _picture(height: int) -> etree._Element:
    return etree.Element(
        "svg", nsmap={None: SVG}, viewBox=f"0 0 {WIDTH} {height}", width=str(WIDTH), height=str(height)
    )


def _look(name: str, how: str = "fill") -> dict[str, str]:
    return {"class": f"chart-{name}", how: PAPER[name]}


def _rect(parent: etree._Element, x: float, y: float, size: tuple[float, float], look: str) -> None:
    width, height = size
    box = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
    etree.SubElement(parent, "rect", box | {"rx": "2" if width > 4 else "0"} | _look(look))


def _text(
    parent: etree._Element,
    x: float,
    y: float,
    text: str,
    *,
    aside: str = "",
    anchor: str = "start",
    look: str = "ink",
    size: int = 13,
) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "font-family": FAMILY, "font-size": str(size)}
    element = etree.SubElement(parent, "text", place | _look(look))
    element.text = text
    if aside:
        tail = etree.SubElement(element, "tspan", {"font-size": "11", "dx": "6"} | _look("quiet"))
        tail.text = aside


def _grid(svg: etree._Element, y: float, label: str) -> None:
    ends = {"x1": str(LEFT), "x2": str(WIDTH - RIGHT), "y1": f"{y:.1f}", "y2": f"{y:.1f}"}
    etree.SubElement(svg, "line", ends | {"stroke-width": "1"} | _look("grid", "stroke"))
    _text(svg, LEFT - 8, y + 4, label, anchor="end", look="quiet", size=11)


def _line(svg: etree._Element, points: Iterable[tuple[float, float]], look: str) -> None:
    shape = {"points": " ".join(f"{x:.1f},{y:.1f}" for x, y in points), "fill": "none", "stroke-linejoin": "round"}
    stroke = {"stroke-width": "2.5"} if look == "line" else {"stroke-width": "1.5", "stroke-dasharray": "5 4"}
    etree.SubElement(svg, "polyline", shape | stroke | _look(look, "stroke"))


def _legend(svg: etree._Element, legend: Legend, *, with_before: bool) -> None:
    x = 0
    lines = [("line", legend.level)] + ([("before", legend.before)] if with_before else [])
    blocks = [("bar", legend.came), ("away", legend.went)]
    for look, words in lines + blocks:
        is_line = (look, words) in lines
        _rect(svg, x, 10 if is_line else 5, (16, 3) if is_line else (11, 11), look)
        _text(svg, x + 22, 16, words, look="quiet", size=12)
        x += 22 + sum(12 if ord(letter) > 0x2E80 else 7 for letter in words) + 18


def _round_up(number: int) -> int:
    """The next of 1, 2, 4, 10, 20, 40, 100 …: a scale whose half is whole."""
    size = 1
    while True:
        for first in (1, 2, 4):
            if number <= first * size:
                return first * size
        size *= 10
