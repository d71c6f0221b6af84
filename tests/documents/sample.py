"""A small report with what goes wrong in real ones: Chinese, formulas in names, codes with zeros in front."""

from forums.documents.charts import Bar, bars
from forums.documents.report import Column, Figure, Figures, Paragraph, Report, Section, Table

PROJECTS = Table(
    (Column("序号", "number"), Column("编号"), Column("项目", weight=3), Column("总投资", "amount", "万元", 1_000_000)),
    (
        (1, "0017", '=HYPERLINK("http://x")', 272_000_000_000),
        (2, "+8613800000000", "年产10万吨再生铝（示例）", "未披露"),
        (3, "http://example.org/a", "@SUM(A1)", 50),
    ),
)


def report(**changes) -> Report:
    values = {
        "title": "中国（濉溪）铝箔创新发展论坛",
        "subtitle": "成果报告 第 1 号",
        "language": "zh",
        "issued": "2020-11-20T10:00:00+08:00",
        "meta": {"地点": "濉溪"},
        "mark": "示例 synthetic",
        "sections": (
            Section(
                "摘要",
                (
                    Figures(
                        (Figure("projects_signed", "签约项目", "41", "个", "按首次签约", "2020-11-20", "+3", "up"),)
                    ),
                    bars("参会", [Bar("报名", 210, "210 人"), Bar("签到", 150, "150 人")]),
                    Paragraph("未披露不计为零。", "warning"),
                ),
            ),
            Section("附件：签约项目一览表", (PROJECTS,), is_wide=True),
        ),
    }
    return Report(**{**values, **changes})
