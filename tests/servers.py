"""Starts the embedded servers before Django reads its settings; a plugin, so that it comes first.

Where DATABASE_URL and REDIS_URL name servers already, those are used. The first worker of xdist takes the
servers of the process that started it, every other one has servers of its own: the horizon of events goes by
the transactions of a whole server, so a test that is rolled back at its end would hold up whoever follows
events beside it.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
from pathlib import Path

from backoffice.homes import AlreadyRunning, remove
from backoffice.servers import Servers, start_servers
from tests.sizes import SOAK

VAR = Path(__file__).resolve().parents[1] / "var"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
ENOUGH = 8 * 2**30  # bytes: the write-ahead log of a run takes up to half of it


WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
OTHER = "" if WORKER == "gw0" else f"-{WORKER}"
EMBEDDED = "SERVERS_OF_TESTS"  # says to the processes beside this one whose the servers are: see schemas.py


def _home() -> Path:
    """Where the servers of the tests keep their data: in memory, if there is enough of it.

    Hundreds of tests copy a database of a thousand files and drop it; some file systems take longer
    over each new file the more were deleted just before.
    """
    if SOAK or not MEMORY.is_dir() or min(shutil.disk_usage(MEMORY).free, _free_memory()) < ENOUGH:
        return VAR / f"tests{OTHER}"
    return MEMORY / f"backoffice-tests-{hashlib.sha256(bytes(VAR)).hexdigest()[:12]}{OTHER}"


def _free_memory() -> int:
    """Bytes that processes can still have; none where the kernel does not say it."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 0
    found = dict(line.split(":", 1) for line in lines)
    return int(found.get("MemAvailable", "0 kB").split()[0]) * 1024


def _start() -> Servers:
    home = _home()
    try:
        return start_servers(home, fsync=False)
    except AlreadyRunning:  # another run of the tests in the same clone
        return start_servers(home.with_name(f"{home.name}-{os.getpid()}"), fsync=False)


def _stop(servers: Servers) -> None:
    servers.stop()
    if servers.var_dir.is_relative_to(MEMORY):
        remove(servers.var_dir)
        shutil.rmtree(servers.var_dir, ignore_errors=True)


if not os.environ.get("DATABASE_URL") or (OTHER and os.environ.get(EMBEDDED)):
    servers = _start()
    atexit.register(_stop, servers)
    os.environ |= {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "VAR_DIR": str(servers.var_dir),
        EMBEDDED: "embedded",
    }
os.environ["DEPLOYMENT"] = "demonstration"
