"""The databases that benchmarks work on: one loaded base, and a fresh copy of it for each round."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

BASE = "bench_base"
ROOT = Path(__file__).resolve().parents[1]
MUST_BE_ON = ("fsync", "synchronous_commit", "full_page_writes")


def use(database: str) -> None:
    """Point this process at a database, and forget what it remembers of the last one."""
    from deals.exposing.exposure import forget_definitions
    from deals.exposing.positions import forget_positions
    from refdata.selectors import forget_reference_data

    connection.close()
    connection.settings_dict["NAME"] = database
    forget_reference_data()
    forget_definitions()
    forget_positions()


def run_sql(sql: str, *, database: str = "postgres") -> None:
    use(database)
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()


def copy_of(source: str, name: str) -> str:
    run_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    run_sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    run_sql("CHECKPOINT")
    return name


def make_base() -> None:
    """Migrate, load the firm of the demonstration, and widen its limits so that nothing is refused."""
    from backoffice.demonstration.day import last_sessions
    from backoffice.demonstration.firm import load_firm, load_people
    from ledger.services import prepare_months

    run_sql(f'DROP DATABASE IF EXISTS "{BASE}" WITH (FORCE)')
    run_sql(f'CREATE DATABASE "{BASE}"')
    use(BASE)
    call_command("migrate", verbosity=0)
    at = timezone.now()
    prepare_months(at.date())
    call_command("load_base_data", verbosity=0, stdout=io.StringIO())
    load_firm(load_people(), at=at, today=last_sessions(at, 1)[0])
    with connection.cursor() as cursor:
        for name in MUST_BE_ON:
            cursor.execute(f"SHOW {name}")
            if cursor.fetchone()[0] != "on":
                raise SystemExit(f"{name} is off: numbers would mean nothing")
        cursor.execute("UPDATE limits_limit SET cap = 1e18")
    connection.close()


def address_of(database: str) -> str:
    parts = urlsplit(settings.DATABASE_URL)
    return urlunsplit(parts._replace(path=f"/{database}"))


@contextmanager
def web(database: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The web as the supervisor starts it, on a database of the benchmark."""
    environment = os.environ | {
        "DATABASE_URL": address_of(database), "LOG_LEVEL": "ERROR", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    command = [
        sys.executable, "-m", "gunicorn", "backoffice.wsgi:application",
        "--worker-class", "backoffice.web.LaneWorker",
        "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "16", "--keep-alive", "30",
        "--timeout", "600", "--no-control-socket",
    ]  # fmt: skip
    log = (Path(settings.VAR_DIR) / "web.log").open("ab")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for_web(port)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def wait_for_web(port: int) -> None:
    from backoffice.readiness import health_answers

    deadline = time.monotonic() + 60
    while not health_answers(port):
        if time.monotonic() > deadline:
            raise SystemExit(f"the web did not start; see {settings.VAR_DIR}/web.log")
        time.sleep(0.1)


def dump_rows(queries: Mapping[str, str]) -> dict[str, bytes]:
    """Rows of tables as COPY gives them: what was written, to be written again as the reference."""
    found = {}
    with connection.cursor() as cursor:
        for table, query in queries.items():
            target = io.BytesIO()
            cursor.copy_expert(f"COPY ({query}) TO STDOUT", target)
            found[table] = target.getvalue()
    return found


@dataclass(frozen=True)
class Copied:
    """What COPY of some rows took: by the clock, and of the CPU of the server's process and ours."""

    seconds: float
    cpu_seconds: float


def copied(database: str, rows: Mapping[str, bytes]) -> Copied:
    """COPY rows into tables as they stand there, keys, foreign keys and indexes in place; one commit.

    A name may say columns beside the table.
    """
    from django.db import transaction

    use(database)
    cpu, started = cpu_of_both(), time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for target, content in rows.items():
            cursor.copy_expert(f"COPY {target} FROM STDIN", io.BytesIO(content))
    found = Copied(time.perf_counter() - started, cpu_of_both() - cpu)
    connection.close()
    return found


def copy_seconds(database: str, rows: Mapping[str, bytes]) -> float:
    """Seconds to COPY rows into the real tables."""
    return copied(database, rows).seconds


def cpu_of_both() -> float:
    """Seconds of CPU of this process and of the server's that serves it, which is on this machine."""
    stat = Path(f"/proc/{one('SELECT pg_backend_pid()')}/stat").read_text().rpartition(")")[2]
    user, system = stat.split()[11:13]
    return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def one(sql: str, parameters: Any = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]
