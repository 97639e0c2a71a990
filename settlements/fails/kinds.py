"""The kinds of dated rules of fails: the scheme of a place, rates and terms, the collection."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from backoffice.kernel.rounding import half_up_minor
from deals.confirming.kinds import WEEKDAYS
from refdata.dated_rules.kinds import Number, RuleKind, declare
from settlements.fails.days import collection_days
from settlements.fails.state import Scheme

BASIS_POINT = Decimal("0.0001")
CODE = r"[A-Z0-9-]{2,20}"  # of a place or of a party


class PenaltyClass(StrEnum):
    """The rows of the annex of Regulation (EU) 2017/389 that concern securities."""

    LIQUID_SHARE = "LIQUID_SHARE"
    ILLIQUID_SHARE = "ILLIQUID_SHARE"
    GROWTH_MARKET_SHARE = "GROWTH_MARKET_SHARE"
    PUBLIC_DEBT = "PUBLIC_DEBT"
    OTHER_DEBT = "OTHER_DEBT"
    GROWTH_MARKET_DEBT = "GROWTH_MARKET_DEBT"
    OTHER = "OTHER"


class PenaltyRate(Struct, frozen=True, forbid_unknown_fields=True):
    basis_points: Number


class FailingDay(Struct, frozen=True, forbid_unknown_fields=True):
    """What fails and its reference price of the day; of debt the nominal and a share of it."""

    quantity: Number
    price: Number


def penalty_of_day(rate: PenaltyRate, base: Decimal, minor_unit: int) -> Decimal:
    """What one business day of a fail costs, half up, by its value (CSDR art. 7; (EU) 2017/389)."""
    return half_up_minor(base * Decimal(rate.basis_points) * BASIS_POINT, minor_unit)


PENALTY_RATE = RuleKind(
    name="csdr.penalty_rate",
    title=_("CSDR: daily rate of cash penalties"),
    keys=tuple(PenaltyClass),
    value=PenaltyRate,
    given=FailingDay,
    found=Decimal,
    compute=lambda rule, given: penalty_of_day(
        rule, Decimal(given.quantity) * Decimal(given.price), 2
    ),
)


class PlaceScheme(Struct, frozen=True, forbid_unknown_fields=True):
    """The scheme of a place: of what is settled with a counterparty, and with a clearing house.

    The key is a place, or a place and what settles there: `CSDX`, `CSDX/BOND`, `CSDX/DE0007164600`.
    """

    scheme: Scheme
    cleared: Scheme = Scheme.CCP


class Settling(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether it is settled with a clearing house."""

    cleared: bool = False


def scheme_of(rule: PlaceScheme, *, cleared: bool) -> Scheme:
    return rule.cleared if cleared else rule.scheme


SCHEME = RuleKind(
    name="fails.scheme",
    title=_("Fails: by whose rules a place penalises"),
    keys=(),
    key_pattern=rf"{CODE}(/[A-Z0-9_]{{2,20}})?",
    value=PlaceScheme,
    given=Settling,
    found=str,
    compute=lambda rule, given: scheme_of(rule, cleared=given.cleared).value,
)


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """What a day of a fail costs by a contract, or by the rules of a clearing house.

    `base`: the money that is owed, or the securities at the day's price. `cap` is the share of the base
    that all days together come to at most, `free_days` how many days cost nothing. A CALENDAR day counts
    whether the place is open or not.
    """

    basis_points: Number
    base: Literal["MONEY", "PRICE"] = "MONEY"
    cap: Number | None = None
    free_days: Annotated[int, Meta(ge=0, le=365)] = 0
    days: Literal["BUSINESS", "CALENDAR"] = "BUSINESS"
    claim_from: Number | None = None


class Counted(Struct, frozen=True, forbid_unknown_fields=True):
    """The base of a day, how many days it stands for, how many were late before, and what they cost."""

    base: Number
    days: int = 1
    late_before: int = 0
    so_far: Number = "0"


