"""Everything that Billet says can be said in Chinese."""

from __future__ import annotations

import configparser
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from forums import ROOT

CATALOGUE = ROOT / "forums" / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None}


def said(root: Path) -> set[str]:
    """Every text that code and templates mark for translation."""
    rules = configparser.ConfigParser()
    rules.read(root / "babel.cfg", encoding="utf-8")
    methods = [(pattern.strip(), kind) for kind, pattern in (name.split(":") for name in rules.sections())]
    found = set()
    for folder in ("forums", "templates"):
        mapped = [(pattern.removeprefix(f"{folder}/"), kind) for pattern, kind in methods if pattern.startswith(folder)]
        for _, _, message, _, _ in extract_from_dir(root / folder, method_map=mapped, keywords=KEYWORDS):
            found.add(message if isinstance(message, str) else message[0])
    return found


def test_every_text_has_its_chinese() -> None:
    with CATALOGUE.open("rb") as file:
        known = {
            message.id if isinstance(message.id, str) else message.id[0]: message
            for message in read_po(file, locale="zh_Hans_CN")
        }
    texts = said(ROOT)
    assert len(texts) > 1000
    assert sorted(text for text in texts if text not in known or not known[text].string) == []


def test_placeholders_survive_translation() -> None:
    with CATALOGUE.open("rb") as file:
        faults = [
            (message.id, str(fault)) for message in read_po(file, locale="zh_Hans_CN") for fault in message.check()
        ]
    assert faults == []
