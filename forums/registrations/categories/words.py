"""Categories that most events have, to be added with one click, and the colours that badges print."""

from __future__ import annotations

from forums.columns import Bilingual

# Code → name, and whether it is reached by invitation only.
PRESETS = {
    "expert": (Bilingual("专家", "Expert"), False),
    "scholar": (Bilingual("学者", "Scholar"), False),
    "entrepreneur": (Bilingual("企业家", "Entrepreneur"), False),
    "official": (Bilingual("领导", "Official"), True),
    "association": (Bilingual("行业协会", "Industry association"), False),
    "media": (Bilingual("媒体", "Media"), False),
    "student": (Bilingual("学生", "Student"), False),
    "accompanying": (Bilingual("随行人员", "Accompanying"), False),
    "staff": (Bilingual("工作人员", "Staff"), True),
}
WHITE_TEXT = 4.5  # the contrast that small white letters need (WCAG AA)


def contrast_with_white(colour: str) -> float:
    """1 to 21, of a colour such as "#22557f"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
