from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.documents.register import known_as, read_hash
from forums.extensions import limiter
from forums.web.guards import public

bp = Blueprint("documents", __name__)
KINDS = {
    "agreement": _l("Document of an agreement"),
    "statement": _l("Statement of a tally"),
    "report": _l("Outcome report"),
}


def _asks_nothing() -> bool:
    return not request.args.get("sha256")


@bp.get("/check")
@limiter.limit("30/minute;300/hour", exempt_when=_asks_nothing)
@public
def check() -> ResponseReturnValue:
    """Whether a file is on record, asked by its SHA-256 (?sha256=): its kind, since when, and whether it is current."""
    typed = request.args.get("sha256", "")[:400].strip()
    digest = read_hash(typed)
    problem = ""
    if typed and digest is None:
        length = sum(not c.isspace() for c in typed)
        problem = _(
            "This is no SHA-256: it has 64 digits and letters from a to f, and this has %(length)s characters.",
            length=length,
        )
    known = known_as(digest) if digest else None
    return render_template(
        "documents/check.html", typed=typed, digest=digest, known=known, problem=problem, kinds=KINDS
    )
