from __future__ import annotations

from stdnum.cn import uscc

_NOWHERE = "990000"  # no division of GB/T 2260, so that no real organisation can have the code


def credit_code(number: int) -> str:
    """An invented credit code with a valid check digit: 91, nowhere, then `number` (below 10,000)."""
    body = f"91{_NOWHERE}MADEM{number:04}"
    return body + str(uscc.calc_check_digit(body))
