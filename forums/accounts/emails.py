from __future__ import annotations

import secrets

from forums.accounts.models import Account
from forums.mail import queue


def security_notice(template: str, recipient: str, account: Account, reset_link: str) -> None:
    """A letter about a password: "reset_instructions" carries the link, the notices carry none."""
    letter = "password_reset" if template.endswith("reset_instructions") else "password_changed"
    queue(
        letter=letter,
        event=f"account:{account.id}:{letter}:{secrets.token_hex(6)}",
        to=recipient,
        name=account.name,
        language=account.language,
        params={"name": account.name, **({"reset_link": reset_link} if reset_link else {})},
    )
