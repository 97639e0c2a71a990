"""The clock that pages show: the firm's. What programs exchange stays in UTC, with its offset."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from refdata.firm_days import FIRM_ZONE


class FirmClock:
    """Moments are shown, and typed ones read, by the firm's clock on every page; not under `/api/`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return self.get_response(request)
        with timezone.override(FIRM_ZONE):
            return self.get_response(request)
