"""A folder on a server of the other side, over SFTP. Its host key is pinned: no other is talked to."""

from __future__ import annotations

import base64
import io
import posixpath
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import paramiko

from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.transports.base import (
    DONE,
    MOST_FILES,
    Acknowledgement,
    Found,
    TransportFailed,
    answer_in,
    is_answer,
    is_plain,
    secret_of,
    within_size,
)

PORT = 22
SECONDS = 20


class Sftp:
    """As a folder: written beside and renamed; `.ack` and `.nak` are read; what was read is moved to `done/`."""

    moves = True

    def __init__(self, channel: Channel) -> None:
        self.code = channel.code
        parts = urlsplit(channel.address)
        self.host, self.port = parts.hostname or "", parts.port or PORT
        self.user, self.folder = parts.username or "", parts.path or "/"
        self.host_key = channel.host_key
        self._transport: paramiko.Transport | None = None
        self._client: Any = None

    def put(self, name: str, content: bytes, reference: str) -> Acknowledgement | None:
        with self._said() as client:
            beside = self._path(f"{name}.part")
            with client.open(beside, "wb") as file:
                file.set_pipelined(True)
                file.write(content)
            client.posix_rename(beside, self._path(name))
        return None

    def acknowledgements(self) -> Iterator[Acknowledgement]:
        with self._said() as client:
            for each in self._listed(client)[:MOST_FILES]:
                if is_answer(each.filename):
                    with client.open(self._path(each.filename), "rb") as file:
                        answer = answer_in(each.filename, file.read(200))
                    yield answer

    def noted(self, acknowledgement: Acknowledgement) -> None:
        self._away(*acknowledgement.names)

    def files(self) -> list[Found]:
        with self._said() as client:
            rows = [each for each in self._listed(client) if is_plain(each.filename)]
            return [
                Found(each.filename, f"{each.st_size}-{each.st_mtime}")
                for each in rows[:MOST_FILES]
            ]

    def read(self, name: str) -> bytes:
        with self._said() as client:
            path = self._path(name)
            within_size(client.stat(path).st_size or 0, self.code, name)
            with client.open(path, "rb") as file:
                file.prefetch()
                content: bytes = file.read()
            return content

    def taken(self, name: str) -> None:
        self._away(name)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        self._transport = self._client = None

    def _path(self, name: str) -> str:
        return posixpath.join(self.folder, name)

    def _away(self, *names: str) -> None:
        with self._said() as client:
            done, there = self._path(DONE), client.listdir(self.folder)
            if DONE not in there:
                client.mkdir(done)
            for name in names:
                if name in there:
                    client.posix_rename(self._path(name), f"{done}/{name}")

    def _listed(self, client: Any) -> list[Any]:
        rows = client.listdir_attr(self.folder)
        files = [each for each in rows if stat.S_ISREG(each.st_mode or 0)]
        return sorted(files, key=lambda each: str(each.filename))

    @contextmanager
    def _said(self) -> Iterator[Any]:
        try:
            if self._client is None:
                self._client = self._connected()
            yield self._client
        except (OSError, EOFError, paramiko.SSHException, ValueError) as error:
            self.close()
            raise TransportFailed(
                channel=self.code, why=str(error) or type(error).__name__
            ) from None

    def _connected(self) -> Any:
        kind, pinned = self._pinned()
        socket_ = socket.create_connection((self.host, self.port), timeout=SECONDS)
        self._transport = transport = paramiko.Transport(socket_)
        transport.get_security_options().key_types = _algorithms(kind)
        transport.start_client(timeout=SECONDS)
        shown = transport.get_remote_server_key()
        if shown.asbytes() != pinned:
            raise paramiko.SSHException(f"its host key is not the one that is pinned ({kind})")
        secret = secret_of(self.code)
        if secret.startswith("-----BEGIN"):
            transport.auth_publickey(self.user, _private_key(secret))
        else:
            transport.auth_password(self.user, secret)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None, "the transport is open"
        client.get_channel().settimeout(SECONDS)
        return client

    def _pinned(self) -> tuple[str, bytes]:
        """`ssh-ed25519 AAAA…`, as the server's key file has it."""
        kind, _, encoded = self.host_key.strip().partition(" ")
        if not encoded:
            raise paramiko.SSHException("no host key is pinned")
        return kind, base64.b64decode(encoded.split()[0], validate=True)


def _algorithms(kind: str) -> list[str]:
    """Of an RSA key the signatures that are still good."""
    return ["rsa-sha2-512", "rsa-sha2-256"] if kind == "ssh-rsa" else [kind]


def _private_key(secret: str) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(secret))
        except paramiko.SSHException:
            continue
    raise paramiko.SSHException("its private key is of no kind that is known")
