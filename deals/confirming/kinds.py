"""The kinds of dated rules that confirming follows. Pure but for their labels."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from backoffice.kernel.business_days import BusinessDays
from deals.confirming.clocks import CutOffs, Stage, cut_off
from deals.confirming.rules import Document, Tolerated, Verdict, compare, verdict_of
from refdata.dated_rules.kinds import Number, RuleKind, declare

CURRENCIES = ("RUB", "EUR", "USD", "GBP", "CHF", "CNY", "HKD", "JPY", "CAD", "TRY", "PHP")
MARKET = r"[A-Z0-9]{4}"  # a MIC
FX = "FX"  # deals in money alone, which have no market
WEEKDAYS = BusinessDays("weekdays", {})


class ToleranceStep(Struct, frozen=True, forbid_unknown_fields=True):
    """Amounts up to and including `up_to` (absent: all above) may differ by `within`."""

    within: Number
    up_to: Number | None = None


class Tolerance(Struct, frozen=True, forbid_unknown_fields=True):
    steps: list[ToleranceStep]


class TwoAmounts(Struct, frozen=True, forbid_unknown_fields=True):
    """What each side says the deal comes to, and of how much."""

    ours: Number
    theirs: Number
    our_quantity: Number = "1"
    their_quantity: Number = "1"


def tolerated(rule: Tolerance) -> list[Tolerated]:
    """The steps of a rule as the comparison takes them, lowest first."""
    steps = [
        Tolerated(None if step.up_to is None else Decimal(step.up_to), Decimal(step.within))
        for step in rule.steps
    ]
    return sorted(steps, key=lambda step: (step.up_to is None, step.up_to or Decimal(0)))


def _is_matched(rule: Tolerance, given: TwoAmounts) -> bool:
    day = date(2026, 11, 23)
    one, other = (
        Document(
            side="buy", instrument="-", currency="-", trade_date=day, settlement_date=day,
            quantity=Decimal(quantity), amount=Decimal(amount),
        )
        for quantity, amount in (
            (given.our_quantity, given.ours), (given.their_quantity, given.theirs),
        )
    )  # fmt: skip
    return verdict_of(compare(one, other, tolerated(rule))) is not Verdict.DIFFERENT


TOLERANCE = RuleKind(
    name="confirm.tolerance",
    title=_("Confirmations: by how much amounts may differ"),
    keys=CURRENCIES,
    value=Tolerance,
    given=TwoAmounts,
    found=bool,
    compute=_is_matched,
)


class Dealt(Struct, frozen=True, forbid_unknown_fields=True):
    """A deal and a stage of agreeing on it."""

    stage: Stage
    trade_date: date
    dealt_at: datetime | None = None


CUT_OFFS = RuleKind(
    name="confirm.cut_offs",
    title=_("Confirmations: cut-offs of a market"),
    keys=("", FX),
    key_pattern=MARKET,
    value=CutOffs,
    given=Dealt,
    found=datetime,
    compute=lambda rule, given: cut_off(
        rule, given.stage, given.trade_date, given.dealt_at, WEEKDAYS
    ),
)


class Which(Struct, frozen=True, forbid_unknown_fields=True):
    """Deals that have all that is named; what is not named is anything."""

    product: str | None = None
    market: str | None = None
    venue: str | None = None
    clearing: str | None = None
    entity: str | None = None
    counterparty: str | None = None


class Traits(Struct, frozen=True, forbid_unknown_fields=True):
    """What rules of confirming ask about a deal."""

    product: str = ""
    market: str = ""
    venue: str = ""
    clearing: str = "BILATERAL"
    entity: str = ""
    counterparty: str = ""


def fits(which: Which, traits: Traits) -> bool:
    named = ((name, getattr(which, name)) for name in Which.__struct_fields__)
    return all(wanted is None or wanted == getattr(traits, name) for name, wanted in named)


class NotRequired(Struct, frozen=True, forbid_unknown_fields=True):
    deals: Annotated[list[Which], Meta(min_length=1)]


def is_not_required(rule: NotRequired, traits: Traits) -> bool:
    return any(fits(which, traits) for which in rule.deals)


NOT_REQUIRED = RuleKind(
    name="confirm.not_required",
    title=_("Confirmations: deals that need none"),
    value=NotRequired,
    given=Traits,
    found=bool,
    compute=is_not_required,
)


class ByItself(Which, frozen=True, forbid_unknown_fields=True):
    """Deals whose match confirms by itself: an exact one, or one within what is tolerated as well."""

    exact: bool = True
    within: bool = False


class StraightThrough(Struct, frozen=True, forbid_unknown_fields=True):
    """The first that fits a deal decides; none: a person confirms."""

    deals: list[ByItself]


class Match(Traits, frozen=True, forbid_unknown_fields=True):
    """A deal, and how well the two confirmations agree."""

    verdict: Verdict = Verdict.EXACT


def confirms_by_itself(rule: StraightThrough, match: Match) -> bool:
    for each in rule.deals:
        if fits(each, match):
            return {Verdict.EXACT: each.exact, Verdict.WITHIN: each.within}.get(
                match.verdict, False
            )
    return False


STRAIGHT_THROUGH = RuleKind(
    name="confirm.straight_through",
    title=_("Confirmations: matches that confirm by themselves"),
    value=StraightThrough,
    given=Match,
    found=bool,
    compute=confirms_by_itself,
)

declare(TOLERANCE, CUT_OFFS, NOT_REQUIRED, STRAIGHT_THROUGH)
