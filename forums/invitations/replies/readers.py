"""What this room understands of mail that comes in, and what a person may decide about it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.invitations.replies.operations import answer_for, read
from forums.mail.incoming.models import IncomingMail
from forums.mail.incoming.readers import decision, reads_incoming
from forums.mail.incoming.words import DETAILS

# Why a message was not simply counted, or how it was.
DETAILS |= {
    "coming": _l("Coming"),
    "one_step": _l("Coming. The registration form asks for more, so a letter leads them there."),
    "not_coming": _l("Not coming"),
    "tentative": _l("Perhaps: they have not decided yet."),
    "unanswered": _l("It says neither yes nor no."),
    "older": _l("A later answer stands."),
    "closed": _l("The event had begun, or was closed."),
    "stranger": _l("Somebody else answered this invitation, perhaps one to whom it was passed on."),
    "substitute": _l("They had named a substitute before. Does this answer change that?"),
    "withdrawn": _l("They say yes, and the invitation was withdrawn. Write to them, or invite them again."),
    "let_go": _l("The invitation was withdrawn before, so nothing changes."),
    "outdated": _l("They answered to a day or place that has changed since."),
    "counter": _l("They propose another time, or ask something that only a person can answer."),
}
reads_incoming(read)


def _is_about_an_invitation(row: IncomingMail) -> bool:
    return row.kind == "answer" or (
        row.kind == "reply" and row.letter is not None and row.letter.letter == "invitation"
    )


@decision("coming", _l("Count as coming"), _is_about_an_invitation, order=10)
def count_as_coming(row: IncomingMail, actor: Actor) -> None:
    answer_for(row, "coming", actor)


@decision("not_coming", _l("Count as not coming"), _is_about_an_invitation, order=20)
def count_as_not_coming(row: IncomingMail, actor: Actor) -> None:
    answer_for(row, "not_coming", actor)
