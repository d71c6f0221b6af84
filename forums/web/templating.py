"""Jinja as the pages use it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, cast

from flask import Flask
from flask.templating import Environment
from jinja2 import BaseLoader
from jinja2 import Environment as BaseEnvironment

from forums.web import kept


class OneGlobals(Environment):
    """Templates share one dict of globals. Jinja's chain of two is walked name by name at every import of a macro."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **d} if d else self.globals


def prepare(app: Flask) -> None:
    """Must come before the first template global."""
    app.jinja_environment = OneGlobals
    app.add_template_global(kept.part, "kept")


def warm(app: Flask) -> None:
    """Compile what visitors are shown before the first of them comes; in a rush, every thread would do it at once."""
    environment = app.jinja_env
    for name in environment.list_templates(["html"]):
        if name in ("base.html", "public.html") or name.startswith("components/") or _is_public(environment, name):
            environment.get_template(name)


def _is_public(environment: BaseEnvironment, name: str) -> bool:
    source, *_ = cast("BaseLoader", environment.loader).get_source(environment, name)
    return 'extends "public.html"' in source
