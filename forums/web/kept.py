"""Pages, and parts of pages, that say the same to many are rendered once; what is each reader's own fills their holes.

While such a page is rendered, functions marked @hole answer with a stand-in, a random word of this process. The text is
cut at the stand-ins and kept, so no token of any visitor ever comes into it; for each visitor the functions are asked
anew. A page is kept under everything that it shows. One that reads the database while it is rendered shows more than
that, and is not kept.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TypeAlias

from flask import current_app, g, session
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState

from forums.extensions import db
from forums.web.guards import account

MOST = 200
Hole: TypeAlias = Callable[[], str]

_WORD = re.compile(r"stand-in-[0-9a-f]{32}")
_holes: dict[str, Hole] = {}
_pages: dict[Hashable, Page] = {}


@dataclass(frozen=True)
class Page:
    """Texts, and between each two of them a hole."""

    texts: tuple[str, ...]
    holes: tuple[Hole, ...]

    def __str__(self) -> str:
        filled = [self.texts[0]]
        for hole_after, text in zip(self.holes, self.texts[1:], strict=True):
            filled += (escape(hole_after()), text)
        return "".join(filled)


def hole(value: Hole) -> Hole:
    """Mark a function whose answer is each visitor's own."""

    @wraps(value)
    def answer() -> str:
        return word if "standing_in" in g else value()

    word = _stand_in(answer)
    return answer


def _stand_in(answer: Hole) -> str:
    word = f"stand-in-{secrets.token_hex(16)}"
    _holes[word] = answer
    return word


_csrf_stand_in = _stand_in(generate_csrf)


@hole
def fresh_key() -> str:
    """A word for one form of one visitor, by which a second sending is recognised."""
    return secrets.token_urlsafe(18)


def page(shows: Hashable, render: Callable[[], str]) -> str:
    """The page that `render` makes, kept for everybody who is not signed in and has no message waiting.

    `shows` is all that the page says, apart from the reader's own holes: rows that change give another page.
    """
    if account() is not None or "_flashes" in session:
        return render()
    return _kept(shows, render)


def part(*shows: Hashable, caller: Callable[[], str]) -> Markup:
    """A part of many pages: `{% call kept("footer", all, that, it, shows) %}…{% endcall %}`."""
    return Markup(_kept(shows, caller))  # noqa: S704  (a template's own output)


def _kept(shows: Hashable, render: Callable[[], str]) -> str:
    if current_app.debug:
        return render()
    kept = _pages.get(shows)
    if kept is None:
        with _standing_in(), _reads() as reads:
            text = render()
        words = _WORD.findall(text)
        kept = Page(tuple(_WORD.split(text)), tuple(_holes[word] for word in words))
        if not reads:
            if len(_pages) >= MOST:
                _pages.clear()
            _pages[shows] = kept
    return str(kept)


@contextmanager
def _standing_in() -> Iterator[None]:
    if "standing_in" in g:  # a part inside a page
        yield
        return
    g.standing_in, g.csrf_token = True, _csrf_stand_in  # where Flask-WTF looks for the token first
    try:
        yield
    finally:
        del g.standing_in, g.csrf_token


@contextmanager
def _reads() -> Iterator[list[bool]]:
    """Notes when the session reads the database."""
    reads: list[bool] = []

    def note(_state: ORMExecuteState) -> None:
        reads.append(True)

    here = db.session()
    event.listen(here, "do_orm_execute", note)
    try:
        yield reads
    finally:
        event.remove(here, "do_orm_execute", note)
