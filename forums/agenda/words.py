"""How pages name kinds, states, roles, languages and fields."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

KINDS = {
    "plenary": _l("Plenary"),
    "talk": _l("Talk"),
    "parallel": _l("Parallel session"),
    "panel": _l("Panel"),
    "ceremony": _l("Ceremony"),
    "visit": _l("Site visit"),
    "banquet": _l("Banquet"),
    "break": _l("Break"),
}
STATES = {"draft": _l("Draft"), "published": _l("Published"), "cancelled": _l("Cancelled")}
ROLES = {
    "speaker": _l("Speaker"),
    "chair": _l("Chair"),
    "panelist": _l("Panelist"),
    "moderator": _l("Moderator"),
}
LANGUAGES = {"": _l("not said"), "zh": _l("Chinese"), "en": _l("English")}
FORMATS = {"billet": "Billet JSON", "coscup": "COSCUP JSON", "c3voc": "c3voc"}
FIELDS = {
    "title_zh": _l("Title (Chinese)"),
    "title_en": _l("Title (English)"),
    "abstract_zh": _l("Abstract (Chinese)"),
    "abstract_en": _l("Abstract (English)"),
    "bio_zh": _l("Biography (Chinese)"),
    "bio_en": _l("Biography (English)"),
    "kind": _l("Kind"),
    "state": _l("State"),
    "language": _l("Language"),
    "starts_at": _l("Begins"),
    "ends_at": _l("Ends"),
    "hall": _l("Hall"),
    "track": _l("Track"),
    "people": _l("People"),
}
