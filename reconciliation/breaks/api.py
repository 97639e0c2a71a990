"""The operations on what differs from statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.kernel.references import number_in
from backoffice.workflow.api import ShowHistory, ShowSubject, StepOnSubject, WithItsReason, user_of
from backoffice.workflow.transitions import Outcome
from reconciliation.breaks import selectors, services
from reconciliation.breaks.filters import BreakFilter
from reconciliation.breaks.state import Remedy
from reconciliation.models import Break
from refdata.firm_days import firm_day
from refdata.selectors import reference_data


def break_document(row: Break) -> dict[str, Any]:
    calendar = reference_data().calendars[row.place.calendar.code]
    return {
        "reference": str(row), "status": row.state, "kind": row.kind,
        "explanation": row.get_kind_display(), "why": row.why or None, "entity": row.entity.code,
        "place": row.place.code, "asset": row.asset.code,
        "reconciliation": str(row.reconciliation) if row.reconciliation_id else None,
        "day": row.day, "age_days": selectors.age_of(row.day, firm_day(timezone.now()), calendar),
        "theirs": plain(row.theirs), "ours": plain(row.ours),
        "difference": plain(row.theirs - row.ours),
        "line": f"SL-{row.line_id}" if row.line_id else None,
        "entry": f"E-{row.entry_id}" if row.entry_id else None,
        "statement": f"ST-{row.statement_id}" if row.statement_id else None,
        "account": row.nostro.number if row.nostro else None, "facts": row.facts,
        "owner": row.owner.username if row.owner else None, "reason": row.reason,
        "chase_on": row.chase_on, "remedy": row.remedy or None,
        "settlement": f"S-{row.settlement_id}" if row.settlement_id else None,
        "opened_at": row.opened_at, "closed_at": row.closed_at,
    }  # fmt: skip


class ListBreaks(APIView):
    permission = "reconciliation.view_match"
    filters = BreakFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What differs between statements and our books, newest first; `?live=true` for what still does."""
        rows = chosen_of(self, request, selectors.breaks(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [break_document(row) for row in page])


class ShowBreak(ShowSubject):
    """One thing that differs: what, since when, what is at risk, and how others like it were decided."""

    permission = "reconciliation.view_match"
    find = staticmethod(selectors.break_of)

    @staticmethod
    def shown(row: Break) -> dict[str, Any]:
        before = selectors.decided_before([row]).get(row.pk)
        told = None
        if before is not None:
            told = {"remedy": before.remedy, "break": before.reference, "day": before.day}
        return break_document(row) | {"decided_before": told}


class ShowBreakHistory(ShowHistory):
    """Everything that happened to one thing that differs."""

    permission = "reconciliation.view_match"
    subject = "break"
    find = staticmethod(selectors.break_of)


class StepOnBreak(StepOnSubject):
    model = Break
    find = staticmethod(selectors.break_of)
    shown = staticmethod(break_document)


class OwnBreak(StepOnBreak):
    """Take it over: you look after it from now on."""

    permission = "reconciliation.own_break"
    service = staticmethod(services.own_breaks)


class ExplainBreak(StepOnBreak):
    """Say what it is, where nothing has to be booked."""

    permission = "reconciliation.explain_break"
    Input = WithItsReason
    service = staticmethod(services.explain_breaks)


class ChaseBreak(StepOnBreak):
    """Note whom you asked about it, and when to look again."""

    permission = "reconciliation.chase_break"

    class Input(serializers.Serializer[Any]):
        reason = serializers.CharField(max_length=500)
        chase_on = serializers.DateField()

    service = staticmethod(services.chase_breaks)


class ProposeRemedy(StepOnBreak):
    """Propose what is booked for it, or which settlement its line proves; other eyes accept that."""

    permission = "reconciliation.propose_break"

    class Input(serializers.Serializer[Any]):
        remedy = serializers.ChoiceField(choices=Remedy.choices)
        settlement = serializers.CharField(max_length=30, default="", allow_blank=True)
        reason = serializers.CharField(max_length=500, default="", allow_blank=True)

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        given = self._given(request)
        of = given["settlement"]
        return services.propose_remedies(
            ids=ids, remedy=Remedy(given["remedy"]), reason=given["reason"], actor=user, at=at,
            settlement_id=number_in(of, "S", "settlement") if of else None,
        )  # fmt: skip


class AcceptRemedy(StepOnBreak):
    """Accept what is proposed, as other eyes: it is booked and matched."""

    permission = "reconciliation.accept_break"
    service = staticmethod(services.accept_remedies)


class DeclineRemedy(StepOnBreak):
    """Decline what is proposed: it is open again."""

    permission = "reconciliation.decline_break"
    Input = WithItsReason
    service = staticmethod(services.decline_remedies)
