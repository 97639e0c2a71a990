"""Priorities, the terms of parts, and what of a held one goes: by REST."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from backoffice.workflow.api import WithReason
from settlements.api import StepOnSettlement
from settlements.parting import services

LEAST = Decimal("0.00000001")


class PrioritiseSettlement(StepOnSettlement):
    """Put a settlement before or behind others: 0 settles first, 9 last, 5 is where each begins."""

    permission = "settlements.prioritise_settlement"

    class Input(WithReason):
        priority = serializers.IntegerField(min_value=0, max_value=9)

    service = staticmethod(services.prioritise_settlements)


class AllowParts(StepOnSettlement):
    """Say whether it may settle in parts: of at least `minimum`, in whole lots; until it has left."""

    permission = "settlements.allow_parts_settlement"

    class Input(WithReason):
        allowed = serializers.BooleanField()
        minimum = serializers.DecimalField(
            max_digits=28, decimal_places=8, default=None, allow_null=True, min_value=Decimal(0)
        )
        lot = serializers.DecimalField(
            max_digits=28, decimal_places=8, default=Decimal(1), min_value=LEAST
        )

    service = staticmethod(services.allow_parts)


class ReleasePart(StepOnSettlement):
    """Let so much of a held settlement settle, counted from its first unit; the rest stays held."""

    permission = "settlements.release_part_settlement"

    class Input(serializers.Serializer[Any]):
        quantity = serializers.DecimalField(max_digits=28, decimal_places=8, min_value=LEAST)

    service = staticmethod(services.release_parts)
