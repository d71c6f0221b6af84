"""States of letters in words, and why a letter waits or failed, as a sentence that says what to do."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

STATE_NAMES: dict[str, Any] = {
    "queued": _l("Waiting"),
    "sending": _l("On its way"),
    "sent": _l("Sent"),
    "deferred": _l("Tried again later"),
    "failed": _l("Failed"),
    "unknown": _l("In doubt"),
    "held": _l("Held back"),
    "cancelled": _l("Withdrawn"),
}
# What the outbox calls a letter; each has a name here.
LETTER_NAMES: dict[str, Any] = {
    "password_reset": _l("New password"),
    "password_changed": _l("Password changed"),
    "registration_confirmed": _l("Registration confirmed"),
    "registration_waitlisted": _l("On the waiting list"),
    "registration_promoted": _l("Moved up from the waiting list"),
    "registration_changed": _l("Registration changed"),
    "registration_cancelled": _l("Registration cancelled"),
    "already_registered": _l("Registered already"),
    "registration_handed_over": _l("Place handed over"),
    "registration_received": _l("Request received"),
    "registration_offered": _l("Place offered"),
    "registration_declined": _l("Request declined"),
    "registration_lapsed": _l("Offer expired"),
    "registration_link": _l("Private link"),
    "address_confirm": _l("Address to be confirmed"),
    "address_changed": _l("Address changed"),
    "session_cancelled": _l("Session cancelled"),
    "delegation_invited": _l("Places of a unit"),
    "delegation_news": _l("People of a unit"),
    "delegation_removed": _l("Places of a unit given up"),
    "session_moved": _l("Session moved"),
    "invitation": _l("Invitation"),
    "campaign_paused": _l("Campaign paused by itself"),
    "campaign_expired": _l("Campaign ended with letters unsent"),
    "speaking_invitation": _l("Invitation to speak"),
    "speaking_moved": _l("News of a change to a speaker"),
    "speaking_cancelled": _l("Appearance cancelled"),
    "speaking_reminder": _l("Reminder to a speaker"),
    "speaking_thanks": _l("Thanks to a speaker"),
    "invitation_one_step": _l("Registration to be completed"),
    "invitation_withdrawn": _l("Invitation withdrawn"),
    "invitation_declined": _l("Answer noted: not coming"),
    "project_reminder": _l("A project waits for its team"),
}
REASONS: dict[str, Any] = {
    "address_invalid": _l("This is no address that mail can be sent to. Correct it where it was entered."),
    "smtputf8_missing": _l(
        "The mail server takes no address with letters beyond ASCII before the @. Ask for another address."
    ),
    "render": _l(
        "The letter could not be written. Tell whoever looks after Billet; the other letters are not affected."
    ),
    "refused_recipient": _l("The mail server refused this recipient. Check the address."),
    "address_gone": _l(
        "There is no such mailbox, so campaigns write to it no more. Correct the address where it was entered."
    ),
    "refused_sender": _l("The mail server refused our sender address. Check MAIL_FROM and the sign-in of SMTP_URL."),
    "policy": _l(
        "The mail server takes no letters from us by its rules (sender authentication, reputation or content). "
        "Whoever looks after mail finds its words below; no recipient is at fault."
    ),
    "no_font": _l(
        "No Chinese font was found where the letters are sent, so the formal letters cannot be made. Run `make fonts` "
        "there, or install fonts-noto-cjk."
    ),
    "withdrawn": _l("The invitation was withdrawn before this letter went out."),
    "corrected": _l("The address was corrected before this letter went out."),
    "restored": _l("They were invited again before this letter went out."),
    "answered": _l("The recipient answered before this reminder went out."),
    "refused_content": _l("The mail server refused the letter itself."),
    "later": _l("The mail server asked to try again later. It will be tried again by itself."),
    "closing": _l("The mail server was closing. It will be tried again by itself."),
    "unreachable": _l("The mail server could not be reached. It will be tried again by itself."),
    "sign_in": _l("The mail server refused our sign-in. Check SMTP_URL; it will be tried again by itself."),
    "folder": _l("The file of the letter could not be written. Check the space and the rights of the data folder."),
    "came_back": _l("The letter was taken and came back later."),
    "given_up": _l(
        "The mail server put us off too often, so this was given up. Retry it when the server takes mail again."
    ),
    "suppressed": _l("Campaigns do not write to this address any more."),
    "unanswered": _l(
        "The connection broke after the letter was handed over: it may have arrived. Ask the recipient, or resend it."
    ),
    "again": _l(
        "It is not known whether this letter arrived. It goes out again by itself, under the same number, "
        "as was chosen for its campaign."
    ),
    "expired": _l("The time in which this letter could be sent was over, so it was withdrawn."),
    "left": _l("It may have arrived. Somebody decided not to send it again."),
    "interrupted": _l(
        "The sender stopped while this letter was on its way: it may have arrived. Ask the recipient, or resend it."
    ),
}
