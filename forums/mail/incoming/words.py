"""What came in, and what came of it, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

KIND_NAMES: dict[str, Any] = {
    "bounce": _l("Bounce"),
    "delay": _l("Delay"),
    "relay": _l("Receipt of a mail server"),
    "answer": _l("Calendar reply"),
    "auto_reply": _l("Automatic reply"),
    "unsubscribe": _l("Unsubscription"),
    "reply": _l("Somebody wrote back"),
    "complaint": _l("Complaint"),
    "other": _l("Something else"),
}
OUTCOME_NAMES: dict[str, Any] = {
    "waiting": _l("Waits for you"),
    "suppressed": _l("Address suppressed"),
    "bounced": _l("Letter came back"),
    "told": _l("Campaign told"),
    "counted": _l("Counted"),
    "noted": _l("Noted"),
    "late": _l("Too late"),
    "repeated": _l("Known already"),
    "unmatched": _l("Not ours"),
    "unreadable": _l("Not understood"),
    "decided": _l("Dealt with"),
}
OUTCOME_HINTS: dict[str, Any] = {
    "suppressed": _l("Campaigns write to this address no more."),
    "bounced": _l("The letter did not arrive; the address may still be right."),
    "told": _l("The mail server objects to the letter or to us, so nobody is suppressed."),
    "noted": _l("Nothing was changed."),
    "late": _l("A later answer stands, or the event has begun. Nothing was changed."),
    "repeated": _l("Nothing was changed."),
    "unmatched": _l("It names no letter of ours, so nothing was changed."),
}
# The look of an outcome (components.css).
TONES = {
    "waiting": "wait",
    "suppressed": "bad",
    "bounced": "bad",
    "told": "wait",
    "counted": "good",
    "unreadable": "bad",
}
# Why somebody has to look at it, or what it says: codes given as a detail, also by the rooms above.
DETAILS: dict[str, Any] = {
    "unproven": _l("It carries nothing that fits a letter of ours, so it may be forged. Nothing was changed."),
    "not-spam": _l("The recipient says that the letter is no spam. Nothing was changed."),
}
