"""A letter for the eyes of staff: its HTML as a document of its own, locked in by a sandbox."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Response

from forums.mail.compose import Parts

# Inline pictures may be tickets, so a grey field stands for each of them.
_FIELD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path fill="#ccd3da" d="M0 0h10v10H0z"/></svg>'
_CID = re.compile(r"""(["'])cid:[^"']*\1""")
_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


def as_document(parts: Parts) -> Response:
    """The HTML, without pictures, scripts, forms or working links out of its frame."""
    html = _CID.sub(f'"data:image/svg+xml,{quote(_FIELD)}"', parts.html)
    return Response(html, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})
