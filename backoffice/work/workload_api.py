"""Forecasts of work under /workload-forecast/: the last one, made anew on demand; and how they turned out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.work.comparing import compared
from backoffice.work.outlook import QueueOutlook, outlook
from backoffice.work.workload import make_forecast
from backoffice.workflow.api import user_of
from backoffice.workflow.workload.measuring import Verdict
from backoffice.workflow.workload.models import Forecast
from backoffice.workflow.workload.remedies import Proposal
from backoffice.workflow.workload.selectors import figures_of, last_forecast
from backoffice.workflow.workload.state import Occasion

PLACES = "%.2f"


def forecast_document(row: Forecast, queues: Sequence[QueueOutlook] | None) -> dict[str, Any]:
    """Every figure as it was stored; what it means for people as rosters and terms are now."""
    return {
        "reference": str(row), "day": row.day, "occasion": row.occasion, "at": row.at, "number": row.number,
        "mornings": row.mornings, "drivers": row.drivers,
        "figures": [
            {
                "queue": each.queue, "kind": each.kind or None, "day": each.day, "half_hour": each.half_hour,
                "expected": str(each.expected), "low": str(each.low), "high": str(each.high),
            }
            for each in figures_of(row)
        ],
        "queues": [_queue(each) for each in queues or []],
    }  # fmt: skip


def _queue(queue: QueueOutlook) -> dict[str, Any]:
    return {
        "queue": queue.queue, "waiting": queue.waiting, "ages": list(queue.ages),
        "inside": None if queue.inside is None else PLACES % queue.inside,
        "remedy": _remedy(queue.remedy) if queue.remedy else None,
        "handling": [
            {"kind": each.kind, "seconds": int(each.seconds), "measured": each.measured}
            for each in queue.handling
        ],
        "days": [
            {
                "day": each.day, "present": each.present, "hours": PLACES % each.hours, "needed": each.needed,
                "left": PLACES % each.evening.end, "late": PLACES % each.evening.late,
            }
            for each in queue.days
        ],
    }  # fmt: skip


def _remedy(found: Proposal) -> dict[str, Any]:
    return {
        "remedy": found.remedy, "people": found.people, "queue": found.queue or None,
        "kind": found.kind or None, "hours": PLACES % found.hours, "cost_hours": PLACES % found.cost,
    }  # fmt: skip


class LastForecast(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "workflow.view_forecast", "POST": "workflow.make_forecast",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}

    def get(self, request: Request) -> Response:
        """What was said last of the work to come; null before the first."""
        row, at = last_forecast(), timezone.now()
        return Response({"forecast": forecast_document(row, outlook(row, at=at)) if row else None})

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Make one now, from what is known; the one of the morning stays what is compared."""
        at = timezone.now()
        row = make_forecast(occasion=Occasion.ASKED, actor=user_of(request), at=at)
        return Response({"forecast": forecast_document(row, outlook(row, at=at))}, status=201)


class Comparison(APIView):
    permission = "workflow.view_forecast"

    def get(self, request: Request) -> Response:
        """What mornings of the last weeks said, held against what came; empty where no such day is over."""
        held = compared(at=timezone.now())
        if held is None:
            return Response({"whole": None, "ahead": [], "days": []})
        return Response(
            {
                "whole": _verdict(held.whole), "ahead": [_verdict(each) for each in held.ahead],
                "days": [
                    {"day": day, "expected": PLACES % expected, "came": came} for day, expected, came in held.days
                ],
            }
        )  # fmt: skip


def _verdict(found: Verdict) -> dict[str, Any]:
    """Shares of what came."""
    return {
        "error": f"{found.ours:.4f}", "same_weekday_last": f"{found.naive:.4f}",
        "mean_of_20_days": f"{found.level:.4f}", "within_band": f"{found.within:.4f}", "figures": found.days,
        "items": found.items,
    }  # fmt: skip
