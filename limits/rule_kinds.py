"""The kinds of dated rules that limits count by: late deliveries, and add-ons before settlement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from limits.add_ons import AssetClass, Step, rate_of
from limits.rules import LateFactor, late_exposure, presettlement_amount, share_of_funds
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


class AddOnStep(Struct, frozen=True, forbid_unknown_fields=True):
    """The share of the notional of what runs up to so many years; none: of whatever runs longer."""

    rate: Number
    up_to_years: int | None = None


class AddOns(Struct, frozen=True, forbid_unknown_fields=True):
    steps: list[AddOnStep]


class Running(Struct, frozen=True, forbid_unknown_fields=True):
    """A notional, the day it is looked at, and the day on which it is over."""

    notional: Number
    on: date
    matures_on: date


def add_on_steps(rule: AddOns) -> Sequence[Step]:
    """The steps of the rule as `rate_of` takes them, ascending, the open one last."""
    rows = [
        Step(None if step.up_to_years is None else 12 * step.up_to_years, Decimal(step.rate))
        for step in rule.steps
    ]
    return sorted(rows, key=lambda row: (row.up_to_months is None, row.up_to_months or 0))


def _added(rule: AddOns, given: Running) -> Decimal:
    rate = rate_of(add_on_steps(rule), on=given.on, matures_on=given.matures_on)
    return presettlement_amount(Decimal(given.notional), rate=rate, minor_unit=2)


ADD_ON = RuleKind(
    name="cem.add_on",
    title=_("Current exposure method: add-ons by what is dealt and how long it runs"),
    keys=tuple(AssetClass),
    value=AddOns,
    given=Running,
    found=Decimal,
    compute=_added,
)


class OwnFunds(Struct, frozen=True, forbid_unknown_fields=True):
    """The own funds (capital) of an entity of ours, as it has reported them last."""

    amount: Number
    currency: str


class Share(Struct, frozen=True, forbid_unknown_fields=True):
    share: Number


class PositionBounds(Struct, frozen=True, forbid_unknown_fields=True):
    """What share of its own funds the open position of an entity may be, in one currency and in total."""

    one_currency: Number
    total: Number


class Position(Struct, frozen=True, forbid_unknown_fields=True):
    own_funds: Number
    of: Literal["one_currency", "total"]


def _share_of(rule: OwnFunds, given: Share) -> Decimal:
    return share_of_funds(Decimal(rule.amount), Decimal(given.share), minor_unit=2)


def _bound(rule: PositionBounds, given: Position) -> Decimal:
    share = rule.total if given.of == "total" else rule.one_currency
    return share_of_funds(Decimal(given.own_funds), Decimal(share), minor_unit=2)


OWN_FUNDS = RuleKind(
    name="firm.own_funds",
    title=_("Own funds of a legal entity, by its code"),
    key_pattern=r"[A-Z0-9-]{1,20}",
    keys=(),
    value=OwnFunds,
    given=Share,
    found=Decimal,
    compute=_share_of,
)
POSITION_BOUNDS = RuleKind(
    name="ocp.bounds",
    title=_("Open currency positions: the share of own funds that they may be"),
    value=PositionBounds,
    given=Position,
    found=Decimal,
    compute=_bound,
)

declare(LATE_DELIVERY, ADD_ON, OWN_FUNDS, POSITION_BOUNDS)
