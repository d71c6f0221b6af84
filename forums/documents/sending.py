"""A document as an HTTP answer: always a download, and harmless should a browser open it all the same."""

from __future__ import annotations

from flask import Response, send_file

from forums.documents import shelf
from forums.documents.models import Document


def send(document: Document) -> Response:
    """The document under its own name, Chinese included (RFC 5987). Raises shelf.FileMissing."""
    response = send_file(
        shelf.path_of(document.stored.sha256),
        mimetype=document.stored.media_type,
        as_attachment=True,
        download_name=document.display_name,
        etag=document.stored.sha256,
        conditional=True,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-cache"
    return response
