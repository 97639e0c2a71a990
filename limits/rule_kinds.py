"""The kind of dated rule that late deliveries count by."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from limits.rules import LateFactor, late_exposure
from refdata.dated_rules.kinds import Number, RuleKind, declare


class LateStep(Struct, frozen=True, forbid_unknown_fields=True):
    """The share of the adverse price move that counts from so many working days after the due date."""

    from_days: int
    factor: Number


class LateSteps(Struct, frozen=True, forbid_unknown_fields=True):
    steps: list[LateStep]


class LateDelivery(Struct, frozen=True, forbid_unknown_fields=True):
    """What the price moved against us since the deal, and how late the delivery is."""

    price_move: Number
    working_days_late: int


def late_factors(rule: LateSteps) -> list[LateFactor]:
    """The steps of the rule as `late_exposure` takes them, ascending."""
    rows = [LateFactor(step.from_days, Decimal(step.factor)) for step in rule.steps]
    return sorted(rows)


def _computed(rule: LateSteps, given: LateDelivery) -> Decimal:
    return late_exposure(
        Decimal(given.price_move), working_days_late=given.working_days_late,
        factors=late_factors(rule), minor_unit=2,
    )  # fmt: skip


LATE_DELIVERY = RuleKind(
    name="crr.late_delivery",
    title=_("CRR: what a late delivery against payment counts"),
    value=LateSteps,
    given=LateDelivery,
    found=Decimal,
    compute=_computed,
)

declare(LATE_DELIVERY)
