"""Half a year of a house at random: deals that come on their day or weeks late, cancelled, settled when there is what
to settle with; and what all of it comes to, reckoned beside the product by plain sums.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any, NamedTuple

from django.utils import timezone

from backoffice.access.models import User
from backoffice.demonstration.bonds import OFZ
from deals.models import Deal
from deals.services import approve_deals, confirm_deals
from ledger.services import (
    AccountKey,
    NewEntry,
    NewPosting,
    account_ids,
    post_entries,
    prepare_months,
)
from limits.models import Limit
from refdata.models import (
    Asset,
    BondPayment,
    BondTerms,
    Entity,
    FxRate,
    Instrument,
    Party,
    Place,
    Price,
)
from refdata.selectors import business_days, forget_reference_data
from settlements.models import Settlement
from settlements.running.services import request_run, work_on_run
from settlements.services import release_settlements
from tests.flows.corporate_actions import ANNA, OWN
from tests.following import follow_events

D, ZERO = Decimal, Decimal(0)
FIRST, LAST = date(2026, 5, 11), date(2026, 11, 10)
BANK = "999900DEMOBANKONE097"
SBER, GAZP = "RU0009029540", "RU0007661625"
ASSETS = (SBER, GAZP, OFZ)
BOOKS = {
    OWN: {"book": "EQ-RU"},
    ANNA: {"book": "EQ-CL", "capacity": "CLIENT", "client": ANNA, "account": "A-1"},
}
MONEY = D(50_000_000)  # of each at the house
STOCK = D(1_000_000)  # of each security that the bank has there


class Bond(NamedTuple):
    """What the bond promises: its nominal, its coupon as a fraction a year, and when each period begins and ends."""

    nominal: Decimal
    rate: Decimal
    periods: list[tuple[date, date]]

    @classmethod
    def read(cls) -> Bond:
        terms = BondTerms.objects.select_related("instrument").get(instrument__isin=OFZ)
        coupons = BondPayment.objects.filter(instrument__isin=OFZ, kind="COUPON")
        periods = list(coupons.values_list("start_date", "end_date"))
        return cls(terms.instrument.nominal or ZERO, D(terms.coupon_rate or 0), periods)

    def accrued(self, day: date) -> Decimal:
        """Accrued coupon of one by rule A13: nominal x rate x days / 365, half up to kopecks."""
        (start,) = [start for start, end in self.periods if start <= day < end]
        whole = self.nominal * self.rate * (day - start).days / 365
        return whole.quantize(D("0.01"), ROUND_HALF_UP)


@dataclass(slots=True)
class Dealt:
    """A deal as the history itself knows it: signed units, and money at its price."""

    number: int
    owner: str
    asset: str
    day: date
    arrives: date
    units: int
    price: Decimal
    id: int = 0
    net: Decimal = ZERO
    gross: Decimal = ZERO
    cancelled: bool = False
    settled: date | None = None
    due: date | None = None


@dataclass
class History:
    """What happened, day by day; `deals` are those that stand."""

    seed: int
    api: Any
    deals: list[Dealt] = field(default_factory=list)
    prices: dict[tuple[str, date], Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance, self.bond = Random(self.seed), Bond.read()
        calendar = business_days("MISX")
        self.days = [
            day for n in range((LAST - FIRST).days + 1) if calendar.following(day := FIRST + timedelta(days=n)) == day
        ]  # fmt: skip
        self.people = {name: User.objects.get(username=name) for name in ("clerk", "checker")}
        self.entity = Entity.objects.get(code="RUS")
        self._stage()
        self.plan = sorted(self._planned(), key=lambda deal: (deal.arrives, deal.number))

    def _stage(self) -> None:
        prepare_months(FIRST, months=8)
        Limit.objects.update(cap=10**13)
        house = Place.objects.get(code="HOUSE")
        postings = []
        for owner in (OWN, ANNA, BANK):
            has = {"RUB": MONEY} | (dict.fromkeys(ASSETS, STOCK) if owner == BANK else {})
            party = Party.objects.get(code=owner)
            for code, amount in has.items():
                kind = "CASH" if code == "RUB" else "HOLDING"
                keys = [AccountKey(self.entity.pk, kind, party.pk, place_id=house.pk),
                        AccountKey(self.entity.pk, "OPENING", party.pk)]  # fmt: skip
                ids = account_ids(keys)
                asset = Asset.objects.get(code=code).pk
                postings.append(NewPosting(ids[keys[0]], ids[keys[1]], asset, amount))
        entry = NewEntry(
            entity_id=self.entity.pk, kind="opening", source_type="history", source_id=1,
            effective_date=FIRST - timedelta(days=30), postings=postings,
        )  # fmt: skip
        post_entries([entry], at=timezone.now())
        level = {SBER: D(300), GAZP: D(180), OFZ: D("61.00")}
        rows = []
        for day in self.days:
            for code in ASSETS:
                level[code] += D(self.chance.randrange(-300, 301)) / 100
                level[code] = max(level[code], D(20))
                self.prices[code, day] = level[code]
                rows.append((code, day, level[code]))
        instruments = {code: Instrument.objects.get(isin=code) for code in ASSETS}
        Price.objects.bulk_create(
            Price(
                instrument=instruments[code], price_date=day, source="MOEX", currency="RUB",
                value=self.of_one(code, value), percent=value if code == OFZ else None,
            )
            for code, day, value in rows
        )  # fmt: skip
        self._rates()
        forget_reference_data()

    def _rates(self) -> None:
        """What the house has in other money is worth something else each day."""
        of_day, rows = {"USD": D(80), "EUR": D(90), "CNY": D(11)}, []
        for day in (date(2026, 1, 1), *self.days):
            for code in of_day:
                of_day[code] += D(self.chance.randrange(-40, 41)) / 100
                rows.append(
                    FxRate(base=code, quote="RUB", rate_date=day, source="CBR", value=of_day[code])
                )
        FxRate.objects.bulk_create(rows)

    def _planned(self) -> Iterator[Dealt]:
        """Nobody sells what it does not have by then, of what will be known in the end; a third comes late."""
        have: defaultdict[tuple[str, str], int] = defaultdict(int)
        for number in range(1, len(self.days) // 2):
            day = self.days[number * 2 - self.chance.randrange(2)]
            owner, asset = self.chance.choice((OWN, OWN, ANNA)), self.chance.choice(ASSETS)
            there = have[owner, asset]
            units = self.chance.randrange(1, 400)
            if there and self.chance.random() < 0.45:
                units = -self.chance.randrange(1, there + 1)
            late = self.chance.randrange(1, 40) if self.chance.random() < 0.35 else 0
            near = self.prices[asset, day] + D(self.chance.randrange(-50, 51)) / 100
            cancelled = units > 0 and self.chance.random() < 0.1
            if not cancelled:
                have[owner, asset] += units
            yield Dealt(
                number, owner, asset, day, min(day + timedelta(days=late), self.days[-1]), units, near,
                cancelled=cancelled,
            )  # fmt: skip

    def live(self, *, every: int) -> Iterator[date]:
        """Go through the days, of which the house works on some; each of those is told when it is over."""
        waiting = list(self.plan)
        for day in dict.fromkeys((*self.days[::every], self.days[-1])):
            came = [deal for deal in waiting if deal.arrives <= day]
            waiting = waiting[len(came) :]
            for deal in came:
                self._capture(deal)
            follow_events()
            self._cancel([deal for deal in came if deal.cancelled])
            self._confirm([deal.id for deal in came if not deal.cancelled])
            self.deals += [deal for deal in came if not deal.cancelled]
            self._settle(day)
            yield day

    def _capture(self, deal: Dealt) -> None:
        document: dict[str, Any] = {
            "external_ref": f"HISTORY-{deal.number}", "stage": "executed", "product": "equity", "currency": "RUB",
            "counterparty": BANK, "instrument": deal.asset, "side": "buy" if deal.units > 0 else "sell",
            "quantity": str(abs(deal.units)), "price": f"{deal.price:f}",
            "traded_at": f"{deal.day}T1{deal.number % 8}:{deal.number % 60:02d}:00+03:00",
            "settlement": {"method": "DVP", "date": None},
        } | BOOKS[deal.owner]  # fmt: skip
        if deal.asset == OFZ:
            document |= {"product": "bond", "price_kind": "clean"}
        answer = self.api("dealer").post("/deals/", document)
        assert answer.status_code == 201, answer.content
        told = answer.json()
        assert told["trade_date"] == deal.day.isoformat(), (told, deal)
        deal.due = date.fromisoformat(told["settlement"]["date"])
        deal.id = int(told["reference"].removeprefix("D-"))
        deal.net, deal.gross = D(told["net_amount"]["amount"]), D(told["gross_amount"]["amount"])

    def _cancel(self, deals: list[Dealt]) -> None:
        for deal in deals:
            answer = self.api("checker").post(f"/deals/D-{deal.id}/cancel/", {"reason": "a slip"})
            assert answer.status_code == 200, answer.content
        follow_events()

    def _confirm(self, ids: list[int]) -> None:
        at = timezone.now()
        open_ones = list(
            Deal.objects.filter(pk__in=ids, state="CAPTURED").values_list("pk", flat=True)
        )
        confirm_deals(ids=open_ones, actor=self.people["clerk"], at=at)
        approve_deals(ids=open_ones, actor=self.people["checker"], at=at)
        follow_events()

    def _settle(self, day: date) -> None:
        due = list(
            Settlement.objects.filter(due_date__lte=day, settlement__in=("PENDING", "FAILING"))
            .exclude(cancellation="AGREED").order_by("pk").values_list("pk", flat=True)
        )  # fmt: skip
        if not due or self.chance.random() < 0.2:  # some days nobody lets anything go
            return
        release_settlements(ids=due, actor=self.people["checker"], at=timezone.now())
        run = request_run(
            business_date=day, entity_id=self.entity.pk, actor=None, at=timezone.now()
        )
        work_on_run(run.pk, at=timezone.now())
        follow_events()
        settled = set(
            Settlement.objects.filter(settlement="SETTLED", source_type="deal").values_list("source_id", flat=True)
        )  # fmt: skip
        for deal in self.deals:
            if deal.settled is None and deal.id in settled:
                deal.settled = day

    # What it comes to.

    def units(self, owner: str, asset: str, day: date) -> int:
        return sum(
            d.units for d in self.deals if (d.owner, d.asset) == (owner, asset) and d.day <= day
        )

    def delivered(self, owner: str, asset: str, day: date) -> int:
        return sum(
            d.units for d in self.deals
            if (d.owner, d.asset) == (owner, asset) and d.settled is not None and d.settled <= day
        )  # fmt: skip

    def cash(self, owner: str, day: date) -> Decimal:
        """What was received less what was paid."""
        paid = (
            -d.net if d.units > 0 else d.net
            for d in self.deals if d.owner == owner and d.settled is not None and d.settled <= day
        )  # fmt: skip
        return sum(paid, ZERO)

    def gains(self, day: date) -> Decimal:
        """What our own deals brought: money for what was sold less for what was bought, and what the rest is worth."""
        worth = sum((self.units(OWN, code, day) * self.worth(code, day) for code in ASSETS), ZERO)
        flows = (
            -d.gross if d.units > 0 else d.gross
            for d in self.deals
            if d.owner == OWN and d.day <= day
        )
        return worth + sum(flows, ZERO)

    def worth(self, code: str, day: date) -> Decimal:
        price = self.of_one(code, self.prices[code, max(d for d in self.days if d <= day)])
        return price + self.bond.accrued(day) if code == OFZ else price

    def of_one(self, code: str, price: Decimal) -> Decimal:
        """A bond is quoted as a share of its nominal."""
        return price * self.bond.nominal / 100 if code == OFZ else price

    def interest(self, day: date) -> Decimal:
        """Accrued coupons, as of the day of settlement, received with what we sold less those paid."""
        bonds = (d for d in self.deals if (d.owner, d.asset) == (OWN, OFZ) and d.day <= day)
        return sum((-d.units * self.bond.accrued(d.due) for d in bonds if d.due), ZERO)
