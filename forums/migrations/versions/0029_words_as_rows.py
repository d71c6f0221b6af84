"""The words of agreements become rows that the administrator edits; segments can be retired."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

SEEDS = {
    "kinds": (
        ("investment", "项目投资", "Project investment"),
        ("technical", "技术合作", "Technical cooperation"),
        ("strategic", "战略合作", "Strategic cooperation"),
        ("purchase", "购销", "Purchase and sale"),
        ("framework", "框架", "Framework"),
        ("intent", "意向", "Letter of intent"),
        ("cobuilding", "共建", "Talent or platform co-building"),
        ("supplementary", "补充", "Supplementary"),
    ),
    "bindings": (
        ("contract", "合同", "Contract"),
        ("agreement", "协议", "Agreement"),
        ("intention", "意向", "Intention"),
    ),
    "bases": (
        ("total_investment", "总投资", "Total investment"),
        ("fixed_assets", "固定资产投资", "Fixed-asset investment"),
        ("contracted_inbound", "合同引资", "Contracted inbound capital"),
        ("paid_in", "到位资金", "Paid-in capital"),
        ("completed", "完成投资", "Completed investment"),
        ("technology", "技术合同额", "Technology contract value"),
        ("credit", "担保或授信", "Guarantee or credit"),
    ),
    "roles": (
        ("host", "甲方", "Host (party A)"),
        ("investor", "乙方", "Investor (party B)"),
        ("project_company", "项目公司", "Project company"),
        ("parent", "母公司", "Parent company"),
        ("witness", "见证方", "Witness"),
        ("introducer", "引荐人", "Introducer"),
    ),
    "channels": (
        ("forum", "论坛招商", "Forum"),
        ("business", "以商招商", "Business brings business"),
        ("association", "商会协会招商", "Association or chamber"),
        ("mission", "外出招商", "Outreach mission"),
        ("agent", "委托招商", "Commissioned agent"),
        ("research", "院所合作", "Institute or university"),
        ("other", "其他渠道", "Other"),
    ),
    "document_states": (
        ("draft", "草拟", "Draft"),
        ("legal_review", "法务审核", "Legal review"),
        ("approved", "定稿", "Text approved"),
        ("signed", "已签署", "Signed"),
        ("filed", "已备案", "Filed"),
        ("in_force", "生效", "In force"),
        ("fulfilled", "履行完毕", "Fulfilled"),
        ("terminated", "终止", "Terminated"),
        ("expired", "到期", "Expired"),
        ("rescinded", "解除", "Rescinded"),
    ),
    "regions": (
        ("11", "北京", "Beijing"),
        ("12", "天津", "Tianjin"),
        ("13", "河北", "Hebei"),
        ("14", "山西", "Shanxi"),
        ("15", "内蒙古", "Inner Mongolia"),
        ("21", "辽宁", "Liaoning"),
        ("22", "吉林", "Jilin"),
        ("23", "黑龙江", "Heilongjiang"),
        ("31", "上海", "Shanghai"),
        ("32", "江苏", "Jiangsu"),
        ("33", "浙江", "Zhejiang"),
        ("34", "安徽", "Anhui"),
        ("35", "福建", "Fujian"),
        ("36", "江西", "Jiangxi"),
        ("37", "山东", "Shandong"),
        ("41", "河南", "Henan"),
        ("42", "湖北", "Hubei"),
        ("43", "湖南", "Hunan"),
        ("44", "广东", "Guangdong"),
        ("45", "广西", "Guangxi"),
        ("46", "海南", "Hainan"),
        ("50", "重庆", "Chongqing"),
        ("51", "四川", "Sichuan"),
        ("52", "贵州", "Guizhou"),
        ("53", "云南", "Yunnan"),
        ("54", "西藏", "Tibet"),
        ("61", "陕西", "Shaanxi"),
        ("62", "甘肃", "Gansu"),
        ("63", "青海", "Qinghai"),
        ("64", "宁夏", "Ningxia"),
        ("65", "新疆", "Xinjiang"),
        ("71", "台湾", "Taiwan"),
        ("81", "香港", "Hong Kong"),
        ("82", "澳门", "Macao"),
        ("abroad", "境外", "Abroad"),
    ),
}


def upgrade() -> None:
    terms = op.create_table(
        "terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vocabulary", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_zh", sa.String(length=300), server_default="", nullable=False),
        sa.Column("name_en", sa.String(length=300), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("vocabulary", "code", name=op.f("uq_terms_vocabulary_code")),
    )
    seeds = [
        {
            "vocabulary": name,
            "code": code,
            "name_zh": zh,
            "name_en": en,
            "position": place * 10,
            "retired": False,
        }
        for name, words in SEEDS.items()
        for place, (code, zh, en) in enumerate(words, 1)
    ]
    op.bulk_insert(terms, seeds)
    with op.batch_alter_table("segments") as batch:
        batch.add_column(sa.Column("retired", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("segments") as batch:
        batch.drop_column("retired")
    op.drop_table("terms")
