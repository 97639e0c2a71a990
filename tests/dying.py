"""A process that dies at a named point, as a machine that loses its power would, and what it left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connections


def die_at(point: str, work: Callable[[], object]) -> None:
    """Let a process with a connection of its own do some work until it is killed at the point.

    It must get there: a point that nobody reaches proves nothing.
    """
    connections.close_all()  # two processes on one connection would end each other's session
    child = os.fork()
    if child == 0:
        code = 1
        try:
            settings.FAULT_POINT = point
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{point} was not reached: it ended with {status}"
    assert os.WTERMSIG(status) == signal.SIGKILL
    (Path(settings.VAR_DIR) / f"struck-{point}").unlink()
