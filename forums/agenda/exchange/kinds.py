"""Which of Billet's session kinds the words of other systems stand for."""

from collections.abc import Mapping

from forums.agenda.exchange.programme import KINDS

WORDS: Mapping[str, str] = {
    "keynote": "plenary",
    "plenary": "plenary",
    "prime": "plenary",
    "主旨": "plenary",
    "panel": "panel",
    "podium": "panel",
    "discussion": "panel",
    "round table": "panel",
    "圆桌": "panel",
    "ceremony": "ceremony",
    "opening": "ceremony",
    "closing": "ceremony",
    "签约": "ceremony",
    "excursion": "visit",
    "tour": "visit",
    "visit": "visit",
    "考察": "visit",
    "banquet": "banquet",
    "dinner": "banquet",
    "party": "banquet",
    "宴": "banquet",
    "break": "break",
    "lunch": "break",
    "coffee": "break",
    "registration": "break",
    "茶歇": "break",
    "workshop": "parallel",
    "hands-on": "parallel",
    "meeting": "parallel",
    "bof": "parallel",
    "hackroom": "parallel",
    "assembly": "parallel",
}


def kind_of(word: str, otherwise: str = "talk") -> str:
    """Our own word as it is; otherwise the first listed word that occurs in this one decides."""
    lowered = word.casefold()
    if lowered in KINDS:
        return lowered
    return next((kind for known, kind in WORDS.items() if known in lowered), otherwise)
