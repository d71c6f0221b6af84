"""Templates keep the strict policy, and each page belongs to a layout."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask_babel import lazy_gettext

TEMPLATES = Path(__file__).parents[2] / "templates"
ALL = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
LETTERS = [name for name in ALL if name.startswith("email/")]
WEB = [name for name in ALL if not name.startswith(("email/", "documents/"))]
LAYOUTS = ("base.html", "public.html", "office.html")
PAGES = [name for name in WEB if "{% extends" in (TEMPLATES / name).read_text() and name not in LAYOUTS]

FORBIDDEN = {
    "inline style": re.compile(r"<[a-z][^<>{]*\sstyle\s*="),
    "style element": re.compile(r"<style\b"),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)"),
    "script without a nonce": re.compile(r"<script\b(?![^>]*\bnonce=)"),
    "event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "unescaped output": re.compile(r"\|\s*safe\b|Markup\("),
    "escaping switched off": re.compile(r"{%-?\s*autoescape\s+false"),
    "something from elsewhere": re.compile(r"""(?:src|href)=["']https?://"""),
}


def read(name: str) -> str:
    """The template without its comments."""
    return re.sub(r"{#.*?#}", "", (TEMPLATES / name).read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("name", WEB)
def test_nothing_that_the_policy_forbids(name: str) -> None:
    found = {what: match[0] for what, pattern in FORBIDDEN.items() if (match := pattern.search(read(name)))}
    assert not found


@pytest.mark.parametrize("name", LETTERS)
def test_letters_run_nothing_and_escape_everything(name: str) -> None:
    found = {
        what
        for what in ("inline script", "event handler", "javascript: address", "unescaped output")
        if FORBIDDEN[what].search(read(name))
    }
    assert not found


@pytest.mark.parametrize("name", [name for name in WEB if name not in (*PAGES, *LAYOUTS) and "/" in name])
def test_what_extends_nothing_is_a_part_that_another_template_names(name: str) -> None:
    users = [other for other in ALL if other != name and f'"{name}"' in read(other)]
    assert users or name.startswith("components/"), f"{name} extends no layout, and no template imports or includes it"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_in_a_layout_and_has_a_title(name: str) -> None:
    text = read(name)
    parent = re.search(r'{% extends "([^"]+)" %}', text)
    assert parent, f"{name} extends something that is not a plain name"
    if parent[1] in LAYOUTS:
        assert "{% block title %}" in text
    else:
        assert parent[1] in PAGES


def test_links_lead_to_pages_that_there_are(apps: Callable[[str], Flask]) -> None:
    known = apps("sqlite").view_functions
    wrong = {
        (name, endpoint)
        for name in ALL
        for endpoint in re.findall(r'url_for\("([\w.]+)"', read(name))
        if endpoint not in known
    }
    assert not wrong


@pytest.mark.parametrize("name", WEB)
def test_forms_that_post_carry_a_token(name: str) -> None:
    text = read(name)
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, flags=re.DOTALL | re.IGNORECASE):
        assert re.search(r"csrf_token|hidden_tag|form_fields|form_head|hidden\(|hidden_fields", form), form[:300]


def test_what_is_translated_later_is_text(app: Flask) -> None:
    said = lazy_gettext("“%(name)s” is no name that we can keep.", name="<img src=x>")
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert render_template_string("{{ said }}", said=said) == "“&lt;img src=x&gt;” is no name that we can keep."
