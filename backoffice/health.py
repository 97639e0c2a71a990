"""`/health/live`: this process answers. `/health/ready`: it can do its work."""

from __future__ import annotations

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database and the broker answer, else 503 with what does not."""
    parts: dict[str, Callable[[], None]] = {"database": _ask_database, "broker": _ask_broker}
    answers = {name: _state_of(ask) for name, ask in parts.items()}
    status = 200 if set(answers.values()) == {"ok"} else 503
    return JsonResponse({"status": "ok" if status == 200 else "failing", **answers}, status=status)


def _state_of(ask: Callable[[], None]) -> str:
    try:
        ask()
    except (DatabaseError, redis.RedisError):
        return "does not answer"
    return "ok"


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_broker() -> None:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as broker:
        broker.ping()
