"""Charts are plain shapes: nothing a strict CSP would stop, nothing from the clock."""

from pathlib import Path

from lxml import etree

from forums.documents.charts import Bar, Day, Legend, bars, over_days


def test_bars_are_on_one_scale_from_zero():
    chart = bars("Attendance", [Bar("registered", 200, "200"), Bar("checked in", 50, "50"), Bar("none", 0, "0")])
    widths = [float(rect.get("width")) for rect in etree.fromstring(chart.svg).iter("{*}rect")][1::2]
    assert widths == [400.0, 100.0, 0.0]
    assert chart.words == "registered 200; checked in 50; none 0"


def test_a_chart_without_rows_or_with_markup_in_a_label_is_still_a_picture():
    assert etree.fromstring(bars("Empty", []).svg).tag.endswith("svg")
    tree = etree.fromstring(bars("x", [Bar("<script>&", 0, "0")]).svg)
    assert [node.text for node in tree.iter("{*}text")] == ["<script>&", "0"]


def test_there_is_no_style_and_no_script_in_a_chart():
    chart = bars("Attendance", [Bar("签到", 1, "1")])
    assert b"style" not in chart.svg
    assert b"script" not in chart.svg


def test_a_chart_over_days_draws_the_line_the_bars_and_the_time_before():
    days = [Day("1 Jan", 4, 0, 4, None), Day("2 Jan", 0, 1, 3, 2), Day("3 Jan", 1, 0, 4, 4)]
    chart = over_days("Days", days, Legend("came", "went", "level", "before"), words="in words")
    tree = etree.fromstring(chart.svg)
    lines = [line.get("points").split() for line in tree.iter("{*}polyline")]
    assert [len(points) for points in lines] == [2, 3], "the time before is known for two days"
    heights = [float(point.split(",")[1]) for point in lines[1]]
    assert heights[0] == heights[2] < heights[1]
    shown = [rect for rect in tree.iter("{*}rect") if float(rect.get("y")) > 200]
    assert [rect.get("class") for rect in shown] == ["chart-bar", "chart-away", "chart-bar"]
    assert chart.words == "in words"


def test_a_chart_over_no_days_or_over_many_is_still_a_picture():
    legend = Legend("", "", "", "")
    assert etree.fromstring(over_days("None", [], legend, words="").svg).tag.endswith("svg")
    many = [Day(str(number), number % 7, number % 3, number) for number in range(3000)]
    ticks = list(etree.fromstring(over_days("Many", many, legend, words="").svg).iter("{*}text"))
    assert len(ticks) < 20


def test_every_shape_has_a_class_that_the_page_colours():
    chart = bars("Attendance", [Bar("签到", 1, "1", "50%")])
    days = over_days("Days", [Day("1", 1, 1, 1, 1)], Legend("a", "b", "c", "d"), words="")
    sheet = Path("static/css/report.css").read_text(encoding="utf-8")
    for picture in (chart, days):
        for shape in etree.fromstring(picture.svg).iter("{*}rect", "{*}text", "{*}line", "{*}polyline", "{*}circle"):
            assert f".{shape.get('class')} " in sheet
    assert 'class="chart-ink"' in bars("x", [Bar("y", 0, "0")]).markup
