"""Looks into one file and ends: an order comes in, facts or the reason to refuse go out as JSON.

It imports nothing of ours, so that it starts at once, and limits itself before it opens anything. qpdf never repairs
here: what needs repair is refused, because each reader would mend it in its own way.
"""

from __future__ import annotations

import base64
import io
import json
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MEBIBYTE = 1024 * 1024
MOST_NODES = 500_000
MOST_AT_ONCE = 64 * MEBIBYTE  # of one stream that has to be unpacked as a whole, such as objects in a stream
DEEPEST = 60
ANSWER = 64 * 1024
DRAWN_ANSWER = 8 * MEBIBYTE
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_SLIDES = b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
MOST_PARTS = 20_000
# Parts of a presentation that are programs, or files of any kind; the sheets behind charts may stay.
_PROGRAMS = re.compile(r"vbaProject|activeX|\.(?:bin|exe|dll|js|vbs|bat|cmd|scr|hta|jar)$", re.IGNORECASE)

# Actions and parts that do something when the page is opened or clicked. A scan has none; links to the web may stay.
_ACTIVE = {
    "/JavaScript": "javascript",
    "/Launch": "launch",
    "/SubmitForm": "submit",
    "/ImportData": "submit",
    "/GoToR": "launch",
    "/GoToE": "launch",
    "/Rendition": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/RichMediaExecute": "media",
    "/RichMedia": "media",
    "/Screen": "media",
    "/3D": "media",
    "/FileAttachment": "files",
}
_KEYS = {
    "/JS": "javascript",
    "/JavaScript": "javascript",
    "/AA": "opening",
    "/XFA": "xfa",
    "/EmbeddedFiles": "files",
    "/EF": "files",
}
# Filters of pictures: what they hold is bounded by the picture's own width and height.
_PICTURES = {"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode"}
_MARKUP = re.compile(rb"<[!?/a-z]", re.IGNORECASE)
_PAGE_OF_THE_WEB = re.compile(rb"<(?:!doctype|html|script|\?php|svg)", re.IGNORECASE)


class Refuse(Exception):  # noqa: N818  (an answer, not a fault)
    """The file is not taken, for `reason`, a word that the other side has a sentence for."""

    def __init__(self, reason: str, **detail: int | str) -> None:
        super().__init__(reason)
        self.answer: dict[str, Any] = {"refused": reason} | detail


def main() -> None:
    order = json.loads(sys.argv[1])
    limit(order)
    sys.stdout.write(json.dumps(answer(order)))


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Facts of the file, or why it is refused. Whatever a reader falls over is the file's fault."""
    look = {"application/pdf": _pdf, "image/png": _picture, "image/jpeg": _picture, PPTX: _slides}[order["media_type"]]
    try:
        return look(Path(order["path"]), order)
    except Refuse as no:
        return no.answer
    except (MemoryError, RecursionError):
        return {"refused": "heavy"}
    except ImportError:
        raise
    except Exception as fault:  # noqa: BLE001
        return {"refused": "broken", "fault": str(fault)[:200]}


