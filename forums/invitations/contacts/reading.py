"""From rows of text to contacts: which column is what, and what is wrong with a row, so that it can be corrected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from flask_babel import lazy_gettext as _l

from forums.directory.operations import normal_email
from forums.documents.tables import Line, Unreadable, bare, columns_named, one_line
from forums.invitations import models
from forums.invitations.contacts.addresses import looks_like_address, meant, wrong_with_address

FIELDS = ("name", "email", "organisation", "title", "language")
HEAD = 12  # rows among which the header is looked for
LONGEST = {
    "name": models.NAME,
    "email": models.EMAIL,
    "organisation": models.ORGANISATION,
    "title": models.TITLE,
}
HEADERS = {
    "name": "name fullname contact guest 姓名 名字 联系人 嘉宾 嘉宾姓名 中文姓名 专家姓名 参会人 参会人员",
    "email": "email mail emailaddress address 邮箱 电子邮箱 电子邮件 邮件 邮箱地址 电子邮件地址 电子邮箱地址 电邮 "
    "邮件地址 邮箱email 电子邮箱email 联系邮箱",
    "organisation": (
        "organisation organization company unit affiliation institution employer "
        "单位 工作单位 公司 企业 机构 单位名称 公司名称 企业名称 所在单位"
    ),
    "title": "title formofaddress formofaddressorpost position jobtitle salutation post "
    "职务 职称 称呼 头衔 职位 职务职称 称谓 称呼或职务",
    "language": "language lang 语言 语种",
}
LANGUAGES = {"zh": "zh cn chinese 中文 汉语 简体中文 zhcn zhhans", "en": "en english 英文 英语 enus engb"}
_LANGUAGE_OF = {word: code for code, words in LANGUAGES.items() for word in words.split()}
# What people write where there is nothing.
_NOTHING = frozenset({"-", "--", "—", "——", "–", "/", "\\", "n/a", "na", "none", "无", "暂无", "不详", "未知", "."})
_FORMULA = re.compile(r"\s*(?:[=＝]|[+@-]\S*[(|!])")


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
class Rejected:
    """A row as it was typed, and what is wrong with it: (field, reason)."""

    number: int
    typed: Mapping[str, str]
    faults: tuple[tuple[str, str], ...]


@dataclass
class Reading:
    """What rows held: contacts to be, rows to mend, and addresses that came twice (row, address, first row)."""

    candidates: list[Candidate] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    repeated: list[tuple[int, str, int]] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    read: int = 0

    def take(self, number: int, typed: Mapping[str, str], first_row: dict[str, int], *, as_it_is: bool = False) -> None:
        """Sort in one more row; `first_row` says in which row each address stood first."""
        self.read += 1
        found = examine(typed, number=number, as_it_is=as_it_is)
        if isinstance(found, Rejected):
            self.rejected.append(found)
        elif found.email in first_row:
            self.repeated.append((number, found.email, first_row[found.email]))
        else:
            first_row[found.email] = number
            self.candidates.append(found)


# The reasons are stored as these codes and shown in the reader's language: what is wrong, and what to do.
REASONS: dict[str, Any] = {
    "missing_name": _l("The name is missing, and letters address people by name."),
    "missing_email": _l("The e-mail address is missing."),
    "not_email": _l("This is no e-mail address. Write one like name@company.com."),
    "several": _l("These are several addresses. Keep one."),
    "space": _l("There is a space in the address. Take it out."),
    "domain": _l("The part after the @ cannot be the name of a mail server. Check it letter by letter."),
    "dots": _l("The part before the @ begins or ends with a dot, or has two in a row."),
    "local_letters": _l("The part before the @ has a character that addresses cannot have, or is too long."),
    "local_part": _l("The part before the @ has letters beyond ASCII, which most mail servers do not take."),
    "no_dot": _l("The part after the @ has no dot, so no mail server is found. Add its ending, like .com or .cn."),
    "reserved": _l("This domain is reserved: no mail ever reaches it."),
    "no_such_domain": _l("No domain ends like this."),
    "mistyped": _l("Hardly anybody has a mailbox at this domain."),
    "too_long": _l("This is too long."),
    "suppressed": _l("Campaigns do not write to this address any more."),
    "no_language": _l("This is no language Billet knows: write zh or en, or leave it out."),
    "name_is_address": _l("This is an address and no name, and letters address people by name."),
    "formula": _l("This is a formula. Copy the cell and paste its value only."),
}
FIELD_NAMES: dict[str, Any] = {
    "name": _l("Name"),
    "email": _l("E-mail"),
    "organisation": _l("Organisation"),
    "title": _l("Form of address or post"),
    "language": _l("Language"),
}


def is_head(cells: Sequence[str]) -> bool:
    """Whether a row of a sheet can be the header of a list of people."""
    named = columns_named(cells, HEADERS)
    return "email" in named or ("name" in named and sum(map(bool, named)) > 1)


def read_contacts(lines: Sequence[Line], formulas: frozenset[tuple[int, int]] = frozenset()) -> Reading:
    """Sort rows into contacts, rows to mend and repetitions. Raises Unreadable when no column holds addresses.

    `formulas` are cells, by row and column, that a spreadsheet computes: one without a result is explained so.
    """
    reading = Reading()
    columns, body = _columns(lines, reading)
    first_row: dict[str, int] = {}
    for line in body:
        typed = {name: _at(line, columns[name]) if name in columns else "" for name in FIELDS}
        for name, column in columns.items():
            if not typed[name] and (line.number, column) in formulas:
                typed[name] = "="
        reading.take(line.number, typed, first_row)
    return reading


def examine(typed: Mapping[str, str], *, number: int = 0, as_it_is: bool = False) -> Candidate | Rejected:
    """One person as typed: a contact to be, or what is wrong. `as_it_is` takes a domain that looks mistyped."""
    values = {name: _plain(typed.get(name, "")) for name in FIELDS}
    values["email"] = _half_width(values["email"]).strip(" ;,.<>").removeprefix("mailto:")
    faults = [(name, reason) for name, value in values.items() if (reason := wrong_with(name, value))]
    if not faults and not as_it_is and meant(values["email"]):
        faults = [("email", "mistyped")]
    if faults:
        return Rejected(number, {name: one_line(typed.get(name, "")) for name in FIELDS}, tuple(faults))
    language = _LANGUAGE_OF[bare(values["language"])] if values["language"] else language_of(values["name"])
    return Candidate(
        number, values["name"], normal_email(values["email"]), values["organisation"], values["title"], language
    )


def language_of(name: str) -> str:
    """The language to write to somebody in of whom only the name is known."""
    return "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in name) else "en"


def _columns(lines: Sequence[Line], reading: Reading) -> tuple[dict[str, int], Sequence[Line]]:
    """Which column holds which field, by the header if there is one, else by where the addresses are.

    What stands above the header is the title of the sheet, and nobody's row.
    """
    at, named = _header(lines)
    body = lines[at + 1 :]
    columns = {name: named.index(name) for name in FIELDS if name in named}
    if "email" in columns:
        left = [cell for cell, name in zip(lines[at].cells, named, strict=True) if cell and not name]
        reading.ignored_columns = left
        return columns, body
    width = max((len(line.cells) for line in body), default=0)
    with_at = [sum("@" in _half_width(_at(line, column)) for line in body) for column in range(width)]
    if not any(with_at):
        raise Unreadable(
            _l("No column holds e-mail addresses. Put a header such as 姓名, 邮箱, 单位, 职务 above the rows.")
        )
    email = with_at.index(max(with_at))
    if columns:
        return {name: column for name, column in columns.items() if column != email} | {"email": email}, body
    others = [column for column in range(width) if column != email]
    return {"email": email, **dict(zip(("name", "organisation", "title", "language"), others, strict=False))}, body


def _header(lines: Sequence[Line]) -> tuple[int, list[str]]:
    """Where the header is among the first rows, and what its columns hold; -1 where there is none.

    Of a header in two rows, the one that names the addresses is meant.
    """
    first = list(takewhile(lambda line: not any("@" in _half_width(cell) for cell in line.cells), lines[:HEAD]))
    named = [columns_named(line.cells, HEADERS) for line in first]
    heads = [at for at, line in enumerate(first) if is_head(line.cells)]
    at = next((at for at in heads if "email" in named[at]), heads[0] if heads else -1)
    return at, named[at] if at >= 0 else []


def wrong_with(name: str, value: str) -> str:
    """The code of what is wrong with the value of a field, or nothing."""
    if not value:
        return {"name": "missing_name", "email": "missing_email"}.get(name, "")
    if len(value) > LONGEST.get(name, 200):
        return "too_long"
    if _FORMULA.match(value):
        return "formula"
    checked = _CHECKS.get(name)
    return checked(value) if checked else ""


def _wrong_with_name(value: str) -> str:
    return "name_is_address" if looks_like_address(value) else ""


def _wrong_with_language(value: str) -> str:
    return "" if bare(value) in _LANGUAGE_OF else "no_language"


_CHECKS: dict[str, Callable[[str], str]] = {
    "email": wrong_with_address,
    "name": _wrong_with_name,
    "language": _wrong_with_language,
}


def _plain(text: str) -> str:
    """The text on one line; nothing where only a dash or nothing visible stands."""
    line = one_line(text)
    seen = any(unicodedata.category(letter)[0] in "LNPS" for letter in line)
    return line if seen and line.casefold() not in _NOTHING else ""


def _half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _at(line: Line, column: int) -> str:
    return line.cells[column] if column < len(line.cells) else ""
