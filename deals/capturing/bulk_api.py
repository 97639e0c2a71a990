"""POST /deals/bulk/: a file of deals in one request. A plain view, because the body is a stream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from psycopg2 import errors
from rest_framework.exceptions import UnsupportedMediaType

from backoffice.access.authentication import KeyHolder
from backoffice.access.idempotency import (
    IdempotencyKeyReused,
    RequestInProgress,
    head_of_request,
    key_of,
)
from backoffice.access.models import IdempotencyRecord, User
from backoffice.events.leases import leased
from backoffice.events.retrying import retried
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.api import authorised
from deals.capturing.bulk import (
    COUNTS,
    Chunk,
    capture_all_or_nothing,
    capture_best_effort,
    capture_whole,
    check_chunk,
    require_all_valid,
)
from deals.capturing.capture import CHUNK
from deals.capturing.spooling import CSV, NDJSON, Spool, count_rows, spool
from deals.models import BulkRequest

BEST_EFFORT, ALL_OR_NOTHING = "best_effort", "all_or_nothing"


class UnknownMode(Invalid):
    code = "unknown-mode"
    title = gettext_noop("The mode is not known")
    detail = gettext_noop("%(mode)s is neither best_effort nor all_or_nothing.")
    hint = gettext_noop("Say mode=best_effort to keep the good rows, else mode=all_or_nothing.")
    malformed = True


def capture_bulk(request: HttpRequest) -> HttpResponse:
    """Capture the deals in the body: 200 with what became of each row, or a problem."""
    holder = authorised(request)
    if request.content_type not in (NDJSON, CSV):
        raise UnsupportedMediaType(request.content_type or "none")
    mode = request.GET.get("mode", BEST_EFFORT)
    if mode not in (BEST_EFFORT, ALL_OR_NOTHING):
        raise UnknownMode(mode=mode)
    key = key_of(request)
    body = spool(request, head_of_request(request))
    try:
        take = _taken_at_once if count_rows(body) <= CHUNK else _taken
        with holding(holder.user.pk, key):
            row, replayed = take(holder, key, body, mode, timezone.now())
            return _answer(row, replayed=replayed)
    finally:
        body.close()


def _taken(
    holder: KeyHolder, key: str, body: Spool, mode: str, at: datetime
) -> tuple[BulkRequest, bool]:
    """The request of this key, worked to its end: a commit a chunk, gone on with where it stopped."""
    row, replayed = _request_of(holder, key, body)
    if row.finished_at is None:
        _work(row, mode, body, holder.user, at)
    return row, replayed


def _taken_at_once(
    holder: KeyHolder, key: str, body: Spool, mode: str, at: datetime
) -> tuple[BulkRequest, bool]:
    """The same for what fits into a chunk: checked before its transaction begins, and one wait for the disk."""
    chunk = check_chunk(body.rows(), 0, actor=holder.user, at=at)
    return _committed(holder, key, body, chunk, mode == ALL_OR_NOTHING, at)


@retried(errors.UniqueViolation)
@transaction.atomic
def _committed(
    holder: KeyHolder, key: str, body: Spool, chunk: Chunk, every_row: bool, at: datetime
) -> tuple[BulkRequest, bool]:
    row, replayed = _request_of(holder, key, body)
    if row.finished_at is None:
        if not row.next_index:  # else it was captured whole, and its end alone was not noted
            capture_whole(row, chunk, every_row=every_row, actor=holder.user, at=at)
        BulkRequest.objects.filter(pk=row.pk).update(finished_at=at)
    return row, replayed


@contextmanager
def holding(caller_id: int, key: str) -> Iterator[None]:
    """Hold a key over several transactions. Raises RequestInProgress when a rival holds it."""
    with leased(key, caller_id) as mine:
        if not mine:
            raise RequestInProgress(key=key)
        yield


def _request_of(holder: KeyHolder, key: str, body: Spool) -> tuple[BulkRequest, bool]:
    """The request of this key: a new one, or the one that is to be gone on with or replayed."""
    if IdempotencyRecord.objects.filter(caller=holder.user, key=key).exists():
        raise IdempotencyKeyReused(key=key)
    row, created = BulkRequest.objects.get_or_create(
        caller=holder.user, key=key, defaults={"request_hash": body.digest}
    )
    if bytes(row.request_hash) != body.digest:
        raise IdempotencyKeyReused(key=key)
    return row, not created and row.finished_at is not None


def _work(row: BulkRequest, mode: str, body: Spool, actor: User, at: datetime) -> None:
    if mode == BEST_EFFORT:
        capture_best_effort(row, body.rows(), actor=actor, at=at)
    else:
        try:
            require_all_valid(body.rows(), actor=actor, at=at)
            capture_all_or_nothing(row, body.rows, actor=actor, at=at)
        except BaseException:
            row.delete()  # nothing was done, so the key may be used again
            raise
    BulkRequest.objects.filter(pk=row.pk).update(finished_at=at)


def _answer(row: BulkRequest, *, replayed: bool) -> HttpResponse:
    row.refresh_from_db()
    counts = ",".join(f'"{name}":{getattr(row, name)}' for name in COUNTS)
    chunks = row.chunks.order_by("first_index").values_list("rows", flat=True)
    body = f'{{"counts":{{{counts}}},"rows":[{",".join(text for text in chunks if text)}]}}'
    response = HttpResponse(body, content_type="application/json")
    if replayed:
        response["Idempotency-Replayed"] = "true"
    return response
