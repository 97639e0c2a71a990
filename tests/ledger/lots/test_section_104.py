"""The pool of section 104 with same-day and 30-day matching: eleven reports of another program, to the penny."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.lots.carrying import Conversion
from ledger.lots.matching import Change, Closing, Lot, match
from ledger.lots.methods import Method
from ledger.lots.unsplit import match_pooled_over

D = Decimal
NAMES = [
    "Blank", "CarryLoss", "GainsAndLosses", "HMRCExample1", "MultipleMatches", "RoundingErrorSplitTransactions",
    "SameDayMerge", "Simple", "SimpleTwoSameDay", "WithAssetEvents", "WithSplitS104",
]  # fmt: skip
PLACES = 8  # of a pound: what is rounded is the gain, not what it is made of


def day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone


class Given:
    """A file of trades and events: by security its changes in order, and its splits."""

    def __init__(self, path: Path) -> None:
        self.changes: dict[str, list[Change]] = defaultdict(list)
        self.splits: dict[str, list[Conversion]] = defaultdict(list)
        for number, line in enumerate(path.read_text().splitlines()):
            words = line.partition("#")[0].split()
            if words:
                self._take(number, *words)
        for changes in self.changes.values():
            changes.sort(key=lambda change: (change.trade_date, change.id))

    def _take(
        self, number: int, kind: str, on: str, security: str, quantity: str, *told: str
    ) -> None:
        facts: dict[str, Any] = {"id": number, "trade_date": day(on), "currency": "GBP"}
        if kind == "SPLIT":
            self.splits[security].append(
                Conversion(day=day(on), source_type="split", source_id=number, new=D(quantity), old=D(1), same=True)
            )  # fmt: skip
            return
        if kind in (
            "DIVIDEND",
            "CAPRETURN",
        ):  # what is distributed and stays adds to the cost, what is paid back does not
            facts |= {"incoming": kind == "DIVIDEND", "quantity": D(0), "gross": D(told[0])}
        else:
            price, fee = told
            facts |= {
                "incoming": kind == "BUY", "quantity": D(quantity), "gross": D(quantity) * D(price), "fee": D(fee),
            }  # fmt: skip
        self.changes[security].append(Change(**facts))

    def matched(self) -> Iterator[tuple[str, list[Closing], list[Lot]]]:
        for security, changes in self.changes.items():
            over = match_pooled_over(changes, self.splits[security], minor_unit=PLACES)
            yield security, list(over.matched.closings), list(over.matched.lots)


SOLD = re.compile(
    r"\) SOLD (\S+) of (\S+) on (\S+) for (?:GAIN|LOSS) of £(\d+)\n((?:.*\n)+?)Calculation: (.*) = (-?\d+)\n"
)
TERM = re.compile(r"\(([\d.]+) \* ([\d.]+)(?: ([-+]) ([\d.]+))?\)")
HELD = re.compile(r"^(\S+): (\S+) units acquired at £(\S+) cost basis$", re.MULTILINE)


def calculated(told: str) -> Decimal:
    """`(q * p - e) - ( (q * p + e) + ... )` to the penny."""
    terms = TERM.findall(told)
    first, *others = [
        D(q) * D(p) + (D(sign + extra) if extra else 0) for q, p, sign, extra in terms
    ]
    return (first - sum(others)).quantize(D("0.01"), ROUND_HALF_UP)


def in_pence(value: Decimal) -> Decimal:
    return value.quantize(D("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("name", NAMES)
def test_the_eleven_reports_agree_to_the_penny(name: str, shared_data: Path) -> None:
    cases = shared_data / "expected" / "section104"
    given = Given(cases / "inputs" / f"{name}.txt")
    told = (cases / "outputs" / f"{name}.txt").read_text()
    results: defaultdict[tuple[str, date], Decimal] = defaultdict(D)
    held = {}
    for security, closings, lots in given.matched():
        for closing in closings:
            results[security, closing.closing.trade_date] += closing.result
        for lot in lots:
            held[security] = (lot.quantity, (lot.gross + lot.fee) / lot.quantity)
    expected = {
        (security, day(on)): (calculated(terms), int(whole))
        for _, security, on, _, _, terms, whole in SOLD.findall(told)
    }
    assert told.count(") SOLD ") == len(expected)
    assert {
        key: (in_pence(value), int(value.to_integral_value(ROUND_FLOOR)))
        for key, value in results.items()
    } == expected
    assert {
        security: (quantity, cost.quantize(D("0.00001")))
        for security, (quantity, cost) in held.items()
    } == {security: (D(quantity), D(cost)) for security, quantity, cost in HELD.findall(told)}


def change(id: int, on: str, quantity: int, gross: str, fee: str = "0") -> Change:
    return Change(
        id=id, incoming=quantity > 0, quantity=D(abs(quantity)), gross=D(gross), fee=D(fee), currency="GBP",
        trade_date=date.fromisoformat(on),
    )  # fmt: skip


def pooled(*changes: Change) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    found = match(changes, method=Method.POOLED, minor_unit=2)
    return [
        (c.opening and c.opening.id, c.closing.id, c.quantity, c.cost, c.result)
        for c in found.closings
    ], [(x.opening and x.opening.id, x.long, x.quantity, x.gross) for x in found.lots]


def test_the_thirtieth_day_counts_and_the_thirty_first_does_not() -> None:
    sale = change(2, "2026-03-01", -10, "90")
    bought = change(1, "2026-01-10", 10, "100")
    soon, late = change(3, "2026-03-31", 10, "80"), change(3, "2026-04-01", 10, "80")
    assert pooled(bought, sale, soon) == (
        [(3, 2, D(10), D("80.00"), D("10.00"))],
        [(None, True, D(10), D("100.00"))],
    )
    assert pooled(bought, sale, late) == (
        [(None, 2, D(10), D("100.00"), D("-10.00"))],
        [(None, True, D(10), D("80.00"))],
    )


def test_what_is_sold_and_not_held_is_of_what_is_bought_later() -> None:
    sale = change(1, "2026-01-10", -10, "120")
    assert pooled(sale) == ([], [(1, False, D(10), D("120.00"))])
    later = change(2, "2026-06-01", 4, "40")
    assert pooled(sale, later) == (
        [(2, 1, D(4), D("40.00"), D("8.00"))],
        [(1, False, D(6), D("72.00"))],
    )


def test_a_sale_before_a_split_is_of_what_is_bought_after_it_within_thirty_days() -> None:
    """Sold 10 old units, bought 20 new ones two weeks later after 1:2: those, not the pool."""
    by = Conversion(
        day=date(2026, 3, 10), source_type="split", source_id=1, new=D(2), old=D(1), same=True
    )
    bought, sale = change(1, "2026-01-10", 10, "100"), change(2, "2026-03-01", -10, "90")
    over = match_pooled_over([bought, sale, change(3, "2026-03-15", 20, "80")], [by], minor_unit=2)
    (closing,), (lot,) = over.matched.closings, over.matched.lots
    assert (closing.opening and closing.opening.id, closing.quantity, closing.cost) == (
        3,
        D(10),
        D("80.00"),
    )
    assert closing.closing.quantity == 10
    assert (lot.quantity, lot.gross) == (D(20), D("100.00"))


def test_purchases_of_a_day_are_one() -> None:
    """Of 10 at 100.00 and 30 at 60.00 a unit is 4.00 (160 / 40), whichever was first."""
    day = "2026-02-02"
    bought = change(1, day, 10, "100"), change(2, day, 30, "60")
    closings, (lot,) = pooled(*bought, change(3, day, -20, "100"))
    assert closings == [(None, 3, D(20), D("80.00"), D("20.00"))]
    assert lot == (None, True, D(20), D("80.00"))


@pytest.mark.parametrize("seed", range(20))
def test_invariant_cost_out_and_cost_remaining_are_the_cost_in(seed: int) -> None:
    chance = random.Random(seed)
    changes = [
        Change(
            id=n, incoming=chance.random() < 0.5, quantity=D(chance.randint(1, 90)), currency="GBP",
            gross=D(chance.randint(1, 9_999)) / 100, fee=D(chance.randint(0, 99)) / 100,
            trade_date=date.fromordinal(739_000 + chance.randint(0, 120)),
        )
        for n in range(80)
    ]  # fmt: skip
    changes.sort(key=lambda each: (each.trade_date, each.id))
    found = match(changes, method=Method.POOLED, minor_unit=2)
    for incoming in (True, False):
        mine = [each for each in changes if each.incoming is incoming]
        open_ones = [lot for lot in found.lots if lot.long is incoming]
        gross = sum(c.opening_gross if incoming else c.closing_gross for c in found.closings)
        fees = sum(c.opening_fee if incoming else c.closing_fee for c in found.closings)
        assert gross + sum(lot.gross for lot in open_ones) == sum(each.gross for each in mine)
        assert fees + sum(lot.fee for lot in open_ones) == sum(each.fee for each in mine)
        quantity = sum(c.quantity for c in found.closings) + sum(lot.quantity for lot in open_ones)
        assert quantity == sum(each.quantity for each in mine)
