"""The operations on the close of business days: looking, explaining, restarting, signing off, opening again."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, WithReason, user_of
from ledger import day_selectors as selectors
from ledger import reopening
from ledger.day_steps import case_of, due_of, take_step_days
from ledger.days import sign_off_days
from ledger.filters import BusinessDayFilter
from ledger.models import BusinessDay, Night, NightStep, OpenPoint
from ledger.nights import restart_steps
from ledger.points import explain_points
from refdata.processes.api import TakingStep, case_document


def day_document(row: BusinessDay) -> dict[str, Any]:
    """A business day as lists show it; a sealed one names the last event under its seal."""
    sealed = row.sealed_number is not None
    return {
        "reference": str(row),
        "entity": row.entity.code,
        "day": row.day,
        "status": row.state,
        "cut_off_at": row.cut_off_at,
        "final_from_at": row.final_from_at,
        "round": row.round,
        "seal": {"number": row.sealed_number, "hash": row.sealed_hash} if sealed else None,
    }


def whole_document(row: BusinessDay) -> dict[str, Any]:
    """A business day with its nights step by step, and what is or was open at its close."""
    return day_document(row) | {
        "nights": [night_document(night) for night in row.nights.all()],
        "open_points": [point_document(point) for point in row.open_points.all()],
        "process": case_document(case_of(row.pk), due_of(row)),
    }


def night_document(night: Night) -> dict[str, Any]:
    return {
        "reference": str(night),
        "stage": night.stage,
        "round": night.round,
        "status": night.state,
        "steps": [
            step_document(step) for step in sorted(night.steps.all(), key=lambda s: s.position)
        ],
    }


def step_document(step: NightStep) -> dict[str, Any]:
    return {
        "reference": str(step),
        "name": step.name,
        "status": step.state,
        "attempts": step.attempts,
        "started_at": step.started_at,
        "finished_at": step.finished_at,
        "log": step.log.splitlines(),
        "error": step.error,
    }


def point_document(point: OpenPoint) -> dict[str, Any]:
    amount = None if point.amount is None else f"{point.amount:f}"
    return {
        "reference": str(point),
        "kind": point.kind,
        "about": point.key,
        "count": point.count,
        "amount": None if amount is None else {"amount": amount, "currency": point.currency},
        "status": point.state,
        "explanation": point.explanation,
    }


class ListBusinessDays(APIView):
    permission = "ledger.view_close"
    filters = BusinessDayFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Business days, newest first, and how far each is closed."""
        rows = chosen_of(self, request, selectors.days(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [day_document(row) for row in page])


class ShowBusinessDay(ShowSubject):
    """One day with its nights, steps, and open points."""

    permission = "ledger.view_close"
    find = staticmethod(selectors.day_of)
    shown = staticmethod(whole_document)


class StepOnDay(StepOnSubject):
    """A step of a business day, answered with the whole of it."""

    model = BusinessDay
    find = staticmethod(selectors.day_of)
    shown = staticmethod(whole_document)
    Input: ClassVar[type[serializers.Serializer[Any]] | None] = WithReason


class SignOffBusinessDay(StepOnDay):
    """Sign off a sealed day, as other eyes than those that explained or restarted anything of it."""

    permission = "ledger.sign_off_businessday"
    service = staticmethod(sign_off_days)


class TakeStepBusinessDay(StepOnDay):
    """Take the step that the process of the close adds and waits for; `step` names it, where the caller does."""

    permission = "refdata.take_step_process"
    Input = TakingStep
    service = staticmethod(take_step_days)


class AskToReopen(StepOnDay):
    """Ask for a signed-off day to be opened again; other eyes open it, with every day after it."""

    permission = "ledger.ask_reopen_businessday"
    Input = WithItsReason
    service = staticmethod(reopening.ask_to_reopen)


class ApproveReopening(StepOnDay):
    """Open a day again as another asks: every day after it, and their months and years, close anew with it."""

    permission = "ledger.approve_reopen_businessday"
    service = staticmethod(reopening.approve_reopening)


class DeclineReopening(StepOnDay):
    """Leave a day closed that another asks for."""

    permission = "ledger.decline_reopen_businessday"
    service = staticmethod(reopening.decline_reopening)


class RestartNightStep(StepOnSubject):
    """Let a failed step of a night be tried again; what was done before it stays done."""

    permission = "ledger.restart_nightstep"
    model = NightStep
    Input = WithReason
    service = staticmethod(restart_steps)

    def id_of(self, reference: str, user: User) -> int:
        return selectors.step_id_of(reference, visible_to=user)

    def document(self, reference: str, user: User) -> dict[str, Any]:
        return step_document(NightStep.objects.get(pk=self.id_of(reference, user)))


class Explanation(serializers.Serializer[Any]):
    """Why the day may end with it."""

    explanation = serializers.CharField(max_length=500, allow_blank=True)


class ExplainOpenPoint(StepOnSubject):
    """Say why a day may end with an open point; what moves after that is open again."""

    permission = "ledger.explain_openpoint"
    model = OpenPoint
    Input = Explanation
    service = staticmethod(explain_points)

    def id_of(self, reference: str, user: User) -> int:
        return selectors.point_id_of(reference, visible_to=user)

    def document(self, reference: str, user: User) -> dict[str, Any]:
        return point_document(OpenPoint.objects.get(pk=self.id_of(reference, user)))
