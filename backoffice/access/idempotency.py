"""Requests that may be repeated: the answer to work that was committed is given again.

The first statement takes a lock on caller and key without waiting; the record is written in the
transaction that does the work. A refusal leaves nothing, so it may be tried again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.models import IdempotencyRecord, User
from backoffice.events.durable import LAZILY
from backoffice.kernel.errors import Conflict, Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop

HEADER = "HTTP_IDEMPOTENCY_KEY"
MAX_KEY = 255


class IdempotencyKeyMissing(Invalid):
    code = "idempotency-key-missing"
    title = gettext_noop("The request needs an idempotency key")
    detail = gettext_noop("A request that creates or moves something carries Idempotency-Key.")
    hint = gettext_noop("Send a header Idempotency-Key of 1 to 255 printable ASCII characters.")
    malformed = True


class IdempotencyKeyReused(Invalid):
    code = "idempotency-key-reused"
    title = gettext_noop("The idempotency key was used for another request")
    detail = gettext_noop("Key %(key)s belongs to a request with another body.")
    hint = gettext_noop("Use a new key for a new request.")


class RequestInProgress(Conflict):
    code = "request-in-progress"
    title = gettext_noop("The same request is still running")
    detail = gettext_noop("A request with key %(key)s has not been answered yet.")
    hint = gettext_noop("Repeat it in a moment; the stored answer will come.")


def key_of(request: HttpRequest) -> str:
    """The key in the header. Raises IdempotencyKeyMissing."""
    key: str = request.META.get(HEADER, "")
    if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise IdempotencyKeyMissing()
    return key


def hash_of_request(request: HttpRequest, body: bytes) -> bytes:
    """What must be the same for a request to be the same: method, path, media type and body."""
    return hashlib.sha256(head_of_request(request) + body).digest()


def head_of_request(request: HttpRequest) -> bytes:
    """What stands before the body in the hash; a body that streams is hashed behind it."""
    return f"{request.method}\n{request.get_full_path()}\n{request.content_type}\n".encode()


class Keyed(NamedTuple):
    """A request by what tells it from all others."""

    caller_id: int
    key: str
    digest: bytes


def keyed(request: Request) -> Keyed:
    """The caller, key and digest of a request. Raises IdempotencyKeyMissing."""
    user, plain = request.user, request._request
    assert isinstance(user, User)
    return Keyed(user.pk, key_of(plain), hash_of_request(plain, plain.body))


class OncePerKey(APIView):
    """A POST whose work is done once per key: subclasses write `perform`, not `post`."""

    def perform(self, request: Request, **kwargs: Any) -> Response:
        raise NotImplementedError

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        _, key, digest = keyed(request)
        user = request.user
        assert isinstance(user, User)
        return once(user, key, digest, lambda: self._performed(request, **kwargs))

    def _performed(self, request: Request, **kwargs: Any) -> HttpResponse:
        """The answer written out now, so that a replay is the same to the byte."""
        response = self.perform(request, **kwargs)
        response.accepted_renderer = self.request.accepted_renderer
        response.accepted_media_type = self.request.accepted_media_type
        response.renderer_context = self.get_renderer_context()  # type: ignore[attr-defined]
        response.render()
        return response


@transaction.atomic
def once(user: User, key: str, digest: bytes, work: Callable[[], HttpResponse]) -> HttpResponse:
    """Do the work and keep its answer, in one transaction; or give the answer that is kept.

    Raises IdempotencyKeyReused and RequestInProgress. What the work raises is not kept.
    """
    request = Keyed(user.pk, key, digest)
    lock_key(user.pk, key)
    if (kept := kept_answer(request)) is not None:
        return kept
    response = work()
    location = response.headers.get("Location", "")
    keep_answers([(request, response.status_code, location, response.content.decode())])
    return response


def lock_key(caller_id: int, key: str) -> None:
    """Hold the key until the transaction ends. Raises RequestInProgress when a rival holds it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, %s))", [key, caller_id]
        )
        if not cursor.fetchone()[0]:
            raise RequestInProgress(key=key)


def replay(record: IdempotencyRecord) -> HttpResponse:
    """The stored answer again, marked as such."""
    return answer_of(record, replayed=True)


def answer_of(record: IdempotencyRecord, *, replayed: bool) -> HttpResponse:
    """What is kept, as it was or is answered."""
    response = HttpResponse(record.body, status=record.status, content_type=record.media_type)
    if replayed:
        response["Idempotency-Replayed"] = "true"
    if record.location:
        response["Location"] = record.location
    return response


def kept_answer(request: Keyed) -> HttpResponse | None:
    """What was answered to a request: it was done, and stays done. Raises IdempotencyKeyReused."""
    known = IdempotencyRecord.objects.filter(caller=request.caller_id, key=request.key).first()
    if known is None:
        return None
    if bytes(known.request_hash) != request.digest:
        raise IdempotencyKeyReused(key=request.key)
    return replay(known)


_LOCK_ALL = """
SELECT pg_try_advisory_xact_lock(hashtextextended(key, caller_id))
  FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS g(caller_id, key, ord) ORDER BY ord
"""


def open_keys(
    requests: Sequence[Keyed], *, waits: bool = True
) -> list[IdempotencyRecord | Refusal | None]:
    """Of each request of a batch: the answer that is kept, why it cannot be looked at, or None: it is new.

    The keys are held until the transaction ends; they are locked before the answers are read, so that
    what a rival has just kept is seen. `waits`: whether the commit of this transaction waits for the disk.
    """
    with connection.cursor() as cursor:
        callers, keys = [each.caller_id for each in requests], [each.key for each in requests]
        cursor.execute(("" if waits else LAZILY) + _LOCK_ALL, [callers, keys])
        free = [row[0] for row in cursor.fetchall()]
    kept = IdempotencyRecord.objects.filter(caller__in=set(callers), key__in=set(keys))
    known = {(row.caller_id, row.key): row for row in kept}
    seen: set[tuple[int, str]] = set()
    found: list[IdempotencyRecord | Refusal | None] = []
    for (caller_id, key, digest), is_free in zip(requests, free, strict=True):
        record = known.get((caller_id, key))
        if not is_free or (caller_id, key) in seen:
            found.append(RequestInProgress(key=key))
        elif record is not None and bytes(record.request_hash) != digest:
            found.append(IdempotencyKeyReused(key=key))
        else:
            found.append(record)
        seen.add((caller_id, key))
    return found


def keep_answers(answers: Sequence[tuple[Keyed, int, str, str]]) -> list[IdempotencyRecord]:
    """Keep the status, location and JSON that each new request is answered with, in the caller's transaction."""
    return IdempotencyRecord.objects.bulk_create(
        IdempotencyRecord(
            caller_id=request.caller_id, key=request.key, request_hash=request.digest, status=status,
            location=location, media_type="application/json", body=body,
        )
        for request, status, location, body in answers
    )  # fmt: skip
