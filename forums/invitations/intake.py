"""From rows of text to contacts: which column is what, and what is wrong with a row, so that it can be corrected."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from forums.directory.operations import normal_email
from forums.documents.tables import Line, Unreadable, bare, columns_named
from forums.invitations import models
from forums.mail.compose import address_on_the_wire
from forums.mail.faults import Permanent

FIELDS = ("name", "email", "organisation", "title", "language")
LONGEST = {
    "name": models.NAME,
    "email": models.EMAIL,
    "organisation": models.ORGANISATION,
    "title": models.TITLE,
}
HEADERS = {
    "name": "name fullname contact guest 姓名 名字 联系人 嘉宾 嘉宾姓名 中文姓名",
    "email": "email mail emailaddress address 邮箱 电子邮箱 电子邮件 邮件 邮箱地址 电子邮件地址 电邮 邮件地址",
    "organisation": (
        "organisation organization company unit affiliation institution employer "
        "单位 工作单位 公司 企业 机构 单位名称 公司名称"
    ),
    "title": "title formofaddress position jobtitle salutation post 职务 职称 称呼 头衔 职位 职务职称 称谓",
    "language": "language lang 语言 语种",
}
LANGUAGES = {"zh": "zh cn chinese 中文 汉语 简体中文 zhcn zhhans", "en": "en english 英文 英语 enus engb"}
_LANGUAGE_OF = {word: code for code, words in LANGUAGES.items() for word in words.split()}


@dataclass(frozen=True)
class Candidate:
    """A row that can become a contact; `email` is normalised."""

    number: int
    name: str
    email: str
    organisation: str
    title: str
    language: str


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell of one row."""

    number: int
    field: str
    value: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        return {"row": self.number, "field": self.field, "value": self.value[:200], "reason": self.reason}


@dataclass
class Reading:
    """What rows held: contacts to be, problems, and addresses that came twice (the row, its address, the first row)."""

    candidates: list[Candidate] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    repeated: list[tuple[int, str, int]] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    read: int = 0


# The reasons are stored as these codes and shown in the reader's language.
REASONS: dict[str, Any] = {
    "missing_name": _l("The name is missing, and letters address people by name."),
    "missing_email": _l("The e-mail address is missing."),
    "not_email": _l("This is no e-mail address."),
    "local_part": _l("The part before the @ has letters beyond ASCII, which most mail servers do not take."),
    "too_long": _l("This is too long."),
    "no_language": _l("This is no language Billet knows: write zh or en, or leave it out."),
}
FIELD_NAMES: dict[str, Any] = {
    "name": _l("Name"),
    "email": _l("E-mail"),
    "organisation": _l("Organisation"),
    "title": _l("Form of address or post"),
    "language": _l("Language"),
}


def read_contacts(lines: Sequence[Line]) -> Reading:
    """Sort rows into contacts, problems and repetitions. Raises Unreadable when no column holds addresses."""
    reading = Reading()
    columns, body = _columns(lines, reading)
    first_row: dict[str, int] = {}
    for line in body:
        reading.read += 1
        found = _candidate(line, columns)
        if isinstance(found, list):
            reading.problems.extend(found)
        elif found.email in first_row:
            reading.repeated.append((found.number, found.email, first_row[found.email]))
        else:
            first_row[found.email] = found.number
            reading.candidates.append(found)
    return reading


def _columns(lines: Sequence[Line], reading: Reading) -> tuple[dict[str, int], Sequence[Line]]:
    """Which column holds which field, by the header if there is one, else by where the addresses are."""
    header = lines[0]
    named = columns_named(header.cells, HEADERS)
    if "email" in named and not any("@" in cell for cell in header.cells):
        reading.ignored_columns = [cell for cell, name in zip(header.cells, named, strict=True) if cell and not name]
        return {name: named.index(name) for name in FIELDS if name in named}, lines[1:]
    width = max(len(line.cells) for line in lines)
    with_at = [sum("@" in _half_width(_at(line, column)) for line in lines) for column in range(width)]
    if not any(with_at):
        raise Unreadable(
            _l("No column holds e-mail addresses. Put a header such as 姓名, 邮箱, 单位, 职务 above the rows.")
        )
    email = with_at.index(max(with_at))
    others = [column for column in range(width) if column != email]
    return {"email": email, **dict(zip(("name", "organisation", "title", "language"), others, strict=False))}, lines


def _candidate(line: Line, columns: dict[str, int]) -> Candidate | list[Problem]:
    values = {name: _at(line, columns[name]) if name in columns else "" for name in FIELDS}
    values["email"] = _half_width(values["email"]).strip(" ;,.<>").removeprefix("mailto:")
    problems = [
        Problem(line.number, name, value, reason)
        for name, value in values.items()
        if (reason := _what_is_wrong(name, value))
    ]
    if problems:
        return problems
    language = _LANGUAGE_OF[bare(values["language"])] if values["language"] else _language_of(values)
    return Candidate(
        number=line.number,
        name=values["name"],
        email=normal_email(values["email"]),
        organisation=values["organisation"],
        title=values["title"],
        language=language,
    )


def _what_is_wrong(name: str, value: str) -> str:
    """The code of what is wrong with a value, or nothing."""
    if not value:
        return {"name": "missing_name", "email": "missing_email"}.get(name, "")
    if len(value) > LONGEST.get(name, 200):
        return "too_long"
    if name == "email":
        return wrong_with_address(value)
    if name == "language" and bare(value) not in _LANGUAGE_OF:
        return "no_language"
    return ""


def wrong_with_address(address: str) -> str:
    """The code of what keeps letters from this address, or nothing."""
    try:
        wire = address_on_the_wire(address)
    except Permanent as fault:
        return "local_part" if fault.reason == "smtputf8_missing" else "not_email"
    return "" if "." in wire.rpartition("@")[2] else "not_email"


def _language_of(values: dict[str, str]) -> str:
    return "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in values["name"]) else "en"


def _half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _at(line: Line, column: int) -> str:
    return line.cells[column] if column < len(line.cells) else ""
