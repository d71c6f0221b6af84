"""Files made to do harm, each as small as it can be: PDFs and pictures, written out by hand."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

from forums.demo.scan import sample_pdf

CATALOG, PAGES, PAGE = (
    b"<< /Type /Catalog /Pages 2 0 R%s >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]%s >>",
)
PNG_ROWS = zlib.compress(bytes(110))  # ten by ten in grey
PLAIN = sample_pdf("Synthetic agreement")


def pdf(*more: bytes, root: bytes = b"", page: bytes = b"", pages: bytes = PAGES, trailer: bytes = b"") -> bytes:
    """A one-page PDF with `more` objects from number 4 on, and additions to its catalog, page and trailer."""
    made, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate((CATALOG % root, pages, PAGE % page, *more), start=1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(offsets) + 1
    return (
        made
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            table,
            size,
            trailer,
            len(made),
        )
    )


def stream(content: bytes, facts: bytes = b"/Filter /FlateDecode") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), facts, content)


def zeros(size: int) -> bytes:
    """`size` bytes of nothing, packed a thousandfold: one million over and over, without an end."""
    packer = zlib.compressobj(9)
    million = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return million[:2] + million[2:] * (size // 1_000_000)


def object_stream_bomb() -> bytes:
    """The page tree lies in an object stream that unpacks to a nine gigabytes."""
    made = b"%PDF-1.5\n"
    offsets = [len(made)]
    made += (
        b"1 0 obj\n"
        + stream(zeros(9_000_000_000), b"/Type /ObjStm /N 2 /First 10 /Filter /FlateDecode")
        + b"\nendobj\n"
    )
    offsets.append(len(made))
    # Of each object: 1 and where it starts, or 2 with the object stream and the place in it.
    rows = [(0, 0, 65535), (1, offsets[0], 0), (1, offsets[1], 0), (2, 1, 0), (2, 1, 1)]
    table = b"".join(struct.pack(">BIH", *row) for row in rows)
    facts = b"/Type /XRef /Size 5 /W [1 4 2] /Root 3 0 R"
    return made + b"2 0 obj\n" + stream(table, facts) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % offsets[1]


def png(width: int, height: int, content: bytes = b"") -> bytes:
    """A grey picture that claims this size."""

    def part(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", content) + part(b"IEND", b"")


def jpeg(width: int = 1200, height: int = 1700) -> bytes:
    made = io.BytesIO()
    Image.radial_gradient("L").resize((width, height)).save(made, "JPEG")
    return made.getvalue()


def jpeg_claiming(width: int, height: int) -> bytes:
    """A small picture whose header tells another size."""
    small = jpeg(16, 16)
    at = small.index(b"\xff\xc0") + 5
    return small[:at] + struct.pack(">HH", height, width) + small[at + 4 :]


SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
# kind → (the file, its media type, the reason to refuse it)
PDFS: dict[str, tuple[bytes, str]] = {
    "script on opening": (pdf(root=b" /OpenAction " + SCRIPT), "active"),
    "script by another spelling": (
        pdf(SCRIPT.replace(b"/JavaScript /JS", b"/Java#53cript /J#53"), root=b" /X 4 0 R"),
        "active",
    ),
    "script nobody points at": (pdf(SCRIPT), "active"),
    "script inside a stream's facts": (pdf(stream(b"x", b"/A " + SCRIPT)), "active"),
    "program start": (pdf(b"<< /S /Launch /F (cmd.exe) >>", root=b" /OpenAction 4 0 R"), "active"),
    "web page on opening": (pdf(root=b" /OpenAction << /S /URI /URI (https://example.org) >>"), "active"),
    "form that sends": (pdf(page=b" /Annots [<< /A << /S /SubmitForm /F (x) >> >>]"), "active"),
    "file inside": (pdf(b"<< /Type /Filespec /F (a.exe) /EF << >> >>"), "active"),
    "file list": (pdf(root=b" /Names << /EmbeddedFiles << /Names [] >> >>"), "active"),
    "XFA form": (pdf(root=b" /AcroForm << /XFA [] >>"), "active"),
    "video": (pdf(page=b" /Annots [<< /Subtype /RichMedia >>]"), "active"),
    "page with actions": (pdf(page=b" /AA << /O << /S /GoTo /D [3 0 R] >> >>"), "active"),
    "bomb": (pdf(stream(zeros(9_000_000_000))), "heavy"),
    "bomb in a bomb": (
        pdf(stream(zlib.compress(zeros(9_000_000_000)), b"/Filter [/FlateDecode /FlateDecode]")),
        "heavy",
    ),
    "many small bombs": (pdf(*(stream(zeros(60_000_000)) for _ in range(8))), "heavy"),
    "bomb in the object stream": (object_stream_bomb(), "broken"),
    "huge picture": (pdf(stream(b"x", b"/Subtype /Image /Width 100000 /Height 100000 /Filter /DCTDecode")), "pixels"),
    "page tree in a circle": (pdf(pages=b"<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 >>"), "broken"),
    "the same page for ever": (
        pdf(pages=b"<< /Type /Pages /Kids [" + b"3 0 R " * 9000 + b"] /Count 9000 >>"),
        "broken",
    ),
    "deep nesting": (pdf(root=b" /Deep " + b"[" * 5000 + b"]" * 5000), "heavy"),
    "no pages": (pdf(pages=b"<< /Type /Pages /Kids [] /Count 0 >>"), "empty"),
    "password": (
        pdf(
            b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>" % (b"41" * 32, b"42" * 32),
            trailer=b" /Encrypt 4 0 R /ID [<00> <00>]",
        ),
        "encrypted",
    ),
    "broken table": (PLAIN.replace(b"xref\n0 7", b"xref\n0 9", 1), "broken"),
    "table far away": (PLAIN.replace(b"startxref\n", b"startxref\n9"), "broken"),
    "cut short": (PLAIN[: len(PLAIN) // 2], "broken"),
    "only a beginning": (b"%PDF-1.7 scanned\n", "broken"),
    "broken stream": (pdf(stream(b"no zlib at all")), "broken"),
    "page of the web before": (PLAIN.replace(b"%PDF-1.4\n", b"%PDF-1.4\n%<script>alert(1)</script>\n"), "several"),
    "page of the web behind": (PLAIN + b"<html><script>alert(1)</script></html>", "several"),
    "archive behind": (PLAIN + b"PK\x05\x06" + bytes(18), "several"),
    "archive around": (PLAIN.replace(b"%%EOF\n", b"%PK\x05\x06" + bytes(16) + b"\x06\x00%%EOF\n"), "several"),
}
PICTURES: dict[str, tuple[bytes, str]] = {
    "ten thousand million pixels": (png(100_000, 100_000), "pixels"),
    "a JPEG that claims as many": (jpeg_claiming(65_000, 65_000), "pixels"),
    "half a JPEG": (jpeg()[:9000], "broken"),
    "half a PNG": (png(10, 10, PNG_ROWS)[:-20], "broken"),
    "a JPEG that is a page of the web": (jpeg() + b"<script>alert(1)</script>", "several"),
    "a PNG that is an archive": (png(10, 10, PNG_ROWS) + b"PK\x05\x06" + bytes(18), "several"),
}
