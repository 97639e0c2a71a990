"""Reads settings from the environment, and from the embedded servers where it is silent.

`var/servers.json` is what `make run` leaves behind: addresses, passwords and the secret of this
folder. So `python manage.py …` finds the embedded servers with nothing exported.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"", "0", "false", "no", "off"})


def text(name: str, default: str = "") -> str:
    """A variable's text; one that is set but empty counts as not set, as compose files do it."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """A yes or a no; anything else stops the start, so that a typing error is never a no."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ValueError(f"{name} must be yes or no, not {value!r}")
    return value in TRUE


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or list(default)


def database(url: str) -> dict[str, Any]:
    """Django's entry for `postgres://user:password@host:port/name?host=/folder&option=value`.

    As for libpq, `host` and `port` of the query win over the address: that names a unix socket.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"a database URL begins with postgres://, not {parts.scheme}://")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


class MailServer(NamedTuple):
    """Where mail goes; without a host nowhere."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    tls: bool = False


def mail_server(url: str) -> MailServer:
    """Of `smtp://user:password@host:587/?tls=yes`; empty: none."""
    if not url:
        return MailServer()
    parts = urlsplit(url)
    if parts.scheme != "smtp" or not parts.hostname:
        raise ValueError(
            f"a mail server's URL is smtp://host, not {parts.scheme}://{parts.hostname or ''}"
        )
    tls = dict(parse_qsl(parts.query)).get("tls", "no").lower() in TRUE
    return MailServer(
        parts.hostname,
        parts.port or 25,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        tls,
    )


def embedded(var_dir: Path) -> Mapping[str, str]:
    """What the supervisor noted about this folder's own servers; empty before its first run."""
    try:
        stored = json.loads((var_dir / "servers.json").read_text())
    except FileNotFoundError:
        return {}
    return {name: value for name, value in stored.items() if isinstance(value, str)}
