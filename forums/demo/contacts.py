"""A contact list as somebody pastes it: good rows, rows to look at, and rows that have to be corrected first."""

from __future__ import annotations

from forums.columns import Bilingual
from forums.demo.staff import Staff
from forums.documents.tables import read_text
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.contacts.filters import save_filter
from forums.invitations.contacts.operations import Origin, create_list, fill
from forums.invitations.contacts.reading import read_contacts

_NAME = Bilingual("铝业专家与企业家（示例）", "Experts and entrepreneurs (synthetic)")
_ROWS = """姓名,邮箱,单位,职务,语言
邹思远（示例）,zou@contacts.example.org,示例大学材料学院,教授,
喻丽华（示例）,yu@contacts.example.org,示例铝业研究院,研究员,
柏志强（示例）,bai@contacts.example.org,示例铝箔有限公司,总经理,
窦文博（示例）,dou@contacts.example.org,示例再生金属有限公司,,
Greta Sample (synthetic),greta@contacts.example.org,Sample Mills (synthetic),Dr,en
Hugo Sample (synthetic),hugo@contacts.example.org,Sample Rolling (synthetic),,en
柏志强（示例）,bai.zq@contacts.example.org,示例铝箔有限公司,总经理,
章秀英（示例）,zhang@gmial.com,示例铝业协会,秘书长,
云国栋（示例）,yun@contacts,示例铝业协会,会长,
,su@contacts.example.org,示例产业投资基金,合伙人,
潘子涵（示例）,,示例大学材料学院,副教授,
喻丽华（示例）,yu@contacts.example.org,示例铝业研究院,研究员,
"""


def load(edition: Edition, earlier: Edition, staff: Staff) -> None:
    """A list of the edition, and a filter of those who registered for an earlier one and did not come."""
    row = create_list(edition, _NAME.zh, actor=staff.organizer)
    db.session.flush()
    fill(row, read_contacts(read_text(_ROWS)), Origin(), actor=staff.organizer)
    conditions = {"editions": [str(earlier.id)], "state": ["confirmed"], "came": ["no"]}
    save_filter(
        edition, name="报了名没有来的（示例）", source="registrations", conditions=conditions, actor=staff.organizer
    )
