"""From the rows of a file to people: which column holds what, and what is wrong with a row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import dropwhile, takewhile
from typing import Any

from email_validator import EmailNotValidError, validate_email

from forums.directory.operations import normal_email
from forums.directory.regions import read_region
from forums.documents.tables import Line, bare, columns_named
from forums.imports import reading as imports
from forums.registrations.forms import PHONE_PUNCTUATION
from forums.registrations.imports.queries import Identity, identity
from forums.registrations.models import Category
from forums.registrations.operations import Applicant

FIELDS = ("name", "email", "phone", "organisation", "title", "region", "category", "language")
# As many characters as the columns of a registration hold.
LONGEST = {"name": 80, "email": 254, "phone": 40, "organisation": 160, "title": 80}
TITLES = {
    "name": (
        "name fullname guest contact participant attendee "
        "姓名 名字 联系人 嘉宾 嘉宾姓名 中文姓名 参会人 参会人员 参会人姓名 参会嘉宾"
    ),
    "email": "email mail emailaddress address 邮箱 电子邮箱 电子邮件 邮件 邮箱地址 电子邮件地址 电邮 邮件地址",
    "phone": (
        "phone mobile tel telephone cell phonenumber mobilephone "
        "手机 手机号 手机号码 电话 联系电话 联系方式 移动电话 电话号码"
    ),
    "organisation": (
        "organisation organization company unit affiliation institution employer "
        "单位 工作单位 公司 企业 机构 单位名称 公司名称 企业名称 所在单位"
    ),
    "title": "title position positionortitle jobtitle post role 职务 职称 头衔 职位 职务职称 职务或职称",
    "region": "region province provinceorregion area 省份 地区 省份或地区 省 省市 所在省份 所在地区 所属地区",
    "category": "category type kind 类别 类型 嘉宾类别 参会类别 人员类别 身份",
    "language": "language languageofletters lang 语言 语种 邮件语言",
}
LANGUAGES = {"zh": "zh cn chinese 中文 汉语 简体中文 zhcn zhhans", "en": "en english 英文 英语 enus engb"}
_LANGUAGE_OF = {word: code for code, words in LANGUAGES.items() for word in words.split()}
_PHONE = re.compile(r"\+?[\d ()-]{7,24}")
HEAD = 10  # rows in which the titles of the columns are looked for


@dataclass(frozen=True)
class Complaint:
    """What is wrong with one cell, or which row or registration is in the way: a code of words.REASONS and a value."""

    field: str
    reason: str
    value: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"field": self.field, "reason": self.reason, "value": self.value[:200]}


@dataclass(frozen=True)
class Mapping(imports.Mapping):
    """How a list is read.

    `category_id` and `language` are for rows that name none; the language "auto" goes by the letters of the name.
    """

    category_id: int | None = None
    language: str = "auto"
    letters: bool = True

    @property
    def known_titles(self) -> dict[str, str]:
        """Title of a column → what it held, to be remembered for the next file."""
        return {bare(title): name for title, name in zip(self.titles, self.columns, strict=False) if bare(title)}


@dataclass(frozen=True)
class Candidate:
    """Somebody whom a row describes well enough to be registered."""

    applicant: Applicant
    category: Category | None

    @property
    def identity(self) -> Identity:
        """By what the same person is known again."""
        one = self.applicant
        return identity(one.email, one.name, one.phone, one.organisation)


@dataclass
class Categories:
    """The edition's categories, by code and by either name."""

    rows: Sequence[Category]
    by_word: dict[str, Category] = field(init=False)

    def __post_init__(self) -> None:
        words = [(word, row) for row in reversed(self.rows) for word in (row.code, row.name.zh, row.name.en)]
        self.by_word = {bare(word): row for word, row in words if word}

    def chosen(self, category_id: int | None) -> Category | None:
        """The category chosen for all; without a choice the first, None where the edition has none yet."""
        return next((row for row in self.rows if row.id == category_id), self.rows[0] if self.rows else None)


