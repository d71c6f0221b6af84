"""Contact data as those see it who need not have it: enough to tell two people apart, too little to write or call."""

from __future__ import annotations

import re

MASK = "****"
LAST = 4  # digits that are shown, and before them at least as many that are not
FIRST, CODE = 3, 2  # digits that are shown of the beginning, and of a country's code: the field may hold two numbers
_DIGIT = re.compile(r"[0-9０-９]")
# An address, as it is or in the query of a page; and ten digits or more, as people write them: a day has eight.
_ADDRESS = re.compile(r"[^\s@＠&=,;:<>()（）]+(?:[@＠]|%40)[^\s@＠&,;:<>()（）]+", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[0-9０-９](?:[ ()+.-]{0,2}[0-9０-９]){9,}")


def masked_phone(number: str | None) -> str:
    """The first digits and the last four: "+86 138 0013 8000" → "+86 138 **** 8000", "607 8888" → "**** 8888"."""
    text = (number or "").strip()
    at = [match.start() for match in _DIGIT.finditer(text)]
    if len(at) < LAST + 1:
        return MASK if text else ""
    first = min(len(at) - 2 * LAST, FIRST + (CODE if text[0] in "+＋" else 0))
    start = text[: at[first - 1] + 1] if first > 0 else ""
    return f"{start} {MASK} {text[at[-LAST] :]}".strip()


def masked_email(address: str | None) -> str:
    """The first letter and where the mailbox is: "zhang.san@example.org" → "z****@example.org"."""
    name, at, domain = (address or "").strip().rpartition("@")
    if not at:
        return MASK if domain else ""
    return f"{name[:1]}{MASK}@{domain}"


def without_contact(text: str) -> str:
    """A text in which people may have written addresses and phone numbers, with those masked."""
    text = _ADDRESS.sub(lambda found: masked_email(re.sub("＠|%40", "@", found[0], flags=re.IGNORECASE)), text)
    return _NUMBER.sub(lambda found: masked_phone(found[0]), text)
