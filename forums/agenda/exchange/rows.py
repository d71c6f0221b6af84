"""JSON whose objects remember the line they began on."""

import json
import re
from typing import NoReturn

from flask_babel import lazy_gettext as _l

from forums.agenda.exchange.programme import Unreadable

DEEPEST = 60  # levels of nesting; real programmes need nine
MOST_OBJECTS = 200_000  # each takes some hundred bytes of memory; 5,000 sessions of three people need 50,000

# A string, a bracket or a line's end: all that decides where an object opens and closes. A string may lack its end, and
# nothing in it is tried twice, so that a hostile file takes no longer than another.
TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}\n]', re.DOTALL)


class Row(dict[str, object]):
    """An object of the file; `line` counts from 1, `path` is set when the file was not JSON."""

    line: int = 1
    path: str = ""


def load(text: str) -> object:
    """The document, with every object a Row. Raises Unreadable with the place of the fault."""
    lines = iter(closing_order(text))

    def row(pairs: list[tuple[str, object]]) -> Row:
        made = Row(pairs)
        made.line = next(lines, 1)
        return made

    try:
        return json.loads(text, object_pairs_hook=row, parse_constant=not_a_number)
    except json.JSONDecodeError as fault:
        raise Unreadable(
            _l("This is not valid JSON: line %(line)s, column %(column)s.", line=fault.lineno, column=fault.colno)
        ) from None
    except ValueError:  # an integer of thousands of digits
        raise Unreadable(_l("This JSON holds a number that is too long to read.")) from None


def closing_order(text: str) -> list[int]:
    """The line on which each object opens, in the order in which the objects close: the order json builds them in."""
    line, opened, closed = 1, list[int](), list[int]()
    for token in TOKEN.finditer(text):
        mark = token[0]
        if mark == "\n":
            line += 1
        elif mark in "{[":
            opened.append(line)
            if len(opened) > DEEPEST:
                raise Unreadable(_l("This file is nested too deeply to be a programme (line %(line)s).", line=line))
        elif mark in "}]":
            began = opened.pop() if opened else line
            if mark == "}":
                closed.append(began)
                if len(closed) > MOST_OBJECTS:
                    raise too_many()
        else:
            line += mark.count("\n")
    return closed


def too_many() -> Unreadable:
    return Unreadable(_l("This file holds more than %(most)s objects.", most=MOST_OBJECTS))


def not_a_number(name: str) -> NoReturn:
    raise Unreadable(_l("This is not valid JSON: it holds %(name)s.", name=name))
