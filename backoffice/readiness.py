"""Whether the system does what it is for: pages are answered, a worker answers, the clock ticks."""

from __future__ import annotations

import http.client
import os
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime

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


def clock_ticks(redis_url: str, *, within_seconds: float = 60.0) -> bool:
    """Whether the last tick is that young: beat sends and a worker takes."""
    with redis.Redis.from_url(redis_url, socket_timeout=2) as connection:
        told = connection.get(BEAT_TICK)
    if not isinstance(told, bytes):
        return False
    age = datetime.now(UTC) - datetime.fromisoformat(told.decode())
    return age.total_seconds() <= within_seconds


def main(part: str) -> int:
    """`python -m backoffice.readiness web|worker|beat`: 0 when it does its work, for containers."""
    redis_url = os.environ.get("REDIS_URL", "")
    if part == "web":
        host = os.environ.get("ALLOWED_HOSTS", "127.0.0.1").partition(",")[0].strip()
        return 0 if health_answers(int(os.environ.get("PORT", "8000")), host=host) else 1
    return 0 if (worker_answers if part == "worker" else clock_ticks)(redis_url) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
