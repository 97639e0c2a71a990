"""The operations on record-date events."""

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
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, user_of
from deals.capturing.schema import Unreadable
from refdata.selectors import money_document
from settlements.actions.models import EventOption
from settlements.models import MarketClaim, RecordEvent, Settlement, Transformation
from settlements.transforming import proposing, selectors
from settlements.transforming.filters import RecordEventFilter
from settlements.transforming.services import LOOKED_AFTER


def option_document(row: EventOption) -> dict[str, Any]:
    numbers = {name: getattr(row, name) for name in ("rate", "new", "old", "price")}
    return {
        "number": row.number, "kind": row.kind, "default": row.is_default, "takes": row.takes,
        **{name: None if value is None else plain(value) for name, value in numbers.items()},
        "currency": row.money_asset.code if row.money_asset else None,
        "outturn": row.outturn.code if row.outturn else None,
    }  # fmt: skip


def event_document(row: RecordEvent) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "kind": row.kind, "action": row.action,
        "announced_as": row.reference or None, "version": row.version,
        "replaces": f"CA-{row.replaces_id}" if row.replaces_id else None, "participation": row.participation,
        "instrument": row.instrument.code, "ex_date": row.ex_date, "record_date": row.record_date,
        "payment_date": row.payment_date, "rate": plain(row.rate) if row.rate else None,
        "currency": row.money_asset.code if row.money_asset else None,
        "outturn": row.outturn.code if row.outturn else None,
        "new": plain(row.new) if row.new else None, "old": plain(row.old) if row.old else None,
        "fractions": row.fractions, "cost_share": plain(row.cost_share) if row.cost_share is not None else None,
        "elect_from": row.elect_from, "deadline_at": row.deadline_at, "market_deadline_at": row.market_deadline_at,
        "options": [option_document(each) for each in row.options.all()],
        "document": row.document, "proposed_at": row.proposed_at,
        "looked_after_until": row.record_date + LOOKED_AFTER,
    }  # fmt: skip


class RecordEvents(OncePerKey):
    """What was announced for record dates, and proposing one more."""

    permission = {  # noqa: RUF012
        "GET": "settlements.view_settlement", "POST": "settlements.propose_recordevent",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = RecordEventFilter
    paged = True

    def get(self, request: Request) -> Response:
        """The events of record dates, newest first."""
        rows = chosen_of(self, request, selectors.record_events())
        return paged(rows, request, self, lambda page: [event_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose an event; other eyes approve it, and it is applied when its record date is over."""
        if not isinstance(request.data, dict):
            raise Unreadable(why="A JSON object is expected.")
        made = proposing.propose_event(
            told=proposing.event_of(request.data), actor=user_of(request), at=timezone.now()
        )
        row = selectors.record_event(str(made), visible_to=user_of(request))
        headers = {"Location": f"/api/v1/record-events/{row}/", "ETag": row.etag}
        return Response(event_document(row), 201, headers=headers)


class ProposeRecordEvents(OncePerKey):
    permission = "settlements.propose_recordevent"
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        csv = serializers.CharField(max_length=2_000_000, trim_whitespace=False)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose all events of a CSV, or none of them; its columns are the members of an event but its options."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        made = proposing.propose_events(
            text=given.validated_data["csv"], actor=user_of(request), at=timezone.now()
        )
        return Response({"references": [str(row) for row in made]}, 201)


class ShowRecordEvent(ShowSubject):
    """One event."""

    permission = "settlements.view_settlement"
    find = staticmethod(selectors.record_event)
    shown = staticmethod(event_document)


def transformation_document(row: Transformation) -> dict[str, Any]:
    """`fraction_paid` is what is paid for the fraction of a unit; none where it is cleared by hand."""
    currency = row.event.money_asset
    paid = Money(row.fraction_amount, currency.code) if currency and row.fraction else None
    return {
        "settlement": str(row.settlement), "netting_set": str(row.netting_set),
        "fraction": plain(row.fraction),
        "fraction_paid": money_document(paid) if paid else None,
    }  # fmt: skip


class ListTransformations(APIView):
    permission = "settlements.view_settlement"
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """The settlements that an event replaced, and the set whose settlements took their place."""
        user = user_of(request)
        rows = selectors.transformations_of(
            selectors.record_event(reference, visible_to=user), visible_to=user
        )
        return paged(rows, request, self, lambda page: [transformation_document(r) for r in page])


def claim_document(row: MarketClaim, settled_by: dict[int, Settlement]) -> dict[str, Any]:
    settlement = settled_by.get(row.pk)
    currency = row.event.money_asset
    return {
        "reference": str(row), "kind": row.kind, "receives": row.receives,
        "deal_settlement": str(row.settlement), "counterparty": row.settlement.counterparty.code,
        "counted": plain(row.counted), "quantity": plain(row.quantity),
        "amount": money_document(Money(row.amount, currency.code)) if currency else None,
        "settlement": str(settlement) if settlement else None,
        "status": settlement.status if settlement else None,
    }  # fmt: skip


class ListMarketClaims(APIView):
    permission = "settlements.view_settlement"
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """The claims between the holder on the record date and the one entitled by its trade date."""
        user = user_of(request)
        rows = selectors.claims_of(
            selectors.record_event(reference, visible_to=user), visible_to=user
        )

        def documents(page: Any) -> list[dict[str, Any]]:
            found = selectors.settled_by(list(page))
            return [claim_document(row, found) for row in page]

        return paged(rows.select_related("event__money_asset"), request, self, documents)


class StepOnEvent(StepOnSubject):
    model = RecordEvent
    find = staticmethod(selectors.record_event)
    shown = staticmethod(event_document)


class ApproveRecordEvent(StepOnEvent):
    """Put an event in force, as other eyes."""

    permission = "settlements.approve_recordevent"
    service = staticmethod(proposing.approve_events)


class DeclineRecordEvent(StepOnEvent):
    """Say, as other eyes, that an event is not so."""

    permission = "settlements.decline_recordevent"
    Input = WithItsReason
    service = staticmethod(proposing.decline_events)


class CancelRecordEvent(StepOnEvent):
    """Say, as other eyes, that it was cancelled: what is expected is so no more, what was paid is reversed."""

    permission = "settlements.cancel_recordevent"
    Input = WithItsReason
    service = staticmethod(proposing.cancel_events)


class AmendRecordEvent(OncePerKey):
    """Propose what was announced anew; once other eyes approve it, it replaces what was announced before."""

    permission = "settlements.propose_recordevent"
    gives: ClassVar = {"POST": 201}

    def perform(self, request: Request, **kwargs: Any) -> Response:
        user = user_of(request)
        old = selectors.record_event(kwargs["reference"], visible_to=user)
        if not isinstance(request.data, dict):
            raise Unreadable(why="A JSON object is expected.")
        made = proposing.amend_event(
            event_id=old.pk, told=proposing.event_of(request.data), actor=user, at=timezone.now()
        )
        row = selectors.record_event(str(made), visible_to=user)
        headers = {"Location": f"/api/v1/record-events/{row}/", "ETag": row.etag}
        return Response(event_document(row), 201, headers=headers)
