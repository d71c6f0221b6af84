"""The invented projects. Each year's amounts are what the counting rules make of all its signings, in 万元.

The 41 add up to 3,040,000万元 (304亿元), the nine of the channel *business* among them to 198,000万元.
"""

from __future__ import annotations

from dataclasses import dataclass

from forums.agreements.drafting import ProjectFacts
from forums.columns import Bilingual
from forums.demo.codes import credit_code

SEGMENTS: dict[str, Bilingual] = {
    "recycled": Bilingual("再生铝", "Recycled aluminium"),
    "profiles": Bilingual("挤压与型材", "Extrusion and profiles"),
    "foil": Bilingual("板带箔", "Sheet, strip and foil"),
    "casting": Bilingual("压铸", "Die-casting"),
    "composites": Bilingual("铝基复合材料", "Aluminium-based composites"),
    "vehicles": Bilingual("汽车摩托车零部件", "Automobile and motorcycle parts"),
    "rail": Bilingual("轨道交通", "Rail"),
    "structures": Bilingual("结构件", "Structural parts"),
    "energy": Bilingual("新能源", "New energy"),
}


@dataclass(frozen=True)
class Invented:
    """An invented project: the edition that it is credited to, and its amount in 万元 in the end."""

    number: int
    year: int
    wan: int
    segment: str
    origin: str
    channel: str
    zh: str
    en: str
    binding: str = "contract"

    @property
    def amount(self) -> str:
        """As an agreement would put it: 15亿元, or 12000万元."""
        whole, rest = divmod(self.wan, 10_000)
        return f"{whole}亿元" if not rest else f"{self.wan}万元"

    def facts(self, segments: dict[str, int]) -> ProjectFacts:
        """`segments` gives the row of each segment's code."""
        return ProjectFacts(
            name=Bilingual(f"{self.zh}（示例{self.number:02}）", f"{self.en} (synthetic {self.number:02})"),
            enterprise=Bilingual(
                f"示例铝企{self.number:02}有限公司", f"Sample Aluminium Company {self.number:02} (synthetic)"
            ),
            credit_code=credit_code(self.number),
            segment_id=segments[self.segment],
            origin=self.origin,
            channel=self.channel,
            stage="contract",
        )