def limit(order: dict[str, Any]) -> None:
    """Set the memory, the seconds and the bytes written that this process may have, for good."""
    memory, seconds = order["memory"], order["seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    written = DRAWN_ANSWER if order.get("longest") else ANSWER
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _pdf(path: Path, order: dict[str, Any]) -> dict[str, Any]:
    import pikepdf  # noqa: PLC0415  (within the limits, and not at all for a picture)
    from pikepdf.settings import qpdf_limit_errors, set_qpdf_limits  # noqa: PLC0415

    _one_thing(path.read_bytes())
    set_qpdf_limits(
        parser_max_nesting=DEEPEST,
        max_stream_filters=3,
        flate_max_memory=MOST_AT_ONCE,
        run_length_max_memory=MOST_AT_ONCE,
        png_max_memory=MOST_AT_ONCE,
        tiff_max_memory=MOST_AT_ONCE,
    )
    met = qpdf_limit_errors()
    try:
        with pikepdf.open(path, attempt_recovery=False, inherit_page_attributes=False) as file:
            if file.is_encrypted:
                raise Refuse("encrypted")
            pages = _pages(file, order["pages"])
            unpacked = _objects(file, order)
            if file.get_warnings():
                raise Refuse("broken")
            return {"pages": pages, "unpacked": unpacked, "version": file.pdf_version}
    except pikepdf.PasswordError as fault:
        raise Refuse("encrypted") from fault
    except pikepdf.PikepdfError as fault:
        if qpdf_limit_errors() > met or "limit exceeded" in str(fault):
            raise Refuse("heavy") from fault
        raise


def _one_thing(content: bytes) -> None:
    """Refuse what is also something else: markup before the first object, anything after the end, an archive around."""
    end = content.rfind(b"%%EOF", -2048)
    if not re.match(rb"%PDF-\d\.\d\s", content) or end < 0:
        raise Refuse("broken")
    first = re.search(rb"\d\s+\d\s+obj\b", content[:4096])
    if first is None:
        raise Refuse("broken")
    if _MARKUP.search(content, 0, first.start()) or content[end + 5 :].strip(b"\r\n\t \0\x1a"):
        raise Refuse("several")
    _refuse_archive(content)


def _refuse_archive(content: bytes) -> None:
    """A ZIP is read from its end, so that any file may be one as well."""
    mark = content.rfind(b"PK\x05\x06", -65557)
    if mark >= 0 and mark + 22 + int.from_bytes(content[mark + 20 : mark + 22], "little") == len(content):
        raise Refuse("several")


def _pages(file: Any, most: int) -> int:
    """How many pages the tree has; each node is met once, or the tree is a loop."""
    met: set[tuple[int, int]] = set()
    stack, pages = [(file.Root.Pages, 0)], 0
    while stack:
        node, depth = stack.pop()
        if node.is_indirect and node.objgen in met:
            raise Refuse("broken")
        met.add(node.objgen)
        if depth > DEEPEST:
            raise Refuse("heavy")
        if "/Kids" in node:
            stack.extend((kid, depth + 1) for kid in node.Kids)
        elif node.get("/Type") == "/Page":
            pages += 1
        else:
            raise Refuse("broken")
        if len(met) > 2 * most or pages > most:
            raise Refuse("pages", most=most)
    if not pages:
        raise Refuse("empty")
    return pages


def _objects(file: Any, order: dict[str, Any]) -> int:
    """Look at every object for what is active and at every stream for its true size; the bytes they unpack to."""
    import pikepdf  # noqa: PLC0415

    unpacked = 0
    opening = file.Root.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary) and opening.get("/S") != "/GoTo":
        raise Refuse("active", what=_ACTIVE.get(str(opening.get("/S")), "opening"))
    for number, node in enumerate(_nodes(file)):
        if number > MOST_NODES:
            raise Refuse("heavy")
        if isinstance(node, pikepdf.Array):
            continue
        for key in node.keys():  # noqa: SIM118  (a stream's keys, not its bytes)
            if key in _KEYS:
                raise Refuse("active", what=_KEYS[key])
        for key in ("/S", "/Subtype"):
            if (value := node.get(key)) is not None and (what := _ACTIVE.get(str(value))):
                raise Refuse("active", what=what)
        if isinstance(node, pikepdf.Stream):
            _small_enough(node.get("/Width", 0), node.get("/Height", 0), order["pixels"])
            unpacked += _size(node, order["unpacked"] - unpacked)
            if unpacked > order["unpacked"]:
                raise Refuse("heavy")
    return unpacked


def _nodes(file: Any) -> Iterator[Any]:
    """Every dictionary, array and stream of the file, those inside others too, each once."""
    import pikepdf  # noqa: PLC0415

    holders = (pikepdf.Dictionary, pikepdf.Array, pikepdf.Stream)
    for whole in file.objects:
        stack = [whole] if isinstance(whole, holders) else []
        while stack:
            node = stack.pop()
            yield node
            inside = node if isinstance(node, pikepdf.Array) else (value for _, value in node.items())
            stack.extend(value for value in inside if isinstance(value, holders) and not value.is_indirect)


def _size(stream: Any, left: int) -> int:
    """How many bytes a stream unpacks to; more than `left` is refused as soon as it is known."""
    import pikepdf  # noqa: PLC0415

    named = stream.get("/Filter", [])
    filters = [str(one) for one in named] if isinstance(named, pikepdf.Array) else [str(named)]
    if filters[:1] == ["/FlateDecode"] and (len(filters) == 1 or filters[1] in _PICTURES):
        return _inflated(stream.read_raw_bytes(), left)
    if not filters or not _PICTURES.isdisjoint(filters):
        return len(stream.read_raw_bytes())
    return len(stream.read_bytes(pikepdf.StreamDecodeLevel.generalized))


