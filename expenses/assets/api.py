"""The operations on equipment and licences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, user_of
from backoffice.workflow.transitions import Outcome
from expenses.assets import selectors, services
from expenses.assets.filters import AssetFilter
from expenses.assets.models import FixedAsset
from expenses.assets.state import AssetKind, Disposal, Method
from expenses.costs.api import VIEW
from refdata.selectors import money_document
from settlements.fails.api import Day

AMOUNT: Mapping[str, Any] = {"max_digits": 24, "decimal_places": 4, "min_value": Decimal(0)}


def asset_document(row: Any) -> dict[str, Any]:
    """`spent` is depreciated so far, `carried` is what it stands at."""
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "number": row.number,
        "name": row.name, "kind": row.kind, "centre": row.centre.code if row.centre else None,
        "supplier": row.supplier.code, "document": row.document, "bought_on": row.bought_on,
        "in_use_on": row.in_use_on, "months": row.months, "method": row.method,
        "factor": plain(row.factor), "units": plain(row.units),
        **{
            name: money_document(Money(getattr(row, name), row.currency))
            for name in ("cost", "vat", "salvage", "spent", "carried")
        },
        "disposal": row.disposal or None, "disposed_on": row.disposed_on,
        "proceeds": money_document(Money(row.proceeds or Decimal(0), row.currency)),
        "buyer": row.buyer.code if row.buyer else None,
    }  # fmt: skip


def asset_in_months(row: FixedAsset) -> dict[str, Any]:
    """An asset with what was depreciated of it, and its plan year by year."""
    return asset_document(row) | {
        "depreciation": [
            {"month": cost.month, "amount": money_document(Money(cost.amount, cost.currency))}
            for cost in selectors.depreciation_of(row)
        ],
        "years": [
            {"year": each.number, "first": each.first,
             "amount": money_document(Money(each.amount, row.currency))}
            for each in selectors.years_of(row)
        ],
    }  # fmt: skip


class AssetInput(serializers.Serializer[Any]):
    """What comes into the register; `factor` is for a reducing balance, `units` for units of production."""

    entity = serializers.CharField(max_length=20)
    number = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    centre = serializers.CharField(max_length=20, default="", allow_blank=True)
    supplier = serializers.CharField(max_length=40)
    document = serializers.CharField(max_length=120)
    currency = serializers.CharField(max_length=3)
    cost = serializers.DecimalField(max_digits=24, decimal_places=4, min_value=Decimal("0.0001"))
    vat = serializers.DecimalField(default=Decimal(0), **AMOUNT)
    salvage = serializers.DecimalField(default=Decimal(0), **AMOUNT)
    bought_on = Day()
    in_use_on = Day()
    months = serializers.IntegerField(min_value=1, max_value=1_200)
    method = serializers.ChoiceField(choices=Method.choices)
    factor = serializers.DecimalField(
        max_digits=6, decimal_places=3, min_value=Decimal(1), default=Decimal(1)
    )
    units = serializers.DecimalField(
        max_digits=28, decimal_places=8, min_value=Decimal(0), default=Decimal(0)
    )


class Assets(OncePerKey):
    permission = {"GET": VIEW, "POST": "expenses.propose_fixedasset"}  # noqa: RUF012
    gives: ClassVar = {"POST": 201}
    filters = AssetFilter
    paged = True
    Input = AssetInput

    def get(self, request: Request) -> Response:
        """Equipment and licences, newest first."""
        rows = chosen_of(self, request, selectors.assets(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [asset_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose an asset for the register; other eyes take it into the books."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        user, new = user_of(request), services.NewAsset(**given.validated_data)
        row = services.propose_asset(new=new, actor=user, at=timezone.now())
        shown = asset_document(selectors.asset(str(row), visible_to=user))
        return Response(shown, 201, headers={"ETag": row.etag})


class ShowAsset(ShowSubject):
    """One asset with its depreciation and its plan."""

    permission = VIEW
    find = staticmethod(selectors.asset)
    shown = staticmethod(asset_in_months)


class StepOnAsset(StepOnSubject):
    model = FixedAsset
    find = staticmethod(selectors.asset)
    shown = staticmethod(asset_document)


class AcceptAsset(StepOnAsset):
    """Take an asset into the register and the books, as other eyes than proposed it."""

    permission = "expenses.accept_fixedasset"
    service = staticmethod(services.accept_assets)


class DeclineAsset(StepOnAsset):
    """Say that it is nothing for the register."""

    permission = "expenses.decline_fixedasset"
    Input = WithItsReason
    service = staticmethod(services.decline_assets)


class LeavingInput(WithItsReason):
    """How an asset leaves; a scrapped one brings nothing."""

    disposal = serializers.ChoiceField(choices=Disposal.choices)
    disposed_on = Day()
    proceeds = serializers.DecimalField(default=Decimal(0), **AMOUNT)
    proceeds_vat = serializers.DecimalField(default=Decimal(0), **AMOUNT)
    buyer = serializers.CharField(max_length=40, default="", allow_blank=True)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """What is sold is sold to somebody."""
        if (given["disposal"] == Disposal.SALE) != bool(given["buyer"]):
            raise serializers.ValidationError(
                {"buyer": self.fields["buyer"].error_messages["required"]}
            )
        if given["disposal"] == Disposal.SCRAP and (given["proceeds"] or given["proceeds_vat"]):
            raise serializers.ValidationError(
                {"proceeds": self.fields["proceeds"].error_messages["invalid"]}
            )
        return given


def leaving_of(given: Mapping[str, Any]) -> tuple[services.Leaving, str]:
    """How it leaves, and why."""
    told = dict(given)
    reason = told.pop("reason")
    return services.Leaving(**told), reason


class AskDisposal(StepOnAsset):
    """Say how an asset leaves; other eyes take it out of the books."""

    permission = "expenses.ask_disposal_fixedasset"
    Input = LeavingInput

    def step(self, request: Request, ids: Any, user: User, at: Any) -> Outcome:
        leaving, reason = leaving_of(self._given(request))
        return services.ask_disposals(ids=ids, leaving=leaving, reason=reason, actor=user, at=at)


class KeepAsset(StepOnAsset):
    """Say that it does not leave."""

    permission = "expenses.keep_fixedasset"
    Input = WithItsReason
    service = staticmethod(services.keep_assets)


class DisposeAsset(StepOnAsset):
    """Take an asset out of the books, as other eyes than asked for it."""

    permission = "expenses.dispose_fixedasset"
    service = staticmethod(services.dispose_assets)


class TellUnits(OncePerKey):
    """Record what an asset produced in a month; the last word on a month counts."""

    permission = "expenses.propose_fixedasset"
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        month = Day()
        units = serializers.DecimalField(max_digits=28, decimal_places=8, min_value=Decimal(0))

    def perform(self, request: Request, **kwargs: Any) -> Response:
        user = user_of(request)
        row = selectors.asset(kwargs["reference"], visible_to=user)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        told = services.tell_units(id=row.pk, actor=user, at=timezone.now(), **given.validated_data)
        month: date = told.month
        return Response({"asset": str(row), "month": month, "units": plain(told.units)}, 201)
