"""POST /confirmations/bulk/: a file of confirmations in one request. A plain view: the body is a stream."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.exceptions import UnsupportedMediaType

from backoffice.access.idempotency import IdempotencyKeyReused, head_of_request, key_of, replay
from backoffice.access.models import IdempotencyRecord
from deals.capturing.api import authorised
from deals.capturing.bulk_api import holding
from deals.capturing.spooling import CSV, NDJSON, spool
from deals.confirming.files import take_file

PERMISSION = "deals.receive_confirmation"


def receive_bulk(request: HttpRequest) -> HttpResponse:
    """Take in the confirmations of the body: 200 with what became of each row, or a problem.

    Killed on the way, it is sent again with the same key: what was kept is told as a duplicate.
    """
    holder = authorised(request, PERMISSION)
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
            outcome = take_file(
                body.file, body.media_type, source="file", actor=holder.user, at=timezone.now()
            )
            answer = msgspec.json.encode(
                {"counts": outcome.counts, "states": outcome.states, "rows": outcome.rows}
            )
            IdempotencyRecord.objects.create(
                caller=holder.user, key=key, request_hash=body.digest, status=200,
                body=answer.decode(),
            )  # fmt: skip
            return HttpResponse(answer, content_type="application/json")
    finally:
        body.close()
