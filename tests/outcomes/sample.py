"""A snapshot's content, as gathering makes it, small enough to check by hand."""

from copy import deepcopy
from typing import Any

YI = 10**8 * 100


def _cell(projects: int, fen: int | None, *, disclosed: int | None = None, band: int | None = None) -> dict[str, Any]:
    return {"projects": projects, "disclosed": projects if disclosed is None else disclosed, "fen": fen, "band": band}


def _line(zh: str, en: str, contracted: dict[str, Any], intended: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"label": {"zh": zh, "en": en}, "contracted": contracted, "intended": intended or _cell(0, 0)}


def _known(value: int | None, previous: int | None = None, band: int | None = None) -> dict[str, Any]:
    return {"value": value, "band": band, "previous": previous, "previous_band": None}


def _project(zh: str, en: str, fen: int | None, **changes: Any) -> dict[str, Any]:
    return {
        "name": {"zh": zh, "en": en},
        "enterprise": {"zh": "示例铝业", "en": "Sample Aluminium"},
        "signed_on": "2027-05-21",
        "synthetic": True,
        "segment": {"zh": "板带箔", "en": "Sheet, strip and foil"},
        "binding": "contract",
        "column": "contracted",
        "fen": fen,
        "currency": "CNY",
        "is_secret": False,
        **changes,
    }


_EDITION = {
    "slug": "alu-2027",
    "kind": "forum",
    "title": {"zh": "铝箔论坛（示例）", "en": "Foil Forum (synthetic)"},
    "theme": {"zh": "绿色", "en": "Green"},
    "venue": {"zh": "会展中心", "en": "Exhibition Centre"},
    "hosts": {"zh": "", "en": ""},
    "starts_on": "2027-05-20",
    "ends_on": "2027-05-21",
    "zone": "Asia/Shanghai",
    "synthetic": True,
}
_LAST = {**_EDITION, "slug": "alu-2026", "title": {"zh": "上届论坛", "en": "Last Forum"}, "starts_on": "2026-05-20"}

_CONTENT: dict[str, Any] = {
    "definitions": 1,
    "taken_at": "2027-05-30T09:30:00+08:00",
    "edition": _EDITION,
    "series": {"slug": "alu", "title": {"zh": "铝箔论坛", "en": "Foil Forum"}},
    "previous": _LAST,
    "figures": {
        "editions": _known(1, 1),
        "persons_checked_in": _known(1032, 900),
        "person_times_checked_in": _known(1500, 1500),
        "experts": _known(2, 5),
        "sessions": _known(3, 3),
        "projects_signed": _known(3, 1),
        "amount_signed_total": _known(304 * YI, 300 * YI),
        "projects_intended": _known(1, 0),
        "amount_intended": _known(YI // 10, 0),
        "agreements_technical": _known(1, 0),
        "amount_undisclosed_count": _known(1, 0),
        "duplicates_set_aside": _known(1, 0),
    },
    "attendance": {
        "invited": 2000,
        "registered": 1500,
        "confirmed": 1200,
        "waitlisted": 100,
        "cancelled": 200,
        "checked_in_persons": 1032,
        "checked_in_person_times": 1500,
        "organisations": 310,
    },
    "agenda": {
        "days": [
            {"date": "2027-05-20", "sessions": 1, "halls": 1, "speakers": 1},
            {"date": "2027-05-21", "sessions": 2, "halls": 2, "speakers": 2},
        ],
        "sessions": [
            {
                "date": "2027-05-20",
                "time": "09:00–10:00",
                "title": {"zh": "开幕", "en": "Opening"},
                "hall": {"zh": "主会场", "en": "Main hall"},
                "speakers": 1,
            }
        ],
    },
    "experts": [
        {
            "name": {"zh": "张三", "en": "Zhang San"},
            "title": {"zh": "教授", "en": "Professor"},
            "organisation": {"zh": "示例大学", "en": "Sample University"},
            "sessions": 2,
        }
    ],
    "agreements": {
        "total": _line("合计", "Total", _cell(3, 304 * YI, disclosed=2), _cell(1, YI // 10)),
        "bindings": [
            _line("合同", "Contract", _cell(2, 300 * YI, disclosed=1)),
            _line("协议", "Agreement", _cell(1, 4 * YI)),
            _line("意向", "Intention", _cell(0, 0), _cell(1, YI // 10)),
        ],
        "segments": [
            _line("再生铝", "Recycled aluminium", _cell(1, 300 * YI), _cell(1, YI // 10)),
            _line("板带箔", "Sheet, strip and foil", _cell(2, 4 * YI, disclosed=1)),
        ],
        "projects": [
            _project("年产10万吨再生铝", "Recycled aluminium", 300 * YI),
            _project("铝箔", "Foil", 4 * YI, binding="agreement"),
            _project("包装箔", "Packaging foil", None),
            _project("意向项目", "Intended", YI // 10, binding="intention", column="intended"),
        ],
        "technical": [
            {
                "name": {"zh": "联合研发", "en": "Joint research"},
                "enterprise": {"zh": "示例大学", "en": "Sample University"},
                "signed_on": "2027-05-21",
                "synthetic": True,
            }
        ],
        "at_nothing": [
            {
                "name": {"zh": "再次签约的项目", "en": "Signed before"},
                "enterprise": {"zh": "", "en": ""},
                "signed_on": "2027-05-21",
                "synthetic": True,
                "reason": {"zh": "同一项目再次签约", "en": "Signed again"},
            }
        ],
        "set_aside": [
            {
                "name": {"zh": "重复登记的项目", "en": "Recorded twice"},
                "enterprise": {"zh": "", "en": ""},
                "counts_as": {"zh": "年产10万吨再生铝", "en": "Recycled aluminium"},
                "reason": "same credit code",
                "synthetic": True,
            }
        ],
    },
    "to_date": {
        "editions": [
            {
                **_LAST,
                "figures": {
                    "projects_signed": _known(1),
                    "amount_signed_total": _known(300 * YI),
                    "person_times_checked_in": _known(1500),
                    "sessions": _known(3),
                },
            },
            {
                **_EDITION,
                "figures": {
                    "projects_signed": _known(3),
                    "amount_signed_total": _known(304 * YI),
                    "person_times_checked_in": _known(1500),
                    "sessions": _known(3),
                },
            },
        ],
        "total": {
            "projects_signed": _known(4),
            "amount_signed_total": _known(604 * YI),
            "person_times_checked_in": _known(3000),
            "sessions": _known(6),
        },
    },
}


def content(**changes: Any) -> dict[str, Any]:
    """A fresh copy, with top-level parts replaced."""
    return {**deepcopy(_CONTENT), **changes}
