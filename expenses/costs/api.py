"""The operations on contracts with suppliers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
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
from expenses.costs import contracts, selectors
from expenses.costs.expecting import PERIODS
from expenses.costs.filters import ContractFilter, CostFilter
from expenses.costs.models import Cost, CostContract
from expenses.costs.state import BOUGHT_CHOICES
from expenses.fees.kinds import SERVICE
from refdata.firm_days import firm_day
from refdata.selectors import money_document
from settlements.fails.api import Day

VIEW = "expenses.view_cost"
SHARE: Mapping[str, Any] = {"max_digits": 9, "decimal_places": 6}


def contract_document(row: CostContract) -> dict[str, Any]:
    """`amount` is for `per_months`; the last day of validity is the one before `valid_until`."""
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code,
        "agreement": row.agreement.number, "party": row.party.code, "kind": row.kind,
        "subject": row.subject, "centre": row.centre.code if row.centre else None,
        "amount": money_document(Money(row.amount, row.currency)), "per_months": row.per_months,
        "service": row.service or None, "vat_on_top": row.vat_on_top, "valid_from": row.valid_from,
        "valid_until": row.valid_until, "due_day": row.due_day, "in_advance": row.in_advance,
        "index": plain(row.index), "indexed_from": row.indexed_from,
        "tolerance": plain(row.tolerance), "notice_days": row.notice_days,
        "proposed_by": row.proposed_by.username, "proposed_at": row.proposed_at,
    }  # fmt: skip


def contract_in_months(row: CostContract) -> dict[str, Any]:
    """A contract with its months: what is expected, accrued, and billed by which invoices."""
    months = [
        {
            "month": each.month, "invoices": [str(invoice) for invoice in each.invoices],
            **{
                name: money_document(Money(getattr(each, name), row.currency))
                for name in ("net", "vat", "total", "accrued")
            },
        }
        for each in selectors.months_of(row, today=firm_day(timezone.now()))
    ]  # fmt: skip
    return contract_document(row) | {"months": months}


def cost_document(row: Cost) -> dict[str, Any]:
    return {
        "reference": str(row), "entity": row.entity.code, "month": row.month, "kind": row.kind,
        "centre": row.centre.code if row.centre else None,
        "party": row.party.code if row.party else None,
        "contract": str(row.contract) if row.contract else None, "source": row.source,
        "source_id": row.source_id, "booked_on": row.booked_on,
        "amount": money_document(Money(row.amount, row.currency)),
        "vat": money_document(Money(row.vat, row.currency)),
        "base": money_document(Money(row.base, row.entity.base_currency)),
        "reverses": f"CO-{row.reverses_id}" if row.reverses_id else None,
    }  # fmt: skip


class ContractInput(serializers.Serializer[Any]):
    """What an agreement of the register obliges an entity to pay; `agreement` is its number or reference."""

    entity = serializers.CharField(max_length=20)
    agreement = serializers.CharField(max_length=64)
    kind = serializers.ChoiceField(choices=BOUGHT_CHOICES)
    subject = serializers.CharField(max_length=200)
    currency = serializers.CharField(max_length=3)
    amount = serializers.DecimalField(max_digits=24, decimal_places=4, min_value=Decimal("0.0001"))
    per_months = serializers.ChoiceField(choices=PERIODS, default=1)
    valid_from = Day()
    valid_until = Day(default=None, allow_null=True)
    due_day = serializers.IntegerField(min_value=1, max_value=31, default=10)
    in_advance = serializers.BooleanField(default=False)
    service = serializers.RegexField(f"^({SERVICE})?$", default="", allow_blank=True)
    vat_on_top = serializers.BooleanField(default=False)
    index = serializers.DecimalField(min_value=Decimal("-0.99"), default=Decimal(0), **SHARE)
    indexed_from = Day(default=None, allow_null=True)
    tolerance = serializers.DecimalField(
        min_value=Decimal(0), max_value=Decimal("0.99"), default=Decimal(0), **SHARE
    )
    notice_days = serializers.IntegerField(min_value=0, max_value=1_000, default=0)
    centre = serializers.CharField(max_length=20, default="", allow_blank=True)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Days in their order, and an index with the month from which on it counts."""
        until, indexed = given["valid_until"], given["indexed_from"]
        if until is not None and until <= given["valid_from"]:
            self._refuse("valid_until")
        if (indexed is None) != (given["index"] == 0) or (indexed is not None and indexed.day != 1):
            self._refuse("indexed_from")
        return given

    def _refuse(self, name: str) -> None:
        raise serializers.ValidationError({name: self.fields[name].error_messages["invalid"]})


class Contracts(OncePerKey):
    permission = {"GET": VIEW, "POST": "expenses.propose_costcontract"}  # noqa: RUF012
    gives: ClassVar = {"POST": 201}
    filters = ContractFilter
    paged = True
    Input = ContractInput

    def get(self, request: Request) -> Response:
        """Contracts with suppliers, newest first."""
        rows = chosen_of(self, request, selectors.contracts(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [contract_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose what an agreement obliges us to pay; other eyes sign it into the register."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        new = contracts.NewContract(**given.validated_data)
        row = contracts.propose_contract(new=new, actor=user_of(request), at=timezone.now())
        return Response(contract_document(row), 201, headers={"ETag": row.etag})


class ShowContract(ShowSubject):
    """One contract with its months: what is expected, accrued and billed."""

    permission = VIEW
    find = staticmethod(selectors.contract)
    shown = staticmethod(contract_in_months)


class StepOnContract(StepOnSubject):
    model = CostContract
    find = staticmethod(selectors.contract)
    shown = staticmethod(contract_document)


class SignContract(StepOnContract):
    """Sign a contract into the register, as other eyes than proposed it."""

    permission = "expenses.sign_costcontract"
    service = staticmethod(contracts.sign_contracts)


class DeclineContract(StepOnContract):
    """Say that it is not what was agreed."""

    permission = "expenses.decline_costcontract"
    Input = WithItsReason
    service = staticmethod(contracts.decline_contracts)


class EndContract(StepOnContract):
    """End a contract on the day before `until`, as other eyes than proposed it."""

    permission = "expenses.end_costcontract"
    service = staticmethod(contracts.end_contracts)

    class Input(WithItsReason):
        until = Day()


class ListCosts(APIView):
    permission = VIEW
    filters = CostFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What the firm spent, by month, kind and centre, newest first."""
        rows = chosen_of(self, request, selectors.costs(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [cost_document(row) for row in page])
