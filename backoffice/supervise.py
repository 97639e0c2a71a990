"""Starts and keeps everything that `make run` promises, and leaves nothing behind.

Embedded servers (unless DATABASE_URL and REDIS_URL name others), migrations, data, then web, worker
and beat. One folder has one supervisor. A child that dies is started again, five times a minute;
when we die, however that happens, the kernel tells the children.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import redis

from backoffice import commands, demonstration, homes, readiness
from backoffice.processes import Child, die_with_parent, stop_orphans, stop_together
from backoffice.servers import Servers, start_under_lock

EXIT_FAILED, EXIT_ALREADY_RUNNING = 1, 3
RESTARTS, PERIOD_SECONDS = 5, 60.0
PATIENCE_SECONDS = 180.0  # from the start of the web to its first page, on a busy machine
TICK_SECONDS = 0.2


class Stopped(BaseException):
    """A signal asked us to stop; not an Exception, so that no handler swallows it."""


class Supervisor:
    def __init__(self, plan: commands.Plan) -> None:
        self.plan = plan
        self.stopping = False
        self.servers: Servers | None = None
        self.workers: list[Child] = []
        self.deaths: dict[str, deque[float]] = {}

    def run(self) -> None:
        """Start, say so, and keep everything alive until a signal comes."""
        started = time.monotonic()
        try:
            self.start_servers()
            self.prepare()
            self.start_workers()
            self.wait_until_ready()
            say(f"ready: http://127.0.0.1:{self.plan.port}/")
            if self.plan.demonstration:
                say(demonstration.table())
            say(f"  started in {time.monotonic() - started:.0f} s; Ctrl-C stops everything")
            while True:
                self.tend()
                time.sleep(TICK_SECONDS)
        finally:
            self.stop()

    def note_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def keep_waiting(self) -> None:
        if self.stopping:
            raise Stopped

    def start_servers(self) -> None:
        plan = self.plan
        say("starting the database and the broker")
        self.servers = start_under_lock(
            plan.var_dir,
            with_postgres=not plan.database_url,
            with_valkey=not plan.redis_url,
            keep_waiting=self.keep_waiting,
        )
        plan.adopt(self.servers)

    def prepare(self) -> None:
        """Migrations and data, as children too: a signal reaches them like the others."""
        for child, what in self.plan.preparations():
            say(what)
            child.start()
            self.workers = [child]
            while child.alive():
                self.keep_waiting()
                time.sleep(0.05)
            if child.process is not None and child.process.returncode:
                raise homes.CannotStart(f"{what} failed:\n{child.last_lines()}")
            child.end()
        self.workers = []

    def start_workers(self) -> None:
        say("starting web, worker and beat")
        readiness.forget_ticks(self.plan.redis_url)
        self.workers = self.plan.workers()
        for child in self.workers:
            self.keep_waiting()
            child.start()

    def wait_until_ready(self) -> None:
        plan = self.plan
        signs: list[tuple[str, Callable[[], bool]]] = [
            ("the health page", lambda: readiness.health_answers(plan.port, host=plan.host_name)),
            ("a worker's answer", lambda: readiness.worker_answers(plan.redis_url)),
            ("a tick of beat", lambda: readiness.beat_ticked(plan.redis_url)),
        ]
        deadline = time.monotonic() + PATIENCE_SECONDS
        for name, seen in signs:
            while not seen():
                self.tend()
                if time.monotonic() > deadline:
                    logs = "\n".join(f"{c.name}:\n{c.last_lines()}" for c in self.workers)
                    raise homes.CannotStart(f"waited {PATIENCE_SECONDS:.0f} s for {name}\n{logs}")
                time.sleep(TICK_SECONDS)

    def tend(self) -> None:
        """One round: stop if asked to, start again what has died."""
        self.keep_waiting()
        for child in [*(self.servers.children if self.servers else []), *self.workers]:
            if not child.alive():
                self.start_again(child)

    def start_again(self, child: Child) -> None:
        code = child.process.returncode if child.process else None
        child.end()  # its own children too
        deaths = self.deaths.setdefault(child.name, deque())
        deaths.append(time.monotonic())
        while deaths[0] < time.monotonic() - PERIOD_SECONDS:
            deaths.popleft()
        if len(deaths) > RESTARTS:
            raise homes.CannotStart(
                f"{child.name} ended {len(deaths)} times in a minute; its last lines:\n"
                f"{child.last_lines()}"
            )
        say(f"{child.name} ended (code {code}), starting it again; see {child.log}")
        pause = time.monotonic() + 0.1 * 2 ** len(deaths)
        while time.monotonic() < pause:
            self.keep_waiting()
            time.sleep(0.05)
        child.start()

    def stop(self) -> None:
        """Web, beat and worker together, then the broker, then the database: 12 s at most."""
        stop_together(self.workers)
        if self.servers is not None:
            self.servers.stop()


def say(text: str) -> None:
    """To the person who started us; a closed pipe is no reason to stop."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - for the rest of our life


def listen(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # Whoever started us with nohup wants us to outlive the terminal.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def main() -> int:
    parent = os.getppid()
    if os.environ.get("MAKELEVEL"):
        die_with_parent(signal.SIGTERM)  # make killed outright must not leave us
        if os.getppid() != parent:
            return EXIT_FAILED
    try:
        plan = commands.read_plan()
        with homes.lock(plan.var_dir, saying=plan.who):
            supervisor = Supervisor(plan)
            listen(supervisor.note_signal)
            stop_orphans(plan.var_dir)
            plan.require_free_port()
            supervisor.run()
    except Stopped:
        say("stopped")
        return 0
    except homes.AlreadyRunning as error:
        say(str(error))
        return EXIT_ALREADY_RUNNING
    except homes.CannotStart as error:
        say(str(error))
        return EXIT_FAILED
    except redis.RedisError as error:
        say(f"the broker does not answer: {error}")
        return EXIT_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
