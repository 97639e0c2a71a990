"""Starts the embedded servers before Django reads its settings; a plugin, so that it comes first.

Where DATABASE_URL and REDIS_URL name servers already, those are used. Workers of xdist find the
addresses in the environment of the process that started them.
"""

from __future__ import annotations

import atexit
import os
from pathlib import Path

from backoffice.homes import AlreadyRunning
from backoffice.servers import Servers, start_servers

VAR = Path(__file__).resolve().parents[1] / "var"


def _start() -> Servers:
    try:
        return start_servers(VAR / "tests", fsync=False)
    except AlreadyRunning:  # another run of the tests in the same clone
        return start_servers(VAR / f"tests-{os.getpid()}", fsync=False)


if not os.environ.get("DATABASE_URL"):
    servers = _start()
    atexit.register(servers.stop)
    os.environ |= {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "VAR_DIR": str(servers.var_dir),
    }
os.environ["DEPLOYMENT"] = "demonstration"
