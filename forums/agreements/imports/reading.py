"""From the rows of a sheet to agreements: which column holds what, and what is wrong with a row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from flask_babel import lazy_gettext as _l

from forums.agreements.duplicates.names import normal_name
from forums.agreements.models import Segment
from forums.agreements.vocabulary import BASES, BINDINGS, CHANNELS, HEADLINE_BASIS, KINDS, RELATIONS, Words, class_of
from forums.directory.credit_code import BadCreditCode, read_credit_code
from forums.directory.regions import REGIONS, read_region
from forums.documents.tables import Line, bare, columns_named
from forums.imports import reading as imports
from forums.money import Amount, BadAmount, parse

TITLES = {
    "position": "序号 编号 签约序号 号 no number serialno order",
    "name": "项目名称 项目 签约项目 签约项目名称 项目名 projectname project nameofproject",
    "investor": (
        "投资方乙方 投资方 乙方 投资企业 投资单位 投资主体 签约企业 企业名称 客商 客商名称 投资商 乙方投资方 "
        "investor investorpartyb partyb enterprise"
    ),
    "credit_code": (
        "统一社会信用代码 社会信用代码 统一信用代码 信用代码 乙方统一社会信用代码 "
        "unifiedsocialcreditcode creditcode uscc"
    ),
    "host": "甲方 引资方 引资方甲方 引资单位 甲方单位 host hostpartya partya",
    "company": "项目公司 项目单位 落地公司 projectcompany",
    "content": "建设内容 项目内容 合作内容 主要建设内容 建设内容及规模 内容 whatisbuiltordone content description",
    "segment": "产业环节 产业 环节 产业链环节 产业类别 所属产业 行业 segment industry",
    "amount": (
        "投资额 总投资 投资总额 计划总投资 项目总投资 总投资额 签约金额 协议金额 合同金额 金额 固定资产投资 合同引资 "
        "到位资金 完成投资 技术合同额 担保或授信 amountofinvestment amount investment totalinvestment"
    ),
    "other_amount": "其他口径金额 amountonanotherbasis",
    "original": "金额原文 原文金额 amountintheoriginal amountasinoriginal",
    "basis": "口径 金额口径 投资口径 basis",
    "kind": "协议类型 合作类型 项目类型 类型 合作方式 kindofagreement kind type",
    "binding": "约束类别 合同协议意向 约束力 签约性质 签约类型 文本性质 协议性质 bindingclass binding",
    "relation": "与此前签约的关系 签约关系 首签续签 relationtoearliersignings relation",
    "signed_on": "签约日期 签约时间 签订日期 签订时间 日期 signedon date signingdate dateofsigning",
    "channel": "渠道 招商渠道 引进渠道 channel",
    "origin": "来源地 投资方所在地 来源 地区 资金来源地 省份 origin region province",
    "confidential": "金额保密 是否保密 保密 amountconfidential confidential",
    "synthetic": "示例数据 示例 数据性质 syntheticdata synthetic",
    "note": "备注 说明 remarks note notes remark",
}
FIELDS = tuple(TITLES)
HEAD = 15  # rows in which the heads are looked for
LONGEST = {"name": 200, "investor": 160, "host": 160, "company": 160, "content": 2_000, "note": 1_000}

UNIT_WORDS = {
    "yuan": "元", "wan": "万元", "yi": "亿元", "million": "百万元", "billion": "十亿元",
    "wan_usd": "万美元", "yi_usd": "亿美元",
}  # fmt: skip
# The first that stands in a head says the unit of its column.
_UNITS_IN_HEADS = {
    "亿美元": "yi_usd", "万美元": "wan_usd", "亿": "yi", "百万": "million", "万": "wan", "billion yuan": "billion",
    "100 million yuan": "yi", "million yuan": "million", "10,000 yuan": "wan", "元": "yuan", "yuan": "yuan",
}  # fmt: skip
_UNIT_LINE = re.compile(r"单位[::]\s*(?:人民币)?\s*(亿美元|万美元|亿元|百万元|万元|元)")
_UNIT_TAIL = re.compile(r"(亿美元|万美元|亿元|百万元|万元|元)$")
_PLAIN = re.compile(r"[-+−]?[\d,]*\.?\d+")


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TOTALS = _listed(
    "合计 小计 总计 共计 累计 总合计 本页小计 各行之和 表内求和 两者一致 "
    "total subtotal grandtotal sum sumofrows summedhere dobothagree"
)
_UNDISCLOSED = _listed("未披露 未公开 不公开 暂不公开 面议 无 undisclosed notdisclosed na")
_HIDDEN = _listed("保密 涉密 不显示 暂不显示 confidential withheld")
_YES = _listed("是 保密 涉密 示例 yes y true 1 confidential synthetic")
_NO = _listed("否 公开 no n false 0")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+0?0:00(?::00)?)?")
_DAY_ONLY = re.compile(r"(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"[2-7]\d{4}")  # days since 1899-12-30: a date that lost its format
_MORE_WORDS = {
    "kind": {
        "投资": "investment", "投资类": "investment", "投资协议": "investment", "投资合同": "investment",
        "项目投资类": "investment", "技术": "technical", "战略": "strategic", "战略合作协议": "strategic",
        "框架协议": "framework", "意向书": "intent", "意向协议": "intent", "购销合同": "purchase", "采购": "purchase",
        "补充协议": "supplementary", "共建协议": "cobuilding", "intent": "intent", "purchase": "purchase",
    },
    "binding": {"正式合同": "contract", "合同类": "contract", "协议类": "agreement", "意向类": "intention"},
    "relation": {"首签": "first", "新签": "first", "续签": "again", "再签": "again", "转正式": "upgrade"},
    "basis": {"计划总投资": "total_investment", "投资总额": "total_investment", "投资额": "total_investment"},
}  # fmt: skip
_VOCABULARIES: dict[str, Words] = {
    "kind": KINDS,
    "binding": BINDINGS,
    "relation": RELATIONS,
    "channel": CHANNELS,
    "basis": BASES,
}


@dataclass(frozen=True)
class Complaint:
    """What is wrong with one cell, or to be looked at: the field and a sentence in the reader's language."""

    field: str
    message: Any


