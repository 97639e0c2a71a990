"""Settlement and positions, recomputed by an oracle that adds up integers from the deals as they were posted.

Which deals were settled is the run's decision; what that means for counts, amounts, positions and
cash is added up here without a line of the product: kopecks and pieces, in dictionaries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.workflow.transitions import Step, advance
from deals.models import Deal
from ledger.selectors import trial_balance
from refdata.models import Price
from reporting.reports.settlement_and_positions import REPORT
from reporting.services import verify_run
from settlements.models import Settlement
from tests.flows.market import CASH, REVOKED, Made, Market, as_ndjson, generate
from tests.flows.stage import set_the_stage, take_them_all_the_way
from tests.following import follow_events
from tests.reporting.running import rows_of, run_of
from tests.sizes import MANY_DEALS

pytestmark = pytest.mark.usefixtures("own_database")

DAY, NEXT, LATER = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 30)
HOUSE = "HOUSE"
Line = dict[str, str | None]


def section(code: str, day: date) -> list[Line]:
    """The rows of a section as dictionaries, with its own columns only."""
    run = run_of(REPORT.name, parameters={"business_date": day.isoformat()})
    names = next(each.columns for each in REPORT.sections if each.code == code)
    places = {column.name: index for index, column in enumerate(REPORT.columns)}
    return [{name: row[places[name]] for name in names} for row in rows_of(run) if row[0] == code]


def money(kopecks: int) -> str:
    return f"{Decimal(kopecks) / 100:.2f}"


Key = tuple[str, str, str | None, str]  # entity, owner, place, asset


@dataclass
class Books:
    """What the oracle knows: held by key, and still to come and to go."""

    held: defaultdict[Key, int] = field(default_factory=lambda: defaultdict(int))
    comes: defaultdict[Key, int] = field(default_factory=lambda: defaultdict(int))
    goes: defaultdict[Key, int] = field(default_factory=lambda: defaultdict(int))
    trading: set[str] = field(default_factory=set)

    def open(self) -> None:
        """What is held before the first deal: money in kopecks, shares in pieces."""
        for line in trial_balance():
            if line.kind in ("HOLDING", "CASH"):
                unit = 100 if line.kind == "CASH" else 1
                key = line.entity, line.owner, line.place, line.asset
                self.held[key] = int(line.amount * unit)

    def book(self, deal: Made, *, settled: bool, prepared: bool) -> None:
        """One deal: what it moved, or what it will."""
        self.trading.add(deal.owner)
        buys = deal.document["side"] == "buy"
        for asset, amount, comes in (
            (deal.share, deal.quantity, buys),
            (CASH, deal.kopecks, not buys),
        ):
            if settled:
                sign = 1 if comes else -1
                self.held["RUS", deal.owner, HOUSE, asset] += sign * amount
                self.held["RUS", deal.counterparty, HOUSE, asset] -= sign * amount
            else:
                place = HOUSE if prepared else None
                waiting = self.comes if comes else self.goes
                waiting["RUS", deal.owner, place, asset] += amount

    def lines(self, *, money: bool) -> dict[Key, tuple[int, int | None, int | None, int | None]]:
        """By key: held, to come, to go and all of it; the last three only where trades are known."""
        unprepared: defaultdict[Key, int] = defaultdict(int)
        for key, amount in self.comes.items():
            unprepared[key] += amount if key[2] is None else 0
        for key, amount in self.goes.items():
            unprepared[key] -= amount if key[2] is None else 0
        found: dict[Key, tuple[int, int | None, int | None, int | None]] = {}
        for key in self.held.keys() | self.comes.keys() | self.goes.keys():
            if (len(key[3]) == 3) != money:
                continue
            held = self.held.get(key, 0)
            comes, goes = self.comes.get(key, 0), self.goes.get(key, 0)
            if key[2] is None:  # without a place only the difference is known
                comes, goes = max(unprepared[key], 0), max(-unprepared[key], 0)
            if not (held or comes or goes):
                continue
            known = key[0] == "RUS" and key[1] in self.trading
            found[key] = (
                (held, comes, goes, held + comes - goes) if known else (held, None, None, None)
            )
        return found


@dataclass
class Outcome:
    """The market once its deals went all the way."""

    market: Market
    settled: set[str]
    books: Books

    def waiting(self) -> list[Made]:
        """Prepared and not settled."""
        return [
            deal for deal in self.market.deals
            if deal.counterparty != REVOKED and deal.document["external_ref"] not in self.settled
        ]  # fmt: skip

    def done(self) -> list[Made]:
        return [d for d in self.market.deals if d.document["external_ref"] in self.settled]


def all_the_way(api: Any, sample: dict[str, Any], count: int) -> Outcome:
    market = generate(count, seed=20261125, sample=sample)
    for key in market.opening:  # so little that some wait for what never comes
        market.opening[key] //= 30
    set_the_stage(market)
    books = Books()
    books.open()
    answer = api("dealer").post(
        "/deals/bulk/", b"".join(as_ndjson(market.deals)), content_type="application/x-ndjson"
    )
    assert answer.json()["counts"]["accepted"] == count
    take_them_all_the_way(api)
    settled = set(Deal.objects.filter(state="SETTLED").values_list("external_ref", flat=True))
    assert count // 50 < len(settled) < count - count // 50
    for deal in market.deals:
        reference = deal.document["external_ref"]
        books.book(deal, settled=reference in settled, prepared=deal.counterparty != REVOKED)
    return Outcome(market, settled, books)


def counted(deals: list[Made], status: Mapping[str, str]) -> Line:
    """A line of counts: what is received for what is sold, and paid for what is bought."""
    receive = sum(d.kopecks for d in deals if d.document["side"] == "sell")
    pay = sum(d.kopecks for d in deals if d.document["side"] == "buy")
    return {
        "entity": "RUS", "place": HOUSE, "currency": CASH, **status, "count": str(len(deals)),
        "to_receive": money(receive), "to_pay": money(pay),
    }  # fmt: skip


@pytest.mark.slow
def test_every_line_is_the_oracles_to_the_unit(api: Any, sample: dict[str, Any]) -> None:
    found = all_the_way(api, sample, MANY_DEALS)
    done, waiting = found.done(), found.waiting()
    assert min(len(done), len(waiting)) > 50  # both are there, however large the market is

    assert section("settlements", DAY) == [
        counted(done, {"status": "SETTLED"}), counted(waiting, {"status": "DUE"}),
    ]  # fmt: skip
    assert section("fails", DAY) == []
    assert section("settlements", NEXT) == [counted(waiting, {"status": "FAILING"})]
    for day, age in ((NEXT, "1"), (LATER, "4-7")):
        (line,) = section("fails", day)
        late = {"age": age, "reason": None, "oldest_due_date": DAY.isoformat()}
        assert line == counted(waiting, {}) | late
    check_positions(section("positions", DAY), found.books)
    check_cash(section("cash", DAY), found.books)


def check_positions(lines: list[Line], books: Books) -> None:
    prices = {price.instrument.isin: price for price in Price.objects.order_by("price_date", "id")
              .select_related("instrument")}  # fmt: skip
    expected = {}
    for (entity, owner, place, isin), amounts in books.lines(money=False).items():
        held, comes, goes, total = amounts
        price = prices.get(isin)
        value = price and Decimal(total if total is not None else held) * price.value
        expected[entity, owner, place, isin] = {
            "settled_quantity": str(held),
            "quantity_to_receive": None if comes is None else str(comes),
            "quantity_to_deliver": None if goes is None else str(goes),
            "trade_date_quantity": None if total is None else str(total),
            "market_value": None if value is None else f"{value:.2f}",
            "price_state": "NONE" if price is None else "FRESH" if price.price_date == DAY else "OLDER",
        }  # fmt: skip
    found = {
        (line["entity"], line["owner"], line["place"], line["isin"]): {
            name: line[name] for name in (
                "settled_quantity", "quantity_to_receive", "quantity_to_deliver",
                "trade_date_quantity", "market_value", "price_state",
            )
        }
        for line in lines
    }  # fmt: skip
    assert found == expected


def check_cash(lines: list[Line], books: Books) -> None:
    expected = {
        key: {
            "settled_amount": money(held),
            "to_receive": None if comes is None else money(comes),
            "to_pay": None if goes is None else money(goes),
            "expected_amount": None if total is None else money(total),
        }
        for key, (held, comes, goes, total) in books.lines(money=True).items()
    }
    found = {
        (line["entity"], line["owner"], line["place"], line["currency"]): {
            name: line[name] for name in ("settled_amount", "to_receive", "to_pay", "expected_amount")
        }
        for line in lines
    }  # fmt: skip
    assert found == expected


def test_the_day_before_nothing_was_settled_and_all_was_traded(
    api: Any, sample: dict[str, Any]
) -> None:
    found = all_the_way(api, sample, 200)
    every = [d for d in found.market.deals if d.counterparty != REVOKED]
    before = date(2026, 11, 23)
    assert section("settlements", before) == [counted(every, {"status": "LATER"})]
    as_of_then = Books(trading=found.books.trading)
    as_of_then.held = defaultdict(int, found.books.held)
    for deal in found.done():
        buys = deal.document["side"] == "buy"
        for asset, amount, comes in (
            (deal.share, deal.quantity, buys),
            (CASH, deal.kopecks, not buys),
        ):
            sign = 1 if comes else -1
            as_of_then.held["RUS", deal.owner, HOUSE, asset] -= sign * amount
            as_of_then.held["RUS", deal.counterparty, HOUSE, asset] += sign * amount
    for deal in found.market.deals:
        as_of_then.book(deal, settled=False, prepared=deal.counterparty != REVOKED)
    check_cash(section("cash", before), as_of_then)


def test_totals_never_mix_currencies_and_are_the_sums_of_their_columns(day_at_work: None) -> None:
    run = run_of(REPORT.name, parameters={"business_date": "2026-11-24"})
    totals = run.contents["totals"]
    places = {column.name: index for index, column in enumerate(REPORT.columns)}
    rows = [row for row in rows_of(run) if row[0] == "cash"]
    for currency, total in totals["cash"]["settled_amount"].items():
        assert Decimal(total) == sum(
            Decimal(row[places["settled_amount"]] or 0)
            for row in rows
            if row[places["currency"]] == currency
        )
    assert {"EUR", "RUB"} <= totals["cash"]["settled_amount"].keys()


def test_states_of_today_shorten_the_search_and_decide_nothing(
    api: Any, sample: dict[str, Any]
) -> None:
    """The same rows as a search through everything, on days before, on and after, known then and now."""
    found = all_the_way(api, sample, 120)
    assert found.settled
    from reporting.reports import settlement_and_positions as report

    short = report._OPEN
    everything = (
        short[: short.index("WITH looked_at")]
        + "WITH looked_at AS (SELECT s.id FROM settlements_settlement s),\n"
        + short[short.index("     still_open AS (") :]
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT horizon FROM events_watermark")
        horizons = sorted(row[0] for row in cursor.fetchall())
        compared = 0
        for horizon in horizons[:: max(1, len(horizons) // 12)] + horizons[-1:]:
            for day in (date(2026, 11, 23), DAY, NEXT):
                facts = {"horizon": horizon, "business_date": day, "entities": None}
                answers = []
                for sql in (short, everything):
                    cursor.execute(f"{sql} SELECT id FROM still_open ORDER BY id", facts)
                    answers.append([row[0] for row in cursor.fetchall()])
                assert answers[0] == answers[1]
                compared += len(answers[0])
    assert compared > Settlement.objects.count()


def test_a_cancelled_settlement_is_no_fail(api: Any, sample: dict[str, Any]) -> None:
    deal = api("dealer").post("/deals/", sample).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/", {"how": "recorded-call", "evidence": "call 7"})
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    (line,) = section("settlements", NEXT)
    assert (line["status"], line["to_pay"]) == ("FAILING", "312606.23")
    known = run_of(REPORT.name, parameters={"business_date": NEXT.isoformat()})
    step = Step(Settlement.objects.get().pk)
    assert advance(Settlement, "agree_cancel", [step], actor=None, at=timezone.now()).done
    assert section("settlements", NEXT) == []
    assert verify_run(known).equal
