"""The fast path of POST /deals/: a plain view, because the REST framework would cost ten times more.

Authentication, decoding, checks and the answer together take about a tenth of a millisecond. The
operation stands in the same OpenAPI document and under the same permission test as all others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated, PermissionDenied, UnsupportedMediaType

from backoffice.access.authentication import KeyHolder, caller_of
from backoffice.access.idempotency import Keyed, hash_of_request, kept_answer, key_of, once
from backoffice.events.durable import wait_for_disk
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Refusal
from deals.capturing.answers import render_captured
from deals.capturing.candidates import Candidate, Captured, RequestKey
from deals.capturing.capture import capture_deals
from deals.capturing.group_commit import Group
from deals.capturing.intake import ForRepair, candidate_of, store_for_repair
from deals.capturing.schema import read_terms

PERMISSION = "deals.capture_deal"
REMEMBER_REFUSALS_SECONDS = 1.0


def _capture_batch(candidates: Sequence[Candidate]) -> Sequence[Captured]:
    return capture_deals(candidates, render=render_captured, waits=False)


capture_group: Group[Candidate, Captured] = Group(_capture_batch, then=wait_for_disk)
_last_refusal: dict[int, float] = {}


def capture_deal(request: HttpRequest) -> HttpResponse:
    """Capture the deal in the body: 201 with the deal, 202 when it went to repair, or a problem."""
    holder = authorised(request)
    if request.content_type != "application/json":
        raise UnsupportedMediaType(request.content_type or "none")
    key = key_of(request)
    raw = request.body
    try:
        return _capture(holder, RequestKey(key, hash_of_request(request, raw)), raw)
    except Refusal as refusal:
        _note_refusal(holder, refusal, raw)
        raise


def authorised(request: HttpRequest, permission: str = PERMISSION) -> KeyHolder:
    """Who asks, if they may capture deals, or what else. Raises NotAuthenticated, PermissionDenied."""
    holder = caller_of(request)
    if holder is None:
        raise NotAuthenticated()
    if not holder.may(permission):
        raise PermissionDenied()
    holder.require(permission)
    if "HTTP_AUTHORIZATION" not in request.META:
        SessionAuthentication().enforce_csrf(request)  # type: ignore[arg-type]
    return holder


def _capture(holder: KeyHolder, key: RequestKey, raw: bytes) -> HttpResponse:
    at = timezone.now()
    try:
        candidate = candidate_of(read_terms(raw), actor=holder.user, at=at, key=key)
    except ForRepair as waiting:
        return _keep_for_repair(holder, key, waiting, at)
    except Refusal:  # by now; it may have been done before
        if (kept := kept_answer(Keyed(holder.user.pk, key.key, key.hash))) is not None:
            return kept
        raise
    outcome = capture_group.submit(candidate)
    if outcome.refusal is not None:
        raise outcome.refusal
    assert outcome.answer is not None
    answer = outcome.answer
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.media_type)
    if answer.location:
        response["Location"] = answer.location
    if outcome.replayed:
        response["Idempotency-Replayed"] = "true"
    return response


def _keep_for_repair(
    holder: KeyHolder, key: RequestKey, waiting: ForRepair, at: datetime
) -> HttpResponse:
    """202: kept as received, with what could not be resolved and where it waits."""

    def keep() -> HttpResponse:
        row = store_for_repair(waiting, actor=holder.user, at=at)
        body = {"reference": f"I-{row.pk}", "status": row.state, "problems": row.problems}
        response = HttpResponse(
            msgspec.json.encode(body), status=202, content_type="application/json"
        )
        response["Location"] = f"/api/v1/inbound/I-{row.pk}/"
        return response

    return once(holder.user, key.key, key.hash, keep)


def _note_refusal(holder: KeyHolder, refusal: Refusal, raw: bytes) -> None:
    """A refused attempt is an event of its own: at most one per caller and second."""
    at = timezone.now()
    user_id = holder.user.pk
    if at.timestamp() - _last_refusal.get(user_id, 0.0) < REMEMBER_REFUSALS_SECONDS:
        return
    _last_refusal[user_id] = at.timestamp()
    codes = sorted({refusal.code, *(problem.code for problem in refusal.problems)})
    event = NewEvent(
        kind="deal.refuse", subject_type="user", subject_id=user_id,
        facts={"codes": codes, "sha256": hashlib.sha256(raw).hexdigest()},
    )  # fmt: skip
    record_events([event], actor_id=user_id, at=at)
