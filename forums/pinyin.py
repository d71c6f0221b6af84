"""How Chinese names are spoken."""

from __future__ import annotations


def syllables(name: str) -> list[str]:
    """The pinyin of each character without tones, and other writing in one piece: 张三 Li → ["zhang", "san", " Li"]."""
    # Its dictionaries take 0.2 s to load, which most commands and many a start need not spend.
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    spoken: list[str] = lazy_pinyin(name)
    return spoken
