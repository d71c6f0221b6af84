"""What possible duplicates say of their codes, in the language that is being spoken."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums import money
from forums.agreements.duplicates.signs import Reason
from forums.columns import Bilingual

SIGNS = {
    "code_site": _l("the same credit code at the same site"),
    "code": _l("the same credit code, a site is not known"),
    "place_amount": _l("the same site and segment, equal amounts"),
    "place_days": _l("the same site and segment, signed within weeks"),
    "name": _l("the same name, written another way"),
    "firm": _l("an enterprise of the same name"),
    "near_name": _l("similar names"),
    "phase": _l("the names speak of different phases"),
}
WEIGHTS = {"certain": _l("certain sign"), "strong": _l("strong sign"), "weak": _l("weak sign")}
DECISIONS = {
    "same": _l("the same project"),
    "phase": _l("phases of one undertaking"),
    "increase": _l("an increase of the earlier project"),
    "different": _l("different projects"),
}
EFFECTS = {
    "same": _l("The other one is set aside: its signings count for the one that stands."),
    "phase": _l("Both stay and count by themselves; each names the other as a phase."),
    "increase": _l(
        "From then on the other one counts for the one that stands: its first agreements become capital increases, "
        "and only what they add counts. What was approved is returned, or corrected where it is locked, and reviewed "
        "again by two more people; until then it does not count. Where an agreement names the whole amount, correct "
        "it to what it adds."
    ),
    "different": _l("Both stay and count by themselves. The pair is proposed again only when a new sign appears."),
}


def sign_values(reason: Reason, language: str, at: Any) -> tuple[str, str]:
    """The two values that a reason rests on, in words; `at` writes a day."""
    return _value(reason.sign, reason.left, language, at), _value(reason.sign, reason.right, language, at)


def _value(sign: str, value: Any, language: str, at: Any) -> str:
    if sign in {"code", "code_site"}:
        code, site = value
        return f"{code} · {site}" if site else f"{code} · " + _("site not stated")
    if sign == "place_amount":
        site, currency, fen = value
        return f"{site} · {money.format_amount(fen, currency, language)}"
    if sign == "place_days":
        site, day = value
        return f"{site} · {at(date.fromisoformat(day))}"
    if sign == "firm":
        return Bilingual(*value).local("zh" if language == "zh" else "en")
    if sign == "phase":
        return ", ".join(_("phase %(n)s", n=n) for n in value) or str(_("no phase named"))
    return str(value)