# fmt: off
PROJECTS = (
    Invented(1, 2016, 150_000, "foil", "31", "forum", "年产五万吨双零铝箔", "Double-zero foil, 50,000 t a year"),
    Invented(2, 2016, 86_000, "profiles", "44", "forum", "工业铝型材生产线", "Industrial profile lines"),
    Invented(3, 2016, 52_000, "recycled", "33", "mission", "再生铝合金锭", "Recycled alloy ingots"),
    Invented(4, 2016, 120_000, "foil", "32", "forum", "铝板带热连轧", "Hot rolling of sheet and strip"),
    Invented(5, 2016, 65_000, "vehicles", "33", "mission", "汽车轮毂", "Car wheels"),
    Invented(6, 2016, 48_000, "structures", "37", "agent", "铝合金模板", "Alloy formwork", "agreement"),
    Invented(7, 2016, 12_000, "casting", "33", "business", "精密压铸件", "Precision die-castings"),
    Invented(8, 2017, 200_000, "foil", "31", "forum", "电池铝箔一体化基地", "Integrated base for battery foil"),
    Invented(9, 2017, 95_000, "composites", "11", "research", "钎焊复合板", "Brazing clad sheet"),
    Invented(10, 2017, 60_000, "rail", "22", "mission", "轨道交通车体型材", "Car-body profiles for rail"),
    Invented(11, 2017, 110_000, "energy", "32", "forum", "光伏边框与支架", "Frames and mounts for solar modules"),
    Invented(12, 2017, 72_000, "foil", "41", "forum", "空调用亲水铝箔", "Hydrophilic foil for air conditioners"),
    Invented(13, 2017, 38_000, "recycled", "44", "mission", "废铝分选与重熔", "Scrap sorting", "agreement"),
    Invented(14, 2017, 35_000, "foil", "31", "business", "铝箔后加工", "Foil converting"),
    Invented(15, 2017, 18_000, "structures", "32", "business", "铝合金货架", "Alloy racks"),
    Invented(16, 2018, 272_000, "foil", "31", "forum", "高精铝箔全产业链园区", "Park for the whole chain of foil"),
    Invented(17, 2018, 130_000, "vehicles", "50", "mission", "汽车车身板", "Automotive body sheet"),
    Invented(18, 2018, 58_000, "foil", "44", "forum", "药用与食品包装铝箔", "Foil for medicine and food"),
    Invented(19, 2018, 88_000, "energy", "35", "forum", "动力电池壳体", "Battery cases"),
    Invented(20, 2018, 45_000, "casting", "33", "agent", "一体化压铸", "Large integrated castings"),
    Invented(21, 2018, 76_000, "profiles", "37", "forum", "建筑节能型材", "Energy-saving building profiles"),
    Invented(22, 2018, 32_000, "recycled", "34", "mission", "铝灰渣资源化", "Recovery of aluminium dross", "agreement"),
    Invented(23, 2018, 26_000, "foil", "31", "business", "铝箔容器", "Foil containers"),
    Invented(24, 2018, 9_000, "casting", "33", "business", "压铸模具", "Die-casting moulds"),
    Invented(25, 2019, 180_000, "foil", "32", "forum", "铝板带冷轧与精整", "Cold rolling and finishing"),
    Invented(26, 2019, 105_000, "energy", "44", "forum", "储能箱体", "Storage cabinets"),
    Invented(27, 2019, 66_000, "vehicles", "50", "mission", "摩托车零部件", "Motorcycle parts"),
    Invented(28, 2019, 54_000, "composites", "61", "research", "颗粒增强铝基复合材料", "Particle composites"),
    Invented(29, 2019, 92_000, "foil", "41", "forum", "彩涂铝卷", "Colour-coated coil"),
    Invented(30, 2019, 41_000, "rail", "22", "agent", "轨道交通内饰件", "Interior parts for rail", "agreement"),
    Invented(31, 2019, 28_000, "structures", "37", "forum", "铝结构人行桥", "Footbridges of aluminium"),
    Invented(32, 2019, 30_000, "foil", "31", "business", "铝箔分切配送", "Foil slitting and delivery"),
    Invented(33, 2019, 22_000, "energy", "32", "business", "电池托盘", "Battery trays"),
    Invented(34, 2020, 160_000, "foil", "31", "forum", "锂电集流体铝箔", "Current-collector foil"),
    Invented(35, 2020, 98_000, "energy", "35", "forum", "光伏组件边框", "Solar module frames"),
    Invented(36, 2020, 75_000, "recycled", "33", "forum", "保级再生铝", "Closed-loop recycled aluminium"),
    Invented(37, 2020, 62_000, "vehicles", "42", "mission", "新能源汽车防撞梁", "Crash beams for electric cars"),
    Invented(38, 2020, 50_000, "composites", "43", "research", "铝碳化硅散热基板", "Heat sinks of composites"),
    Invented(39, 2020, 34_000, "profiles", "37", "agent", "大截面挤压型材", "Large-section extrusions", "agreement"),
    Invented(40, 2020, 28_000, "foil", "31", "business", "铝箔胶带基材", "Foil tape stock"),
    Invented(41, 2020, 18_000, "structures", "32", "business", "铝合金脚手架", "Alloy scaffolding"),
)

PROMOTED = (
    Invented(51, 2020, 31_900, "foil", "31", "association", "电子铝箔", "Electronic foil"),
    Invented(52, 2020, 21_000, "energy", "31", "association", "液冷板", "Liquid-cooling plates"),
    Invented(53, 2020, 17_000, "profiles", "31", "association", "精密型材", "Precision profiles", "agreement"),
)
# fmt: on
