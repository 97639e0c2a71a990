"""One POST to an address that a stranger chose: bounded in time and size, and never into our own network.

The name is resolved once, and the connection goes to the address that was looked at, so that a name cannot
point elsewhere a moment later. Redirects are not followed. Only the status of the answer is read.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

SECONDS = (
    10.0  # for everything: connecting, the handshake, sending, and the first line of the answer
)
MOST_OF_ANSWER = 4_096
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Answer:
    """The status that the receiver gave, or why it gave none."""

    status: int | None
    error: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class NotReached(Exception):
    """Nothing was answered, with the reason."""


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet, whatever it is wrapped in."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, private: bool, seconds: float = SECONDS
) -> Answer:
    """Send a body once. `private` lets it go to addresses of our own network as well."""
    deadline = time.monotonic() + seconds
    try:
        parts = urlsplit(url)
        with _connected(parts, private, deadline) as connection:
            connection.settimeout(_left(deadline))
            connection.sendall(_head(parts, len(body), headers) + body)
            return Answer(_status(connection, deadline))
    except NotReached as error:
        return Answer(None, str(error)[:200])
    except (OSError, ValueError) as error:
        return Answer(None, f"{type(error).__name__}: {error}"[:200])


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise NotReached("no answer in time")
    return left


def _connected(parts: SplitResult, private: bool, deadline: float) -> socket.socket:
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not private and not all(map(is_public, addresses)):
        raise NotReached("the address is not one of the open internet")
    plain = socket.create_connection((addresses[0], port), timeout=_left(deadline))
    if parts.scheme != "https":
        return plain
    try:
        plain.settimeout(_left(deadline))
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _head(parts: SplitResult, size: int, headers: Mapping[str, str]) -> bytes:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    lines = {
        "Host": host, "Content-Type": "application/json", "Content-Length": str(size),
        "User-Agent": "backoffice-webhooks/1", "Connection": "close", **headers,
    }  # fmt: skip
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{text}\r\n".encode("ascii")


def _status(connection: socket.socket, deadline: float) -> int:
    """The status of the final answer's first line; informational answers before it are passed over."""
    read = b""
    while True:
        line, end, _ = read.partition(b"\r\n")
        if end:
            status = _status_in(line)
            if status >= 200:
                return status
            _, end, after = read.partition(b"\r\n\r\n")
            if end:
                read = after
                continue
        if len(read) > MOST_OF_ANSWER:
            raise NotReached("the answer does not begin like HTTP")
        connection.settimeout(_left(deadline))
        piece = connection.recv(1_024)
        if not piece:
            raise NotReached("the connection was closed without an answer")
        read += piece


def _status_in(line: bytes) -> int:
    words = line.split(b" ", 2)
    if not line.startswith(b"HTTP/1.") or len(words) < 2 or not words[1].isdigit():
        raise NotReached("the answer does not begin like HTTP")
    return int(words[1][:3])