def guess(lines: Sequence[Line], remembered: Mapping | None = None) -> Mapping:
    """How a file is to be read, from the titles of its columns, or from what stands in them.

    What was chosen for the file before (`remembered`) goes before what the titles seem to say.
    """
    titles = remembered.known_titles if remembered else {}
    head = _head(lines[:HEAD], titles)
    if head is not None:
        named = _named(head.cells, titles)
        columns = tuple(named) + ("",) * (max(len(one.cells) for one in lines) - len(named))
        found = Mapping(columns, titles=head.cells, title_row=head.number)
    else:
        found = Mapping(_by_content(lines))
    if remembered is None:
        return found
    return replace(found, category_id=remembered.category_id, language=remembered.language, letters=remembered.letters)


def _head(lines: Sequence[Line], titles: Dict[str, str]) -> Line | None:
    """The row with the titles of the columns; of titles in two rows (姓名 above Name, or merged) the lower one."""

    def names_columns(line: Line) -> bool:
        return "name" in _named(line.cells, titles) and not any("@" in cell for cell in line.cells)

    heads = list(takewhile(names_columns, dropwhile(lambda line: not names_columns(line), lines)))
    return heads[-1] if heads else None


def _named(cells: Sequence[str], titles: Dict[str, str]) -> list[str]:
    chosen = [titles.get(bare(cell)) for cell in cells]
    guessed = columns_named(cells, TITLES)
    found: list[str] = []
    for before, now in zip(chosen, guessed, strict=True):
        name = now if before is None else before
        found.append("" if name in found or (before is None and name in chosen) else name)
    return found


def _by_content(lines: Sequence[Line]) -> tuple[str, ...]:
    """Without titles: addresses have an @, phone numbers digits; name, unit and post come in that order."""
    width = max(len(line.cells) for line in lines)
    columns = [[line.cells[at] for line in lines if at < len(line.cells) and line.cells[at]] for at in range(width)]
    with_at = [sum("@" in cell for cell in cells) for cells in columns]
    as_phone = [sum(_PHONE.fullmatch(cell) is not None for cell in cells) for cells in columns]
    found = [""] * width
    for name, counts in (("email", with_at), ("phone", as_phone)):
        best = max(range(width), key=lambda at: counts[at])
        if counts[best] * 2 > len(columns[best]) and not found[best]:
            found[best] = name
    rest = iter(("name", "organisation", "title"))
    return tuple(name or next(rest, "") for name in found)


def read(cells: Sequence[str], mapping: Mapping, categories: Categories) -> Candidate | list[Complaint]:
    """The person of a row, or all that is wrong with it."""
    values = dict.fromkeys(FIELDS, "")
    for name, cell in zip(mapping.columns, cells, strict=False):
        if name:
            values[name] = unicodedata.normalize("NFC", cell).strip()
    values["email"] = unicodedata.normalize("NFKC", values["email"]).strip(" ;,.<>").removeprefix("mailto:")
    values["phone"] = unicodedata.normalize("NFKC", values["phone"])
    complaints = [
        Complaint(name, reason, value)
        for name, value in values.items()
        if (reason := _what_is_wrong(name, value, categories))
    ]
    if complaints:
        return complaints
    category = categories.by_word.get(bare(values["category"])) or categories.chosen(mapping.category_id)
    applicant = Applicant(
        name=values["name"],
        email=normal_email(values["email"]) if values["email"] else None,
        phone=values["phone"],
        organisation=values["organisation"],
        title=values["title"],
        region=read_region(values["region"]),
        language=_language(values, mapping),
    )
    return Candidate(applicant, category)


def _what_is_wrong(name: str, value: str, categories: Categories) -> str:
    """The code of what is wrong with a value, or nothing."""
    if not value:
        return "no_name" if name == "name" else ""
    if len(value) > LONGEST.get(name, 200):
        return "too_long"
    wrong = {
        "name": lambda: not any(letter.isalnum() for letter in value),
        "email": lambda: not _is_address(value),
        "phone": lambda: any(not letter.isdecimal() and letter not in PHONE_PUNCTUATION for letter in value),
        "region": lambda: not read_region(value),
        "category": lambda: bare(value) not in categories.by_word,
        "language": lambda: bare(value) not in _LANGUAGE_OF,
    }
    return f"not_{name}" if name in wrong and wrong[name]() else ""


def _is_address(value: str) -> bool:
    try:
        validate_email(value, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def _language(values: dict[str, str], mapping: Mapping) -> str:
    if values["language"]:
        return _LANGUAGE_OF[bare(values["language"])]
    if mapping.language != "auto":
        return mapping.language
    return "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in values["name"]) else "en"
