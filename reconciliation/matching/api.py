"""The operations on reconciliations, proposals and matches."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.kernel.money import Money
from backoffice.kernel.references import number_in
from backoffice.workflow.api import WithItsReason, user_of
from reconciliation.breaks.pointing import point_out
from reconciliation.matching import selectors
from reconciliation.matching.by_persons import make_match, undo_match
from reconciliation.matching.filters import MatchFilter, ReconciliationFilter
from reconciliation.matching.items import Entry, Line, Proposed, day_of
from reconciliation.matching.services import reconcile
from reconciliation.models import Match, Reconciliation
from refdata.firm_days import firm_day
from refdata.selectors import money_document

MOST_PROPOSALS = 500  # in one answer


def reconciliation_document(row: Reconciliation) -> dict[str, Any]:
    return {
        "reference": str(row), "entity": row.entity.code, "place": row.place.code,
        "currency": row.currency, "since": row.since, "until": row.until,
        "looked_at": row.looked_at, "open_breaks": row.open,  # type: ignore[attr-defined]
    }  # fmt: skip


def _item(row: Match, currency: str) -> dict[str, Any]:
    return {
        "line": f"SL-{row.line_id}" if row.line_id else None,
        "entry": f"E-{row.entry_id}" if row.entry_id else None,
        "amount": money_document(Money(row.amount, currency)),
    }


def match_document(row: Match) -> dict[str, Any]:
    return {
        "reference": str(row), "entity": row.entity.code, "reconciliation": str(row.reconciliation),
        "rule": row.rule, "explanation": row.get_rule_display(), "facts": row.facts,
        "items": [_item(each, row.reconciliation.currency) for each in row.items],
        "matched_by": row.matched_by.username if row.matched_by else None,
        "matched_at": row.matched_at, "undone_at": row.undone_at,
        "undone_by": row.undone_by.username if row.undone_by else None,
        "undone_reason": row.undone_reason,
    }  # fmt: skip


def _line(item: Line, currency: str) -> dict[str, Any]:
    return {
        "line": f"SL-{item.id}",
        "day": day_of(item.day),
        "amount": money_document(Money(item.amount, currency)),
    }


def _entry(item: Entry, currency: str) -> dict[str, Any]:
    return {
        "entry": f"E-{item.id}",
        "day": day_of(item.day),
        "amount": money_document(Money(item.amount, currency)),
    }


def proposal_document(each: Proposed, row: Reconciliation) -> dict[str, Any]:
    return {
        "reconciliation": str(row), "why": each.why.value, "explanation": each.why.label,
        "before": each.before or None,
        "lines": [_line(line, row.currency) for line in each.lines],
        "entries": [_entry(entry, row.currency) for entry in each.entries],
        "difference": money_document(Money(each.difference, row.currency)),
    }  # fmt: skip


class Reconciliations(APIView):
    permission = "reconciliation.view_match"
    filters = ReconciliationFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Accounts with banks that are held against our books: up to which day, and how much is open."""
        rows = chosen_of(self, request, selectors.reconciliations(visible_to=user_of(request)))
        return paged(
            rows, request, self, lambda page: [reconciliation_document(row) for row in page]
        )


class ShowReconciliation(APIView):
    permission = "reconciliation.view_match"

    def get(self, request: Request, reference: str) -> Response:
        """One account with a bank, or several of one owner, as they stand against our books."""
        row = selectors.reconciliation(reference, visible_to=user_of(request))
        return Response(reconciliation_document(row))


class RunReconciliation(OncePerKey):
    permission = "reconciliation.run_reconciliation"

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Hold its statements against the books now: what is certain is matched, the rest has a break."""
        row = selectors.reconciliation(kwargs["reference"], visible_to=user_of(request))
        nostro_ids, at = list(row.nostros.values_list("nostro_id", flat=True)), timezone.now()
        day = firm_day(at)
        done = reconcile(entity_id=row.entity_id, nostro_ids=nostro_ids, day=day, at=at)
        point_out(entity_id=row.entity_id, nostro_ids=nostro_ids, day=day)
        return Response(
            {
                "reference": str(row), "matches": dict(sorted(done.matches.items())),
                "settlements_proved": done.settled, "breaks_opened": done.opened,
                "breaks_closed": done.closed,
            }
        )  # fmt: skip


class ListProposals(APIView):
    permission = "reconciliation.view_match"
    filters = ReconciliationFilter

    def get(self, request: Request) -> Response:
        """What may belong together, for a person to decide, and why: of all accounts, or of those asked for."""
        rows = chosen_of(self, request, selectors.reconciliations(visible_to=user_of(request)))
        day, found = firm_day(timezone.now()), list[dict[str, Any]]()
        for row in rows.filter(open__gt=0):
            proposals = selectors.proposals_of(row, selectors.open_items(row, day=day), day=day)
            found += [proposal_document(each, row) for each in proposals]
            if len(found) >= MOST_PROPOSALS:
                break
        return Response({"results": found[:MOST_PROPOSALS]})


class Matches(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "reconciliation.view_match", "POST": "reconciliation.make_match",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = MatchFilter
    paged = True

    class Input(serializers.Serializer[Any]):
        reconciliation = serializers.CharField(max_length=30)
        lines = serializers.ListField(
            child=serializers.CharField(max_length=30), max_length=200, default=list
        )
        entries = serializers.ListField(
            child=serializers.CharField(max_length=30), max_length=200, default=list
        )

    def get(self, request: Request) -> Response:
        """What was matched, by which rule or by whom, newest first; undone ones too."""
        rows = chosen_of(self, request, selectors.matches(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [match_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Match lines of statements with entries of one account, as you decide; their sums have to agree."""
        given, user = self.Input(data=request.data), user_of(request)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        pool = selectors.reconciliation(told["reconciliation"], visible_to=user)
        row = make_match(
            reconciliation_id=pool.pk, actor=user, at=timezone.now(),
            line_ids=[number_in(each, "SL", "line of a statement") for each in told["lines"]],
            entry_ids=[number_in(each, "E", "entry") for each in told["entries"]],
        )  # fmt: skip
        document = match_document(selectors.match(str(row), visible_to=user))
        return Response(document, 201, headers={"Location": f"/api/v1/matches/{row}/"})


class ShowMatch(APIView):
    permission = "reconciliation.view_match"

    def get(self, request: Request, reference: str) -> Response:
        """One match with its lines and entries."""
        return Response(match_document(selectors.match(reference, visible_to=user_of(request))))


class UndoMatch(OncePerKey):
    permission = "reconciliation.undo_match"
    Input = WithItsReason

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Take a match apart: its lines and entries are open again, and no rule matches them any more."""
        user = user_of(request)
        row = selectors.match(kwargs["reference"], visible_to=user)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        undo_match(
            match_id=row.pk, reason=given.validated_data["reason"], actor=user, at=timezone.now()
        )
        return Response(match_document(selectors.match(str(row), visible_to=user)))
