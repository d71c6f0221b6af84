"""The back office's menu: each room adds its entries, the reader sees those that lead somewhere for them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from flask import Flask, current_app, g, request, url_for

from forums.web.guards import can

Group = Literal["house", "edition", "series"]


@dataclass(frozen=True)
class Entry:
    """A line of the menu. `label` is lazy text; `action` the policy of the page behind it.

    A line `under` another, named by its endpoint, shows while the reader is there or at a line beside it.
    """

    group: Group
    label: Any
    endpoint: str
    action: str
    icon: str
    order: int
    under: str = ""

    def url(self, row: Any = None) -> str:
        """Its page, of this edition or series; without one, of the page's own."""
        values: dict[str, Any] = {} if self.group == "house" else {self.group: (row or g.get(self.group)).slug}
        return url_for(self.endpoint, **values)

    @property
    def is_current(self) -> bool:
        """The page itself, or a page below it: what is no entry belongs to its room's first, of the narrowest group."""
        return self is _current()

    @property
    def is_open(self) -> bool:
        """Whether the line shows: the first ones always, those under another while that part is being used."""
        here = _current() if self.under else None
        return not self.under or (here is not None and self.under in (here.endpoint, here.under))


_entries: dict[str, Entry] = {}


def add(
    group: Group, label: Any, endpoint: str, action: str, *, icon: str = "", order: int = 50, under: str = ""
) -> None:
    """Add a line; called once by a room's views module."""
    _entries[endpoint] = Entry(group, label, endpoint, action, icon, order, under)


def entries(group: Group, row: Any = None) -> list[Entry]:
    """The group's lines for this reader: of `row`, or of the edition or series that the page has."""
    row = row or (g.get(group) if group != "house" else None)
    if group != "house" and row is None:
        return []
    shown = [
        entry
        for entry in _entries.values()
        if entry.group == group
        and entry.endpoint in current_app.view_functions
        and entry.is_open
        and can(entry.action, row)
    ]
    return sorted(shown, key=lambda entry: (entry.order, entry.endpoint))


def navigate(app: Flask) -> None:
    app.add_template_global(entries, "navigation")
    app.extensions["lines above pages"] = {}


def _current() -> Entry | None:
    """The line of the menu where the reader is."""
    here = request.endpoint or ""
    return _entries.get(here) or _above(here)


def _above(endpoint: str) -> Entry | None:
    """The line of the menu that a page without its own belongs to; every line asks, so the answer is kept."""
    known: dict[tuple[str, ...], Entry | None] = current_app.extensions["lines above pages"]
    groups = (*(group for group in ("edition", "series") if g.get(group)), "house")
    if (endpoint, *groups) not in known:
        known[endpoint, *groups] = _first_above(endpoint, groups)
    return known[endpoint, *groups]


def _first_above(endpoint: str, groups: tuple[str, ...]) -> Entry | None:
    """The first line of the page's file, of the narrowest group; of its room, or the room around, where it has none."""
    file, *rooms = _rooms(endpoint)
    beside = [row for row in _entries.values() if _rooms(row.endpoint)[0] == file and not row.under]
    around = ([row for row in _entries.values() if room in _rooms(row.endpoint)[1:3]] for room in rooms)
    for rows, group in product((beside, *around), groups):
        if first := min((row for row in rows if row.group == group), key=lambda row: row.order, default=None):
            return first
    return None


def _rooms(endpoint: str) -> list[str]:
    """Where a page belongs, the narrowest first: its file, its blueprint, its room, and the rooms around that."""
    view = current_app.view_functions.get(endpoint)
    file = view.__module__ if view is not None else ""
    return [file, endpoint.split(".", maxsplit=1)[0], *reversed(file.split(".")[1:-1])]
