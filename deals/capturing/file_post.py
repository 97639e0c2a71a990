"""A POST whose body is a file: spooled, taken in once for a key, its answer kept. A plain view's whole work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import UnsupportedMediaType

from backoffice.access.idempotency import IdempotencyKeyReused, head_of_request, key_of, replay
from backoffice.access.models import IdempotencyRecord, User
from deals.capturing.api import authorised
from deals.capturing.bulk_api import holding
from deals.capturing.spooling import CSV, NDJSON, spool


def take_posted_file(
    request: HttpRequest, *, permission: str,
    take: Callable[[Any, User], dict[str, Any]],
) -> HttpResponse:  # fmt: skip
    """Answer 200 with what `take` says of the spooled body, or a problem.

    Killed on the way, the file is sent again with the same key: what was kept is told as a duplicate.
    """
    holder = authorised(request, permission)
    if request.content_type not in (NDJSON, CSV):
        raise UnsupportedMediaType(request.content_type or "none")
    key = key_of(request)
    body = spool(request, head_of_request(request))
    try:
        with holding(holder.user.pk, key):
            known = IdempotencyRecord.objects.filter(caller=holder.user, key=key).first()
            if known is not None:
                if bytes(known.request_hash) != body.digest:
                    raise IdempotencyKeyReused(key=key)
                return replay(known)
            answer = msgspec.json.encode(take(body, holder.user))
            IdempotencyRecord.objects.create(
                caller=holder.user, key=key, request_hash=body.digest, status=200,
                body=answer.decode(),
            )  # fmt: skip
            return HttpResponse(answer, content_type="application/json")
    finally:
        body.close()
