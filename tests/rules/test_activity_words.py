"""The record speaks to people: every action has words, and so has every kind of row."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flask import Flask
from flask_babel import force_locale

from forums import ROOT
from forums.activity.models import Activity
from forums.activity.words import ACTIONS, actor_words, facts


def recorded() -> Iterator[str]:
    """The action of each call of record() that names it outright."""
    for file in sorted((ROOT / "forums").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record":
                yield from (a.value for a in node.args[1:2] if isinstance(a, ast.Constant) and isinstance(a.value, str))


def test_every_action_has_words() -> None:
    found = set(recorded())
    assert len(found) > 50
    assert sorted(found - set(ACTIONS)) == []


def test_facts_are_said_in_the_readers_words(app: Flask) -> None:
    moved = Activity(action="edition.moved", detail={"before": "draft", "after": "published"})
    changed = Activity(
        action="edition.changed",
        detail={
            "changed": {"capacity": ["300", "400"], "title": ["Bilingual(zh='一', en='')", "Bilingual(zh='二', en='')"]}
        },
    )
    hall = Activity(action="hall.added", detail={"code": "A", "sha256": "ab"})
    with app.test_request_context(), force_locale("zh_Hans_CN"):
        assert facts(moved) == ["草稿 → 已发布"]
        assert facts(changed) == ["名额：300 → 400", "标题有改动"]
        assert facts(hall) == ["A"]
        assert actor_words("system: demo") == "系统（demo）"
    with app.test_request_context(), force_locale("en"):
        assert facts(moved) == ["Draft → Published"]
        assert actor_words("guest: 张三") == "Guest 张三"
