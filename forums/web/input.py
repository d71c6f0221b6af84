"""What no field may hold, refused before a view or a database meets it."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, request
from flask_babel import gettext as _
from werkzeug.exceptions import SecurityError, UnsupportedMediaType

from forums.errors import Unreadable


class InspectedRequest(Request):
    """Flask's request, which JSON nested too deeply does not break: it is no JSON, as what is cut short is none."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        try:
            return super().get_json(force=force, silent=silent, cache=cache)
        except RecursionError:
            return None if silent else self.on_json_loading_failed(ValueError("nested too deeply"))


def inspect(app: Flask) -> None:
    """Refuse NUL: PostgreSQL stores no text with it, and nobody types it. Refuse JSON where a form is expected.

    A host that is not ours comes before both: without one there are no addresses for the page that says so.
    """
    app.request_class = InspectedRequest

    @app.before_request
    def refuse_host() -> None:
        if isinstance(request.routing_exception, SecurityError):
            raise request.routing_exception

    @app.before_request
    def refuse_nul() -> None:
        fields = (*request.args.items(multi=True), *request.form.items(multi=True))
        if "\0" in request.path or any("\0" in name or "\0" in value for name, value in fields):
            raise Unreadable(_("The text contains a character (NUL) that cannot be stored. Remove it and send again."))

    @app.before_request
    def refuse_json() -> None:
        """Forms would take its values as they are: numbers, lists, nothing that a field expects."""
        if request.is_json and not request.path.endswith(".json"):
            raise UnsupportedMediaType
