"""Capability tokens: derived from a row's id and version, never stored. Raising the version revokes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from functools import lru_cache

from flask import current_app

_MAC_BYTES = 16


def sign(purpose: str, row_id: int, version: int) -> str:
    """A URL-safe token (32 characters) for one row and one purpose."""
    body = struct.pack(">II", row_id, version)
    return base64.urlsafe_b64encode(body + _mac(purpose, body)).decode("ascii")


def read(purpose: str, token: str) -> tuple[int, int] | None:
    """The row's id and version, or None when the token is not ours for this purpose."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        return None
    body, mac = raw[:8], raw[8:]
    if len(body) != 8 or not hmac.compare_digest(mac, _mac(purpose, body)):
        return None
    row_id, version = struct.unpack(">II", body)
    return row_id, version


def seal(purpose: str, row_id: int) -> str:
    """Ten lower-case letters and digits that only we can say for this row: for names that others may not guess."""
    return base64.b32encode(_mac(f"seal {purpose}", struct.pack(">Q", row_id)))[:10].decode("ascii").lower()


def is_seal(purpose: str, row_id: int, said: str) -> bool:
    return hmac.compare_digest(seal(purpose, row_id).encode(), said.lower().encode("utf-8", "replace"))


def _mac(purpose: str, body: bytes) -> bytes:
    key = _key(current_app.config["SECRET_KEY"])
    return hmac.digest(key, purpose.encode() + b"\0" + body, "sha256")[:_MAC_BYTES]


@lru_cache(maxsize=8)
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"billet capability\0" + secret.encode()).digest()
