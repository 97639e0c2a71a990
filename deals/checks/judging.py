"""Judging a deal by the checks in force: what is worth a look, and what is a slip.

An executed deal is an obligation already and only warned of (domain-decisions 1); a proposed one
beyond the second bound is refused, until the dealer mends it or the bound is moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from deals.checks import agreements, kinds, measures
from deals.checks.kinds import AmountBounds, Bounds, Verdict, verdict
from deals.checks.measures import Look, Measure
from deals.rules import ResolvedDeal
from refdata.dated_rules.kinds import RuleKind
from refdata.selectors import ReferenceData


class Check(NamedTuple):
    """One check: the rule that sets it, what it measures, and how it is told."""

    kind: RuleKind[Any]
    measure: Callable[..., Measure | None]
    pointer: str
    code: str
    detail: str
    hint: str


CHECKS: tuple[Check, ...] = (
    Check(
        kinds.PRICE, measures.off_price, "/price", "price-off-market",
        gettext_noop("The price is %(measure)s %% away from the last one, %(against)s; %(bound)s %% is usual."),
        gettext_noop("Check price, side and instrument; a wrong last price is mended in the reference data."),
    ),
    Check(
        kinds.AMOUNT, measures.amount, "/quantity", "amount-unusual",
        gettext_noop("The deal comes to %(measure)s %(against)s; up to %(bound)s is usual."),
        gettext_noop("Check quantity and price for a digit too many."),
    ),
    Check(
        kinds.QUANTITY, measures.share_of_issue, "/quantity", "share-of-issue-unusual",
        gettext_noop("The deal is of %(measure)s %% of the whole issue; up to %(bound)s %% is usual."),
        gettext_noop("Check the quantity: is it in pieces, not in lots or in money?"),
    ),
    Check(
        kinds.CYCLE, measures.days_off_cycle, "/settlement/date", "settlement-off-cycle",
        gettext_noop("The agreed day is %(measure)s days away from the market's cycle; up to %(bound)s is usual."),
        gettext_noop("Leave the date out for the market's cycle, or check what was agreed."),
    ),
    Check(
        kinds.CLOSED_DAY, measures.closed_day, "/settlement/date", "settlement-day-closed",
        gettext_noop("The market settles nothing on the agreed day."),
        gettext_noop("Agree on a day that is open, or leave the date out."),
    ),
    Check(
        kinds.AGREEMENT, agreements.without_agreement, "/agreement", "no-agreement-in-force",
        gettext_noop("No agreement with %(against)s that covers this product is in force on the trade date."),
        gettext_noop("Have it registered under Reference data, Agreements; or name the one that covers it."),
    ),
    Check(
        kinds.LATE, measures.minutes_late, "/traded_at", "captured-late",
        gettext_noop("The deal comes %(measure)s minutes after it was dealt; up to %(bound)s is usual."),
        gettext_noop("Check the time; what comes late may miss its cut-off."),
    ),
)  # fmt: skip


class Setting(NamedTuple):
    """One check for one product on one day: its bounds, and the measure in the currency of its rule."""

    check: Check
    bounds: Bounds
    measure: Callable[[ResolvedDeal, Look], Measure | None]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the checks say of a deal: what refuses it, and what is told only."""

    refused: Sequence[FieldProblem] = ()
    warned: Sequence[FieldProblem] = ()


def judge(deal: ResolvedDeal, look: Look) -> Judgement:
    """Hold a deal that could be captured against every check in force on its trade date."""
    refused: list[FieldProblem] = []
    warned: list[FieldProblem] = []
    for setting in settings_on(look.reference, deal.trade_date, deal.terms.product):
        measure = setting.measure(deal, look)
        if measure is None:
            continue
        found = verdict(setting.bounds, measure.value)
        if found == Verdict.REFUSE and not deal.executed:
            refused.append(_problem(setting, measure, setting.bounds.refuse))
        elif found != Verdict.FINE:
            warned.append(_problem(setting, measure, setting.bounds.warn or setting.bounds.refuse))
    return Judgement(refused, warned)


def _problem(setting: Setting, measure: Measure, bound: str | None) -> FieldProblem:
    """The measure to two decimals."""
    check = setting.check
    facts = {"measure": plain(round(measure.value, 2)), "against": measure.against, "bound": bound}
    return FieldProblem(check.pointer, check.code, check.detail, check.hint, facts)


_Found = dict[tuple[date, str], tuple[Setting, ...]]
_read: tuple[ReferenceData | None, _Found] = (None, {})


def settings_on(reference: ReferenceData, day: date, product: str) -> tuple[Setting, ...]:
    """The checks that are on, read once from each snapshot for a day and a product."""
    global _read
    snapshot, found = _read
    if snapshot is not reference:
        found = {}
        _read = (reference, found)
    if (day, product) not in found:
        found[day, product] = tuple(_settings_of(reference, day, product))
    return found[day, product]


def _settings_of(reference: ReferenceData, day: date, product: str) -> Iterator[Setting]:
    for check in CHECKS:
        value = reference.rules.find(check.kind, day)
        bounds = value.of(product) if value is not None else Bounds()
        if bounds.warn is None and bounds.refuse is None:
            continue
        measure = check.measure
        if isinstance(value, AmountBounds):
            measure = partial(measure, currency=value.currency)
        yield Setting(check, bounds, measure)
