"""Why two confirmations probably differ, and what to do about it: patterns that clerks know. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel.business_days import BusinessDays
from backoffice.kernel.i18n import gettext_noop
from deals.confirming.rules import Document, Finding, Weight

LOTS = tuple(Decimal(10) ** power for power in range(1, 5))
HUNDRED = Decimal(100)
A_ROUNDING = Decimal(1)
LONGEST_CLOSURE = timedelta(days=15)
WEEKDAYS = BusinessDays("weekdays", {})


class Words(NamedTuple):
    """A likely cause, and the remedy."""

    cause: str
    remedy: str


WORDS: Mapping[str, Words] = {
    "side-mirrored": Words(
        gettext_noop("They state the side as we see it, not as they do, or one of the two has it wrong."),
        gettext_noop("Compare with the call or the order; ask them to send it again from their side."),
    ),
    "fee-in-amount": Words(
        gettext_noop("Price times quantity agrees: the fee is in one of the amounts and not in the other."),
        gettext_noop("Agree on whose fee it is; then they send the amount anew, or our deal is amended."),
    ),
    "price-in-hundredths": Words(
        gettext_noop("The prices differ by a factor of 100: one is per unit, the other per cent or in minor units."),
        gettext_noop("Ask them for the price in the unit of our deal; the amount says which of the two it is."),
    ),
    "quantity-in-lots": Words(
        gettext_noop("The quantities differ by a power of ten: one counts lots, the other pieces."),
        gettext_noop("Look up the size of the lot, and have the one that counts lots corrected."),
    ),
    "one-cycle-off": Words(
        gettext_noop("The settlement dates are one business day apart: another settlement cycle or calendar."),
        gettext_noop("Hold both against the market's cycle; whoever took another one corrects it."),
    ),
    "dates-swapped": Words(
        gettext_noop("One of their dates is the other one of ours: trade date and settlement date were swapped."),
        gettext_noop("Ask them to send it again with the dates in place."),
    ),
    "trade-date-next-session": Words(
        gettext_noop("The trade dates are one business day apart: dealt late, or on a day without a session."),
        gettext_noop("The venue's session, or the contract, says which day it is."),
    ),
    "other-line": Words(
        gettext_noop("All else agrees: they name another line, such as the preferred shares or the receipt."),
        gettext_noop("Check both ISINs against the order; the wrong one is corrected by its side."),
    ),
    "pair-inverted": Words(
        gettext_noop("They state the pair the other way round: their quantity is our amount."),
        gettext_noop("Nothing is wrong with the deal: ask them to state the pair as it is dealt."),
    ),
    "other-currency": Words(
        gettext_noop("The figures agree and the currency does not."),
        gettext_noop("Check in which currency it was dealt and settles."),
    ),
    "rounding": Words(
        gettext_noop("The amounts differ by less than one: a price or a fee was rounded otherwise."),
        gettext_noop("Ask how they round; or have a tolerance for this currency put in force."),
    ),
    "digits-swapped": Words(
        gettext_noop("The same digits stand in another order: a slip of the keyboard."),
        gettext_noop("Look at the source of both; the side with the slip corrects it."),
    ),
    "other-place": Words(
        gettext_noop("They would settle at another place than our standing instruction says."),
        gettext_noop("Agree on the place; a new standing instruction needs a call-back and other eyes."),
    ),
    "other-uti": Words(
        gettext_noop("The deal agrees, but its UTI is another one: both sides made one."),
        gettext_noop("Agree on whose UTI is reported before either of you reports."),
    ),
    "already-matched": Words(
        gettext_noop("A deal with these terms is matched to another confirmation of theirs: sent or dealt twice."),
        gettext_noop("Ask whether it is one deal; if it is, they withdraw this one."),
    ),
    "several-fit": Words(
        gettext_noop("Several deals fit it as well as each other, or several confirmations fit one deal."),
        gettext_noop("Link it to the deal it is about; their reference or UTI tells them apart."),
    ),
    "no-deal": Words(
        gettext_noop("No deal of ours fits it: it was not captured, or not by these terms or with this party."),
        gettext_noop("Ask the dealer: capture the deal, link it to one, or tell them that there is none."),
    ),
    "unexplained": Words(
        gettext_noop("No usual cause fits."),
        gettext_noop("Compare with the order or the call, and agree on who corrects."),
    ),
}  # fmt: skip


def likely_causes(
    ours: Document, theirs: Document, findings: Sequence[Finding], calendar: BusinessDays = WEEKDAYS
) -> list[str]:
    """The codes of what probably happened, the surest first; empty where nothing differs."""
    off = {f.field: f for f in findings if f.weight in (Weight.DIFFERENT, Weight.NOTED)}
    if not off:
        return []
    found = dict.fromkeys(_causes(ours, theirs, off, calendar))
    return list(found) or ["unexplained"]


def _causes(
    ours: Document, theirs: Document, off: Mapping[str, Finding], calendar: BusinessDays
) -> Iterator[str]:
    if {"quantity", "amount"} <= off.keys() and _inverted(ours, theirs):
        yield "pair-inverted"
        return
    if "side" in off:
        yield "side-mirrored"
    if {"trade_date", "settlement_date"} <= off.keys() and _dates_swapped(ours, theirs):
        yield "dates-swapped"
    elif "settlement_date" in off and _a_business_day_apart(off["settlement_date"], calendar):
        yield "one-cycle-off"
    elif "trade_date" in off and _a_business_day_apart(off["trade_date"], calendar):
        yield "trade-date-next-session"
    if "instrument" in off and not off.keys() & {"quantity", "amount", "price"}:
        yield "other-line"
    if "currency" in off and not off.keys() & {"quantity", "amount", "price"}:
        yield "other-currency"
    yield from _of_numbers(ours, theirs, off)
    if "place" in off:
        yield "other-place"
    if "uti" in off:
        yield "other-uti"


def _of_numbers(ours: Document, theirs: Document, off: Mapping[str, Finding]) -> Iterator[str]:
    if "price" in off and _times(ours.price, theirs.price, (HUNDRED,)):
        yield "price-in-hundredths"
    if "quantity" in off and _times(ours.quantity, theirs.quantity, LOTS):
        yield "quantity-in-lots"
    elif "quantity" in off and _same_digits(ours.quantity, theirs.quantity):
        yield "digits-swapped"
    if "amount" in off and "quantity" not in off:
        yield from _of_amount(ours, theirs)
    if "price" in off and _same_digits(ours.price, theirs.price):
        yield "digits-swapped"


def _of_amount(ours: Document, theirs: Document) -> Iterator[str]:
    assert ours.amount is not None and theirs.amount is not None
    apart = abs(ours.amount - theirs.amount)
    if ours.fee and apart in (ours.fee, 2 * ours.fee):
        yield "fee-in-amount"
    elif apart < A_ROUNDING:
        yield "rounding"
    elif _times(ours.amount, theirs.amount, (HUNDRED,)):
        yield "price-in-hundredths"
    elif _same_digits(ours.amount, theirs.amount):
        yield "digits-swapped"


def _inverted(ours: Document, theirs: Document) -> bool:
    return theirs.quantity in (ours.amount, ours.gross) and theirs.amount == ours.quantity


def _dates_swapped(ours: Document, theirs: Document) -> bool:
    return (theirs.trade_date, theirs.settlement_date) == (ours.settlement_date, ours.trade_date)


def _a_business_day_apart(finding: Finding, calendar: BusinessDays) -> bool:
    days: list[date] = sorted((finding.ours, finding.theirs))
    earlier, later = days
    return later - earlier <= LONGEST_CLOSURE and calendar.add(earlier, 1) == later


def _times(one: Decimal | None, other: Decimal | None, factors: Sequence[Decimal]) -> bool:
    if not one or not other:
        return False
    return any(one == other * factor or other == one * factor for factor in factors)


def _same_digits(one: Decimal | None, other: Decimal | None) -> bool:
    """Of the same length and digits, two of them in each other's place."""
    if one is None or other is None or one == other:
        return False
    first, second = f"{one.normalize():f}", f"{other.normalize():f}"
    if len(first) != len(second) or sorted(first) != sorted(second):
        return False
    return sum(a != b for a, b in zip(first, second, strict=True)) == 2
