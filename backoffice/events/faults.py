"""Named points at which a test kills the process that reaches them, as a machine that dies would.

What has been committed by then must be enough for a survivor to finish: no settlement posted twice,
none lost. A point strikes once in a folder: whoever comes after goes on. Nothing is ever switched
on outside tests; `manage.py check --deploy` refuses it.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from django.conf import settings

POINTS = (
    "cycle.asked",  # a run is asked for, its cycle not written
    "run.leased",  # a worker has the run, nothing is read
    "run.read",  # the queue is read, nothing decided
    "run.decided",  # by the optimiser, nothing written
    "run.chunk_written",  # a part of the plan, more to come
    "run.planned",  # the whole plan, the run not started
    "shard.locked",  # its rows are locked
    "shard.moved",  # states have moved, nothing is posted
    "shard.posted",  # everything is written, nothing committed
    "shard.committed",  # one shard, others to come
    "run.reasoned",  # some of those left out have their reasons, the run is not complete
    "file.written",  # instructions are in the place's folder, not marked as written
    "message.numbered",  # messages of a channel have their numbers and bytes, nothing is committed
    "message.left",  # they have left through the channel, not marked as sent
    "evidence.read",  # a file from a place, nothing of it committed
    "evidence.committed",  # all of it, the file still lies there
)


def reached(point: str) -> None:
    """Die here if a test says so, the first time. Costs one comparison otherwise."""
    if point == settings.FAULT_POINT and _first(point):
        os.kill(os.getpid(), signal.SIGKILL)


def _first(point: str) -> bool:
    try:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        os.close(os.open(Path(settings.VAR_DIR) / f"struck-{point}", flags))
    except FileExistsError:
        return False
    return True
