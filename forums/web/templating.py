"""Jinja as the pages use it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment

from forums.web import kept


class OneGlobals(Environment):
    """Templates share one dict of globals. Jinja's chain of two is walked name by name at every import of a macro."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **d} if d else self.globals


def prepare(app: Flask) -> None:
    """Must come before the first template global."""
    app.jinja_environment = OneGlobals
    app.add_template_global(kept.part, "kept")