def terms_amount(
    terms: Terms, *, base: Decimal, days: int, late_before: int, so_far: Decimal, minor_unit: int
) -> tuple[int, Decimal]:
    """How many of the days are charged, and with how much, half up; with the cap no more than is left."""
    charged = min(days, max(0, late_before + days - terms.free_days))
    amount = half_up_minor(base * Decimal(terms.basis_points) * BASIS_POINT * charged, minor_unit)
    if terms.cap is not None:
        left = half_up_minor(base * Decimal(terms.cap), minor_unit) - so_far
        amount = max(Decimal(0), min(amount, left))
    return charged, amount


def _of_terms(rule: Terms, given: Counted) -> Decimal:
    return terms_amount(
        rule, base=Decimal(given.base), days=given.days, late_before=given.late_before,
        so_far=Decimal(given.so_far), minor_unit=2,
    )[1]  # fmt: skip


def terms_keys(scheme: str, counterparty: str) -> tuple[str, str]:
    """Of the terms with a counterparty, and of those with all, which hold where it has none of its own."""
    return f"{scheme}/{counterparty}", scheme


def claims_itself(terms: Terms, amount: Decimal) -> bool:
    """Whether so much is claimed without being asked for."""
    return terms.claim_from is not None and amount > 0 and amount >= Decimal(terms.claim_from)


TERMS = RuleKind(
    name="fails.terms",
    title=_("Fails: what a day costs by a contract or by a clearing house"),
    keys=("CONTRACT", "CCP"),
    key_pattern=rf"(CONTRACT|CCP)/{CODE}",
    value=Terms,
    given=Counted,
    found=Decimal,
    compute=_of_terms,
)


class CashRate(Struct, frozen=True, forbid_unknown_fields=True):
    """Row 8 of the annex: which stored rate of the central bank, and the days of its year."""

    rate: str
    divisor: Literal[360, 365] = 360


class CashFail(Struct, frozen=True, forbid_unknown_fields=True):
    """What fails in money, and the rate a year of the day as a fraction."""

    amount: Number
    rate: Number


def cash_amount(rule: CashRate, amount: Decimal, rate: Decimal, minor_unit: int) -> Decimal:
    """What a day of lacking cash costs, half up; a rate below zero counts as zero."""
    return half_up_minor(amount * max(rate, Decimal(0)) / rule.divisor, minor_unit)


CASH_RATE = RuleKind(
    name="csdr.cash_rate",
    title=_("CSDR: rate of cash penalties for lack of cash, by currency"),
    keys=(),
    key_pattern=r"[A-Z]{3}",
    value=CashRate,
    given=CashFail,
    found=Decimal,
    compute=lambda rule, given: cash_amount(rule, Decimal(given.amount), Decimal(given.rate), 2),
)


class Collection(Struct, frozen=True, forbid_unknown_fields=True):
    """On which business days of the next month a month is appealed at the latest, and is collected."""

    appeal_day: Annotated[int, Meta(ge=1, le=23)]
    due_day: Annotated[int, Meta(ge=1, le=23)]


class Month(Struct, frozen=True, forbid_unknown_fields=True):
    """A month, by any day of it."""

    month: date


class Dates(Struct, frozen=True, forbid_unknown_fields=True):
    appeal_by: date
    due_date: date


def _dates(rule: Collection, given: Month) -> Dates:
    found = collection_days(given.month, rule.appeal_day, rule.due_day, WEEKDAYS)
    return Dates(appeal_by=found[0], due_date=found[1])


COLLECTION = RuleKind(
    name="csdr.collection",
    title=_("CSDR: when a month of cash penalties is appealed and collected"),
    value=Collection,
    given=Month,
    found=Dates,
    compute=_dates,
)

declare(PENALTY_RATE, SCHEME, TERMS, CASH_RATE, COLLECTION)
