"""The schema that all migrations make, kept as a dump: they take ten seconds or more, reading it back two.

Kept for each state of the migrations. `migrate` runs on what was read back as well, and finds nothing
to do, so a dump can be old but not wrong.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection

from backoffice.postgres import find_programs

KEPT = Path(__file__).resolve().parents[1] / "var" / "schemas"


def _key() -> str:
    """What the migrations say, and the SQL that some of them read."""
    digest = hashlib.sha256()
    for config in apps.get_app_configs():
        for path in sorted(Path(config.path, "migrations").glob("*.*")):
            digest.update(f"{config.label}/{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:20]


@contextmanager
def known_schema(settings: dict[str, Any]) -> Iterator[None]:
    """Make the test database within this block: from the kept schema, or else kept after it was made.

    Of several processes the first makes it and the others wait, which is sooner for all of them.
    """
    if os.environ.get("SERVERS_OF_TESTS") != "embedded":  # whose programs may be of another version
        yield
        return
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{_key()}.sql"
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            fcntl.flock(lock, fcntl.LOCK_UN)
            template = f"schema_{os.getpid()}"
            _psql("postgres", "-c", f'CREATE DATABASE "{template}"')
            _psql(template, "-f", str(kept))
            settings["TEST"]["TEMPLATE"] = template
            yield
            connection.close()
            _psql("postgres", "-c", f'DROP DATABASE "{template}"')
            return
        yield
        beside = kept.with_suffix(f".{os.getpid()}")
        _run("pg_dump", "-f", str(beside), settings["NAME"])
        for old in KEPT.glob("*.sql"):
            old.unlink()
        beside.replace(kept)


def _psql(database: str, *arguments: str) -> None:
    _run("psql", "-q", "-v", "ON_ERROR_STOP=1", *arguments, database)


def _run(program: str, *arguments: str) -> None:
    given = connection.settings_dict
    environment = os.environ | {
        "PGHOST": given["HOST"], "PGPORT": str(given["PORT"]), "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"], "PGOPTIONS": "-c client_min_messages=warning",
    }  # fmt: skip
    subprocess.run(
        [find_programs() / program, *arguments],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
