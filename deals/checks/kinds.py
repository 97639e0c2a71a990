"""The kinds of dated rules that the checks of deals follow. Pure but for their labels.

Each check measures one number of a deal; two bounds say from where on a person is warned and from
where on a proposed deal is refused. A check without a row in force, or without bounds, is off.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from refdata.dated_rules.kinds import Number, RuleKind, declare


class Verdict(StrEnum):
    FINE = "FINE"
    WARN = "WARN"
    REFUSE = "REFUSE"


class Bounds(Struct, frozen=True, forbid_unknown_fields=True):
    """Above which measure a deal is worth a look, and above which it is a slip; None: never."""

    warn: Number | None = None
    refuse: Number | None = None


class BoundsByProduct(Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of one measure; a product named in `products` has its own."""

    bounds: Bounds = Bounds()
    products: dict[str, Bounds] = {}

    def of(self, product: str) -> Bounds:
        return self.products.get(product, self.bounds)


class AmountBounds(Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of an amount, in a currency."""

    currency: str
    bounds: Bounds = Bounds()
    products: dict[str, Bounds] = {}

    def of(self, product: str) -> Bounds:
        return self.products.get(product, self.bounds)


class Measured(Struct, frozen=True, forbid_unknown_fields=True):
    product: str
    measure: Number


def verdict(bounds: Bounds, measure: Decimal) -> Verdict:
    """What a measure means; at a bound itself nothing happens yet."""
    if bounds.refuse is not None and measure > Decimal(bounds.refuse):
        return Verdict.REFUSE
    if bounds.warn is not None and measure > Decimal(bounds.warn):
        return Verdict.WARN
    return Verdict.FINE


def _judged(rule: BoundsByProduct | AmountBounds, given: Measured) -> Verdict:
    return verdict(rule.of(given.product), Decimal(given.measure))


def _kind(name: str, title: Any) -> RuleKind[BoundsByProduct]:
    return RuleKind(
        name=name, title=title, value=BoundsByProduct, given=Measured, found=Verdict,
        compute=_judged,
    )  # fmt: skip


PRICE = _kind("check.price", _("Check: percent between the price of a deal and the last one"))
QUANTITY = _kind("check.quantity", _("Check: percent of an issue that a deal is of"))
CYCLE = _kind(
    "check.cycle", _("Check: days between the agreed date and that of the market's cycle")
)
CLOSED_DAY = _kind(
    "check.closed_day", _("Check: 1 where the agreed settlement day is closed, else 0")
)
AGREEMENT = _kind("check.agreement", _("Check: 1 where no agreement covers a deal, else 0"))
LATE = _kind("check.late_capture", _("Check: minutes between dealing and capture"))
AMOUNT: RuleKind[AmountBounds] = RuleKind(
    name="check.amount", title=_("Check: how large a deal is"), value=AmountBounds,
    given=Measured, found=Verdict, compute=_judged,
)  # fmt: skip


class Duplicates(Struct, frozen=True, forbid_unknown_fields=True):
    """Within how many minutes two deals of the same economics are suspected to be one.

    `blocks`: whether the later one is confirmed only after a person said that it is another.
    """

    minutes: Number
    blocks: bool = True


class Apart(Struct, frozen=True, forbid_unknown_fields=True):
    minutes: Number


def is_suspected(rule: Duplicates, minutes: Decimal) -> bool:
    return abs(minutes) <= Decimal(rule.minutes)


DUPLICATES: RuleKind[Duplicates] = RuleKind(
    name="check.duplicate",
    title=_("Check: minutes within which equal deals are suspected to be one"),
    value=Duplicates,
    given=Apart,
    found=bool,
    compute=lambda rule, given: is_suspected(rule, Decimal(given.minutes)),
)

declare(PRICE, QUANTITY, CYCLE, CLOSED_DAY, AGREEMENT, LATE, AMOUNT, DUPLICATES)
