"""The template that a contact fills in a spreadsheet, and what was filled in, read back as rows of the table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import IO, Any

import xlsxwriter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.documents.tables import Line, Unreadable, bare, columns_named, read_upload
from forums.registrations.delegations.words import ROLE_NAMES

FIELDS = ("name", "role", "title", "phone", "email", "language")
HEADERS = {
    "name": "name fullname 姓名 名字 参会人 人员姓名",
    "role": "comesas role as 身份 角色 参会身份 人员类别 类别",
    "title": "position title jobtitle post positionortitle 职务 职位 职称 头衔",
    "phone": "phone mobile telephone tel cell 电话 手机 手机号 手机号码 联系电话 联系方式",
    "email": "email mail emailaddress 邮箱 电子邮箱 电子邮件 邮箱地址 电邮",
    "language": "language languageofletters lang 语言 语种",
}
ROLE_OF = {
    "attendee": "attendee participant guest 参会者 参会人员 参会嘉宾 参会 嘉宾 代表",
    "companion": "companion accompanying 随行 随行人员 陪同 陪同人员",
    "driver": "driver chauffeur 司机 驾驶员",
}
LANGUAGE_OF = {"zh": "zh cn chinese 中文 汉语 简体中文", "en": "en english 英文 英语"}
_ROLES = {word: role for role, words in ROLE_OF.items() for word in words.split()}
_LANGUAGES = {word: code for code, words in LANGUAGE_OF.items() for word in words.split()}


def template(places: int, made_at: datetime) -> bytes:
    """An empty sheet in the reader's language, with room for so many people; roles and languages are chosen."""
    made = BytesIO()
    workbook = xlsxwriter.Workbook(made, {"in_memory": True})
    workbook.set_properties({"created": made_at.replace(tzinfo=None)})
    sheet = workbook.add_worksheet()
    bold, text = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "@"})
    heading = [_("Name"), _("Comes as"), _("Position"), _("Phone"), _("E-mail"), _("Language")]
    for column, words in enumerate(heading):
        sheet.write_string(0, column, words, bold)
    sheet.set_column(0, len(FIELDS) - 1, 20, text)
    chosen = {"role": [str(word) for word in ROLE_NAMES.values()], "language": ["中文", "English"]}
    for field, words in chosen.items():
        column = FIELDS.index(field)
        sheet.data_validation(1, column, max(places, 1), column, {"validate": "list", "source": words})
    sheet.freeze_panes(1, 0)
    workbook.close()
    return made.getvalue()


def read_people(stream: IO[bytes], *, most: int, language: str) -> tuple[list[dict[str, Any]], str]:
    """The rows of a filled template (or any sheet with such a header) as values of the table's fields, and a notice.

    A role or a language that nobody knows stays as it was written, so that the table can say so. Raises Unreadable.
    """
    lines = read_upload(stream, most=most + 1)
    columns = columns_named(lines[0].cells, HEADERS)
    if "name" not in columns:
        raise Unreadable(
            _l("The first row must name the columns, like the template: at least 姓名 or Name, and 手机 or Phone.")
        )
    return [_values(line, columns, language) for line in lines[1:]], lines.notice


def _values(line: Line, columns: Sequence[str], language: str) -> dict[str, Any]:
    given = {name: cell for name, cell in zip(columns, line.cells, strict=False) if name}
    values = {name: given.get(name, "") for name in FIELDS}
    values["role"] = _ROLES.get(bare(values["role"]), values["role"]) or "attendee"
    values["language"] = _LANGUAGES.get(bare(values["language"]), values["language"]) or language
    return values
