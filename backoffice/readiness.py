"""Whether the system does what it is for: pages are answered, a worker answers, the clock ticks."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request

import redis

BEAT_TICK = "backoffice:beat-tick"  # set by the task `backoffice.tasks.beat_tick`


def health_answers(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether the health page says 200; `host` is a name that ALLOWED_HOSTS lets in."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/health/ready", headers={"Host": host}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False


def worker_answers(redis_url: str) -> bool:
    """Whether at least one Celery worker answers a ping."""
    from celery import Celery  # half a second, which the web takes longer to start

    with Celery(broker=redis_url, set_as_current=False) as asking:
        return bool(asking.control.ping(timeout=1.0, limit=1))


def beat_ticked(redis_url: str) -> bool:
    """Whether beat sent a tick and a worker did it since `forget_ticks`."""
    with redis.Redis.from_url(redis_url, socket_timeout=2) as connection:
        return bool(connection.exists(BEAT_TICK))


def forget_ticks(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url, socket_timeout=2) as connection:
        connection.delete(BEAT_TICK)
