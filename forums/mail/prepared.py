"""Letters that differ in a few values: rendered once, then filled for each recipient.

A room declares which values of a letter are the recipient's own. The templates are rendered with a Blank in the place
of each, what comes out is kept in pieces, and the values of each recipient are put between them. A Blank is there and
can be printed; a template that asks it anything else is rendered for each letter anew, so what is filled is what would
have been rendered. What is kept is known by all that the templates read: it cannot be stale.
"""

from __future__ import annotations

import marshal
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from operator import getitem
from typing import Any, NamedTuple, NoReturn, TypeAlias

from markupsafe import escape

Values: TypeAlias = dict[str, Any]
_own: dict[str, frozenset[str]] = {}
# What delivery adds to every letter.
_ALWAYS_OWN = frozenset({"name", "unsubscribe"})
# A campaign takes one for each language, and one more for each set of values that are empty.
KEPT = 64
# Digits, because no filter of text changes them; secret, because nobody shall write one into a letter.
_SEAL = f"{secrets.randbelow(10**18):018}"
_MARK = re.compile(rf"{_SEAL}-([0-9]+)-([01]);")


class Words(NamedTuple):
    """What the templates make of a letter."""

    subject: str
    text: str
    html: str
    foot: str = ""


def their_own(letter: str, *names: str) -> None:
    """Declare which values of a letter are its recipient's own; all others are the same in many letters, and JSON."""
    if letter in _own:
        raise ValueError(f"what is the recipient's own in {letter!r} is declared twice")
    _own[letter] = _ALWAYS_OWN | set(names)


def is_prepared(letter: str) -> bool:
    return letter in _own


class Asked(Exception):  # noqa: N818  (it says what happened to a Blank)
    """A template wants to know more of a Blank than that it is there."""


@dataclass(eq=False)
class Blank:
    """Stands for a value of the recipient. `number` counts the blanks of one letter, `value` takes it from theirs."""

    number: int
    value: Callable[[Values], Any]

    def __bool__(self) -> bool:
        return True  # what is empty is no Blank

    def _ask(self, *_: object) -> NoReturn:
        raise Asked

    __str__ = __html__ = __format__ = __len__ = __iter__ = __contains__ = __getitem__ = __call__ = _ask
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __int__ = __float__ = _ask
    __add__ = __radd__ = __mod__ = __rmod__ = __mul__ = __rmul__ = _ask


class _Mark:
    """A Blank where it was printed: as text, or as HTML."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __str__(self) -> str:
        return f"{_SEAL}-{self.number}-0;"

    def __html__(self) -> str:
        return f"{_SEAL}-{self.number}-1;"


def printed(value: Any) -> Any:
    """For Jinja's `finalize`: what stands in a letter where a value is printed."""
    return _Mark(value.number) if isinstance(value, Blank) else value


@dataclass(frozen=True)
class _Filled:
    """Pieces of one template's output; between them the numbers of blanks, and whether they stand in HTML."""

    literals: tuple[str, ...]
    blanks: tuple[tuple[int, bool], ...]

    @classmethod
    def of(cls, rendered: str) -> _Filled:
        literals, numbers, in_html = (tuple(_MARK.split(rendered)[start::3]) for start in range(3))
        if any(_SEAL in literal for literal in literals):
            raise Asked  # a mark that something has changed
        return cls(literals, tuple((int(n), kind == "1") for n, kind in zip(numbers, in_html, strict=True)))

    def fill(self, values: list[Any]) -> str:
        pieces = [self.literals[0]]
        for literal, (number, in_html) in zip(self.literals[1:], self.blanks, strict=True):
            pieces += (escape(values[number]) if in_html else str(values[number]), literal)
        return "".join(pieces)


class Sheet:
    """One letter with blanks, for all whose other values are the same."""

    def __init__(self, own: Values) -> None:
        self._blanks: list[Blank] = []
        self._calls: dict[str, Blank] = {}
        self.values: Values = {name: self._blank_in(value, (name,)) for name, value in own.items()}
        self._words: tuple[_Filled, ...] = ()

    def _blank_in(self, value: Any, path: tuple[Any, ...]) -> Any:
        """The value with a Blank for each text and number in it; what is empty, and how it is nested, stays."""
        if isinstance(value, dict):
            return {key: self._blank_in(one, (*path, key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self._blank_in(one, (*path, number)) for number, one in enumerate(value)]
        return self._blank(partial(reduce, getitem, path)) if value and not isinstance(value, bool) else value

    def _blank(self, value: Callable[[Values], Any]) -> Blank:
        self._blanks.append(Blank(len(self._blanks), value))
        return self._blanks[-1]

    def later(self, make: Callable[..., Any]) -> Callable[..., Any]:
        """A function of templates that is called for each recipient if it is given something of theirs."""

        def call(*args: Any, **kwargs: Any) -> Any:
            if not any(isinstance(value, Blank) for value in (*args, *kwargs.values())):
                return make(*args, **kwargs)
            called = repr((make, args, kwargs))  # subject, text and HTML ask for the same link
            if called not in self._calls:
                self._calls[called] = self._blank(lambda own: make(*_real(args, own), **_real(kwargs, own)))
            return self._calls[called]

        return call

    def write(self, words: Words) -> None:
        self._words = tuple(_Filled.of(part) for part in words)

    def fill(self, own: Values) -> Words:
        values = [blank.value(own) for blank in self._blanks]
        return Words(*(part.fill(values) for part in self._words))


def _real(value: Any, own: Values) -> Any:
    if isinstance(value, dict):
        return {key: _real(one, own) for key, one in value.items()}
    if isinstance(value, tuple):
        return tuple(_real(one, own) for one in value)
    return value.value(own) if isinstance(value, Blank) else value


class Prepared:
    """The sheets of one application's templates, the latest KEPT."""

    def __init__(self) -> None:
        self._sheets: dict[tuple[str, bytes], Sheet | None] = {}
        self._lock = threading.Lock()

    def words(self, letter: str, values: Values, functions: dict[str, Any], render: Callable[[Values], Words]) -> Words:
        """What `render` makes of these values and functions, which are all that the templates read."""
        own = {name: values[name] for name in _own[letter] if name in values}
        shared = {name: value for name, value in values.items() if name not in own}
        # The quickest way to tell JSON apart; this version of it writes equal values alike, whoever else holds them.
        key = (letter, marshal.dumps((shared, _shape(own)), 2))
        if key not in self._sheets:
            self._keep(key, _prepare(own, shared, functions, render))
        sheet = self._sheets.get(key)
        return sheet.fill(own) if sheet else render(values | functions)

    def _keep(self, key: tuple[str, bytes], sheet: Sheet | None) -> None:
        with self._lock:
            self._sheets[key] = sheet
            while len(self._sheets) > KEPT:
                del self._sheets[next(iter(self._sheets))]


def _prepare(own: Values, shared: Values, functions: Values, render: Callable[[Values], Words]) -> Sheet | None:
    """A sheet, or None if the templates ask more of a recipient's values than to be printed."""
    sheet = Sheet(own)
    calls = {name: sheet.later(one) if callable(one) else one for name, one in functions.items()}
    try:
        sheet.write(render(shared | sheet.values | calls))
    except Asked:
        return None
    return sheet


def _shape(value: Any) -> Any:
    """What of a recipient's values the templates can tell: how they are nested, and what is empty."""
    if isinstance(value, dict):
        return {key: _shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shape(one) for one in value]
    return 1 if value and not isinstance(value, bool) else value
