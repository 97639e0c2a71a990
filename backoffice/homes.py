"""Where the embedded servers live: their folder, their user, their ports, and who holds the lock.

As root the servers run as `nobody`, because PostgreSQL refuses root. If `nobody` cannot reach the
folder of the clone (root's home is closed to it), data and binaries live under /var/lib/backoffice
instead: opening somebody's folders to the world is not ours to do.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import socket
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

NOBODY = "nobody"
ELSEWHERE = Path("/var/lib/backoffice")


class CannotStart(RuntimeError):
    """A start that cannot succeed; the message says what to do."""


class AlreadyRunning(CannotStart):
    """Another process holds this folder; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where data, sockets and (if moved) binaries are, and whose they are."""

    var_dir: Path
    folder: Path
    user: str | None

    @property
    def moved(self) -> bool:
        return self.folder != self.var_dir

    @property
    def sockets(self) -> Path:
        # A socket's path may have 107 bytes, a clone's path may have more.
        return Path("/tmp") / f"bo-{mark_of(self.var_dir)}"  # noqa: S108 - checked on use

    def own(self, path: Path) -> Path:
        """Make a folder that only the servers' user may enter."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.give(path)

    def give(self, path: Path) -> Path:
        """Hand a path, with all below it, to the servers' user."""
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            for each in [path, *path.rglob("*")]:
                os.chown(each, account.pw_uid, account.pw_gid, follow_symlinks=False)
        return path


def mark_of(var_dir: Path) -> str:
    return hashlib.sha256(str(var_dir.resolve()).encode()).hexdigest()[:12]


def find_home(var_dir: Path, *, binaries: list[Path]) -> Home:
    """The folder itself, or a place that `nobody` can reach."""
    if os.geteuid() != 0:
        return Home(var_dir=var_dir, folder=var_dir, user=None)
    if all(reaches(NOBODY, path) for path in [var_dir, *binaries]):
        return Home(var_dir=var_dir, folder=var_dir, user=NOBODY)
    folder = ELSEWHERE / mark_of(var_dir)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return Home(var_dir=var_dir, folder=folder, user=NOBODY)


def reaches(user: str, path: Path) -> bool:
    """Whether a user may enter a folder or run a file; asked by trying, not by reading modes."""
    account = pwd.getpwnam(user)
    try:
        tried = subprocess.run(  # noqa: S603
            ["/usr/bin/test", "-x", str(path)],
            cwd="/",
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            check=False,
        )
    except OSError as error:
        message = f"cannot run the servers as {user} ({error}); start as an ordinary user instead"
        raise CannotStart(message) from error
    return tried.returncode == 0


def safe_sockets(home: Home) -> Path:
    """The folder of the sockets, refused where somebody else has put something in its place."""
    folder = home.sockets
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    owner = pwd.getpwnam(home.user).pw_uid if home.user else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
        raise CannotStart(f"{folder} belongs to somebody else; remove it and start again")
    folder.chmod(0o700)
    return home.give(folder)


def lock(var_dir: Path, *, saying: str) -> IO[str]:
    """Hold the folder until the returned file is closed; say who we are to those who ask."""
    var_dir.mkdir(parents=True, exist_ok=True)
    held = (var_dir / "lock").open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.seek(0)
        raise AlreadyRunning(f"already running: {held.read().strip()}") from None
    held.truncate(0)
    held.write(f"{saying}\n")
    held.flush()
    return held


def read_notes(var_dir: Path) -> dict[str, Any]:
    """servers.json: ports, passwords and addresses, kept from start to start."""
    path = var_dir / "servers.json"
    notes: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    notes.setdefault("password", secrets.token_urlsafe(24))
    notes.setdefault("secret_key", secrets.token_urlsafe(48))
    return notes


def write_notes(var_dir: Path, notes: dict[str, Any]) -> None:
    draft = var_dir / "servers.json.new"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(notes, indent=1) + "\n")
    draft.replace(var_dir / "servers.json")


def keep_port(notes: dict[str, Any], name: str, *, taken: set[int]) -> int:
    """The port of the last start if it is still free, else a new one."""
    port: int = notes.get(name, 0)
    if not port or port in taken or not is_free(port):
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = found.getsockname()[1]
    notes[name] = port
    taken.add(port)
    return port


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    try:
        with socket.create_server((host, port)):
            return True
    except OSError:
        return False


def remove(var_dir: Path) -> None:
    """Everything that the servers of this folder left outside of it; the folder must be free."""
    lock(var_dir, saying="being removed").close()
    home = Home(var_dir=var_dir, folder=var_dir, user=None)
    shutil.rmtree(home.sockets, ignore_errors=True)
    if os.geteuid() == 0:
        shutil.rmtree(ELSEWHERE / mark_of(var_dir), ignore_errors=True)
