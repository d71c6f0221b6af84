"""How sending a letter can go wrong.

Each fault names its reason by a short code (the pages turn it into a sentence in the reader's language) and keeps the
mail server's own words beside it. What happens next depends on the class alone:

- `Retryable`: the letter is deferred. A fault of the connection says nothing about the letter and burns no attempt.
- `Unwelcome`: the server takes no mail from us as we are. The letter waits, and its batch is told, which may pause.
- `Permanent`: this letter fails; a person may correct what is wrong and retry it.
- `AddressGone`: so it does, because nobody is at this address; it is written to no more.
- `Unknown`: the letter was handed over and no answer came. It may have arrived, so only a person sends it again.
"""


class Fault(Exception):  # noqa: N818  (its classes are answers of a mail server)
    """A letter was not, or perhaps not, accepted: `reason` is a code of `forums.mail.reasons`, `detail` free text."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail[:500]


class Retryable(Fault):
    """Try again later."""


class ConnectionLost(Retryable):
    """The server went away before it had taken the letter: no attempt is burnt, the connection is gone."""


class Unwelcome(Retryable):
    """The server takes no mail from us as we are (policy, authentication, our sender): no recipient is at fault."""


class Permanent(Fault):
    """Trying the same again would fail the same way."""


class AddressGone(Permanent):
    """There is no such mailbox, or no such domain."""


class Unknown(Fault):
    """Handed over, not answered: it may or may not have been accepted. The connection is gone."""
