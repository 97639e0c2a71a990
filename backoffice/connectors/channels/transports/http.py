"""An address of the other side, over HTTP: messages are posted, and files are asked for.

`POST address` with a message, its name and reference in headers; any 2xx is its acknowledgement, what came before
under the same reference may be answered so too. `GET address` gives a JSON list of names, `GET address/name` a file.
"""

from __future__ import annotations

import http.client
import json
import ssl
from urllib.parse import quote, urlsplit

from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.transports.base import (
    MOST_FILES,
    Acknowledgement,
    Found,
    TransportFailed,
    in_a_line,
    is_plain,
    secret_of,
    within_size,
)
from backoffice.connectors.formats.decoding import MAX_BYTES

SECONDS = 20
REFUSALS = range(400, 500)
AGAIN = (401, 403, 404, 408, 409, 425, 429)  # of the address or the moment, not of what was sent


class Http:
    """No redirection is followed, and nothing but its own address is asked."""

    moves = False

    def __init__(self, channel: Channel) -> None:
        self.code = channel.code
        self.parts = urlsplit(channel.address)

    def put(self, name: str, content: bytes, reference: str) -> Acknowledgement | None:
        headers = {
            "Content-Type": "application/octet-stream", "X-Message-Name": name,
            "Idempotency-Key": f"{self.code}/{reference}",
        }  # fmt: skip
        status, body = self._asked("POST", "", content, headers)
        text = in_a_line(body)
        if 200 <= status < 300:
            return Acknowledgement(name, True, f"HTTP {status} {text}".strip())
        if status in REFUSALS and status not in AGAIN:
            return Acknowledgement(name, False, f"HTTP {status} {text}".strip())
        raise TransportFailed(channel=self.code, why=f"HTTP {status}")

    def acknowledgements(self) -> list[Acknowledgement]:
        return []  # said when it is put

    def noted(self, acknowledgement: Acknowledgement) -> None:
        """It was said in the answer."""

    def files(self) -> list[Found]:
        status, body = self._asked("GET", "")
        if status == 204:
            return []
        self._require(status)
        try:
            names = json.loads(body)
        except ValueError:
            names = None
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            raise TransportFailed(channel=self.code, why="the answer is no list of names")
        return [Found(name, "") for name in names if is_plain(name)][:MOST_FILES]

    def read(self, name: str) -> bytes:
        status, body = self._asked("GET", f"/{quote(name)}")
        self._require(status)
        return body

    def taken(self, name: str) -> None:
        """It is remembered: what lies there is not ours to move."""

    def close(self) -> None:
        """Each question is a connection of its own."""

    def _require(self, status: int) -> None:
        if status != 200:
            raise TransportFailed(channel=self.code, why=f"HTTP {status}")

    def _asked(
        self, method: str, below: str, content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:  # fmt: skip
        secret = secret_of(self.code)
        told = {"Authorization": f"Bearer {secret}"} if secret else {}
        path = self.parts.path.rstrip("/") + below or "/"
        if not below and self.parts.path.endswith("/"):
            path = self.parts.path
        try:
            connection = self._connection()
            try:
                connection.request(method, path, body=content, headers=told | (headers or {}))
                answer = connection.getresponse()
                body = answer.read(MAX_BYTES + 1)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = str(error) or type(error).__name__
            raise TransportFailed(channel=self.code, why=why) from None
        within_size(len(body), self.code, below or "the answer")
        return answer.status, body

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.parts.hostname or "", self.parts.port
        if self.parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)
        return http.client.HTTPConnection(host, port, timeout=SECONDS)
