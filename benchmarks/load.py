"""A cheap load: keep-alive connections in one process, requests made beforehand.

    python -m benchmarks.load PORT CONNECTIONS FILE

FILE holds requests, each as 8 hexadecimal digits of its length and the bytes to be sent. Prints JSON:
seconds, p99 in milliseconds, and how often which status was answered.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import Counter
from pathlib import Path


def requests_in(path: Path) -> list[bytes]:
    raw, found, at = path.read_bytes(), [], 0
    while at < len(raw):
        size = int(raw[at : at + 8], 16)
        found.append(raw[at + 8 : at + 8 + size])
        at += 8 + size
    return found


def written(requests: list[bytes]) -> bytes:
    return b"".join(f"{len(each):08x}".encode() + each for each in requests)


class Connection:
    """One connection with one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.buffer, self.sent_at = b"", time.perf_counter()
        self.socket.sendall(request)

    def answered(self) -> int:
        """The status once the whole answer is there, else 0."""
        piece = self.socket.recv(65536)
        if not piece:
            raise SystemExit("the web closed a connection")
        self.buffer += piece
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return 0
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return int(head[9:12]) if len(body) >= length else 0


def main() -> None:
    port, connections = int(sys.argv[1]), int(sys.argv[2])
    waiting = requests_in(Path(sys.argv[3]))[::-1]
    selector = selectors.DefaultSelector()
    took: list[float] = []
    statuses: Counter[int] = Counter()
    started = time.perf_counter()
    for _ in range(connections):
        connection = Connection(port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(waiting.pop())
    busy = connections
    while busy:
        for key, _ in selector.select():
            connection = key.data
            status = connection.answered()
            if not status:
                continue
            took.append(time.perf_counter() - connection.sent_at)
            statuses[status] += 1
            if waiting:
                connection.send(waiting.pop())
            else:
                selector.unregister(connection.socket)
                busy -= 1
    seconds = time.perf_counter() - started
    took.sort()
    p99 = took[int(len(took) * 0.99)] * 1000
    print(json.dumps({"seconds": seconds, "p99_ms": p99, "statuses": statuses}))


if __name__ == "__main__":
    main()
