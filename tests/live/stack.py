"""A whole running system of its own: what `make run` starts, on another port, with its own data."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from celery import Celery

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240.0


def wait_for(condition: Callable[[], Any], *, seconds: float = PATIENCE, what: str = "") -> Any:
    """What the condition finds, once it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what or condition}"
        time.sleep(0.05)
    return found


@dataclass
class Stack:
    """The supervisor with all it started, spoken to over HTTP as its users do."""

    var_dir: Path
    port: int = 0
    supervisor: subprocess.Popen[str] | None = None
    keys: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start, and wait until it says that it is ready."""
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as found:
                self.port = found.getsockname()[1]
        hidden = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "MAKELEVEL")
        environment = {k: v for k, v in os.environ.items() if k not in hidden}
        environment |= {"VAR_DIR": str(self.var_dir), "PORT": str(self.port), "MISTAKES": "none"}
        self.var_dir.mkdir(parents=True, exist_ok=True)
        with (self.var_dir / "said.log").open("a") as said:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "backoffice.supervise"], cwd=ROOT, env=environment,
                stdout=said, stderr=said, text=True,
            )  # fmt: skip
        before = self.said().count("ready:")
        wait_for(lambda: self.said().count("ready:") > before or self.ended(), what="ready:")
        assert not self.ended(), self.said()
        self._by_request_only()

    def _by_request_only(self) -> None:
        """Runs are what stories ask for: one that the clock starts would settle before they look."""
        with closing(psycopg2.connect(self.database_url())) as connection, connection:
            connection.cursor().execute(
                "UPDATE refdata_datedrule SET superseded_from = valid_from"
                " WHERE kind = 'settle.cycles' AND superseded_from IS NULL"
            )

    def database_url(self) -> str:
        return str(json.loads((self.var_dir / "servers.json").read_text())["database_url"])

    def said(self) -> str:
        return (self.var_dir / "said.log").read_text()

    def running(self) -> bool:
        return self.supervisor is not None and self.supervisor.poll() is None

    def ended(self) -> bool:
        return self.supervisor is not None and self.supervisor.poll() is not None

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.supervisor is not None and self.running():
            self.supervisor.send_signal(number)
            self.supervisor.wait(20)

    def remove(self) -> None:
        """Everything it left, its data too."""
        environment = os.environ | {"VAR_DIR": str(self.var_dir)}
        command = [sys.executable, "-m", "backoffice.servers", "remove"]
        subprocess.run(command, cwd=ROOT, check=True, env=environment)
        shutil.rmtree(self.var_dir, ignore_errors=True)

    def pid_of(self, name: str) -> int:
        path = self.var_dir / "run" / f"{name}.pid"
        return int(path.read_text().split()[0]) if path.exists() else 0

    def kill(self, name: str) -> None:
        """End a process of ours at once, as a fault of the machine would; the supervisor sees it."""
        before = self.pid_of(name)
        os.killpg(before, signal.SIGKILL)
        wait_for(lambda: self.pid_of(name) not in (0, before), what=f"{name} to come back")

    def call(self, method: str, path: str, who: str, body: Any = None, key: str = "") -> Any:
        """The answer's body and status; a connection that breaks raises OSError."""
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.key_of(who)}",
        }
        if method == "POST":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        return self._send(method, path, headers, body)

    def insist(self, method: str, path: str, who: str, body: Any = None) -> Any:
        """The same call with the same key until it is answered, as a careful program does."""
        key, deadline = uuid.uuid4().hex, time.monotonic() + PATIENCE
        while True:
            try:
                status, answer = self.call(method, path, who, body, key)
                if status not in (503, 409) or answer.get("code") not in (
                    "request-in-progress", "service-unavailable", "too-busy",
                ):  # fmt: skip
                    return status, answer
            except OSError:
                pass
            assert time.monotonic() < deadline, f"no answer to {method} {path}"
            time.sleep(0.1)

    def _send(self, method: str, path: str, headers: dict[str, str], body: Any) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            method=method,
            headers=headers,
            data=json.dumps(body or {}).encode() if method == "POST" else None,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                raw = answer.read()
                return answer.status, json.loads(raw) if raw[:1] in (b"{", b"[") else raw
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")
        except http.client.HTTPException as error:  # killed between head and body of an answer
            raise ConnectionError(f"{method} {path}: {error!r}") from error

    def key_of(self, who: str) -> str:
        if who not in self.keys:
            body = {"username": who, "password": f"{who}-demo", "label": "live"}
            _, answer = self._send("POST", "/keys/", {"Content-Type": "application/json"}, body)
            self.keys[who] = answer["key"]
        return self.keys[who]

    def ask(self, task: str) -> None:
        """Let a worker do now what beat asks for each minute."""
        address = json.loads((self.var_dir / "servers.json").read_text())["redis_url"]
        with Celery(broker=address, set_as_current=False) as app:
            app.send_task(task)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Look into the database as an auditor would."""
        connection = psycopg2.connect(self.database_url())
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            connection.close()

    def processes(self) -> list[int]:
        """Every live process that knows our folder."""
        mark, found = str(self.var_dir).encode(), []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                known = mark in (path / "environ").read_bytes() + (path / "cmdline").read_bytes()
            except OSError:
                continue
            if known and int(path.name) != os.getpid():
                found.append(int(path.name))
        return found
