"""A file that someone hands in: which format it is, and its programme."""

import codecs
import re
from datetime import tzinfo
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from forums.agenda.exchange import billet, c3voc, coscup, rows, xml
from forums.agenda.exchange.node import Node, Problems
from forums.agenda.exchange.programme import Programme, Unreadable

LARGEST = 10 * 1024 * 1024  # bytes; the largest published programmes are near 3 MB
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read(data: bytes, zone: str = "Asia/Shanghai") -> Programme:
    """The programme in these bytes. `zone` reads times where neither they nor the file name one.

    Raises Unreadable when the file as a whole is no programme; everything smaller is a Problem of the result.
    """
    if len(data) > LARGEST:
        raise Unreadable(_l("This file is larger than %(most)s MB.", most=LARGEST // 1024 // 1024))
    if not data.strip():
        raise Unreadable(_l("This file is empty."))
    document = xml.load(data) if looks_like_xml(data) else rows.load(decoded(data))
    return programme_of(document, ZoneInfo(zone))


def looks_like_xml(data: bytes) -> bool:
    return (
        re.match(rb"\s*<", data.removeprefix(codecs.BOM_UTF8)[:200].replace(b"\0", b"").lstrip(b"\xff\xfe")) is not None
    )


def decoded(data: bytes) -> str:
    """JSON is UTF-8; files saved by Excel and Windows come in UTF-16 with a mark, or in GB 18030."""
    encoding = next((name for bom, name in BOMS if data.startswith(bom)), "")
    for candidate in [encoding] if encoding else ["utf-8", "gb18030"]:
        try:
            return data.decode(candidate)
        except UnicodeDecodeError:
            continue
    raise Unreadable(_l("This file is not text in UTF-8."))


def programme_of(document: object, zone: tzinfo) -> Programme:
    if not isinstance(document, rows.Row):
        raise Unreadable(_l("This file holds no programme: it should begin with an object."))
    root = Node(document, "", Problems(), zone)
    if document.get("format") == billet.FORMAT:
        return billet.read(root)
    if "schedule" in document:
        return c3voc.read(root)
    if "sessions" in document and ("speakers" in document or "session_types" in document):
        return coscup.read(root)
    raise Unreadable(
        _l("This file is in none of the known formats: a Billet programme, a c3voc schedule or a COSCUP programme.")
    )
