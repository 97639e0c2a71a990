"""Lanes: threads that serve kept-alive connections together, a whole moment's requests at a time.

A thread for each connection costs a switch for each request, and under one interpreter lock the
switches cost more than the work. A lane waits for all of its connections at once, reads what has
come, hands it over as one batch and writes the answers. What its service does not answer goes back
to the usual road with every byte that was read.
"""

from __future__ import annotations

import logging
import select
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import close_old_connections

logger = logging.getLogger(__name__)

LARGEST_REQUEST = 65_536
AT_ONCE = 64
LOOK_EVERY_SECONDS = 1.0
WRITE_SECONDS = 5.0

Serve = Callable[[Sequence[tuple[bytes, str]]], Sequence[bytes | None]]


def address_of(connection: Any) -> str:
    """Whose it is; over a local socket nobody's in particular."""
    client = connection.client
    return str(client[0]) if isinstance(client, tuple) else ""


class Lane(threading.Thread):
    """One thread with its connections. `give_back` and `gone` are told what leaves, and how."""

    def __init__(
        self,
        serve: Serve,
        *,
        give_back: Callable[[Any, bytes], None],
        gone: Callable[[Any], None],
        idle_seconds: float,
    ) -> None:
        super().__init__(daemon=True, name="lane")
        self.serve = serve
        self.give_back = give_back
        self.gone = gone
        self.idle_seconds = idle_seconds
        self.members: dict[int, Any] = {}
        self.last_used: dict[int, float] = {}
        self.poller = select.epoll()
        self.open = True
        self.looked_at = time.monotonic()

    def join_connection(self, connection: Any) -> None:
        """Serve a connection from now on: one that waits for its next request. From any thread."""
        connection.sock.setblocking(False)
        number = connection.sock.fileno()
        self.members[number], self.last_used[number] = connection, time.monotonic()
        self.poller.register(number, select.EPOLLIN)

    def close(self) -> None:
        """Answer what is being answered, and let every connection go."""
        self.open = False

    def run(self) -> None:
        while self.open or self.members:
            try:
                events = self.poller.poll(LOOK_EVERY_SECONDS if self.open else 0, AT_ONCE)
                self._serve_ready([number for number, _ in events])
                self._look_around()
            except Exception:
                logger.exception("a lane failed in a round and goes on")
        close_old_connections()

    def _serve_ready(self, numbers: Sequence[int]) -> None:
        ready = [(n, raw) for n in numbers if (raw := self._read(n)) is not None]
        if not ready:
            return
        now = time.monotonic()
        try:
            answers = self.serve([(raw, address_of(self.members[n])) for n, raw in ready])
        except Exception:
            logger.exception("%s requests go the usual road", len(ready))
            answers = [None] * len(ready)
        for (number, raw), answer in zip(ready, answers, strict=True):
            self.last_used[number] = now
            if answer is None:
                self.give_back(self._release(number), raw)
            elif not self._write(number, answer):
                self.gone(self._release(number))

    def _read(self, number: int) -> bytes | None:
        """What has come; None for nothing, and for the end of a connection."""
        connection = self.members.get(number)
        if connection is None:
            return None
        try:
            raw: bytes = connection.sock.recv(LARGEST_REQUEST)
        except BlockingIOError:
            return None
        except OSError:
            raw = b""
        if raw:
            return raw
        self.gone(self._release(number))
        return None

    def _write(self, number: int, answer: bytes) -> bool:
        sock = self.members[number].sock
        try:
            sent = sock.send(answer)
            if sent < len(answer):  # a reader that is behind: wait a little, then let it go
                sock.settimeout(WRITE_SECONDS)
                sock.sendall(answer[sent:])
                sock.setblocking(False)
        except OSError:
            return False
        return True

    def _release(self, number: int) -> Any:
        self.poller.unregister(number)
        del self.last_used[number]
        return self.members.pop(number)

    def _look_around(self) -> None:
        """Once a second: connections that were idle too long, and a database that went away."""
        now = time.monotonic()
        if now - self.looked_at < LOOK_EVERY_SECONDS and self.open:
            return
        self.looked_at = now
        close_old_connections()
        oldest = now - self.idle_seconds if self.open else now
        for number in [n for n, used in list(self.last_used.items()) if used <= oldest]:
            self.gone(self._release(number))
