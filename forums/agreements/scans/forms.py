from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from forums.agreements.forms import printable
from forums.agreements.models import Agreement, Scan
from forums.agreements.scans.operations import APPROVED
from forums.documents.forms import FileToKeep


class ScanForm(FlaskForm):
    """A file that comes to an agreement: another scan, or a newer version of one."""

    scan = FileToKeep(
        _l("File"),
        [DataRequired(_l("Choose a file first."))],
        description=_l("PDF, PNG or JPEG, at most 20 MB. Programs, forms and passwords inside are refused."),
    )
    supersedes = SelectField(_l("It is"), filters=[lambda chosen: chosen or ""])
    reason = TextAreaField(_l("Why"), [Length(max=2000)], filters=[printable])

    def __init__(self, *args: Any, row: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        approved = row.review in APPROVED
        self._scans = {str(scan.id): scan for scan in row.current_scans if scan.is_evidence or not approved}
        first = _l("evidence beside what was approved") if approved else _l("another scan of the agreement")
        self.supersedes.choices = [("", first)]
        self.supersedes.choices += [
            (key, _l("a newer version of %(name)s", name=scan.label)) for key, scan in self._scans.items()
        ]
        if approved:
            self.reason.description = _l("Needed: the agreement is approved.")
        elif self._scans:
            self.reason.description = _l("Needed for a newer version.")

    @property
    def superseded(self) -> Scan | None:
        return self._scans.get(self.supersedes.data)
