"""Of which day the official rate is that a result is reckoned with. Pure."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from refdata.dated_rules.kinds import Number, RuleKind


class CostDay(StrEnum):
    """Of which day the official rate is that a cost in foreign currency is counted with."""

    DEBITED = "DEBITED"  # the day it was paid
    INCOME_DAY = "INCOME_DAY"  # the day the income was credited, whenever the cost was paid


class FxDate(Struct, frozen=True, forbid_unknown_fields=True):
    cost: CostDay


class Trade(Struct, frozen=True, forbid_unknown_fields=True):
    """Amounts in currency, and the official rates of the days on which they were paid and credited."""

    cost: Number
    debited_rate: Number
    proceeds: Number
    income_rate: Number


def base_of(rule: FxDate, given: Trade) -> Decimal:
    """What a sale adds to the base, in rubles: income at its own day's rate, cost at that of the rule."""
    rate = given.income_rate if rule.cost == CostDay.INCOME_DAY else given.debited_rate
    income = Decimal(given.proceeds) * Decimal(given.income_rate)
    return income - Decimal(given.cost) * Decimal(rate)


SECURITY, SOVEREIGN_EXTERNAL_BOND = "SECURITY", "SOVEREIGN_EXTERNAL_BOND"
FX_DATE = RuleKind(
    name="ndfl.fx_date",
    title=_("NDFL: which day's rate a cost is counted with"),
    keys=(SECURITY, SOVEREIGN_EXTERNAL_BOND),
    value=FxDate,
    given=Trade,
    found=Decimal,
    compute=base_of,
)
