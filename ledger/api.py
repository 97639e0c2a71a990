"""The operations on the books: trial balance and positions, as of and as known at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.events.selectors import known_at
from backoffice.kernel.decimals import plain
from backoffice.workflow.api import user_of
from ledger.filters import EntryFilter
from ledger.models import JournalEntry
from ledger.selectors import FAR, entries, postings_of, trial_balance
from ledger.state import AccountKind
from refdata.scopes import scope_of


class Moment(serializers.Serializer[Any]):
    """For which date, and with which knowledge."""

    as_of = serializers.DateField(required=False)
    known_at = serializers.DateTimeField(required=False)


class ShowTrialBalance(APIView):
    permission = "ledger.view_ledger"
    Query = Moment
    kinds: tuple[str, ...] = AccountKind.values  # type: ignore[assignment]

    def get(self, request: Request) -> Response:
        """Balances as of a date as known at a moment; the answer names the watermark used."""
        given = Moment(data=request.query_params)
        given.is_valid(raise_exception=True)
        known = known_at(given.validated_data.get("known_at"))
        lines = trial_balance(
            as_of=given.validated_data.get("as_of", FAR),
            known=known,
            scope=scope_of(user_of(request)),
        )
        return Response(
            {
                "known_at": known.at,
                "watermark": known.number,
                "results": [
                    {
                        "account": f"A-{line.account_id}", "kind": line.kind,
                        "entity": line.entity, "owner": line.owner, "place": line.place,
                        "counterparty": line.counterparty, "book": line.book,
                        "asset": line.asset, "amount": plain(line.amount),
                    }
                    for line in lines
                    if line.kind in self.kinds
                ],
            }
        )  # fmt: skip


class ShowPositions(ShowTrialBalance):
    """What each owner holds, and what its books have dealt."""

    kinds = (AccountKind.HOLDING.value, AccountKind.POSITION.value, AccountKind.CASH.value)


class ListEntries(APIView):
    permission = "ledger.view_ledger"
    filters = EntryFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Journal entries with their postings, newest first."""
        rows = entries(visible_to=user_of(request))
        return paged(chosen_of(self, request, rows), request, self, _entries)


def _entries(page: Sequence[JournalEntry]) -> list[dict[str, Any]]:
    postings = postings_of([row.pk for row in page])
    return [
        {
            "reference": f"E-{row.pk}",
            "entity": row.entity.code,
            "kind": row.kind,
            "source": f"{row.source_type}:{row.source_id}",
            "effective_date": row.effective_date,
            "recorded_at": row.recorded_at,
            "unconfirmed": row.unconfirmed,
            "reverses": f"E-{row.reverses_id}" if row.reverses_id else None,
            "reason": row.reason,
            "postings": [
                {
                    "debit": f"A-{p.debit_id}", "debit_kind": p.debit_kind,
                    "credit": f"A-{p.credit_id}", "credit_kind": p.credit_kind,
                    "asset": p.asset, "quantity": plain(p.quantity),
                }
                for p in postings[row.pk]
            ],
        }
        for row in page
    ]  # fmt: skip
