"""Pages show and read moments by the firm's clock; what programs exchange stays in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from backoffice.desk.firm_clock import FirmClock
from backoffice.templatetags import desk

EVENING = datetime(2025, 11, 23, 22, 30, tzinfo=UTC)  # half past one of the next day in Moscow


def shown_on(path: str) -> str:
    def page(request: HttpRequest) -> HttpResponse:
        typed = timezone.make_aware(datetime.fromisoformat("2025-11-24T01:30"))
        return HttpResponse(f"{desk.moment(EVENING)} {typed.astimezone(UTC):%d %H:%M}")

    return FirmClock(page)(RequestFactory().get(path)).content.decode()


@pytest.mark.parametrize("path", ["/settlements/S-1/", "/admin/", "/"])
def test_a_page_is_of_the_firms_clock_both_ways(path: str) -> None:
    assert shown_on(path) == "24 Nov 2025 01:30 23 22:30"


def test_what_programs_read_and_send_is_of_utc() -> None:
    assert shown_on("/api/v1/settlements/S-1/") == "23 Nov 2025 22:30 24 01:30"


def test_nothing_of_it_is_left_after_the_answer() -> None:
    before = timezone.get_current_timezone()
    shown_on("/")
    assert timezone.get_current_timezone() == before != ZoneInfo("Europe/Moscow")
