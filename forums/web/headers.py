"""Security headers on every answer: a strict nonce CSP first of all."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

from forums.web.kept import hole

_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'{script}; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'{more}"
)
_PERMISSIONS = "geolocation=(), microphone=(), camera={camera}"


@hole
def csp_nonce() -> str:
    """This request's nonce, for the few script and style elements of the base template."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def policy(*, script: str = "", more: str = "") -> str:
    """This page's Content-Security-Policy; `script` is added to what may run, `more` are directives of its own."""
    return _POLICY.format(nonce=csp_nonce(), script=f" {script}" if script else "", more=f"; {more}" if more else "")


def allow_scanning(response: Response) -> Response:
    """Let this page use the camera, a decoder in WebAssembly, and a worker that brings it back without network."""
    response.headers["Content-Security-Policy"] = policy(script="'wasm-unsafe-eval'", more="worker-src 'self'")
    response.headers["Permissions-Policy"] = _PERMISSIONS.format(camera="(self)")
    return response


def protect(app: Flask) -> None:
    """Set the headers; a view that sends its own Content-Security-Policy (a sandboxed file) keeps it."""
    app.add_template_global(csp_nonce)

    @app.after_request
    def set_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy())
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", _PERMISSIONS.format(camera="()"))
        if app.config["SESSION_COOKIE_SECURE"]:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint not in {"static", "bootstrap.static"}:
            headers.setdefault("Cache-Control", "no-store" if response.mimetype == "text/html" else "private, no-cache")
        return response
