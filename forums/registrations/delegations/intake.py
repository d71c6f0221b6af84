"""From rows of text to units with places: a list of those invited, with 人数 beside each, becomes delegations."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from email_validator import EmailNotValidError, validate_email
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from forums.documents.tables import Line, Lines, Unreadable, bare, columns_named
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.delegations.operations import DelegationFacts
from forums.registrations.forms import PHONE_PUNCTUATION
from forums.registrations.models import Category, Delegation

MOST_PLACES = 10_000
HEADERS = {
    "name": "unit organisation organization company delegation 单位 单位名称 参会单位 公司 企业 机构 工作单位 公司名称",
    "places": "places seats persons people number 人数 名额 名额数 参会人数 席位",
    "contact_name": "contact contactperson name 联系人 姓名 负责人 联络人",
    "contact_email": "email mail emailaddress emailofthecontact 邮箱 电子邮箱 电子邮件 联系邮箱 联系人邮箱",
    "contact_phone": "phone mobile tel phoneofthecontact 电话 手机 手机号 手机号码 联系电话 联系方式 联系人电话",
    "category": "category 类别 参会类别 嘉宾类别",
    "language": "language lang 语言 语种",
    "note": "note remark 备注 说明",
}
LONGEST = {"name": 160, "contact_name": 80, "contact_email": 254, "contact_phone": 40, "note": 2000}
_ENGLISH = {"en", "english", "英文", "英语"}


@dataclass(frozen=True)
class UnitRow:
    """One row as it was read: what would be made of it, or why nothing can be. `cells` are as they were written."""

    number: int
    cells: tuple[str, ...]
    facts: DelegationFacts
    places: int
    category: Category | None
    problem: LazyString | str = ""


def read_units(edition: Edition, lines: Lines, categories: Sequence[Category]) -> list[UnitRow]:
    """Each row with what is wrong with it. Raises Unreadable when no column holds units, or none their places."""
    columns = columns_named(lines[0].cells, HEADERS)
    if "name" not in columns or "places" not in columns:
        raise Unreadable(
            _l("The first row must name the columns: 单位 (unit) and 人数 (places) at least; then 联系人, 邮箱, 手机.")
        )
    known = {bare(name) for name in db.session.scalars(_live_names(edition))}
    at = columns.index("places")
    rows: list[UnitRow] = []
    for line in lines[1:]:
        row = _row(line, columns, categories)
        if (line.number, at) in lines.joined:
            cells = (*line.cells[:at], "", *line.cells[at + 1 :])  # sent again as text, it is nobody's number
            said = _l(
                "“%(text)s” places are merged over several rows: give each unit its own.", text=line.cells[at][:20]
            )
            row = replace(row, cells=cells, problem=said)
        elif not row.problem and bare(row.facts.name) in known:
            row = replace(row, problem=_l("This unit is in the list already, here or above."))
        known.add(bare(row.facts.name))
        rows.append(row)
    return rows


def key_of(edition: Edition, row: UnitRow, form_key: str) -> str:
    """By which a second sending of the same row is recognised."""
    return hashlib.sha256(f"{edition.id}\0{form_key}\0{row.facts.name}".encode()).hexdigest()


def _row(line: Line, columns: Sequence[str], categories: Sequence[Category]) -> UnitRow:
    values = dict.fromkeys(HEADERS, "") | {n: c for n, c in zip(columns, line.cells, strict=False) if n}
    facts = DelegationFacts(
        name=values["name"],
        contact_name=values["contact_name"],
        contact_email=values["contact_email"] or None,
        contact_phone=values["contact_phone"],
        language="en" if bare(values["language"]) in _ENGLISH else "zh",
        note=values["note"],
    )
    category = _category(values["category"], categories)
    places = _number(values["places"])
    return UnitRow(line.number, line.cells, facts, places, category, _problem(values, places, category))


def _problem(values: dict[str, str], places: int, category: Category | None) -> LazyString | str:
    """What is wrong with a row, in words; nothing where it can be made."""
    long = next((text[:20] for name, text in values.items() if len(text) > LONGEST.get(name, 200)), None)
    email, phone, word = values["contact_email"], values["contact_phone"], values["category"]
    problems = (
        (not any(letter.isalnum() for letter in values["name"]), _l("The name of the unit is missing.")),
        (long is not None, _l("“%(text)s…” is too long.", text=long)),
        (
            not 1 <= places <= MOST_PLACES,
            _l(
                "“%(text)s” is no number of places between 1 and %(most)d.",
                text=values["places"][:20],
                most=MOST_PLACES,
            ),
        ),
        (email and not _is_address(email), _l("“%(text)s” is no e-mail address.", text=email[:80])),
        (phone and not _is_phone(phone), _l("“%(text)s” is no phone number.", text=phone[:40])),
        (word and category is None, _l("There is no category “%(text)s” here.", text=word[:80])),
    )
    return next((words for is_wrong, words in problems if is_wrong), "")


def _is_phone(text: str) -> bool:
    return all(letter.isdecimal() or letter in PHONE_PUNCTUATION for letter in text)


def _is_address(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def _number(text: str) -> int:
    """A number of places as people write it: 5, 5人, 5 个; 0 for anything else."""
    digits = bare(text).rstrip("人个位名")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 7 else 0


def _category(text: str, categories: Sequence[Category]) -> Category | None:
    """The category of this name or code; without a name the first."""
    if not text:
        return categories[0] if categories else None
    word = bare(text)
    return next((row for row in categories if word in {bare(row.name.zh), bare(row.name.en), bare(row.code)}), None)


def _live_names(edition: Edition) -> Select[str]:
    return select(Delegation.name).where(Delegation.edition_id == edition.id, Delegation.capacity > 0)
