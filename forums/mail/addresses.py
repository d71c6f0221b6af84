"""Addresses of our own that say what a letter to them is about: derived, sealed, and kept in no table.

With MAIL_INCOMING `replies+*@mail.example.org` the return path of letter 12 is `replies+b12-xxxxxxxxxx@…` (VERP), and
the organiser in the calendar of invitation 7 is `replies+r7-xxxxxxxxxx@…`. Whoever writes to such an address got it
from us.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import current_app

from forums import tokens

# What the number is the id of: a letter that bounced, an invitation that is answered, an address that wants no more.
KINDS = {"bounce": "b", "reply": "r", "unsubscribe": "u"}
_NAMES = {letter: kind for kind, letter in KINDS.items()}
MOST_READ = 20_000


def own_address(kind: str, row_id: int) -> str:
    """The address for what comes back about this row; empty where MAIL_INCOMING is not set."""
    pattern: str = current_app.config["MAIL_INCOMING"]
    return pattern.replace("*", f"{KINDS[kind]}{row_id}-{tokens.seal(f'mail {kind}', row_id)}") if pattern else ""


def own_addresses(text: str) -> Iterator[tuple[str, int]]:
    """(kind, row id) of each address of ours in the text, as it comes; forged ones are passed over."""
    pattern: str = current_app.config["MAIL_INCOMING"]
    if not pattern:
        return
    before, _, after = pattern.partition("*")
    what = re.compile(
        rf"(?<![\w.+-]){re.escape(before)}([bru])([0-9]{{1,9}})-([a-z2-7]{{10}}){re.escape(after)}(?![\w-])",
        re.IGNORECASE,
    )
    for letter, number, said in what.findall(text[:MOST_READ]):
        kind, row_id = _NAMES[letter.lower()], int(number)
        if tokens.is_seal(f"mail {kind}", row_id, said):
            yield kind, row_id
