"""Where the Chinese font of the documents lies.

Debian's fonts-noto-cjk goes first, then the TTFs that npm brings. A machine with neither makes no document at all,
since a Chinese report without Chinese characters is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask_babel import lazy_gettext as _l

from forums.errors import Refused

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = Path("/usr/share/fonts/opentype/noto")
PACKAGED = ROOT / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"


class FontMissing(Refused):
    """No Chinese font on this machine."""

    def __init__(self) -> None:
        super().__init__(
            _l("No Chinese font was found, so no PDF can be made. Run `make fonts`, or install fonts-noto-cjk.")
        )


@dataclass(frozen=True)
class CjkFont:
    """A font family with a regular and a bold weight in one folder."""

    family: str
    folder: Path


def cjk_font(*, debian: Path = DEBIAN, packaged: Path = PACKAGED) -> CjkFont:
    """The first Chinese font found. Raises FontMissing with what to install."""
    if all((debian / f"NotoSansCJK-{weight}.ttc").is_file() for weight in ("Regular", "Bold")):
        return CjkFont(family="Noto Sans CJK SC", folder=debian)
    if all(any(packaged.rglob(f"NotoSansSC_{weight}.ttf")) for weight in ("400Regular", "700Bold")):
        return CjkFont(family="Noto Sans SC", folder=packaged)
    raise FontMissing
