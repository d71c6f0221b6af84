"""A field for a file from outside."""

from __future__ import annotations

from collections.abc import Collection
from typing import IO, Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms.validators import StopValidation

from forums.documents.operations import JPEG, MIB, PDF, PNG, Arrival, receive, receive_picture
from forums.documents.refusals import WrongFile

SCANS = (PDF, PNG, JPEG)


class FileToKeep(FileField):
    """Looked into while the form is validated, before any transaction; `arrival` is None where no file was chosen."""

    arrival: Arrival | None = None

    def __init__(self, *args: Any, allowed: Collection[str] = SCANS, max_size: int = 20 * MIB, **kwargs: Any) -> None:
        self.allowed, self.max_size = allowed, max_size
        # What the browser may say before it sends anything; file-size.js.
        kwargs["render_kw"] = {
            "accept": ",".join(allowed),
            "data-most": max_size,
            "data-too-large": _l("This file is larger than %(size)s MB: choose another.", size=max_size // MIB),
        }
        super().__init__(*args, **kwargs)

    def pre_validate(self, form: Any) -> None:
        upload = self.data
        if not upload or not upload.filename or self.arrival is not None:
            return
        try:
            self.arrival = self.take_in(upload.stream, upload.filename)
        except WrongFile as no:
            raise StopValidation(no.message) from None

    def take_in(self, stream: IO[bytes], name: str) -> Arrival:
        """The file, looked into. Raises WrongFile."""
        return receive(stream, display_name=name, allowed=self.allowed, max_size=self.max_size)


class PictureToKeep(FileToKeep):
    """A picture that is drawn anew, so that nothing else of the file is kept; see receive_picture()."""

    def __init__(self, *args: Any, longest: int, clear_paper: bool = False, **kwargs: Any) -> None:
        self.longest, self.clear_paper = longest, clear_paper
        super().__init__(*args, allowed=(PNG, JPEG), max_size=5 * MIB, **kwargs)

    def take_in(self, stream: IO[bytes], name: str) -> Arrival:
        return receive_picture(
            stream, display_name=name, longest=self.longest, clear_paper=self.clear_paper, max_size=self.max_size
        )
