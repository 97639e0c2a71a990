"""`make run` as its user knows it: one signal ends all of it, and what was acknowledged is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from typing import Any

import pytest

from tests.live.stack import ROOT, Stack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]


@pytest.fixture
def own_stack() -> Any:
    """A system in a folder with a space in its name."""
    running = Stack(ROOT / "var" / f"live with space {uuid.uuid4().hex[:6]}")
    yield running
    running.stop()
    running.remove()


def test_nothing_is_lost_and_nothing_left_behind(own_stack: Stack, sample: dict[str, Any]) -> None:
    own_stack.start()
    status, deal = own_stack.call("POST", "/deals/", "dealer", sample)
    assert status == 201

    everything = own_stack.processes()
    assert len(everything) >= 8  # supervisor, database, broker, web, worker, beat, place…
    for pid in everything:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: own_stack.ended() and not own_stack.processes(), seconds=15, what="the end")

    started = time.monotonic()
    own_stack.start()
    assert time.monotonic() - started < 30
    assert own_stack.call("GET", f"/deals/{deal['reference']}/", "dealer")[0] == 200

    own_stack.stop()
    wait_for(lambda: not own_stack.processes(), seconds=15, what="every process to end")


def test_a_second_start_in_the_same_folder_says_where_the_first_is(stack: Stack) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    again = subprocess.run(
        [sys.executable, "-m", "backoffice.supervise"], cwd=ROOT, capture_output=True, text=True,
        env=environment | {"VAR_DIR": str(stack.var_dir), "PORT": "1"}, check=False, timeout=60,
    )  # fmt: skip
    assert again.returncode == 3
    assert f"http://127.0.0.1:{stack.port}/" in again.stdout
