"""Real servers at the other end: one of SFTP in a thread, one of HTTP, and ours that messages are posted to."""

from __future__ import annotations

import http.server
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from backoffice.connectors.channels.models import ChannelLine, FetchedFile
from backoffice.connectors.formats.securities import Instruction
from backoffice.connectors.models import InboundFile
from tests.connectors.channels.playing import (
    channel,
    confirmed,
    messages,
    mt548,
    read,
    sent,
    work,
    written,
)

SECRET = "a secret of the channel"


class Guard(paramiko.ServerInterface):  # type: ignore[misc]
    def check_auth_password(self, username: str, password: str) -> int:
        good = (username, password) == ("us", SECRET)
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def get_allowed_auths(self, username: str) -> str:
        return "password"


class Handle(paramiko.SFTPHandle):  # type: ignore[misc]
    readfile: Any
    writefile: Any

    def stat(self) -> Any:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class Folder(paramiko.SFTPServerInterface):  # type: ignore[misc]
    """Files below a folder of this machine, as far as a client of ours asks for them."""

    root = Path()

    def _real(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def list_folder(self, path: str) -> Any:
        rows = []
        for each in self._real(path).iterdir():
            told = paramiko.SFTPAttributes.from_stat(each.stat())
            told.filename = each.name
            rows.append(told)
        return rows

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._real(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def open(self, path: str, flags: int, attr: Any) -> Any:
        mode = "r+b" if flags & os.O_WRONLY or flags & os.O_RDWR else "rb"
        if flags & os.O_CREAT:
            self._real(path).touch()
        if flags & os.O_TRUNC:
            self._real(path).write_bytes(b"")
        try:
            file = self._real(path).open(mode)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = Handle(flags)
        handle.readfile = handle.writefile = file
        return handle

    def mkdir(self, path: str, attr: Any) -> int:
        self._real(path).mkdir(exist_ok=True)
        return paramiko.SFTP_OK

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        self._real(oldpath).replace(self._real(newpath))
        return paramiko.SFTP_OK


class SftpServer:
    def __init__(self, root: Path) -> None:
        self.key = paramiko.RSAKey.generate(2048)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        Folder.root = root
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Folder)
            transport.start_server(server=Guard())

    @property
    def pinned(self) -> str:
        return f"{self.key.get_name()} {self.key.get_base64()}"


@pytest.fixture
def sftp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    for code in ("NSD_OUT", "NSD_IN"):
        monkeypatch.setenv(f"CHANNEL_SECRET_{code}", SECRET)
    root = tmp_path / "far"
    for name in ("out", "in"):
        (root / name).mkdir(parents=True)
    server = SftpServer(root)
    yield server
    server.socket.close()


def over_sftp(server: SftpServer, code: str = "NSD-OUT", way: str = "OUT", **more: Any) -> None:
    address = f"sftp://us@127.0.0.1:{server.port}/{way.lower()}"
    told = {"transport": "SFTP", "address": address, "host_key": server.pinned} | more
    channel(code, way, **told)


class TestSftp:
    def test_carries_messages_there_and_answers_back(
        self, api: Any, sample: dict[str, Any], sftp: SftpServer
    ) -> None:
        over_sftp(sftp)
        over_sftp(sftp, "NSD-IN", "IN")
        row = sent(api, sample)
        work()
        (path,) = Folder.root.joinpath("out").glob("*.fin")
        assert path.read_bytes() == bytes(messages("SENT")[0].content or b"")
        told = read(path)
        assert isinstance(told, Instruction)

        path.with_name(f"{path.name}.ack").write_text("there")
        work()
        assert messages("ACKNOWLEDGED")
        assert sorted(each.name for each in path.parent.joinpath("done").iterdir()) == [
            path.name, f"{path.name}.ack",
        ]  # fmt: skip

        Folder.root.joinpath("in", "cf.fin").write_text(confirmed(told))
        work("NSD-IN")
        work("NSD-IN")
        assert ChannelLine.objects.get(code="NSD-IN").error == ""
        row.refresh_from_db()
        assert row.settlement == "SETTLED"
        assert [each.name for each in Folder.root.joinpath("in", "done").iterdir()] == ["cf.fin"]

    def test_talks_to_no_other_host(
        self, api: Any, sample: dict[str, Any], sftp: SftpServer
    ) -> None:
        other = paramiko.RSAKey.generate(2048)
        over_sftp(sftp, host_key=f"{other.get_name()} {other.get_base64()}")
        sent(api, sample)
        work()
        assert list(Folder.root.joinpath("out").iterdir()) == []
        assert len(messages("WRITTEN")) == 1
        line = ChannelLine.objects.get()
        assert "host key" in line.error
        assert line.failing_since is not None

    def test_says_that_its_secret_is_wrong_and_not_which(
        self, api: Any, sample: dict[str, Any], sftp: SftpServer, monkeypatch: Any
    ) -> None:
        monkeypatch.setenv("CHANNEL_SECRET_NSD_OUT", "another secret")
        over_sftp(sftp)
        sent(api, sample)
        work()
        assert "another secret" not in ChannelLine.objects.get().error
        assert len(messages("WRITTEN")) == 1

        monkeypatch.setenv("CHANNEL_SECRET_NSD_OUT", SECRET)
        work()
        assert len(messages("SENT")) == 1
        assert ChannelLine.objects.get().failing_since is None


class Far(http.server.BaseHTTPRequestHandler):
    """The place's own address: it takes what is posted once, and gives out what it has."""

    taken: list[tuple[str, bytes]] = []  # noqa: RUF012
    keys: set[str] = set()  # noqa: RUF012
    files: dict[str, bytes] = {}  # noqa: RUF012
    status = 201

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers["Idempotency-Key"]
        if self.headers["Authorization"] != f"Bearer {SECRET}":
            return self.say(401, b"")
        if self.status < 300 and key not in self.keys:
            Far.keys.add(key)
            Far.taken.append((self.headers["X-Message-Name"], body))
        self.say(self.status, b"noted")
        return None

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        if name in self.files:
            return self.say(200, self.files[name])
        return self.say(200, json.dumps(sorted(self.files)).encode())

    def say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is told."""


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for code in ("NSD_OUT", "NSD_IN"):
        monkeypatch.setenv(f"CHANNEL_SECRET_{code}", SECRET)
    Far.taken, Far.keys, Far.files, Far.status = [], set(), {}, 201
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Far)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/messages"
    server.shutdown()
    server.server_close()


class TestHttp:
    def test_posts_a_message_and_its_answer_acknowledges_it(
        self, api: Any, sample: dict[str, Any], far: str
    ) -> None:
        channel(transport="HTTP", address=far)
        row = sent(api, sample)
        work()
        (message,) = messages("ACKNOWLEDGED")
        assert Far.taken == [(message.name, bytes(message.content or b""))]
        assert message.answer == "HTTP 201 noted"
        row.refresh_from_db()
        assert row.transmission == "ACKNOWLEDGED"

    def test_that_fails_tries_again_and_that_refuses_does_not(
        self, api: Any, sample: dict[str, Any], far: str
    ) -> None:
        channel(transport="HTTP", address=far)
        sent(api, sample)
        Far.status = 503
        work()
        assert len(messages("WRITTEN")) == 1
        assert ChannelLine.objects.get().error.endswith("HTTP 503")
        Far.status = 422
        work()
        assert messages("REFUSED")[0].answer == "HTTP 422 noted"

    def test_pulls_each_file_once(self, api: Any, sample: dict[str, Any], far: str) -> None:
        channel()
        channel("NSD-IN", "IN", transport="HTTP", address=far)
        row = sent(api, sample)
        work()
        told = read(written()[0])
        Far.files = {"one.fin": mt548(told.reference, "MTCH//MACH").encode()}
        work("NSD-IN")
        work("NSD-IN")
        row.refresh_from_db()
        assert row.matching == "MATCHED"
        assert FetchedFile.objects.count() == InboundFile.objects.count() == 1


class TestBringing:
    def test_takes_what_the_place_posts_once(self, api: Any, sample: dict[str, Any]) -> None:
        channel()
        channel("NSD-IN", "IN", transport="HTTP", address="https://example.com/in")
        row = sent(api, sample)
        work()
        told = read(written()[0])
        assert isinstance(told, Instruction)
        place = gateway()
        message = confirmed(told)  # once: a second later it has another time of its own

        first = place.post("/channels/NSD-IN/messages/", message, content_type="text/plain")
        again = place.post("/channels/NSD-IN/messages/", message, content_type="text/plain")

        assert first.status_code == 202, first.content
        assert first.json()["lines_added"] == 1
        assert again.json()["reference"] == first.json()["reference"]
        row.refresh_from_db()
        assert row.settlement == "SETTLED"

    def test_is_for_nobody_else(self, api: Any) -> None:
        channel("NSD-IN", "IN", transport="HTTP", address="https://example.com/in")
        channel()
        for who in ("clerk", "checker", "admin", "dealer"):
            assert api(who).post("/channels/NSD-IN/messages/", "x").status_code == 403
        place = gateway()
        assert (
            place.post("/channels/NSD-OUT/messages/", "x")
            .json()["type"]
            .endswith("channel-takes-nothing")
        )
        assert place.post("/channels/NONE/messages/", "x").status_code == 404


def gateway() -> Any:
    from django.contrib.auth.models import Group

    from backoffice.access.models import User
    from tests.conftest import Api

    user = User.objects.create_user("gateway")
    user.groups.add(Group.objects.get(name="gateway"))
    return Api("gateway")
