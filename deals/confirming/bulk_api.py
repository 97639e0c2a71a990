"""POST /confirmations/bulk/: a file of confirmations in one request. A plain view: the body is a stream."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from backoffice.access.models import User
from deals.capturing.file_post import take_posted_file
from deals.confirming.files import take_file

PERMISSION = "deals.receive_confirmation"


def receive_bulk(request: HttpRequest) -> HttpResponse:
    """Take in the confirmations of the body: 200 with what became of each row, or a problem."""
    return take_posted_file(request, permission=PERMISSION, take=_take)


def _take(body: Any, actor: User) -> dict[str, Any]:
    found = take_file(body.file, body.media_type, source="file", actor=actor, at=timezone.now())
    return {"counts": found.counts, "states": found.states, "rows": found.rows}
