"""Amounts of money as people write them and as the product keeps them.

An amount is whole minor units (*fen*, a hundredth of the currency's unit) in an ``int``, with the currency beside it:
sums are exact on both databases, and nothing is ever converted. ``parse`` reads what stands in an agreement,
``echo`` repeats what was understood digit by digit, and the ``format`` functions print it for a reader, who is the
only one to see a rounded figure (half-up).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Literal

from flask_babel import lazy_gettext as _l

from forums.errors import Refused

Qualifier = Literal["exact", "about", "nearly", "at_least"]

LONGEST = 60
"""Characters that an amount may have; a longer text is a sentence, not an amount."""
MOST = 10**15
"""The largest single amount, in fen: ten trillion yuan. Nine thousand of them still fit a BIGINT."""

FEN = 100
WAN = 10**4 * FEN
YI = 10**8 * FEN
MILLION = 10**6 * FEN
BILLION = 10**9 * FEN


class BadAmount(Refused):
    """The text is no amount that could be recorded; the message quotes it and says what to write instead."""


@dataclass(frozen=True)
class Amount:
    """What ``parse`` understood: `fen` in `currency` (ISO 4217), how exact it is, and the words it came from."""

    fen: int
    currency: str
    qualifier: Qualifier
    text: str
    unit: str


# Longer words stand before the shorter ones that they contain.
_UNITS = {
    "万亿": 10**12, "千亿": 10**11, "百亿": 10**10, "十亿": 10**9, "亿": 10**8, "億": 10**8,
    "千万": 10**7, "百万": 10**6, "十万": 10**5, "万": 10**4, "萬": 10**4, "千": 10**3,
    "hundred million": 10**8, "ten thousand": 10**4,
    "trillion": 10**12, "tn": 10**12, "billion": 10**9, "bn": 10**9, "b": 10**9,
    "million": 10**6, "mln": 10**6, "mn": 10**6, "m": 10**6, "thousand": 10**3, "k": 10**3,
}  # fmt: skip

_CURRENCIES = {
    "CNY": ("人民币", "renminbi", "rmb", "cny", "cn¥", "yuan", "元", "圆", "¥"),
    "USD": ("美元", "美金", "us dollars", "us dollar", "usd", "us$", "dollars", "dollar"),
    "HKD": ("港元", "港币", "hkd", "hk$"),
    "EUR": ("欧元", "euros", "euro", "eur", "€"),
    "GBP": ("英镑", "pounds", "pound", "gbp", "£"),
    "JPY": ("日元", "yen", "jpy"),
}
_CURRENCY_OF = {word: code for code, words in _CURRENCIES.items() for word in words}

_QUALIFIERS: dict[Qualifier, tuple[str, ...]] = {
    "about": (
        "大约", "约为", "约", "左右", "上下",
        "approximately", "approx.", "approx", "about", "around", "circa", "ca.", "~", "≈",
    ),
    "nearly": ("将近", "接近", "近", "nearly", "almost", "close to"),
    "at_least": (
        "不低于", "不少于", "至少", "以上", "超过", "超", "逾", "余", "多", "at least", "no less than", "not less than",
        "more than", "or more", "over", "above", "≥", ">=", ">", "+",
    ),
}  # fmt: skip
_QUALIFIER_OF: dict[str, Qualifier] = {word: kind for kind, words in _QUALIFIERS.items() for word in words}

_NUMBER = r"[0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+"
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+")
_RANGE = re.compile(r"\d[^\d,.]*(?:-|~|–|—|至|到| to )[^\d,.]*\d")
_RAISED = re.compile(r"[²³¹⁰-₟①-⓿]")


def _words(vocabulary: Iterable[str]) -> str:
    """One alternation of the words, the longest first; a latin word ends where no other letter follows it."""
    longest_first = sorted(vocabulary, key=len, reverse=True)
    return "|".join(
        re.escape(word) + (r"(?![a-z])" if word[-1].isascii() and word[-1].isalpha() else "") for word in longest_first
    )


_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{_NUMBER})|(?P<currency>{_words(_CURRENCY_OF)})"
    rf"|(?P<qualifier>{_words(_QUALIFIER_OF)})|(?P<unit>{_words(_UNITS)}))"
)


def parse(text: str) -> Amount:
    """Read one amount of money: 27.2亿元, 约20亿, 3000万元, ¥1.2bn, USD 5 million, 699 million yuan.

    A number needs a unit (万, 亿, million, …) or a currency; with a unit alone the currency is the yuan.
    Raises BadAmount for anything that is not exactly one positive amount of whole fen up to MOST.
    """
    plain = _plain(text)
    if _RANGE.search(plain):
        raise BadAmount(
            _l("“%(text)s” is a range: give one figure, or “at least” with the lower one.", text=_quoted(text))
        )
    numbers: list[Decimal] = []
    units: list[tuple[str, int]] = []
    currencies: list[str] = []
    qualifiers: list[Qualifier] = []
    for kind, word in _tokens(plain, text):
        if kind == "number":
            _one_to_one(numbers, units, text)
            numbers.append(_number(word, text))
        elif kind == "unit":
            units.append((word, _UNITS[word]))
        elif kind == "currency":
            currencies.append(word)
        else:
            qualifiers.append(_QUALIFIER_OF[word])
    currency = _currency(currencies, text)
    fen = _fen(numbers, units, bool(currencies), text)
    return Amount(
        fen, currency, _qualifier(qualifiers, text), text.strip(), "".join(w for w, _ in units) + _spelt(currencies)
    )


def _plain(text: str) -> str:
    """The text with full-width forms and minus signs made plain, in lower case; refuses what cannot be an amount."""
    if _RAISED.search(text):
        raise BadAmount(_l("“%(text)s” holds raised or circled digits: write plain ones.", text=_quoted(text)))
    if len(text) > LONGEST:
        raise BadAmount(
            _l("“%(text)s…” is too long for an amount: write one figure, such as 27.2亿元.", text=_quoted(text))
        )
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace("﹣", "-").replace("、", ",").strip().lower()
    if not plain:
        raise BadAmount(_l("Write an amount with its unit, such as 27.2亿元, or mark it as undisclosed."))
    if re.match(r"[^\d]*-\s*[\d.]", plain) or plain.startswith(("负", "minus", "negative")):
        raise BadAmount(_l("“%(text)s” is negative: an amount signed is more than nothing.", text=_quoted(text)))
    return plain


def _quoted(text: str) -> str:
    """The text as a message may repeat it: short, printable."""
    return "".join(c if c.isprintable() else "·" for c in text.strip()[:40])


def _tokens(plain: str, text: str) -> Iterator[tuple[str, str]]:
    """The words of the amount in order; raises BadAmount at the first that is unknown."""
    at = 0
    while at < len(plain):
        if plain[at:].isspace():
            return
        found = _TOKEN.match(plain, at)
        if found is None or found.lastgroup is None:
            if "$" in plain[at:]:
                raise BadAmount(_l("“%(text)s”: say which dollar, such as USD or HKD.", text=_quoted(text)))
            raise BadAmount(
                _l(
                    "“%(text)s” cannot be read as an amount. Write it like 27.2亿元 or 699 million yuan.",
                    text=_quoted(text),
                )
            )
        yield found.lastgroup, found.group(found.lastgroup)
        at = found.end()


def _one_to_one(numbers: list[Decimal], units: list[tuple[str, int]], text: str) -> None:
    """A second number may only follow the unit of the first (1亿2000万元)."""
    if len(numbers) != len(units):
        raise BadAmount(_l("“%(text)s” holds more than one number: give one amount.", text=_quoted(text)))


def _number(word: str, text: str) -> Decimal:
    whole = word.partition(".")[0]
    if whole and not _GROUPED.fullmatch(whole):
        raise BadAmount(_l("“%(text)s”: the commas do not stand at thousands.", text=_quoted(text)))
    return Decimal(word.replace(",", ""))


def _currency(words: list[str], text: str) -> str:
    codes = {_CURRENCY_OF[word] for word in words}
    if len(codes) > 1:
        both = " + ".join(sorted(codes))
        raise BadAmount(
            _l(
                "“%(text)s” names two currencies (%(both)s): record each in its own entry.",
                text=_quoted(text),
                both=both,
            )
        )
    return codes.pop() if codes else "CNY"


def _spelt(words: list[str]) -> str:
    return "元" if "元" in words else ""


def _fen(numbers: list[Decimal], units: list[tuple[str, int]], has_currency: bool, text: str) -> int:
    """The sum of numbers times units, in whole fen."""
    if not numbers:
        raise BadAmount(_l("“%(text)s” holds no number.", text=_quoted(text)))
    if not units and not has_currency:
        raise BadAmount(_l("“%(text)s” has no unit: add 元, 万元 or 亿元, or million yuan.", text=_quoted(text)))
    factors = [factor for _, factor in units]
    if len(units) > len(numbers) or factors != sorted(set(factors), reverse=True):
        raise BadAmount(_l("“%(text)s” has units that do not fit together.", text=_quoted(text)))
    factors += [1] * (len(numbers) - len(factors))
    with localcontext(prec=2 * LONGEST):
        fen = sum((number * factor * FEN for number, factor in zip(numbers, factors, strict=True)), Decimal(0))
        if fen > MOST:
            raise BadAmount(_l("“%(text)s” is more than ten trillion: check the unit.", text=_quoted(text)))
        if fen != fen.to_integral_value():
            raise BadAmount(_l("“%(text)s” has parts smaller than a fen.", text=_quoted(text)))
        if fen == 0:
            raise BadAmount(_l("“%(text)s” is zero: mark the amount as undisclosed instead.", text=_quoted(text)))
        return int(fen)


def _qualifier(kinds: list[Qualifier], text: str) -> Qualifier:
    if len(set(kinds)) > 1:
        raise BadAmount(_l("“%(text)s” is qualified in two ways: keep one of them.", text=_quoted(text)))
    return kinds[0] if kinds else "exact"


# ---- for readers -----------------------------------------------------------------------------------------------------

TABLE_UNITS = {"wan": WAN, "yi": YI, "million": MILLION, "billion": BILLION}
"""The fixed units of tables, in fen."""

_UNIT_WORDS = {
    "zh": {"yuan": "元", "wan": "万元", "yi": "亿元", "million": "百万元", "billion": "十亿元"},
    "en": {
        "yuan": "yuan",
        "wan": "10,000 yuan",
        "yi": "100 million yuan",
        "million": "million yuan",
        "billion": "billion yuan",
    },
}
_CURRENCY_WORDS = {
    "zh": {"CNY": "元", "USD": "美元", "HKD": "港元", "EUR": "欧元", "GBP": "英镑", "JPY": "日元"},
    "en": {"CNY": "yuan"},
}


def unit_label(unit: str, language: str) -> str:
    """万元 or “million yuan”: what stands in a table's head."""
    return _UNIT_WORDS[language][unit]


