"""Letters: a row for each, written in the same commit as what caused it, delivered by a worker.

Rooms call post(), or queue() if they need the row. Rendering, attachments and SMTP happen at delivery, never in a
request.
"""

from forums.mail.attachments import attachments, calendar, told_at_delivery
from forums.mail.compose import Attachment, CalendarPart
from forums.mail.operations import post, queue
from forums.mail.prepared import their_own

__all__ = ["Attachment", "CalendarPart", "attachments", "calendar", "post", "queue", "their_own", "told_at_delivery"]
