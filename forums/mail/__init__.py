"""Letters: a row for each, written in the same commit as what caused it, delivered by a worker.

Rooms call queue(); rendering, attachments and SMTP happen at delivery, never in a request.
"""

from forums.mail.operations import queue

__all__ = ["queue"]
