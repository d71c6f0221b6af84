"""What a provider sends when a recipient calls a letter spam: a feedback report (ARF, RFC 5965).

Anybody can write one, so whom it names decides nothing: the letter in it is known by what only that letter carries, and
its own recipient is who complained.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from forums.mail.incoming.bounces import fields_of, originals
from forums.mail.incoming.mime import Message, Part

_LINK = re.compile(r"/unsubscribe/([A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])")
# Who complained, as far as a provider tells it: many leave it out, or blacken it.
_WHO = ("original-rcpt-to", "removal-recipient")


@dataclass(frozen=True)
class Complaint:
    """`feedback` is "abuse", "not-spam", or another word of the provider's; empty when the report breaks off before it.

    `letters` are those that it brings back, or their headers; `sender` is the return path that it says they had.
    """

    feedback: str
    detail: str
    sender: str
    letters: tuple[Part, ...]

    @property
    def is_abuse(self) -> bool:
        """Whether somebody wants no such letter; of other words nothing follows."""
        return self.feedback == "abuse"

    @property
    def addresses(self) -> str:
        """Where addresses of ours may stand."""
        return "\n".join([self.sender, *self._headers("Return-Path", "List-Unsubscribe")])

    @property
    def message_ids(self) -> str:
        return "\n".join(self._headers("Message-ID"))

    def links(self) -> Iterator[str]:
        """Tokens of links to unsubscribe, some of which may be ours."""
        for written in self._headers("List-Unsubscribe"):
            yield from _LINK.findall(written)

    def _headers(self, *names: str) -> list[str]:
        return [letter.headers_named(*names) for letter in self.letters]


def complaint_in(message: Message) -> Complaint | None:
    """What a feedback report says; None when the message is none."""
    part = next((one for one in message.parts if one.kind == "message/feedback-report"), None)
    if part is None and message.param("report-type").lower() != "feedback-report":
        return None
    said: dict[str, str] = {}
    for name, value in fields_of(part.text) if part else ():
        said.setdefault(name, value)
    feedback = said.get("feedback-type", "").lower()[:40]
    who = next((said[name].strip("<> ") for name in _WHO if said.get(name)), "")
    detail = "; ".join(one for one in (feedback, said.get("user-agent", ""), who) if one)[:500]
    return Complaint(feedback, detail, said.get("original-mail-from", ""), tuple(originals(message)))
