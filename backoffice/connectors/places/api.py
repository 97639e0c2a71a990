"""The operations on allegements."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.connectors.places import allegements as services
from backoffice.connectors.places import selectors
from backoffice.connectors.places.filters import AllegementFilter
from backoffice.connectors.places.models import Allegement
from backoffice.kernel.decimals import plain
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, user_of


def allegement_document(row: Allegement) -> dict[str, Any]:
    return {
        "reference": str(row), "state": row.state, "place": row.place.code, "called": row.reference,
        "account": row.account, "direction": "DELIVER" if row.delivers else "RECEIVE",
        "against_payment": row.against_payment, "isin": row.isin,
        "quantity": None if row.quantity is None else plain(row.quantity),
        "amount": None if row.amount is None else plain(row.amount), "currency": row.currency,
        "settlement_date": row.settlement_date, "counterparty": row.counterparty,
        "told_at": row.told_at, "differs": row.differs,
        "settlement": f"S-{row.settlement_id}" if row.settlement_id else None,
    }  # fmt: skip


class Allegements(APIView):
    permission = "connectors.view_allegement"
    filters = AllegementFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What others instructed against our accounts, newest first."""
        rows = selectors.allegements(visible_to=user_of(request))
        chosen = chosen_of(self, request, rows)
        return paged(chosen, request, self, lambda page: [allegement_document(row) for row in page])


class ShowAllegement(ShowSubject):
    """One allegement, with the settlement of ours that comes nearest and what differs."""

    permission = "connectors.view_allegement"
    find = staticmethod(selectors.allegement)
    shown = staticmethod(allegement_document)


class DismissAllegement(StepOnSubject):
    """Set an allegement aside: it means nothing of ours."""

    permission = "connectors.dismiss_allegement"
    model = Allegement
    find = staticmethod(selectors.allegement)
    shown = staticmethod(allegement_document)
    Input = WithItsReason
    service = staticmethod(services.dismiss_allegements)
