"""What no field may hold, refused before a view or a database meets it."""

from __future__ import annotations

from flask import Flask, request
from flask_babel import gettext as _

from forums.errors import Unreadable


def inspect(app: Flask) -> None:
    """Refuse NUL: PostgreSQL stores no text with it, and nobody types it."""

    @app.before_request
    def refuse_nul() -> None:
        fields = (*request.args.items(multi=True), *request.form.items(multi=True))
        if "\0" in request.path or any("\0" in name or "\0" in value for name, value in fields):
            raise Unreadable(_("The text contains a character (NUL) that cannot be stored. Remove it and send again."))
