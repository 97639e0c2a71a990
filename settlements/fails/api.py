"""The operations on fails and on what they cost: reading only; the night computes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money
from backoffice.workflow.api import user_of
from deals.told import EARLIEST, LATEST
from refdata.firm_days import firm_day
from refdata.selectors import money_document
from settlements.fails import ageing, selectors, supposing
from settlements.fails.filters import FailFilter, PenaltyFilter
from settlements.fails.models import Penalty
from settlements.models import Settlement


class Day(serializers.DateField):
    """A day that a calendar can know."""

    def to_internal_value(self, value: Any) -> date:
        day: date = super().to_internal_value(value)
        if not EARLIEST <= day <= LATEST:
            self.fail("invalid", format="2026-11-24")
        return day


def fail_documents(rows: Sequence[Settlement], *, on: date) -> list[dict[str, Any]]:
    """Fails as the API returns them: age, reason, who acts, cost and who caused it."""
    found = ageing.failing(rows, on=on)
    return [_fail(row, found[row.pk]) for row in rows]


def _fail(row: Settlement, how: ageing.Failing) -> dict[str, Any]:
    def money(amount: Any) -> dict[str, str]:
        return money_document(Money(amount, how.currency))

    return {
        "settlement": f"S-{row.pk}", "status": row.status, "entity": row.entity.code,
        "place": row.place.code, "counterparty": row.counterparty.code, "owner": row.owner.code,
        "instrument": row.asset.code if row.asset_id != row.money_asset_id else None,
        "delivers": row.delivers, "quantity": plain(row.quantity - row.settled_quantity),
        "amount": money(row.amount - row.settled_amount), "due_date": row.due_date,
        "original_due_date": row.original_due_date, "age": how.age, "hold": row.hold,
        "reason": how.reasons[0] if how.reasons else "", "reasons": how.reasons,
        "desk": how.desk.value, "cause": how.cause.value, "caused_by_step": how.step,
        "cost": {
            "ours": money(how.ours), "theirs": money(how.theirs), "net": money(how.net),
            "per_day": money(how.per_day), "counted_until": how.last_day,
        },
    }  # fmt: skip


class ListFails(APIView):
    permission = "settlements.view_settlement"
    filters = FailFilter
    paged = True

    class Query(serializers.Serializer[Any]):
        on = Day(required=False)
        min_age = serializers.IntegerField(min_value=0, max_value=250, default=0)

    def get(self, request: Request) -> Response:
        """What was released and is not settled after its date, newest first: `?min_age=` business days."""
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        on = given.validated_data.get("on") or firm_day(timezone.now())
        rows = chosen_of(self, request, ageing.fails(visible_to=user_of(request), on=on))
        if age := given.validated_data["min_age"]:
            rows = ageing.older_than(rows, age, on=on)
        return paged(rows, request, self, lambda page: fail_documents(page, on=on))


def penalty_document(row: Penalty) -> dict[str, Any]:
    """One version of what a day costs one side, with what it is made of."""
    return {
        "reference": str(row), "version": row.version, "status": row.status,
        "settlement": f"S-{row.settlement_id}", "entity": row.entity.code,
        "place": row.settlement.place.code, "counterparty": row.settlement.counterparty.code,
        "instrument": row.settlement.asset.code, "day": row.day, "days": row.days,
        "counted_on": row.counted_on, "kind": row.kind, "payer": row.payer, "scheme": row.scheme,
        "lack": row.lack, "reason": row.reason, "quantity": plain(row.quantity),
        "price": None if row.price is None else {
            "value": plain(row.price.value), "currency": row.price.currency,
            "day": row.price.price_date, "source": row.price.source,
        },
        "base": None if row.base is None else plain(row.base),
        "rate": None if row.rate is None else plain(row.rate),
        "rule": f"RL-{row.rule_id}" if row.rule_id else None,
        "amount": None if row.amount is None else money_document(Money(row.amount, row.currency)),
        "cause": row.cause, "caused_by_step": row.step, "recorded_at": row.recorded_at,
    }  # fmt: skip


class ListPenalties(APIView):
    permission = "settlements.view_settlement"
    filters = PenaltyFilter
    paged = True

    class Query(serializers.Serializer[Any]):
        all_versions = serializers.BooleanField(default=False)

    def get(self, request: Request) -> Response:
        """What fails cost, day by day, by our own computation; `?all_versions=true` what stood before too."""
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        rows = selectors.penalties(
            visible_to=user_of(request), all_versions=given.validated_data["all_versions"]
        )
        rows = chosen_of(self, request, rows)
        return paged(rows, request, self, lambda page: [penalty_document(row) for row in page])


def net_document(net: selectors.Net, month: date) -> dict[str, Any]:
    def money(amount: Any) -> dict[str, str]:
        return money_document(Money(amount, net.currency))

    return {
        "entity": net.entity, "place": net.place, "counterparty": net.counterparty,
        "month": f"{month:%Y-%m}", "ours": money(net.ours), "theirs": money(net.theirs),
        "net": money(net.net), "penalties": net.penalties, "without_amount": net.without_amount,
        "due_date": selectors.due_date_of(net, month),
    }  # fmt: skip


class ListPenaltyNets(APIView):
    permission = "settlements.view_settlement"

    class Query(serializers.Serializer[Any]):
        month = Day()

    def get(self, request: Request) -> Response:
        """A month (any day of it) netted per counterparty and place; above zero we are owed."""
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        month = given.validated_data["month"]
        nets = selectors.nets_of_month(month=month, visible_to=user_of(request))
        places: dict[tuple[str, str, str], Any] = {}
        for net in nets:
            key = (net.entity, net.place, net.currency)
            places[key] = places.get(key, 0) + net.net
        return Response({
            "results": [net_document(net, month) for net in nets],
            "places": [
                {"entity": entity, "place": place, "net": money_document(Money(total, currency))}
                for (entity, place, currency), total in sorted(places.items())
            ],
        })  # fmt: skip


def supposed_document(found: supposing.Answer) -> dict[str, Any]:
    """`ours` is what we pay and `theirs` what we are owed, as counted and as it would be by the rule."""
    row = found.rule
    return {
        "rule": {
            "reference": str(row), "kind": row.kind, "key": row.key, "status": row.state, "value": row.value,
        },
        "sums": [_sum(each) for each in found.sums],
        "largest": [_supposed(each) for each in found.largest],
        "undecided": found.undecided, "whole": found.whole,
    }  # fmt: skip


def _sum(each: supposing.Sum) -> dict[str, Any]:
    def money(amount: Any) -> dict[str, str]:
        return money_document(Money(amount, each.currency))

    return {
        "place": each.place, "penalties": each.penalties,
        "counted": {"ours": money(each.ours), "theirs": money(each.theirs)},
        "supposed": {"ours": money(each.ours_then), "theirs": money(each.theirs_then)},
        "change": money(each.change),
    }  # fmt: skip


def _supposed(each: supposing.Supposed) -> dict[str, Any]:
    row = each.penalty
    would_be = None
    if each.would_be is not None:
        would_be = money_document(Money(each.would_be, row.currency))
    return {
        "penalty": f"PN-{row.id}", "settlement": f"S-{row.settlement_id}", "day": row.day,
        "payer": row.payer, "counted": money_document(Money(row.amount, row.currency)),
        "supposed": would_be,
    }  # fmt: skip


class SupposePenalties(APIView):
    permission = "settlements.view_settlement"

    class Query(serializers.Serializer[Any]):
        rule = serializers.CharField(max_length=20)
        since = Day()
        until = Day()

    def get(self, request: Request) -> Response:
        """What penalties would be, had a drafted rate or drafted terms been in force; nothing is written.

        `?rule=RL-5&since=&until=`: the days are those whose nights counted them. At most 20,000 penalties are
        worked out anew (`whole`); `undecided` are those of which the new amount cannot be told.
        """
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        found = supposing.suppose(
            told["rule"], since=told["since"], until=told["until"], visible_to=user_of(request)
        )
        return Response(supposed_document(found))
