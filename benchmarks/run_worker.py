"""`python -m benchmarks.run_worker DATABASE RUN`: a worker of a settlement run, a process with its own connection.

It says `ready` once everything is loaded, begins at a line on its input, and says how it went when the run
is complete: seconds, shards that it wrote, seconds of CPU, and the most memory it took.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import own_peak_rss_mb
from benchmarks.stage import ROOT


@dataclass
class Worked:
    """What the workers of a run saw, the longest of them."""

    seconds: float
    planned_seconds: float  # until the plan was written
    peak_rss_mb: int
    cpu_seconds: float  # of the workers and of the server's processes that serve them
    shards: list[int]


def work(database: str, run_id: int, *, workers: int) -> Worked:
    """Let so many processes at a run, all at once; the clock runs from then until the last of them is done."""
    command = [sys.executable, "-m", "benchmarks.run_worker", database, str(run_id)]
    processes = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(workers)
    ]
    for process in processes:
        _said(process)
    started = time.perf_counter()
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [_said(process) for process in processes]
    seconds = time.perf_counter() - started
    for process in processes:
        process.communicate(timeout=60)
    return Worked(
        seconds, max(each["planned"] for each in told), max(each["peak_rss_mb"] for each in told),
        sum(each["cpu"] for each in told), [each["shards"] for each in told],
    )  # fmt: skip


def _said(process: subprocess.Popen[str]) -> Any:
    """What it says of itself; the solver may say something too."""
    assert process.stdout
    for line in process.stdout:
        if line.startswith(_SAYS):
            return json.loads(line.removeprefix(_SAYS))
    raise SystemExit("a worker of the run ended before it was done")


def _say(what: Any) -> None:
    print(_SAYS + json.dumps(what), flush=True)


_SAYS = "worker: "


def main(database: str, run_id: int) -> None:
    import django

    django.setup()
    from django.utils import timezone

    from backoffice.collector import spare_the_collector
    from benchmarks.stage import cpu_of_both, one, use
    from settlements.running.services import complete_run, start_run, write_next_shard

    use(database)
    one("SELECT 1")
    spare_the_collector()  # as a worker's process does when it starts
    _say("ready")
    sys.stdin.readline()
    cpu, planned, shards = cpu_of_both(), 0.0, 0
    while one("SELECT state FROM settlements_settlementrun WHERE id = %s", [run_id]) != "COMPLETED":
        at, started = timezone.now(), time.perf_counter()
        if start_run(run_id=run_id, at=at):
            planned = time.perf_counter() - started
        while write_next_shard(run_id=run_id, at=at):
            shards += 1
        if not complete_run(run_id=run_id, at=at):
            time.sleep(0.02)  # another is at the plan, or at a wave that has to be done before
    _say({
        "shards": shards, "cpu": cpu_of_both() - cpu, "planned": planned,
        "peak_rss_mb": own_peak_rss_mb(),
    })  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
