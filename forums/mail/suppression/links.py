"""The link with which the recipient of a campaign's letter says: no more."""

from __future__ import annotations

import zlib
from typing import Protocol

from flask import current_app

from forums import tokens
from forums.links import external
from forums.mail.addresses import own_address


class Known(Protocol):
    """What a link is made of: a letter has it, and a row of its table."""

    @property
    def id(self) -> int: ...
    @property
    def message_id(self) -> str: ...
    @property
    def language(self) -> str: ...


PURPOSE = "unsubscribe"
_ANY = "-"


def unsubscribe_link(letter: Known) -> str:
    """The letter's own link: it is made of what the row holds, and asks no database."""
    return f"{_folder()}{token_of(letter)}?lang={letter.language}"


def unsubscribe_addresses(letter: Known) -> tuple[str, ...]:
    """The link, and where mail is read a mailbox that a mail program may write to instead."""
    mailbox = own_address("unsubscribe", letter.id)
    link = unsubscribe_link(letter)
    return (link, f"mailto:{mailbox}?subject=unsubscribe") if mailbox else (link,)


def masked_unsubscribe_link(language: str) -> str:
    """What staff see in its place: whoever holds the link may speak for the recipient."""
    return f"{_folder()}hidden?lang={language}"


def token_of(letter: Known) -> str:
    # The Message-ID is in it, because SQLite gives the number of a deleted row to the next one.
    return tokens.sign(PURPOSE, letter.id, zlib.crc32(letter.message_id.encode()))


def is_of(token: str, letter: Known) -> bool:
    """Whether the token was made for this very letter."""
    return tokens.read(PURPOSE, token) == (letter.id, zlib.crc32(letter.message_id.encode()))


def _folder() -> str:
    known: str | None = current_app.extensions.get("unsubscribe_folder")
    if known is None:
        known = external("suppression.unsubscribe", token=_ANY).removesuffix(_ANY)
        current_app.extensions["unsubscribe_folder"] = known
    return known
