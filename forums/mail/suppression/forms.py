from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from forums.mail.compose import address_on_the_wire
from forums.mail.faults import Permanent
from forums.mail.suppression.queries import normal_address

MOST = 1_000
MOST_SHOWN = 10
REASON_NAMES: dict[str, Any] = {
    "unsubscribed": _l("Unsubscribed"),
    "bounced": _l("Came back"),
    "complained": _l("Complained"),
    "by_hand": _l("By hand"),
}
# 张三 <zhang@example.org>
_IN_BRACKETS = re.compile(r"<([^<>]*)>")


class AddForm(FlaskForm):
    """Addresses that get no more letters of campaigns."""

    addresses = TextAreaField(
        _l("Addresses"),
        [DataRequired(), Length(max=200_000)],
        description=_l("One on each line, at most %(most)s; “Name <address>” is read too.", most=MOST),
        render_kw={"rows": 6, "spellcheck": "false", "autocomplete": "off"},
    )
    reason = SelectField(
        _l("Reason"),
        choices=[
            ("by_hand", _l("Another reason")),
            ("unsubscribed", _l("They asked for it, by phone or letter")),
            ("bounced", _l("Letters come back")),
            ("complained", _l("They complained")),
        ],
    )
    detail = StringField(
        _l("Note"),
        [DataRequired(), Length(max=500)],
        description=_l("Who said so, when and how: whoever lifts it later reads this."),
    )

    def validate_addresses(self, field: Field) -> None:
        read = read_addresses(field.data or "")
        if len(read) > MOST:
            raise ValidationError(_("These are %(count)s addresses; add at most %(most)s.", count=len(read), most=MOST))
        wrong = [text for text in read if not _is_address(text)]
        if wrong or not read:
            shown = ", ".join(f"“{text[:60]}”" for text in wrong[:MOST_SHOWN])
            more = _(" and %(count)s more", count=len(wrong) - MOST_SHOWN) if len(wrong) > MOST_SHOWN else ""
            raise ValidationError(_("No e-mail address: %(what)s. Correct it or take it out.", what=shown + more))

    def given(self) -> list[str]:
        """The addresses, each once."""
        return list(dict.fromkeys(map(normal_address, read_addresses(self.addresses.data or ""))))


class LiftForm(FlaskForm):
    """Why an address gets letters of campaigns again."""

    why = StringField(
        _l("Why may we write again?"),
        [DataRequired(), Length(max=500)],
        description=_l("It stays in the history of the address."),
    )


def read_addresses(text: str) -> list[str]:
    """What stands on lines, or between commas and semicolons; of “Name <address>” the address."""
    found = []
    for piece in re.split(r"[\n\r,;，；、]", text):
        inside = _IN_BRACKETS.search(piece)
        if address := (inside[1] if inside else piece).strip():
            found.append(address.removeprefix("mailto:"))
    return found


def _is_address(text: str) -> bool:
    try:
        wire = address_on_the_wire(normal_address(text), smtputf8=True)
    except Permanent:
        return False
    return "." in wire.rpartition("@")[2]
