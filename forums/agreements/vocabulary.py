"""The words of agreements, in both languages: kinds, binding classes, bases, roles, channels, states and regions.

Stored are the codes. A Vocabulary stands in the table `terms`, where the administrator renames, orders, adds and
retires its words (vocabularies/). It is read once for each session of the database: a page asks for all its words in
one query, and every process says the same. What is built in here is what a house starts with and what the counting
rules know: an added kind carries in its code the built-in one that it counts as. Segments of a value chain differ from
one industry to the next, so they are rows of a series.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import current_app, has_app_context
from sqlalchemy import Boolean, Integer, String, column, select, table

from forums.columns import Bilingual
from forums.directory import regions
from forums.extensions import db

Words = Mapping[str, Bilingual]

_TERMS = table(
    "terms",
    column("vocabulary", String),
    column("code", String),
    column("name_zh", String),
    column("name_en", String),
    column("position", Integer),
    column("retired", Boolean),
)
_READ = "terms"


@dataclass(frozen=True)
class Word:
    """A code's name, and whether it is offered no more."""

    name: Bilingual
    retired: bool = False


class Vocabulary(Mapping[str, Bilingual]):
    """Code → word, in the order and the words that the house has given them; retired ones are read like the others.

    `grows` says whether codes can be added and retired: not where rules hang on each of them. `classes` are the
    built-in codes that an added one has to count as.
    """

    def __init__(self, name: str, builtin: dict[str, Bilingual], *, grows: bool = True, classed: bool = False) -> None:
        self.name, self.builtin, self.grows, self.classed = name, builtin, grows, classed
        VOCABULARIES[name] = self

    def __getitem__(self, code: str) -> Bilingual:
        return self.words()[code].name

    def __iter__(self) -> Iterator[str]:
        return iter(self.words())

    def __len__(self) -> int:
        return len(self.words())

    def words(self) -> dict[str, Word]:
        """Every code with its word as it is now."""
        if not has_app_context() or "sqlalchemy" not in current_app.extensions:  # no database to ask
            return {code: Word(name) for code, name in self.builtin.items()}
        return _read()[self.name]

    def offered(self, *kept: str | None) -> dict[str, Bilingual]:
        """What a form offers: all that is not retired, and of the retired those that the row has (`kept`)."""
        return {code: word.name for code, word in self.words().items() if not word.retired or code in kept}


VOCABULARIES: dict[str, Vocabulary] = {}


def forget() -> None:
    """Read the words anew: they were changed in this session."""
    db.session.info.pop(_READ, None)


def class_of(code: str) -> str:
    """The built-in code that a code counts as: “investment” for “investment.2”, which a house has added."""
    return code.partition(".")[0]


def _read() -> dict[str, dict[str, Word]]:
    known: dict[str, dict[str, Word]] | None = db.session.info.get(_READ)
    if known is None:
        known = {name: {} for name in VOCABULARIES}
        with db.session.no_autoflush:
            rows = db.session.execute(select(*_TERMS.c).order_by(_TERMS.c.position, _TERMS.c.code)).all()
        for name, code, zh, en, _position, retired in rows:
            if name in known:
                known[name][code] = Word(Bilingual(zh, en), retired)
        for name, vocabulary in VOCABULARIES.items():
            for code, word in vocabulary.builtin.items():
                known[name].setdefault(code, Word(word))
        db.session.info[_READ] = known
    return known


KINDS = Vocabulary(
    "kinds",
    {
        "investment": Bilingual("项目投资", "Project investment"),
        "technical": Bilingual("技术合作", "Technical cooperation"),
        "strategic": Bilingual("战略合作", "Strategic cooperation"),
        "purchase": Bilingual("购销", "Purchase and sale"),
        "framework": Bilingual("框架", "Framework"),
        "intent": Bilingual("意向", "Letter of intent"),
        "cobuilding": Bilingual("共建", "Talent or platform co-building"),
        "supplementary": Bilingual("补充", "Supplementary"),
    },
    classed=True,
)

BINDINGS = Vocabulary(
    "bindings",
    {
        "contract": Bilingual("合同", "Contract"),
        "agreement": Bilingual("协议", "Agreement"),
        "intention": Bilingual("意向", "Intention"),
    },
    grows=False,
)

