"""The 18-character Unified Social Credit Code (统一社会信用代码), check digit verified."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from forums.errors import Refused


class BadCreditCode(Refused):
    """The code cannot be that of an organisation; the message says why."""


def read_credit_code(text: str) -> str | None:
    """The code in its plain form, None for an empty text. Raises BadCreditCode."""
    if not text.strip():
        return None
    shown = "".join(c if c.isprintable() else "·" for c in text.strip()[:40])
    try:
        return str(uscc.validate(text))
    except InvalidLength:
        raise BadCreditCode(_l("“%(code)s” is no credit code: it has 18 characters.", code=shown)) from None
    except InvalidChecksum:
        raise BadCreditCode(
            _l("“%(code)s”: the check digit is wrong, so a character is mistyped.", code=shown)
        ) from None
    except ValidationError:
        raise BadCreditCode(_l("“%(code)s” holds characters that no credit code has.", code=shown)) from None
