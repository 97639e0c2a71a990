"""POST /deals/ as bytes: the requests of a moment, decoded, captured together and answered as bytes.

Only what goes well is answered here. A request that is not whole and plain, or that is refused for
any reason, is given back (None) and takes the usual road, which looks again and explains: so nothing
is decided in two places, and what is here stays small.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from backoffice.access import rates
from backoffice.access.addresses import address_of
from backoffice.access.authentication import holder_of
from backoffice.kernel.errors import Refusal
from deals.capturing.api import PERMISSION, capture_group
from deals.capturing.candidates import Candidate, Captured, RequestKey
from deals.capturing.intake import ForRepair, candidate_of
from deals.capturing.schema import read_terms

logger = logging.getLogger(__name__)

PATH = "/api/v1/deals/"
REQUEST_LINE = f"POST {PATH} HTTP/1.1".encode()
HASHED_HEAD = f"POST\n{PATH}\napplication/json\n".encode()  # see idempotency.head_of_request
NAME = re.compile(rb"[A-Za-z0-9-]+\Z")
# What these say is for the usual road: other framings, other waits, another end of the connection.
UNUSUAL = (b"transfer-encoding", b"expect", b"upgrade", b"cookie", b"te", b"trailer")
KEY = re.compile(rb"[\x21-\x7e]{1,255}\Z")


@dataclass(frozen=True, slots=True)
class Posted:
    """A whole and plain request: its headers by lower-case name, and its body."""

    headers: dict[bytes, bytes]
    body: bytes


def read_request(raw: bytes) -> Posted | None:
    """The one request that these bytes are, from first to last; None when they are anything else."""
    head, end, body = raw.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    if not end or line != REQUEST_LINE:
        return None
    headers: dict[bytes, bytes] = {}
    for field in fields:
        name, colon, value = field.partition(b":")
        name = name.lower()
        if not colon or not NAME.match(name) or name in headers or name in UNUSUAL:
            return None
        headers[name] = value.strip(b" \t")
    length = headers.get(b"content-length", b"")
    if not length.isdigit() or len(length) > 7 or int(length) != len(body):
        return None
    stays = headers.get(b"connection", b"keep-alive").lower() == b"keep-alive"
    return Posted(headers, body) if stays else None


def capture_express(requests: Sequence[tuple[bytes, str]]) -> list[bytes | None]:
    """An answer for each request (its bytes, its sender's address), or None to give it back."""
    at = timezone.now()
    looked_at = [(_candidate(raw, address, at), rates.left()) for raw, address in requests]
    going = [candidate for candidate, _ in looked_at if candidate is not None]
    outcomes = iter(capture_group.submit_all(going) if going else ())
    return [
        None if candidate is None else _answer(next(outcomes).result, left)
        for candidate, left in looked_at
    ]


def _candidate(raw: bytes, address: str, at: datetime) -> Candidate | None:
    posted = read_request(raw)
    if posted is None or not _usual_terms(posted):
        return None
    key = posted.headers.get(b"idempotency-key", b"")
    forwarded = posted.headers.get(b"x-forwarded-for", b"").decode("latin-1")
    address = address_of(address, forwarded, settings.TRUSTED_PROXIES)
    digest = hashlib.sha256(HASHED_HEAD + posted.body).digest()
    try:
        holder = holder_of(posted.headers.get(b"authorization", b"").decode("latin-1"), address)
        if holder is None or not holder.may(PERMISSION) or not KEY.match(key):
            return None
        holder.require(PERMISSION)
        return candidate_of(
            read_terms(posted.body), actor=holder.user, at=at, key=RequestKey(key.decode(), digest)
        )
    except (Refusal, ForRepair):
        return None
    except Exception:  # the usual road meets the same and answers for it
        logger.exception("a request could not be checked")
        return None


def _usual_terms(posted: Posted) -> bool:
    """JSON, over TLS where the deployment insists on it."""
    if posted.headers.get(b"content-type") != b"application/json":
        return False
    secure = posted.headers.get(b"x-forwarded-proto") == b"https"
    return secure or not settings.SECURE_SSL_REDIRECT


def _answer(outcome: Captured | None, left: rates.Left | None) -> bytes | None:
    """The stored answer as HTTP; None for a refusal or an error, of which nothing was stored."""
    if outcome is None or outcome.answer is None:
        return None
    answer = outcome.answer
    body = answer.body.encode()
    lines = [
        f"HTTP/1.1 {answer.status} {'Created' if answer.status == 201 else 'OK'}",
        f"Content-Type: {answer.media_type}",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
        "Connection: keep-alive",
    ]
    if answer.location:
        lines.append(f"Location: {answer.location}")
    lines += [f"{name}: {value}" for name, value in (left.headers() if left else ())]
    if outcome.replayed:
        lines.append("Idempotency-Replayed: true")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
