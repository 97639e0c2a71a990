"""The operations on accrued fees: reading only; the night accrues."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money
from backoffice.workflow.api import user_of
from expenses.fees import selectors
from expenses.fees.filters import AccrualFilter
from expenses.fees.models import FeeAccrual
from expenses.fees.state import Cause
from refdata.firm_days import firm_day
from refdata.models import FeeSchedule
from refdata.selectors import money_document

# How an accrual's cause is called, where it is a thing of its own.
PREFIX = {Cause.DEAL: "D-", Cause.SETTLEMENT: "S-", Cause.BREAK: "FB-"}


def cause_of(row: FeeAccrual) -> str | None:
    """The reference of what it is accrued for; none of what is for a day or a month."""
    prefix = PREFIX.get(Cause(row.cause))
    return None if prefix is None else f"{prefix}{row.cause_id}"


def accrual_document(row: FeeAccrual) -> dict[str, Any]:
    def money(amount: Decimal) -> dict[str, str]:
        return money_document(Money(amount, row.currency))

    return {
        "reference": str(row), "entity": row.entity.code, "side": row.side, "party": row.party.code,
        "owner": row.owner.code, "book": row.book.code if row.book else None, "kind": row.kind,
        "cause": row.cause, "cause_reference": cause_of(row), "accrued_on": row.accrued_on,
        "month": row.due_month, "measure": plain(row.measure), "amount": money(row.amount),
        "net": money(row.net), "vat": money(row.vat),
        "reverses": f"FA-{row.reverses_id}" if row.reverses_id else None, "reason": row.reason,
        "schedule": f"feeschedule-{row.schedule_id}" if row.schedule_id else None,
    }  # fmt: skip


class ListFeeAccruals(APIView):
    permission = "expenses.view_fee"
    filters = AccrualFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What was accrued for which cause, newest first; below zero it was taken or given back."""
        rows = chosen_of(self, request, selectors.accruals(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [accrual_document(row) for row in page])


class SumFeeAccruals(APIView):
    permission = "expenses.view_fee"
    filters = AccrualFilter

    def get(self, request: Request) -> Response:
        """What the accruals of a filter come to, by side, party, kind and currency."""
        rows = chosen_of(self, request, selectors.accruals(visible_to=user_of(request)))
        return Response({"results": [_total(each) for each in selectors.totals(rows)]})


def _total(each: dict[str, Any]) -> dict[str, Any]:
    money = {
        name: money_document(Money(each[name], each["currency"]))
        for name in ("net", "vat", "amount")
    }
    return {
        "side": each["side"], "party": each["party__code"], "kind": each["kind"], "count": each["count"],
        **money,
    }  # fmt: skip


def schedule_document(row: FeeSchedule) -> dict[str, Any]:
    return {
        "reference": f"feeschedule-{row.pk}", "entity": row.entity.code, "kind": row.kind,
        "product": row.product, "market": row.market, "capacity": row.capacity,
        "counterparty": row.counterparty.code if row.counterparty else None,
        "place": row.place.code if row.place else None, "payer": row.payer,
        "biller": row.biller.code if row.biller else None, "collected": row.collected,
        "basis": row.basis, "currency": row.currency, "service": row.service,
        "valid_from": row.valid_from, "valid_until": row.valid_until,
        "vectors": [
            {"measure": plain(each.measure),
             "amount": money_document(Money(each.amount, row.currency))}
            for each in selectors.vectors_of(row)
        ],
    }  # fmt: skip


class ListFeeVectors(APIView):
    permission = "refdata.view_refdata"

    def get(self, request: Request) -> Response:
        """Every schedule in force or to come, with what it makes of one unit, of its borders and of its bounds."""
        rows = selectors.schedules(visible_to=user_of(request), on=firm_day(timezone.now()))
        return Response({"results": [schedule_document(row) for row in rows]})
