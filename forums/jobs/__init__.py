"""Long work: a row with its state and progress, that survives a restart.

A room declares what to do with @job("room.verb") in its tasks.py and starts it with start(...).
The row is the truth; Celery only rings. A worker that dies leaves a lease that runs out, and the sweep runs it again.
"""

from forums.jobs.operations import progress, start
from forums.jobs.registry import job

__all__ = ["job", "progress", "start"]
