"""Purchases, sales and short sales of securities, as they stand in the statements on any day. Pure.

IFRS 9 3.1.2 lets a firm choose, for each category, by which date it recognises a regular way purchase or sale (B3.1.3
to B3.1.6). By the trade date the asset is there, and owed for, from the trade on. By the settlement date nothing is
there until it settles, but what is measured at fair value shows how its value changed since the trade; what is sold
stays, and its value changes no more. A short sale is no regular way sale: it is a derivative until it settles, then
an obligation at fair value (BA.7 (b)), whatever the category.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from ledger.accounting.chart import Line
from refdata.dated_rules.kinds import Number, RuleKind


class Category(TextChoices):
    """How what is bought is measured (IFRS 9 4.1)."""

    FVTPL = "FVTPL", _("Fair value through profit or loss")
    FVOCI = "FVOCI", _("Fair value through other comprehensive income")
    AMORTISED_COST = "AMORTISED_COST", _("Amortised cost")


class Recognised(TextChoices):
    """By which date purchases and sales are recognised (IFRS 9 3.1.2)."""

    TRADE_DATE = "TRADE_DATE", _("Trade date")
    SETTLEMENT_DATE = "SETTLEMENT_DATE", _("Settlement date")


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """`reclassified`: a gain in the reserve goes to the result on disposal; not of shares (IFRS 9 5.7.5, B5.7.1)."""

    category: Category
    recognised: Recognised
    reclassified: bool = True


class Stand(Struct, frozen=True, forbid_unknown_fields=True):
    """How one security of one book stands on a day, in the currency of the statements.

    Of what was bought: what is held and not sold, what is bought and does not belong to us yet, what is sold and not
    delivered yet, what is sold and delivered, and what passed: it is sold before it came. Of what was sold short: what
    is delivered, what is not, what is bought back and has not come yet, what has, and what passed. Costs of what is
    measured at amortised cost are that cost; values are the fair values of the day.
    """

    held_cost: Number = "0"
    held_value: Number = "0"
    bought_cost: Number = "0"
    bought_value: Number = "0"
    sold_cost: Number = "0"
    sold_proceeds: Number = "0"
    closed_cost: Number = "0"
    closed_proceeds: Number = "0"
    passed_cost: Number = "0"
    passed_proceeds: Number = "0"
    short_proceeds: Number = "0"
    short_value: Number = "0"
    shorted_proceeds: Number = "0"
    shorted_value: Number = "0"
    covered_proceeds: Number = "0"
    covered_cost: Number = "0"
    closed_short_proceeds: Number = "0"
    closed_short_cost: Number = "0"
    passed_short_proceeds: Number = "0"
    passed_short_cost: Number = "0"

    @property
    def paid(self) -> Decimal:
        """What was paid for all of it by now, less what was received."""
        paid = self.held_cost, self.sold_cost, self.closed_cost, self.closed_short_cost
        received = (
            self.closed_proceeds, self.short_proceeds, self.covered_proceeds,
            self.closed_short_proceeds,
        )  # fmt: skip
        return sum(map(Decimal, paid), ZERO) - sum(map(Decimal, received), ZERO)


ZERO = Decimal(0)
Lines = dict[Line, Decimal]


def stated(policy: Policy, stand: Stand) -> Lines:
    """What it adds to each line of the statements, debits above zero; lines without anything are left out.

    The results are those since it was bought, in whatever year. All lines together are what was `paid`.
    """
    lines: defaultdict[Line, Decimal] = defaultdict(Decimal)
    of_trades = (
        _by_trade_date if policy.recognised == Recognised.TRADE_DATE else _by_settlement_date
    )
    _held(policy, Decimal(stand.held_cost), Decimal(stand.held_value), lines)
    of_trades(policy, stand, lines)
    lines[_realised(policy)] -= Decimal(stand.closed_proceeds) - Decimal(stand.closed_cost)
    _short(policy, stand, lines)
    return {line: lines[line] for line in Line if lines[line]}


def _unrealised(policy: Policy) -> Line:
    return Line.RESERVE if policy.category == Category.FVOCI else Line.GAINS


def _realised(policy: Policy) -> Line:
    if policy.category == Category.FVOCI:
        return Line.GAINS_OF_RESERVE if policy.reclassified else Line.RESERVE
    return Line.GAINS if policy.category == Category.FVTPL else Line.GAINS_AT_COST


Sums = defaultdict[Line, Decimal]


def _held(policy: Policy, cost: Decimal, value: Decimal, lines: Sums) -> None:
    if policy.category == Category.AMORTISED_COST:
        lines[Line.AMORTISED_COST] += cost
        return
    lines[Line(policy.category.value)] += value
    lines[_unrealised(policy)] -= value - cost


def _by_trade_date(policy: Policy, stand: Stand, lines: Sums) -> None:
    cost, passed_cost = Decimal(stand.bought_cost), Decimal(stand.passed_cost)
    _held(policy, cost, Decimal(stand.bought_value), lines)
    lines[Line.PAYABLES] -= cost + passed_cost
    proceeds = Decimal(stand.sold_proceeds) + Decimal(stand.passed_proceeds)
    lines[Line.RECEIVABLES] += proceeds
    lines[_realised(policy)] -= proceeds - Decimal(stand.sold_cost) - passed_cost


def _by_settlement_date(policy: Policy, stand: Stand, lines: Sums) -> None:
    """What is bought shows the change of its value; what is sold stands at its value on the trade date."""
    if policy.category != Category.AMORTISED_COST:
        change = Decimal(stand.bought_value) - Decimal(stand.bought_cost)
        of_passed = Decimal(stand.passed_proceeds) - Decimal(stand.passed_cost)
        _derivative(change + of_passed, _unrealised(policy), lines)
    _held(policy, Decimal(stand.sold_cost), Decimal(stand.sold_proceeds), lines)


def _short(policy: Policy, stand: Stand, lines: Sums) -> None:
    value, bought_back = Decimal(stand.short_value), Decimal(stand.covered_cost)
    lines[Line.SOLD_SHORT] -= value
    lines[Line.GAINS] -= Decimal(stand.short_proceeds) - value
    shorted = Decimal(stand.shorted_proceeds) - Decimal(stand.shorted_value)
    passed = Decimal(stand.passed_short_proceeds) - Decimal(stand.passed_short_cost)
    _derivative(shorted + passed, Line.GAINS, lines)
    by_trade_date = policy.recognised == Recognised.TRADE_DATE
    lines[Line.PAYABLES if by_trade_date else Line.SOLD_SHORT] -= bought_back
    lines[Line.GAINS] -= Decimal(stand.covered_proceeds) - bought_back
    lines[Line.GAINS] -= Decimal(stand.closed_short_proceeds) - Decimal(stand.closed_short_cost)


def booked(stand: Stand, securities: Line) -> Lines:
    """What our books say of the same: by the trade date, at the value of the day, gross; `securities` is their line."""
    at = {name: Decimal(getattr(stand, name)) for name in stand.__struct_fields__}
    lines = {
        securities: at["held_value"] + at["bought_value"] - at["short_value"] - at["shorted_value"],
        Line.RECEIVABLES: at["sold_proceeds"] + at["passed_proceeds"] + at["shorted_proceeds"]
        + at["passed_short_proceeds"],
        Line.PAYABLES: -at["bought_cost"] - at["passed_cost"] - at["covered_cost"]
        - at["passed_short_cost"],
    }  # fmt: skip
    return lines | {Line.GAINS: stand.paid - sum(lines.values(), ZERO)}


def _derivative(change: Decimal, result: Line, lines: Sums) -> None:
    lines[Line.DERIVATIVE_ASSETS if change > 0 else Line.DERIVATIVE_LIABILITIES] += change
    lines[result] -= change


def in_words(policy: Policy, stand: Stand) -> str:
    """The lines as a vector of a rule tells them: `FVTPL 1002, PAYABLES -1000, GAINS -2`."""
    return ", ".join(
        f"{line.value} {amount.normalize():f}" for line, amount in stated(policy, stand).items()
    )


BOOK = "[A-Z0-9][A-Z0-9-]{0,19}"
POLICY: RuleKind[Policy] = RuleKind(
    name="accounting.policy",
    title=_(
        "Accounting: how the securities of a book are measured, and when purchases and sales are recognised"
    ),
    keys=("",),
    key_pattern=BOOK,
    value=Policy,
    given=Stand,
    found=str,
    compute=in_words,
)