def table_unit(language: str) -> str:
    """The unit of tables that suits a language: 亿元, or million yuan."""
    return "yi" if language == "zh" else "million"


def in_unit(fen: int, unit: str, places: int = 2) -> str:
    """The number alone, grouped, with a fixed count of decimals: 6.99 for 699 million yuan in 亿元. Rounds half-up."""
    return f"{_rounded(fen, TABLE_UNITS[unit], places):,}"


def decimal_in(fen: int, unit: str) -> Decimal:
    """The exact value in the unit, unrounded: for spreadsheets."""
    with localcontext(prec=LONGEST):
        return Decimal(fen) / TABLE_UNITS[unit]


def format_yuan(fen: int, language: str, unit: str | None = None) -> str:
    """304亿元 or “30.4 billion yuan”, with at most two decimals; `unit` (wan, yi, million, billion) fixes the unit."""
    return format_amount(fen, "CNY", language, unit)


def format_amount(fen: int, currency: str, language: str, unit: str | None = None) -> str:
    """An amount in the words of the language, rounded half-up to two decimals of the unit that suits its size."""
    name = _CURRENCY_WORDS[language].get(currency, currency)
    for step in (unit,) if unit else ("yi", "wan") if language == "zh" else ("billion", "million"):
        value = _rounded(fen, TABLE_UNITS[step], 2)
        if unit or abs(value) >= 1:
            word = {"zh": {"yi": "亿", "wan": "万", "million": "百万", "billion": "十亿"}}.get(language, {}).get(step)
            if word:
                return f"{_short(value)}{word}{name}"
            return f"{_short(value)} {unit_label(step, language).removesuffix(' yuan')} {name}"
    return echo(fen, language, currency)


