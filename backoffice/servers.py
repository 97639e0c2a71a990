"""The embedded PostgreSQL and Valkey of a folder, for `make run`, tests and benchmarks.

    servers = start_servers(Path("var"))
    psycopg2.connect(servers.database_url)
    servers.stop()

They are children of the calling process and end with it. Stored in the folder: data, logs, and
`servers.json` with ports and passwords.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from backoffice import homes, postgres, valkey
from backoffice.processes import Child, stop_orphans, stop_together


def do_nothing() -> None:
    """The default of `keep_waiting`, which may raise in order to give up a wait."""


@dataclass(slots=True, kw_only=True)
class Servers:
    """Running servers: where they answer, and how they are stopped."""

    database_url: str
    redis_url: str
    var_dir: Path
    children: list[Child] = field(default_factory=list)
    held: IO[str] | None = None

    def stop(self) -> None:
        """In the reverse order of the start: Valkey, then PostgreSQL."""
        for child in reversed(self.children):
            stop_together([child])
        if self.held is not None:
            self.held.close()


def start_servers(var_dir: Path, *, fsync: bool = True) -> Servers:
    """Start both servers on the data of a folder, which is made if it does not exist.

    `fsync=False` is for tests: quick, and lost when the machine (not merely a process) stops.
    """
    var_dir = var_dir.resolve()
    held = homes.lock(var_dir, saying=f"process {os.getpid()} in {var_dir}")
    try:
        stop_orphans(var_dir)
        servers = start_under_lock(var_dir, fsync=fsync)
    except BaseException:
        held.close()
        raise
    servers.held = held
    return servers


def start_under_lock(
    var_dir: Path,
    *,
    fsync: bool = True,
    with_postgres: bool = True,
    with_valkey: bool = True,
    keep_waiting: Callable[[], None] = do_nothing,
) -> Servers:
    """The same for a caller that holds the lock, and that may have servers of its own."""
    servers = Servers(database_url="", redis_url="", var_dir=var_dir)
    notes = homes.read_notes(var_dir)
    taken: set[int] = set()
    try:
        if with_postgres:
            servers.database_url = _start_postgres(servers, notes, taken, fsync, keep_waiting)
        if with_valkey:
            servers.redis_url = _start_valkey(servers, notes, taken, keep_waiting)
    except BaseException:
        servers.stop()
        raise
    for name, address in (("database_url", servers.database_url), ("redis_url", servers.redis_url)):
        if address:
            notes[name] = address
        else:  # a server from outside: its address and password are not ours to keep
            notes.pop(name, None)
    homes.write_notes(var_dir, notes)
    return servers


def _start_postgres(
    servers: Servers,
    notes: dict[str, object],
    taken: set[int],
    fsync: bool,
    keep_waiting: Callable[[], None],
) -> str:
    programs = postgres.find_programs()
    home = homes.find_home(servers.var_dir, binaries=[programs / "postgres"])
    if home.moved:
        programs = postgres.move_programs(programs, home)
    password = str(notes["password"])
    data = postgres.make_cluster(programs, home, password=password)
    postgres.stop_stranger(data)
    postgres.forget_the_dead(data, home.sockets)
    port = homes.keep_port(notes, "postgres_port", taken=taken)
    notes["home"] = str(home.folder)
    homes.write_notes(servers.var_dir, notes)  # the password is of use only together with the data
    child = postgres.child(programs, data, home, port=port, fsync=fsync)
    servers.children.append(child)
    child.start()
    where: Any = {"port": port, "sockets": home.sockets}
    postgres.wait_until_ready(child, programs, keep_waiting=keep_waiting, **where)
    postgres.ensure_database(password=password, **where)
    return postgres.url(password=password, **where)


def _start_valkey(
    servers: Servers,
    notes: dict[str, object],
    taken: set[int],
    keep_waiting: Callable[[], None],
) -> str:
    program = valkey.find_program()
    home = homes.find_home(servers.var_dir, binaries=[program])
    if home.moved:
        program = valkey.move_program(program, home)
    password = str(notes["password"])
    port = homes.keep_port(notes, "valkey_port", taken=taken)
    child = valkey.child(program, home, port=port, password=password)
    servers.children.append(child)
    child.start()
    address = valkey.url(password=password, port=port)
    valkey.wait_until_ready(child, address, keep_waiting=keep_waiting)
    return address


def main() -> None:
    """`python -m backoffice.servers remove`: what `make clean` cannot see from outside."""
    if sys.argv[1:] != ["remove"]:
        sys.exit("usage: python -m backoffice.servers remove")
    folder = Path(os.environ.get("VAR_DIR") or Path(__file__).resolve().parents[1] / "var")
    if folder.exists():
        try:
            homes.remove(folder.resolve())
        except homes.AlreadyRunning as error:
            sys.exit(f"{error}; stop it first")


if __name__ == "__main__":
    main()