def _inflated(packed: bytes, left: int) -> int:
    """Unpack piece by piece, keeping none."""
    reader, size = zlib.decompressobj(), 0
    try:
        while packed and not reader.eof:
            size += len(reader.decompress(packed, MEBIBYTE))
            packed = reader.unconsumed_tail
            if size > left:
                raise Refuse("heavy")
    except zlib.error as fault:
        raise Refuse("broken") from fault
    return size


def _picture(path: Path, order: dict[str, Any]) -> dict[str, Any]:
    from PIL import Image  # noqa: PLC0415  (within the limits)

    content = path.read_bytes()
    if _PAGE_OF_THE_WEB.search(content) or b"%PDF-" in content[:1024]:
        raise Refuse("several")
    _refuse_archive(content)
    del content
    Image.MAX_IMAGE_PIXELS = None  # our own limit comes first, and says how many
    kind = "PNG" if order["media_type"] == "image/png" else "JPEG"
    with Image.open(path, formats=(kind,)) as image:
        width, height = image.size
        _small_enough(width, height, order["pixels"])
        if kind == "PNG":
            image.verify()  # every part against its checksum, without unpacking it
        else:
            image.draft("L", (1, 1))  # all of the file is read, and an eighth of its width unpacked
            image.load()
    if order.get("longest"):
        return _drawn(path, kind, order)
    return {"width": width, "height": height}


def _drawn(path: Path, kind: str, order: dict[str, Any]) -> dict[str, Any]:
    """The picture drawn anew as a PNG: its dots and nothing else of what the file held, `longest` of them at most.

    `clear_paper` lets the paper of a scan be transparent: the whiter a dot, the less of it is there. A `photo` is drawn
    as a JPEG on white, the way up that the camera held it.
    """
    from PIL import Image, ImageChops, ImageOps  # noqa: PLC0415

    with Image.open(path, formats=(kind,)) as image:
        drawn = ImageOps.exif_transpose(image).convert("RGBA")
    drawn.thumbnail((order["longest"], order["longest"]))
    if order.get("photo"):
        ground = Image.new("RGB", drawn.size, "white")
        ground.paste(drawn, mask=drawn.getchannel("A"))
        photo = io.BytesIO()
        ground.save(photo, "JPEG", quality=85, optimize=True)
        return {"width": ground.width, "height": ground.height, "drawn": base64.b64encode(photo.getvalue()).decode()}
    red, green, blue, alpha = drawn.split()
    if order.get("clear_paper") and alpha.getextrema() == (255, 255):
        drawn.putalpha(ImageChops.invert(ImageChops.darker(ImageChops.darker(red, green), blue)))
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return {"width": drawn.width, "height": drawn.height, "drawn": base64.b64encode(out.getvalue()).decode()}


def _slides(path: Path, order: dict[str, Any]) -> dict[str, Any]:
    """A presentation without programs in it, whose parts unpack to no more than is taken."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS:
            raise Refuse("heavy")
        if len({part.filename for part in parts}) < len(parts) or any(part.flag_bits & 1 for part in parts):
            raise Refuse("broken")
        if any(_PROGRAMS.search(part.filename) for part in parts):
            raise Refuse("macros")
        unpacked = 0
        for part in parts:
            with archive.open(part) as stream:
                while piece := stream.read(MEBIBYTE):
                    unpacked += len(piece)
                    if unpacked > order["unpacked"]:
                        raise Refuse("heavy")
        if _SLIDES not in archive.read("[Content_Types].xml"):
            raise Refuse("broken")
        slides = sum(re.fullmatch(r"ppt/slides/slide\d+\.xml", part.filename) is not None for part in parts)
    return {"slides": slides, "unpacked": unpacked}


def _small_enough(width: Any, height: Any, most: int) -> None:
    wide, high = int(width), int(height)
    if wide * high > most:
        raise Refuse("pixels", width=wide, height=high, most=most)


if __name__ == "__main__":
    main()