RELATIONS: Words = {
    "first": Bilingual("首次签约", "First signing"),
    "again": Bilingual("再次签约", "Signed again"),
    "upgrade": Bilingual("意向转正式", "Intention made firm"),
    "increase": Bilingual("增资", "Capital increase"),
    "investor_change": Bilingual("投资方变更", "Change of investor"),
}

BASES = Vocabulary(
    "bases",
    {
        "total_investment": Bilingual("总投资", "Total investment"),
        "fixed_assets": Bilingual("固定资产投资", "Fixed-asset investment"),
        "contracted_inbound": Bilingual("合同引资", "Contracted inbound capital"),
        "paid_in": Bilingual("到位资金", "Paid-in capital"),
        "completed": Bilingual("完成投资", "Completed investment"),
        "technology": Bilingual("技术合同额", "Technology contract value"),
        "credit": Bilingual("担保或授信", "Guarantee or credit"),
    },
)
HEADLINE_BASIS = "total_investment"
PROGRESS_BASES = frozenset({"paid_in", "completed"})
"""What comes bit by bit once an agreement is signed: entries of one agreement add up."""

ROLES = Vocabulary(
    "roles",
    {
        "host": Bilingual("甲方", "Host (party A)"),
        "investor": Bilingual("乙方", "Investor (party B)"),
        "project_company": Bilingual("项目公司", "Project company"),
        "parent": Bilingual("母公司", "Parent company"),
        "witness": Bilingual("见证方", "Witness"),
        "introducer": Bilingual("引荐人", "Introducer"),
    },
)

CHANNELS = Vocabulary(
    "channels",
    {
        "forum": Bilingual("论坛招商", "Forum"),
        "business": Bilingual("以商招商", "Business brings business"),
        "association": Bilingual("商会协会招商", "Association or chamber"),
        "mission": Bilingual("外出招商", "Outreach mission"),
        "agent": Bilingual("委托招商", "Commissioned agent"),
        "research": Bilingual("院所合作", "Institute or university"),
        "other": Bilingual("其他渠道", "Other"),
    },
)

STAGES: Words = {
    "lead": Bilingual("线索", "Lead"),
    "talks": Bilingual("在谈", "In talks"),
    "intention": Bilingual("意向", "Intention"),
    "agreement": Bilingual("协议", "Agreement"),
    "contract": Bilingual("合同", "Contract"),
    "registered": Bilingual("注册", "Registered"),
    "approvals": Bilingual("前期", "In approvals"),
    "started": Bilingual("开工", "Started"),
    "completed": Bilingual("竣工", "Completed"),
    "operating": Bilingual("投产", "Operating"),
    "full": Bilingual("达产", "Full capacity"),
    "stalled": Bilingual("停滞", "Stalled"),
    "suspended": Bilingual("暂停", "Suspended"),
    "withdrawn": Bilingual("撤回", "Withdrawn"),
    "terminated": Bilingual("终止", "Terminated"),
}

DOCUMENT_STATES = Vocabulary(
    "document_states",
    {
        "draft": Bilingual("草拟", "Draft"),
        "legal_review": Bilingual("法务审核", "Legal review"),
        "approved": Bilingual("定稿", "Text approved"),
        "signed": Bilingual("已签署", "Signed"),
        "filed": Bilingual("已备案", "Filed"),
        "in_force": Bilingual("生效", "In force"),
        "fulfilled": Bilingual("履行完毕", "Fulfilled"),
        "terminated": Bilingual("终止", "Terminated"),
        "expired": Bilingual("到期", "Expired"),
        "rescinded": Bilingual("解除", "Rescinded"),
    },
    grows=False,
)

REVIEW_STATES: Words = {
    "drafted": Bilingual("草稿", "Drafted"),
    "submitted": Bilingual("待核实", "Submitted"),
    "returned": Bilingual("退回", "Returned"),
    "verified": Bilingual("已核实", "Verified"),
    "approved": Bilingual("已批准", "Approved"),
    "locked": Bilingual("已锁定", "Locked"),
}

QUALIFIERS: Words = {
    "exact": Bilingual("", ""),
    "about": Bilingual("约", "about"),
    "nearly": Bilingual("近", "nearly"),
    "at_least": Bilingual("不低于", "at least"),
}

REGIONS = Vocabulary("regions", regions.REGIONS)
