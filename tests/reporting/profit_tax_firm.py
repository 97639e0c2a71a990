"""The firm's own deals for the register of profit tax: dealt, paid, with what is known of each, and prices of days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from backoffice.access.models import User
from deals.models import Deal as BookedDeal
from deals.models import DealVersion
from refdata.models import Book, Entity, Instrument, Party, Price
from tests.ledger.lots.market import Deal
from tests.reporting.running import run_of, told
from tests.reporting.test_realised_result import keep, pool, settle

D = Decimal
OWN = "999900DEMOSEVERRU017"
SBER, GAZP, OFZ = "RU0009029540", "RU0007661625", "RU000A1038V6"
_numbers = count(900_001)


class Firm:
    """Deals of one owner in one security, paid a day after they were dealt unless it is said otherwise."""

    def __init__(
        self, asset: str = SBER, *, owner: str = OWN, currency: str = "RUB", entity: str = "RUS"
    ) -> None:
        key = pool(asset, owner)
        self.asset, self.currency = asset, currency
        self.pool = key._replace(entity_id=Entity.objects.get(code=entity).pk)

    def buy(self, day: date, quantity: int, price: str, **more: Any) -> Deal:
        return self._deal(True, day, quantity, price, **more)

    def sell(self, day: date, quantity: int, price: str, **more: Any) -> Deal:
        return self._deal(False, day, quantity, price, **more)

    def _deal(
        self, incoming: bool, day: date, quantity: int, price: str, *, fee: str = "0", paid: date | None = None,
        venue: str = "", accrued: str = "",
    ) -> Deal:  # fmt: skip
        deal = Deal(
            next(_numbers), self.pool, incoming, D(quantity), int(quantity * D(price) * 100), int(D(fee) * 100),
            day, 0, self.currency,
        )  # fmt: skip
        if venue or accrued:
            self._book(deal, venue, accrued)
        keep([deal])
        settle([(deal, paid or day + timedelta(days=1))])
        return deal

    def _book(self, deal: Deal, venue: str, accrued: str) -> None:
        """What the books say of a deal beside its lots: where it was dealt, and its coupon."""
        dealer, gross = User.objects.get(username="dealer"), D(deal.kopecks) / 100
        details: dict[str, Any] = {"execution": {"venue": venue}} if venue else {}
        if accrued:
            details["figures"] = {"accrued": accrued}
        BookedDeal.objects.create(
            pk=deal.number, entity_id=self.pool.entity_id, book=Book.objects.order_by("pk")[0],
            external_ref=f"P{deal.number}", product="share", stage="executed", capacity="OWN",
            owner_id=self.pool.owner_id, counterparty=Party.objects.get(code="CL-ANNA"),
            instrument_id=self.pool.asset_id, trade_date=deal.trade_date, due_date=deal.trade_date,
            captured_by=dealer,
        )  # fmt: skip
        DealVersion.objects.create(
            deal_id=deal.number, number=1, side="buy" if deal.incoming else "sell", quantity=deal.quantity,
            price=gross / deal.quantity, currency=self.currency, gross_amount=gross,
            net_amount=gross + D(accrued or 0), method="DVP",
            traded_at=datetime.combine(deal.trade_date, datetime.min.time(), UTC), details=details, actor=dealer,
        )  # fmt: skip


def ranged(
    day: date, low: str, high: str, *, asset: str = SBER, source: str = "MOEX TQBR", currency: str = "RUB"
) -> Price:  # fmt: skip
    return Price.objects.create(
        instrument=Instrument.objects.get(isin=asset), price_date=day, source=source, value=D(low),
        low=D(low), high=D(high), currency=currency,
    )  # fmt: skip


def calculated(day: date, value: str, *, asset: str = GAZP) -> Price:
    return Price.objects.create(
        instrument=Instrument.objects.get(isin=asset), price_date=day, source="MANUAL", kind="CALC",
        value=D(value), currency="RUB",
    )  # fmt: skip


SECTIONS = ("disposals", "coupons", "bases", "losses", "ratios")


def register(
    start: str = "2026-01-01", until: str = "2026-12-31", **more: Any
) -> dict[str, list[dict[str, Any]]]:
    sections: dict[str, list[dict[str, Any]]] = {name: [] for name in SECTIONS}
    parameters = {"realised_from": start, "realised_until": until}
    for row in told(run_of("profit-tax-register", parameters=parameters, **more)):
        sections[row["section"]].append(row)
    return sections


def cells(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)
