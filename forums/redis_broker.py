"""Redis as the broker, with a worker that outlives it. Loaded only where REDIS_URL names one."""

from __future__ import annotations

from kombu.transport import redis


class LastingChannel(redis.Channel):
    """A worker outlives its broker. Celery's own ends when it gives back, or acknowledges, what it held over the
    connection that was lost. Such a message comes again much later, and the sweeps ring within a minute.
    """

    do_restore = False

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        if self.connection is not None:
            super().basic_ack(delivery_tag, multiple=multiple)  # type: ignore[no-untyped-call]

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if self.connection is not None:
            super().basic_reject(delivery_tag, requeue=requeue)  # type: ignore[no-untyped-call]


def outlive() -> None:
    """Every connection to Redis from now on."""
    redis.Transport.Channel = LastingChannel
