"""Every letter has a subject, a text and an HTML part, and speaks both languages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from forums.mail.reasons import LETTER_NAMES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "templates" / "email"
LETTERS = sorted(path.parent.name for path in FOLDER.glob("*/subject.txt"))
PARTS = ("subject.txt", "body.txt", "body.html")
CATALOGUE = ROOT / "forums" / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_has_its_three_parts(app: Flask, letter: str) -> None:
    assert {path.name for path in (FOLDER / letter).iterdir()} >= set(PARTS)
    for part in PARTS:
        app.jinja_env.get_template(f"email/{letter}/{part}")
    assert "\n" not in (FOLDER / letter / "subject.txt").read_text().strip()


def test_every_folder_is_a_letter_or_shared_parts() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} <= {*LETTERS, "parts"}


def test_the_outbox_has_a_name_for_every_letter() -> None:
    assert sorted(LETTER_NAMES) == LETTERS


def test_every_letter_that_is_queued_exists() -> None:
    queued = {
        keyword.value.value
        for path in (ROOT / "forums").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "letter" and isinstance(keyword.value, ast.Constant)
    }
    assert queued <= set(LETTERS)


def test_letters_speak_chinese() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file)
    found = extract_from_dir(FOLDER, method_map=[("**.html", "jinja2"), ("**.txt", "jinja2")])
    words = {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}
    untranslated = [word for word in words if not (known := catalogue.get(word)) or not known.string]
    assert untranslated == []
