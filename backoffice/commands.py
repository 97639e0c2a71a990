"""What the supervisor starts: the command line and the environment of every process."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from backoffice import demonstration, homes
from backoffice.environment import text, words
from backoffice.processes import Child
from backoffice.servers import Servers

ROOT = Path(__file__).resolve().parents[1]
WORKER_PROCESSES = 2
NO_DATABASE = "postgres://nobody@127.0.0.1:1/none"  # of the market, which is no part of us


@dataclass(slots=True, kw_only=True)
class Plan:
    """One run: where it listens, which servers it uses, and what it starts."""

    var_dir: Path
    port: int
    deployment: str
    database_url: str  # empty: our own server
    redis_url: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def demonstration(self) -> bool:
        return self.deployment == "demonstration"

    @property
    def who(self) -> str:
        return f"process {os.getpid()}, http://127.0.0.1:{self.port}/, folder {self.var_dir}"

    @property
    def host_name(self) -> str:
        """A name under which the web lets us ask for its health."""
        first = words("ALLOWED_HOSTS", ("127.0.0.1",))[0]
        return "127.0.0.1" if first == "*" else first.lstrip(".")

    @property
    def address(self) -> str:
        """The demonstration's passwords are known to all, so it answers this machine only."""
        return text("BIND", "127.0.0.1" if self.demonstration else "0.0.0.0")  # noqa: S104

    def require_free_port(self) -> None:
        if not homes.is_free(self.port, self.address):
            raise homes.CannotStart(
                f"port {self.port} is in use by another program; "
                f"choose another one: PORT={self.port + 1000} make run"
            )

    def adopt(self, servers: Servers) -> None:
        """Use the servers that were started, and tell every process about them."""
        self.database_url = self.database_url or servers.database_url
        self.redis_url = self.redis_url or servers.redis_url
        notes = homes.read_notes(self.var_dir)
        notes["deployment"] = self.deployment
        homes.write_notes(self.var_dir, notes)
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
            "DEPLOYMENT": self.deployment,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": text("SECRET_KEY", notes["secret_key"] if servers.database_url else ""),
            "VAR_DIR": str(self.var_dir),
            "PYTHONUNBUFFERED": "1",
            "C_FORCE_ROOT": "1",  # a warning about pickle, which nobody here accepts
        }

    def preparations(self) -> list[tuple[Child, str]]:
        """What must be done before the web starts, and how it is announced."""
        steps = []
        if not (ROOT / "var/static/staticfiles.json").exists():
            collect = ["manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
            steps.append((self._python("static", collect), "collecting static files"))
        steps.append((self._python("prepare", ["manage.py", "prepare"]), "preparing the database"))
        return steps

    def workers(self) -> list[Child]:
        celery = ["-m", "celery", "-A", "backoffice.celery"]
        children = [
            self._python("web", self._web()),
            self._python(
                "worker",
                [*celery, "worker", "--pool", "prefork", "--concurrency", str(WORKER_PROCESSES),
                 "--loglevel", "WARNING", "--without-gossip", "--without-mingle"],
            ),
            # Every entry looks at rows, so beat needs no file to remember what it did.
            self._python(
                "beat",
                [*celery, "beat", "--loglevel", "WARNING", "--pidfile", "",
                 "--scheduler", "celery.beat:Scheduler"],
            ),
        ]  # fmt: skip
        if self.demonstration:
            children.append(self._python("market", self._market(), DATABASE_URL=NO_DATABASE))
        return children

    def _market(self) -> list[str]:
        """Depositories and banks that are played; MISTAKES=none lets nothing go wrong there."""
        script = text("MISTAKES", demonstration.MISTAKES)
        return [
            "manage.py", "simulate_market", str(self.var_dir / "exchange"), "--apart", "--keep", "--reports",
            "--zone", demonstration.MARKET_ZONE, "--cut-off", demonstration.MARKET_CUT_OFF,
            "--cycle", str(demonstration.MARKET_CYCLE_SECONDS),
            "--script", "" if script == "none" else script,
        ]  # fmt: skip

    def _web(self) -> list[str]:
        """Few processes with many threads: group commit gathers inside a process."""
        command = ["-m", "gunicorn", "backoffice.wsgi:application"]
        command += ["--worker-class", "backoffice.web.LaneWorker"]
        command += ["--bind", f"{self.address}:{self.port}"]
        command += ["--workers", text("WEB_WORKERS", "1"), "--threads", text("WEB_THREADS", "16")]
        command += ["--timeout", "120", "--graceful-timeout", "3", "--keep-alive", "30"]
        if os.access("/dev/shm", os.W_OK):  # noqa: S108 - gunicorn's sign of life, never on a disk
            command += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
        return [*command, "--no-control-socket"]

    def _python(self, name: str, arguments: list[str], **environment: str) -> Child:
        return Child(
            name=name,
            command=[sys.executable, *arguments],
            folder=self.var_dir,
            cwd=ROOT,
            environment=self.environment | environment,
        )


def read_plan() -> Plan:
    """From the environment; with nothing set it is the demonstration on servers of our own."""
    port = text("PORT", "8000")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise homes.CannotStart(f"PORT must be a number from 1 to 65535, not {port!r}")
    database_url = text("DATABASE_URL")
    return Plan(
        var_dir=Path(text("VAR_DIR", str(ROOT / "var"))).resolve(),
        port=int(port),
        deployment=text("DEPLOYMENT", "production" if database_url else "demonstration"),
        database_url=database_url,
        redis_url=text("REDIS_URL"),
    )
