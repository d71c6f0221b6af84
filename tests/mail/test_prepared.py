"""Rendered once, filled for each: only where a template asks nothing of what is the recipient's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined

from forums.mail import prepared
from forums.mail.prepared import Prepared, Words, their_own

Render = Callable[[dict[str, Any]], Words]


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_own", {})
    their_own("note", "guest", "ids")


def templates(text: str, html: str = "") -> tuple[Render, list[int]]:
    """What renders these two, and a list that grows with each time it does."""
    loader = DictLoader({"body.txt": text, "body.html": html})
    environment = Environment(
        loader=loader,
        undefined=StrictUndefined,
        finalize=prepared.printed,
        autoescape=lambda name: "html" in (name or ""),
    )
    rendered: list[int] = []

    def render(values: dict[str, Any]) -> Words:
        rendered.append(1)
        return Words("", *(environment.get_template(name).render(values) for name in ("body.txt", "body.html")))

    return render, rendered


def values(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "guest": {"title": "Prof.", "notes": ["a", ""]}, "ids": [7, 1], "place": "Suixi", **more}


def test_values_stand_escaped_in_html_and_as_they_are_in_text() -> None:
    render, rendered = templates("{{ name }} {{ guest.title }}", '<b title="{{ name }}">{{ place }}{{ ids[0] }}</b>')
    kept = Prepared()
    for name in ('<i>"&', "{{ name }}", f"{prepared._SEAL}-0-0;", "王"):
        words = kept.words("note", values(name), {}, render)
        assert words == render(values(name))
    assert len(rendered) == 1 + 4


def test_functions_of_what_is_theirs_are_called_for_each() -> None:
    called: list[tuple[Any, ...]] = []

    def link(*args: Any, **kwargs: Any) -> str:
        called.append(args)
        return f"https://x/{args}{kwargs}"

    render, rendered = templates("{% set here = link('a', ids[0], lang=place) %}{{ here }} {{ here }} {{ link('b') }}")
    kept = Prepared()
    for number in (7, 8):
        words = kept.words("note", values("x", ids=[number, 1]), {"link": link}, render)
        assert words.text == f"{link('a', number, lang='Suixi')} " * 2 + link("b")
    assert len(rendered) == 1
    assert called.count(("a", 8)) == 2  # once for the letter, once by this test


@pytest.mark.parametrize(
    "text",
    [
        "{{ name|upper }}",
        "{% if name == 'x' %}me{% endif %}{{ name }}",
        "{{ name ~ '!' }}",
        "{{ '%s' % name }}",
        "{{ name[0] }}",
        "{% for letter in name %}{{ letter }}.{% endfor %}",
        "{{ 'x' in name }}",
        "{{ name|length }}",
        "{% filter trim %} {{ name }} {% endfilter %}{{ guest.notes|join(',') }}",
    ],
)
def test_a_template_that_asks_more_is_rendered_for_each(text: str) -> None:
    render, rendered = templates(text)
    kept = Prepared()
    for name in ("x", "y", "zzz"):
        assert kept.words("note", values(name), {}, render) == render(values(name))
    assert len(rendered) == 6 + 1  # the attempt


def test_what_is_empty_or_shared_is_part_of_the_key() -> None:
    render, rendered = templates("{% if guest.title %}{{ guest.title }} {% endif %}{{ name }} in {{ place }}")
    kept = Prepared()
    wanted = {("Ann", "Suixi", "Dr"), ("Li", "Suixi", "Dr"), ("Ann", "Suixi", ""), ("Ann", "Huaibei", "Dr")}
    for name, place, title in sorted(wanted):
        written = kept.words("note", values(name, place=place, guest={"title": title}), {}, render)
        assert written.text == f"{title} {name} in {place}".strip()
    assert len(rendered) == 3


def test_only_the_latest_are_kept() -> None:
    render, _ = templates("{{ name }} {{ place }}")
    kept = Prepared()
    for number in range(prepared.KEPT + 5):
        assert kept.words("note", values("x", place=number), {}, render).text == f"x {number}"
    assert len(kept._sheets) == prepared.KEPT
