"""Child processes that never outlive us: started, watched, stopped, and found again after a crash.

Every child leads a session of its own, so that Ctrl-C in the terminal reaches only the supervisor
and one signal to the group reaches all that the child started. The kernel tells it when we die.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
KEEP_LOG_BYTES = 10_000_000
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(number: int) -> None:
    """Ask the kernel to send us a signal when the process that started us ends."""
    _libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def identity(pid: int) -> str:
    """When a process was started, in clock ticks: a reused number is then somebody else."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else fields[18]


def send(pid: int, number: int, *, group: bool = False) -> None:
    """Signal a process or its group; one that is gone already is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        (os.killpg if group else os.kill)(pid, number)


@dataclass(slots=True, kw_only=True)
class Child:
    """One process we keep: how to start it, and how it likes to be stopped."""

    name: str
    command: Sequence[str]
    folder: Path  # of the deployment: logs and process numbers are kept in it
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: int = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "log" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return self.folder / "run" / f"{self.name}.pid"

    def start(self) -> None:
        for path in (self.log, self.pid_file):
            path.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > KEEP_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = spawn(self, log.fileno())
        known_by = f"{self.process.pid} {identity(self.process.pid)} {int(self.stop_signal)}\n"
        self.pid_file.write_text(known_by)

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.process is not None and self.alive():
            send(self.process.pid, self.stop_signal)

    def end(self) -> None:
        """Whatever is left of its group ends now; called after it was asked and given time."""
        if self.process is None:
            return
        send(self.process.pid, signal.SIGKILL, group=True)
        self.process.wait()
        self.pid_file.unlink(missing_ok=True)

    def last_lines(self, count: int = 20) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 64_000))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-count:])


def spawn(child: Child, output: int) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, as another user where one is named."""
    parent = os.getpid()

    def before_exec() -> None:
        # After the change of user, which would make the kernel forget the wish.
        die_with_parent(child.stop_signal)
        if os.getppid() != parent:
            os._exit(1)

    account = pwd.getpwnam(child.user) if child.user else None
    return subprocess.Popen(  # noqa: S603 - commands are ours
        list(child.command),
        cwd=child.cwd,
        env={**os.environ, **child.environment},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=before_exec,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def stop_together(children: Sequence[Child], *, seconds: float = 4.0) -> None:
    """Ask all at once, give them the same time, then end what is left."""
    for child in children:
        child.ask_to_stop()
    wait_until(lambda: not any(child.alive() for child in children), seconds=seconds)
    for child in children:
        child.end()


def stop_orphans(folder: Path, *, seconds: float = 4.0) -> None:
    """Stop what an earlier supervisor of this folder left alive; call it under the lock only."""
    files = list((folder / "run").glob("*.pid"))
    found = [(int(pid), since, int(number)) for pid, since, number in map(_remembered, files)]

    def left() -> list[tuple[int, str, int]]:
        return [orphan for orphan in found if identity(orphan[0]) == orphan[1] != ""]

    for pid, _, number in left():
        send(pid, number)
    wait_until(lambda: not left(), seconds=seconds)
    for pid, _, _ in left():
        send(pid, signal.SIGKILL, group=True)
    wait_until(lambda: not left(), seconds=seconds)
    for path in files:
        path.unlink()


def _remembered(path: Path) -> tuple[str, str, str]:
    words = path.read_text().split()
    return (words[0], words[1], words[2]) if len(words) == 3 else ("0", "", "0")


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    """Wait for a condition, at most so long; say whether it came."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
