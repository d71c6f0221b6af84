from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Dict
from typing import Any, TypeVar

from flask import flash
from flask_babel import gettext as _

from forums.documents.tables import Lines
from forums.editions.models import Edition
from forums.errors import Refused
from forums.imports.forms import FileForm, MappingForm, RowsForm
from forums.imports.models import Batch
from forums.transaction import transaction
from forums.web.guards import row_of

B = TypeVar("B", bound=Batch)
T = TypeVar("T")


def taken_in(form: FileForm | RowsForm, take: Callable[[Lines, str], T], **how: Any) -> T | None:
    """What `take` makes of the rows that were sent, and of their name; None where the form is shown, and says why.

    `how` they are read is told as to tables.read_upload().
    """
    if not form.validate_on_submit():
        return None
    try:
        lines = form.lines(**how)
        taken = take(lines, form.name)
    except Refused as no:
        form.source.errors = [no.message]
        return None
    if lines.notice:
        flash(lines.notice, "warning")
    return taken


def is_mapped(form: MappingForm, words: Dict[str, Any]) -> bool:
    """Whether what was sent says how to read a table; each field may stand in one column."""
    if not form.validate():
        return False
    if form.doubled:
        names = ", ".join(str(words[name]) for name in form.doubled)
        flash(_("Several columns are chosen for %(fields)s. Leave one of them.", fields=names), "danger")
    return not form.doubled


def attempt(verb: Callable[[], object], said: str) -> bool:
    """Do it in one transaction, and say so, or why not; whether it was done."""
    try:
        with transaction():
            verb()
    except Refused as no:
        flash(no.message, "danger")
        return False
    flash(said, "success")
    return True


def batch_of(kind: type[B], edition: Edition, batch_id: int) -> B:
    """The edition's import; 404 for another's."""
    return row_of(edition, kind, batch_id)
