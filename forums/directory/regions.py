"""The province-level divisions of China by the two digits of GB/T 2260, and abroad."""

from __future__ import annotations

from forums.columns import Bilingual, Language

ABROAD = "abroad"
REGIONS: dict[str, Bilingual] = {
    "11": Bilingual("北京", "Beijing"),
    "12": Bilingual("天津", "Tianjin"),
    "13": Bilingual("河北", "Hebei"),
    "14": Bilingual("山西", "Shanxi"),
    "15": Bilingual("内蒙古", "Inner Mongolia"),
    "21": Bilingual("辽宁", "Liaoning"),
    "22": Bilingual("吉林", "Jilin"),
    "23": Bilingual("黑龙江", "Heilongjiang"),
    "31": Bilingual("上海", "Shanghai"),
    "32": Bilingual("江苏", "Jiangsu"),
    "33": Bilingual("浙江", "Zhejiang"),
    "34": Bilingual("安徽", "Anhui"),
    "35": Bilingual("福建", "Fujian"),
    "36": Bilingual("江西", "Jiangxi"),
    "37": Bilingual("山东", "Shandong"),
    "41": Bilingual("河南", "Henan"),
    "42": Bilingual("湖北", "Hubei"),
    "43": Bilingual("湖南", "Hunan"),
    "44": Bilingual("广东", "Guangdong"),
    "45": Bilingual("广西", "Guangxi"),
    "46": Bilingual("海南", "Hainan"),
    "50": Bilingual("重庆", "Chongqing"),
    "51": Bilingual("四川", "Sichuan"),
    "52": Bilingual("贵州", "Guizhou"),
    "53": Bilingual("云南", "Yunnan"),
    "54": Bilingual("西藏", "Xizang"),
    "61": Bilingual("陕西", "Shaanxi"),
    "62": Bilingual("甘肃", "Gansu"),
    "63": Bilingual("青海", "Qinghai"),
    "64": Bilingual("宁夏", "Ningxia"),
    "65": Bilingual("新疆", "Xinjiang"),
    "71": Bilingual("台湾", "Taiwan"),
    "81": Bilingual("香港", "Hong Kong"),
    "82": Bilingual("澳门", "Macao"),
    ABROAD: Bilingual("国外", "Abroad"),
}
# What stands behind the name in full, so that 安徽省 and 广西壮族自治区 are read like 安徽 and 广西.
_TAILS = ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "特别行政区", "省", "市")


def choices(language: Language) -> list[tuple[str, str]]:
    """The regions by code, as a form offers them."""
    return [(code, name.local(language)) for code, name in REGIONS.items()]


def name_of_region(code: str) -> Bilingual:
    """The name of a region; nothing for a code that is none."""
    return REGIONS.get(code, Bilingual())


def region_of_credit_code(code: str | None) -> str:
    """Where an organisation is registered, by the third and fourth of its 18 characters; nothing where they say not."""
    region = (code or "")[2:4]
    return region if region in REGIONS else ""


def read_region(text: str) -> str:
    """The code of a region by its code or a name of it, in either language; nothing for what names none."""
    bare = text.strip()
    for tail in _TAILS:
        if bare.endswith(tail) and len(bare) > len(tail):
            bare = bare.removesuffix(tail)
            break
    return _BY_NAME.get(bare.casefold(), "")


_BY_NAME = {
    word.casefold(): code
    for code, name in REGIONS.items()
    for word in (code, name.zh, name.en, *(("海外", "境外") if code == ABROAD else ()))
}