@dataclass(frozen=True)
class Mapping(imports.Mapping):
    """How a sheet is read.

    `unit` is that of plain numbers; `kind`, `binding`, `basis`, `channel` and `signed_on` (ISO) are for rows that name
    none.
    """

    unit: str = ""
    kind: str = "investment"
    binding: str = "contract"
    basis: str = HEADLINE_BASIS
    channel: str = ""
    signed_on: str = ""

    @property
    def fingerprint(self) -> str:
        """By what a sheet with the same heads is known again; nothing without heads."""
        heads = "\x1f".join(bare(title) for title in self.titles)
        return sha256(heads.encode()).hexdigest() if heads.strip("\x1f") else ""


@dataclass(frozen=True)
class Candidate:
    """What a row says of a project and its agreement. `given` names the fields that it says anything of."""

    name: str
    signed_on: date
    kind: str
    binding: str
    basis: str
    relation: str = "first"
    amount: Amount | None = None
    position: int | None = None
    investor: str = ""
    credit_code: str = ""
    host: str = ""
    company: str = ""
    content: str = ""
    segment: Segment | None = None
    channel: str = ""
    origin: str = ""
    confidential: bool = False
    synthetic: bool = False
    note: str = ""
    given: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The name as projects are compared by it."""
        return normalised(self.name)


@dataclass
class Context:
    """What reading needs to know: the edition's day, its series' segments by every name, and the house's words."""

    starts_on: date
    segments: Sequence[Segment]
    by_word: dict[str, Segment] = field(init=False)
    codes: dict[str, dict[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.codes = {
            name: _MORE_WORDS.get(name, {})
            | {bare(one): code for code, word in words.items() for one in (code, word.zh, word.en) if one}
            for name, words in _VOCABULARIES.items()
        }
        words = [(word, row) for row in self.segments for word in (row.code, row.name.zh, row.name.en)]
        self.by_word = {bare(word): row for word, row in words if word}


def normalised(name: str) -> str:
    """A project's name as it is compared (duplicates/names.py); its phases are projects of their own."""
    found = normal_name(name)
    return found.key + "".join(f"#{phase}" for phase in found.phases)


def is_head(cells: Sequence[str]) -> bool:
    """Whether a row names the columns of such a sheet."""
    found = [name for name in _named(cells) if name]
    return "name" in found and len(found) > 1


def guess(lines: Sequence[Line], day: date) -> Mapping:
    """How a sheet is to be read, from its heads; the unit may stand in one of them or on a line above."""
    head = next((line for line in lines[:HEAD] if is_head(line.cells)), None)
    width = max(len(line.cells) for line in lines)
    if head is None:
        return Mapping(("",) * width, signed_on=day.isoformat())
    columns = tuple(_named(head.cells)) + ("",) * (width - len(head.cells))
    found = Mapping(columns, titles=head.cells, title_row=head.number, signed_on=day.isoformat())
    above = " ".join(cell for line in lines if line.number < head.number for cell in line.cells)
    title = head.cells[found.column_of("amount") - 1] if found.column_of("amount") else ""
    basis = next(
        (code for code, word in BASES.items() if word.zh in title or word.en.casefold() in title.casefold()), ""
    )
    return replace(found, unit=unit_in(title) or unit_in_line(above), basis=basis or found.basis)


def unit_in(title: str) -> str:
    """The unit that the head of a column names."""
    plain = unicodedata.normalize("NFKC", title).casefold()
    return next((unit for word, unit in _UNITS_IN_HEADS.items() if word in plain), "")


def unit_in_line(text: str) -> str:
    """The unit of a line such as 单位:万元."""
    found = _UNIT_LINE.search(unicodedata.normalize("NFKC", text))
    return unit_in(found[1]) if found else ""


def _named(cells: Sequence[str]) -> list[str]:
    return columns_named([_UNIT_TAIL.sub("", bare(cell)) or cell for cell in cells], TITLES)


def values_of(cells: Sequence[str], mapping: Mapping) -> dict[str, str]:
    """Field → the text of its cell."""
    values = dict.fromkeys(FIELDS, "")
    for name, cell in zip(mapping.columns, cells, strict=False):
        if name:
            values[name] = _unescaped(unicodedata.normalize("NFC", cell).strip())
    return values


def _unescaped(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running a text."""
    return cell[1:] if len(cell) > 1 and cell[0] in "'’" and cell[1] in "=+-@＝＋－＠" else cell


def kind_of_row(cells: Sequence[str], mapping: Mapping, number: int) -> str:
    """heading, total or remark for a row that is no project; nothing for one that is."""
    if number <= mapping.title_row:
        return "heading"
    said = [cell for cell in cells if cell]
    if any(
        bare(cell) in _TOTALS or re.match(r"(合\s*计|小\s*计|总\s*计)\b|(合计|小计|总计)[((::]", cell)
        for cell in said[:3]
    ):
        return "total"
    values = values_of(cells, mapping)
    is_project = values["name"] or values["amount"] or values["credit_code"] or values["investor"]
    return "" if is_project else "remark"


def amount_in(cells: Sequence[str], mapping: Mapping) -> Amount | None:
    """The amount of a row, or of a row of totals; None where there is none that can be read."""
    with suppress(BadAmount):
        return _amount(values_of(cells, mapping)["amount"], _unit(mapping, "amount"))
    return None


def read(
    cells: Sequence[str],
    mapping: Mapping,
    context: Context,
    *,
    formulas: Sequence[int] = (),
    joined: Sequence[int] = (),
) -> Candidate | list[Complaint]:
    """The agreement of a row, or all that is wrong with it."""
    reader = _Reader(values_of(cells, mapping), mapping, context)
    for at in formulas:
        if at < len(mapping.columns) and mapping.columns[at] not in {"", "position"}:
            reader.complain(mapping.columns[at], _l("A formula stands here: paste the value instead."))
    for name in ("amount", "other_amount"):
        if mapping.column_of(name) and mapping.column_of(name) - 1 in joined:
            reader.complain(name, _l("One amount is merged over several rows: give each project its own."))
    found = reader.candidate()
    return reader.complaints or found


class _Reader:
    """Reads the fields of one row and gathers what is wrong with them."""

    def __init__(self, values: dict[str, str], mapping: Mapping, context: Context) -> None:
        self.values, self.mapping, self.context = values, mapping, context
        self.complaints: list[Complaint] = []

    def complain(self, name: str, message: Any) -> None:
        if all(one.field != name for one in self.complaints):
            self.complaints.append(Complaint(name, message))

    def candidate(self) -> Candidate:
        values = self.values
        for name, most in LONGEST.items():
            if len(values[name]) > most:
                self.complain(name, _l("This is longer than %(n)d characters.", n=most))
        if not any(letter.isalnum() for letter in values["name"]):
            self.complain("name", _l("The project has no name."))
        kind, binding = self.word("kind"), self.word("binding")
        if not values["binding"] and class_of(kind) == "intent":
            binding = "intention"
        if class_of(kind) == "intent" and binding != "intention":
            self.complain(
                "binding", _l("A letter of intent binds as an intention; choose another kind for a contract.")
            )
        amount, basis = self.amount()
        return Candidate(
            name=values["name"],
            signed_on=self.day(),
            kind=kind,
            binding=binding,
            basis=basis,
            relation=self.word("relation") or "first",
            amount=amount,
            position=int(values["position"]) if re.fullmatch(r"[0-9]{1,4}", values["position"]) else None,
            investor=values["investor"],
            credit_code=self.credit_code(),
            host=values["host"],
            company=values["company"],
            content=values["content"],
            segment=self.segment(),
            channel=self.word("channel"),
            origin=self.origin(),
            confidential=self.flag("confidential"),
            synthetic=self.flag("synthetic"),
            note=values["note"],
            given=frozenset(name for name in FIELDS if values[name]),
        )

    def word(self, name: str) -> str:
        """The code of a word of the vocabulary, or what is usual where the row says nothing."""
        text = self.values[name]
        if not text:
            return str(getattr(self.mapping, name, ""))
        code = self.context.codes[name].get(bare(text), "")
        if not code:
            choices = ", ".join(word.zh for word in _VOCABULARIES[name].values())
            self.complain(
                name, _l("“%(word)s” is not known here: write one of %(choices)s.", word=text[:40], choices=choices)
            )
        return code

    def amount(self) -> tuple[Amount | None, str]:
        """The amount and its basis; None is undisclosed."""
        basis = self.word("basis") or HEADLINE_BASIS
        read_: dict[str, Amount | None] = {}
        for name in ("amount", "other_amount", "original"):
            try:
                read_[name] = _amount(self.values[name], _unit(self.mapping, name))
            except BadAmount as no:
                self.complain(name, no.message)
        amount, other, original = (read_.get(name) for name in ("amount", "other_amount", "original"))
        if amount and other:
            self.complain("other_amount", _l("One row gives one amount: make a row of the other."))
        told = amount or other
        if original and told and (original.fen, original.currency) != (told.fen, told.currency):
            self.complain("original", _l("“%(text)s” is another amount than the number says.", text=original.text))
        return original or told, basis

    def day(self) -> date:
        text = unicodedata.normalize("NFKC", self.values["signed_on"])
        starts_on = self.context.starts_on
        found = _read_day(text, starts_on) if text else date.fromisoformat(self.mapping.signed_on or str(starts_on))
        if found is None:
            self.complain("signed_on", _l("“%(text)s” is no date: write it like 2020-09-20.", text=text[:40]))
            return starts_on
        if abs((found - starts_on).days) > 366:
            self.complain("signed_on", _l("%(day)s is more than a year from the edition: check the year.", day=found))
        return found

    def credit_code(self) -> str:
        try:
            return read_credit_code(unicodedata.normalize("NFKC", self.values["credit_code"])) or ""
        except BadCreditCode as no:
            self.complain("credit_code", no.message)
            return ""

    def segment(self) -> Segment | None:
        text = self.values["segment"]
        found = self.context.by_word.get(bare(text)) if text else None
        if text and found is None:
            self.complain("segment", _l("The series has no segment “%(name)s”: add it under Segments.", name=text[:40]))
        return found

    def origin(self) -> str:
        text = self.values["origin"]
        code = read_region(text) or next(
            (code for code, name in REGIONS.items() if text.startswith((name.zh, f"{name.en},"))), ""
        )
        if text and not code:
            self.complain("origin", _l("“%(name)s” is no province of China; write its name, or 国外.", name=text[:40]))
        return code

    def flag(self, name: str) -> bool:
        text = bare(self.values[name])
        if text and text not in _YES and text not in _NO:
            self.complain(name, _l("Write yes or no, or leave it empty."))
        return text in _YES


def _unit(mapping: Mapping, name: str) -> str:
    """The unit of plain numbers in a column: what its head says, else what was chosen."""
    if name == "original":
        return ""
    at = mapping.column_of(name)
    said = unit_in(mapping.titles[at - 1]) if name == "other_amount" and 0 < at <= len(mapping.titles) else ""
    return said or mapping.unit


def _amount(text: str, unit: str) -> Amount | None:
    """The amount of a cell; a number without a unit takes that of the column. Raises BadAmount."""
    word = bare(text)
    if word in _HIDDEN or "≤" in text:
        raise BadAmount(
            _l("“%(text)s” hides the amount: ask somebody who may see it to export the list.", text=text[:40])
        )
    if not word or word in _UNDISCLOSED:
        return None
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    with_unit = f"{text.strip()}{UNIT_WORDS[unit]}" if unit else text
    if unit and _PLAIN.fullmatch(plain):
        return parse(with_unit)
    try:
        return parse(text)
    except BadAmount:
        if unit:
            with suppress(BadAmount):
                return parse(with_unit)
        raise


def _read_day(text: str, starts_on: date) -> date | None:
    with suppress(ValueError):
        if found := (_DAY.fullmatch(text) or _COMPACT.fullmatch(text)):
            return date(*(int(part) for part in found.groups()))
        if found := _DAY_ONLY.fullmatch(text):
            return date(starts_on.year, int(found[1]), int(found[2]))
        if _SERIAL.fullmatch(text):
            return date(1899, 12, 30) + timedelta(days=int(text))
    return None
