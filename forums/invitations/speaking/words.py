"""The organiser's words to speakers, with placeholders; and how a slot is said."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from forums import clock
from forums.agenda.clashes import hall_name
from forums.agenda.models import Session
from forums.columns import Bilingual
from forums.invitations import letter_text
from forums.invitations.letter_text import PLACEHOLDER
from forums.invitations.speaking.models import Speaking, SpeakingTexts

LINK_MARK = letter_text.MARKS["link"]
PLACEHOLDERS: dict[str, Any] = letter_text.PLACEHOLDERS | {
    "link": _l("the link to the speaker's own page"),
    "topic": _l("the title of the session"),
    "slot": _l("day and time of the session"),
    "hall": _l("its hall"),
    "answer_by": _l("until when an answer is awaited"),
}
STATES = {"asked": _l("Asked to speak"), "confirmed": _l("Confirmed"), "declined": _l("Has declined")}
CHANGES = {"title": _l("Title"), "slot": _l("Time"), "hall": _l("Hall")}
LETTER_NAMES = {
    "speaking_invitation": _l("The invitation"),
    "speaking_reminder": _l("The reminder"),
    "speaking_moved": _l("The news of a change"),
    "speaking_thanks": _l("The thanks"),
}
MISSING = {"bio": _l("Biography"), "photo": _l("Photo"), "slides": _l("Slides")}
FILTER_NAMES = {
    "unasked": _l("Not asked yet"),
    "asked": _l("No answer yet"),
    "silent": _l("Silent"),
    "confirmed": _l("Confirmed"),
    "declined": _l("Has declined"),
    "untold": _l("Not told of a change"),
    "missing": _l("Something is missing"),
    "waiting": _l("To be released"),
}


def slot(session: Session, language: str) -> str:
    """18 March 2097, 09:00–10:00; 2097年3月18日 09:00–10:00; "" without a time."""
    begins, ends = session.local_start, session.local_end
    if begins is None:
        return ""
    day = clock.days(begins.date(), begins.date(), language)
    hours = f"{begins:%H:%M}" + (f"–{ends:%H:%M}" if ends else "")
    return f"{day}, {hours}" if language == "en" else f"{day} {hours}"


def values_of(row: Speaking, texts: SpeakingTexts | None, language: str) -> dict[str, str]:
    """What each placeholder stands for; the link stays a mark until delivery."""
    expert, session, edition = row.appearance.expert, row.appearance.session, row.edition
    organisation = expert.person.organisation
    by = texts.answer_by if texts is not None else None
    values = {
        "name": expert.person.name.local(language),
        "organisation": organisation.name.local(language) if organisation else "",
        "title": expert.person.title.local(language),
        "edition": edition.title.local(language),
        "dates": letter_text.dates(edition, language),
        "venue": edition.venue.local(language),
        "topic": session.title.local(language),
        "slot": slot(session, language) or _to_be_told(language),
        "hall": hall_name(session).local(language) if session.hall else _to_be_told(language),
        "answer_by": clock.days(by, by, language) if by else "",
    }
    return {name: value.replace(LINK_MARK, "") for name, value in values.items()} | {"link": LINK_MARK}


def fill(text: str, values: dict[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: values.get(match[1].strip().lower(), match[0]), text.replace(LINK_MARK, ""))


def _to_be_told(language: str) -> str:
    return "待定" if language == "zh" else "to be announced"


SUBJECT = Bilingual("演讲邀请：{topic}", "Invitation to speak: {topic}")
BODY = Bilingual(
    """尊敬的{name}{title}：

我们诚挚邀请您在{edition}上发言。

题目：{topic}
时间：{slot}
会场：{hall}

请通过您的专属页面确认、婉拒或提出其他题目，并提交简介、照片和演讲材料：

{link}

组委会""",
    """Dear {title} {name},

we have the honour of inviting you to speak at {edition}.

Topic: {topic}
Time: {slot}
Hall: {hall}

Please confirm, decline or propose another topic on your own page, and hand in biography, photo and slides there:

{link}

The organising committee""",
)
THANKS_SUBJECT = Bilingual("感谢您在{edition}上的精彩发言", "Thank you for speaking at {edition}")
THANKS_BODY = Bilingual(
    """尊敬的{name}{title}：

感谢您莅临{edition}并作题为《{topic}》的发言。您的见解为会议增色，我们深表谢意。

期待与您再次相聚。

组委会""",
    """Dear {title} {name},

thank you for coming to {edition} and for “{topic}”. Your words were a gift to everybody who was there.

We hope to see you again.

The organising committee""",
)
