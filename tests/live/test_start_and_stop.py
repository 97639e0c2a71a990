"""`make run` as its user knows it: one signal ends all of it, and what was acknowledged is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.live.stack import ROOT, Stack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]


def test_a_second_start_in_the_same_folder_says_where_the_first_is(stack: Stack) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    again = subprocess.run(
        [sys.executable, "-m", "backoffice.supervise"], cwd=ROOT, capture_output=True, text=True,
        env=environment | {"VAR_DIR": str(stack.var_dir), "PORT": "1"}, check=False, timeout=60,
    )  # fmt: skip
    assert again.returncode == 3
    assert f"http://127.0.0.1:{stack.port}/" in again.stdout


def test_nothing_is_lost_and_nothing_left_behind(stack: Stack, sample: dict[str, Any]) -> None:
    """The last of the live tests: what comes after it has both cores to itself."""
    status, deal = stack.call("POST", "/deals/", "dealer", sample)
    assert status == 201

    everything = stack.processes()
    assert len(everything) >= 8  # supervisor, database, broker, web, worker, beat, place…
    for pid in everything:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: stack.ended() and not stack.processes(), seconds=15, what="the end")

    started = time.monotonic()
    stack.start()
    assert time.monotonic() - started < 30
    assert stack.call("GET", f"/deals/{deal['reference']}/", "dealer")[0] == 200

    stack.stop()
    wait_for(lambda: not stack.processes(), seconds=15, what="every process to end")