def echo(fen: int, language: str, currency: str = "CNY") -> str:
    """Every digit, grouped: “2,720,000,000 yuan” or 2,720,000,000元."""
    whole, rest = divmod(abs(fen), FEN)
    digits = f"{'-' if fen < 0 else ''}{whole:,}" + (f".{rest:02}" if rest else "")
    name = _CURRENCY_WORDS[language].get(currency, currency)
    return f"{digits}{name}" if language == "zh" else f"{digits} {name}"


# ---- in words -------------------------------------------------------------------------------------------------------

_CAPITALS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_GROUPS = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


def in_words(fen: int, language: str, currency: str = "CNY") -> str:
    """An amount above nothing as contracts spell it: 叁佰零肆亿元整, “thirty billion four hundred million yuan”."""
    whole, rest = divmod(fen, FEN)
    if language == "zh":
        return _in_capitals(whole, rest, _CURRENCY_WORDS["zh"].get(currency, currency))
    name = _CURRENCY_WORDS["en"].get(currency, currency)
    return f"{_in_english(whole)} {name}" + (f" and {rest:02}/100" if rest else "")


def _in_capitals(whole: int, rest: int, unit: str) -> str:
    """The forms of cheques and contracts, which cannot be changed by a stroke; 整 says that nothing follows."""
    jiao, fen = divmod(rest, 10)
    said = f"{_capitals(whole)}{unit}" if whole else ""
    if not rest:
        return f"{said or '零元'}整"
    if whole and (not jiao or whole % 10 == 0):
        said += "零"
    said += f"{_CAPITALS[jiao]}角" if jiao else ""
    return f"{said}{_CAPITALS[fen]}分" if fen else f"{said}整"


def _capitals(number: int) -> str:
    """The number's name; 零 once wherever places are left out."""
    for step, name in ((10**8, "亿"), (10**4, "万")):
        if number >= step:
            high, low = divmod(number, step)
            between = "零" if low and low < step // 10 else ""
            return f"{_capitals(high)}{name}{between}{_capitals(low) if low else ''}"
    said = ""
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            said += f"{_CAPITALS[digit]}{_PLACES[place]}"
        elif said and number % 10**place and not said.endswith("零"):
            said += "零"
    return said


def _in_english(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    for step, name in (*_GROUPS, (100, "hundred")):
        if number >= step:
            high, low = divmod(number, step)
            between = " and " if step == 100 or low < 100 else " "
            return f"{_in_english(high)} {name}" + (f"{between}{_in_english(low)}" if low else "")
    raise AssertionError(number)


def _rounded(fen: int, step: int, places: int) -> Decimal:
    with localcontext(prec=LONGEST):
        return (Decimal(fen) / step).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _short(value: Decimal) -> str:
    """Grouped, without zeros behind the point that say nothing."""
    return f"{value:,}".rstrip("0").rstrip(".") if "." in f"{value}" else f"{value:,}"
