"""What a line of a day comes to: by its scheme's rule, at the stored price, in the settlement's currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from backoffice.kernel.business_days import BusinessDays
from refdata.dated_rules.kinds import RuleKind
from refdata.dated_rules.rows import RuleRow
from refdata.dated_rules.vectors import value_of
from refdata.quotes import Rate, crossed, last_rate
from refdata.selectors import reference_data
from settlements.fails.days import days_of
from settlements.fails.kinds import (
    BASIS_POINT,
    CASH_RATE,
    PENALTY_RATE,
    SCHEME,
    TERMS,
    Terms,
    cash_amount,
    penalty_of_day,
    scheme_of,
    terms_amount,
    terms_keys,
)
from settlements.fails.reading import Asked, Priced, Stood, central_bank_rate, prices_of
from settlements.fails.rules import Attribution, Figures
from settlements.fails.state import Lack, Payer, PenaltyKind, Scheme

_EXACT = Decimal("1E-8")  # of a base, as it is stored
Key = tuple[int, date, str, str]


class Line(NamedTuple):
    """One side of a settlement that fails on one day. `old`: from which day on a price is looked for."""

    row: Stood
    day: date
    kind: PenaltyKind
    payer: Payer
    scheme: Scheme
    lack: Lack
    quantity: Decimal
    reason: str
    why: Attribution
    old: date | None = None

    @property
    def key(self) -> Key:
        return (self.row.id, self.day, self.kind.value, self.payer.value)

    @property
    def asked(self) -> Asked:
        """The price that it is valued at."""
        return Asked(self.row.asset_id, self.old or self.day, self.old is not None)


class Told(NamedTuple):
    """What a line comes to, and by which rule, price and rates."""

    line: Line
    figures: Figures
    days: int = 1
    rate: Decimal | None = None
    rule_id: int | None = None
    price_id: int | None = None


class Base(NamedTuple):
    """What a rate is taken of; none where a price or a rate of exchange is missing."""

    amount: Decimal | None
    price_id: int | None = None
    words: str = ""


class Worth:
    """The rules, prices and rates of one computation, each looked up once."""

    def __init__(self, day: date, so_far: Mapping[tuple[int, str], tuple[Decimal, int]]) -> None:
        self.day = day
        self.reference = reference_data()
        self._so_far = so_far
        self._rules: dict[tuple[str, str, date], tuple[RuleRow, Any] | None] = {}
        self._prices: Mapping[Asked, Priced] = {}
        self._fx: dict[tuple[str, str, date], Rate | None] = {}
        self._cash: dict[tuple[str, date], Decimal | None] = {}

    def calendar(self, row: Stood) -> BusinessDays:
        return self.reference.calendars[row.calendar]

    def rule(self, kind: RuleKind[Any], key: str, day: date) -> tuple[RuleRow, Any] | None:
        """The rule in force on a day with its value, if any."""
        name = (kind.name, key, day)
        if name not in self._rules:
            row = self.reference.rules.row_of(kind, day, key)
            self._rules[name] = None if row is None else (row, value_of(kind, row.value))
        return self._rules[name]

    def suppose(self, kind: RuleKind[Any], row: RuleRow) -> None:
        """A rule that is not in force counts on this day as if it were."""
        self._rules[kind.name, row.key, self.day] = row, value_of(kind, row.value)

    def scheme(self, row: Stood) -> Scheme:
        """By whose rules the place penalises it, the most specific rule first; nobody's: NONE."""
        for key in (f"{row.place}/{row.isin}", f"{row.place}/{row.instrument_kind}", row.place):
            found = None if key.endswith("/") else self.rule(SCHEME, key, self.day)
            if found is not None:
                return scheme_of(found[1], cleared=row.cleared)
        return Scheme.NONE

    def told(self, lines: Sequence[Line]) -> dict[Key, Told]:
        """What each line comes to; prices are read in one go."""
        self._prices = prices_of(line.asked for line in lines if not line.row.is_payment)
        return {line.key: self._one(line) for line in lines}

    def _one(self, line: Line) -> Told:
        if line.payer == Payer.UNKNOWN:
            return Told(line, Figures(line.quantity, None, None))
        if line.scheme != Scheme.CSDR:
            return self._by_terms(line)
        if line.lack == Lack.CASH:
            return self._for_cash(line)
        return self._for_securities(line)

    def _for_securities(self, line: Line) -> Told:
        base = self._market_value(line)
        found = line.row.penalty_class and self.rule(PENALTY_RATE, line.row.penalty_class, line.day)
        if not found or base.amount is None:
            return _told(line, base, None)
        rate = Decimal(found[1].basis_points) * BASIS_POINT
        amount = penalty_of_day(found[1], base.amount, self._unit(line))
        return _told(line, base, amount, rate=rate, rule_id=found[0].id)

    def _for_cash(self, line: Line) -> Told:
        """Of a delivery the value of the securities as well: the same reference price (2017/389, art. 3)."""
        base = Base(line.row.amount) if line.row.is_payment else self._market_value(line)
        found = self.rule(CASH_RATE, line.row.currency, line.day)
        annual = None if found is None else self._annual(found[1].rate, line.day)
        if found is None or annual is None or base.amount is None:
            return _told(line, base, None)
        amount = cash_amount(found[1], base.amount, annual, self._unit(line))
        return _told(line, base, amount, rate=max(annual, Decimal(0)), rule_id=found[0].id)

    def _by_terms(self, line: Line) -> Told:
        keys = terms_keys(line.scheme.value, line.row.counterparty)
        found = next(filter(None, (self.rule(TERMS, key, line.day) for key in keys)), None)
        if found is None:
            return _told(line, Base(None), None)
        terms: Terms = found[1]
        owes_money = terms.base == "MONEY" and line.row.amount > 0
        base = Base(line.row.amount) if owes_money else self._market_value(line)
        days = 1
        if terms.days == "CALENDAR":
            days = days_of(line.day, line.row.intended, self.calendar(line.row))
        if base.amount is None:
            return _told(line, base, None)._replace(days=days)
        so_far, late_before = self._so_far.get((line.row.id, line.payer.value), (Decimal(0), 0))
        _, amount = terms_amount(
            terms, base=base.amount, days=days, late_before=late_before, so_far=so_far,
            minor_unit=self._unit(line),
        )  # fmt: skip
        rate = Decimal(terms.basis_points) * BASIS_POINT
        return _told(line, base, amount, rate=rate, rule_id=found[0].id)._replace(days=days)

    def _market_value(self, line: Line) -> Base:
        price = self._prices.get(line.asked)
        if price is None:
            return Base(None)
        value, into = line.quantity * price.value, line.row.currency
        rate = self._exchange(price.currency, into, line.day)
        if rate is None:
            return Base(None, price.id, f"P{price.id}")
        exact = (value * rate.value).quantize(_EXACT)
        return Base(exact, price.id, " ".join(filter(None, (f"P{price.id}", rate.names))))

    def _exchange(self, base: str, quote: str, day: date) -> Rate | None:
        key = (base, quote, day)
        if key not in self._fx:
            self._fx[key] = crossed(base, quote, partial(last_rate, on=day))
        return self._fx[key]

    def _annual(self, code: str, day: date) -> Decimal | None:
        if (code, day) not in self._cash:
            self._cash[code, day] = central_bank_rate(code, day)
        return self._cash[code, day]

    def _unit(self, line: Line) -> int:
        return self.reference.currencies[line.row.currency].minor_unit


def _told(
    line: Line,
    base: Base,
    amount: Decimal | None,
    *,
    rate: Decimal | None = None,
    rule_id: int | None = None,
) -> Told:
    figures = Figures(line.quantity, base.amount, amount, base.words)
    return Told(line, figures, 1, rate, rule_id, base.price_id)
