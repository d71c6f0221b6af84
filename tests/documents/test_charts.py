"""Charts are plain shapes: nothing a strict CSP would stop, nothing from the clock."""

from lxml import etree

from forums.documents.charts import Bar, bars


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
