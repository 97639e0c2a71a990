"""Three weeks of a firm, day by day, the same in whichever installation they are lived: deals of every kind, own and
clients', settled in our own books and outside, late, in parts, cancelled, or not yet.

What happens is chosen by seed and day alone, and told by external references, so that a day can be lived twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from backoffice.access.models import User
from backoffice.demonstration.bonds import OFZ
from backoffice.demonstration.instructions import BANK_FIVE, BANK_ONE, BANK_TWO
from deals.models import Deal
from deals.services import approve_deals, cancel_deals, confirm_deals
from ledger.services import prepare_months, recorded_month
from limits.models import Limit
from refdata.models import Entity, FxRate, Instrument, Price
from refdata.selectors import business_days, forget_reference_data
from settlements.models import Settlement
from settlements.proving import Proof
from settlements.running.services import request_run, work_on_run
from settlements.services import fail_overdue_settlements, release_settlements
from settlements.settling import settle_by_places_word
from tests.following import follow_events

D = Decimal
MOSCOW = ZoneInfo("Europe/Moscow")
FIRST, LAST = date(2026, 10, 29), date(2026, 11, 20)
SHARES = ("RU0009029540", "RU0007661625", "RU0009024277")
CLIENTS = ("CL-ANNA", "CL-BORIS")


def days() -> list[date]:
    """Fifteen business days of the market."""
    calendar = business_days("MISX")
    every = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    return [day for day in every if calendar.is_business_day(day)][-15:]


def quotes() -> None:
    """Prices and rates of all days, and limits that are wide enough: what stands before the first deal."""
    prepare_months(recorded_month(timezone.now()))
    Limit.objects.update(cap=10**13)
    chance = Random("quotes")
    prices, rates = list[Price](), list[FxRate]()
    level = {SHARES[0]: D(300), SHARES[1]: D(180), SHARES[2]: D(7000), OFZ: D(61)}
    of_money = {"USD": D(80), "EUR": D(90), "CNY": D(11)}
    instruments = {code: Instrument.objects.get(isin=code) for code in level}
    for day in [FIRST - timedelta(days=1), *days()]:
        for code in level:
            level[code] += D(chance.randrange(-100, 101)) / 100
            percent = level[code] if code == OFZ else None
            worth = (
                level[code] * (instruments[code].nominal or D(0)) / 100 if percent else level[code]
            )
            prices.append(
                Price(
                    instrument=instruments[code], price_date=day, source="MOEX", currency="RUB",
                    value=worth, percent=percent,
                )
            )  # fmt: skip
        for code in of_money:
            of_money[code] += D(chance.randrange(-40, 41)) / 100
            rates.append(
                FxRate(base=code, quote="RUB", rate_date=day, source="CBR", value=of_money[code])
            )
    Price.objects.bulk_create(prices)
    FxRate.objects.bulk_create(rates)
    forget_reference_data()


class Fortnight:
    """The days of one installation."""

    def __init__(self, seed: int, api: Any) -> None:
        self.seed, self.api, self.days = seed, api, days()
        self.people = {name: User.objects.get(username=name) for name in ("clerk", "checker")}
        self.entity = Entity.objects.get(code="RUS")

    def live(self, number: int) -> None:
        """One day: deals come in, are agreed or wait, are let go, and settle."""
        day = self.days[number]
        chance = Random(f"{self.seed}/{day}")
        for document in self._documents(number, chance):
            answer = self.api("dealer").post("/deals/", document)
            assert answer.status_code == 201, answer.content
        follow_events()
        self._amend(number)
        self._agree(day)
        self._settle(day)
        fail_overdue_settlements(entity_id=self.entity.pk, day=day, at=timezone.now(), limit=1_000)
        follow_events()

    def _documents(self, number: int, chance: Random) -> Iterator[dict[str, Any]]:
        day = self.days[number]
        for n in range(9):
            base: dict[str, Any] = {
                "external_ref": f"LIVE-{day:%m%d}-{n}", "currency": "RUB", "book": "EQ-RU",
                "stage": chance.choice(("executed", "proposed")), "trader": "dealer",
                "traded_at": datetime.combine(day, time(10 + n, n), tzinfo=MOSCOW).isoformat(),
            }  # fmt: skip
            share = chance.choice(SHARES)
            sides = chance.choice(("buy", "sell"))
            equity = base | {
                "product": "equity", "side": sides, "counterparty": chance.choice((BANK_ONE, BANK_TWO)),
                "instrument": share, "quantity": str(chance.randrange(1, 60)),
                "price": str(D(chance.randrange(17_000, 31_000)) / 100),
            }  # fmt: skip
            if n < 4:
                yield equity
            elif n < 6:
                client = chance.choice(CLIENTS)
                yield equity | {
                    "book": "EQ-CL", "capacity": "CLIENT", "client": client, "account": f"{client}-1",
                    "counterparty": BANK_ONE,
                }  # fmt: skip
            elif n == 6:
                yield equity | {
                    "product": "bond", "instrument": OFZ, "price": "61.05", "counterparty": BANK_ONE,
                }  # fmt: skip
            elif n == 7:
                yield base | {
                    "product": "fx_spot", "side": sides, "book": "FX-RU", "pair": "EUR/USD", "currency": "USD",
                    "counterparty": BANK_FIVE, "quantity": str(1_000 * chance.randrange(1, 9)), "price": "1.157",
                }  # fmt: skip
            elif number % 3 == 0:
                yield base | {
                    "product": "deposit", "side": "place", "book": "FX-RU", "counterparty": BANK_ONE,
                    "quantity": "100000.00", "rate": "0.155", "day_count": "ACT/365F", "tenor": "1W",
                }  # fmt: skip
            elif number % 3 == 1:
                yield equity | {
                    "product": "repo", "side": "sell", "haircut": "0.15", "rate": "0.16", "price": "250",
                    "day_count": "ACT/365F", "tenor": "1W", "quantity": "100", "instrument": SHARES[0],
                    "counterparty": BANK_ONE,
                }  # fmt: skip

    def _amend(self, number: int) -> None:
        """Something was misheard: one deal of the day is another than it was captured as."""
        row = Deal.objects.get(external_ref=f"LIVE-{self.days[number]:%m%d}-{number % 4}")
        if row.state == "CAPTURED":
            change = {"quantity": str(60 + number), "reason": "misheard"}
            answer = self.api("clerk").post(f"/deals/D-{row.pk}/amend/", change)
            assert answer.status_code == 200, answer.content
        follow_events()

    def _agree(self, day: date) -> None:
        """Most are confirmed and approved at once; some wait a day at each step, a few are cancelled."""
        at = timezone.now()
        rows = list(
            Deal.objects.filter(
                state__in=("CAPTURED", "PENDING_APPROVAL"), external_ref__startswith="LIVE-"
            ).order_by("external_ref")
        )
        fate = {row.pk: Random(f"{row.external_ref}/{day}").random() for row in rows}
        ids = [row.pk for row in rows]
        gone = [id for id in ids if fate[id] < 0.04]
        cancel_deals(ids=gone, reason="a slip", actor=self.people["checker"], at=at)
        confirmed = [row.pk for row in rows if fate[row.pk] > 0.2 and row.state == "CAPTURED"]
        confirm_deals(ids=confirmed, actor=self.people["clerk"], at=at)
        approve_deals(ids=[id for id in ids if fate[id] > 0.3], actor=self.people["checker"], at=at)
        follow_events()

    def _settle(self, day: date) -> None:
        """What is due soon is let go; a run decides; places outside answer a day later, of some in part."""
        at = timezone.now()
        soon = business_days("MISX").following(day + timedelta(days=1))
        rows = Settlement.objects.filter(
            due_date__lte=soon, approval="PREPARED", settlement__in=("PENDING", "FAILING")
        )
        ids = [row.pk for row in rows.order_by("pk") if self._luck(row, day) > 0.15]
        release_settlements(ids=ids, actor=self.people["checker"], at=at)
        sent = Settlement.objects.filter(
            place__finality="EXTERNAL", transmission="SENT",
            settlement__in=("PENDING", "FAILING", "PARTIAL"),
            due_date__lte=day,
        )  # fmt: skip
        for row in sent.order_by("pk"):
            if self._luck(row, day) > 0.3:
                when = datetime.combine(day, time(15), tzinfo=MOSCOW)
                proof = Proof(kind="DOCUMENT", reference=f"{row} of {day}", settled_at=when)
                half = (
                    {row.pk: row.quantity // 2}
                    if self._luck(row, day) > 0.6 and row.quantity > 1
                    else None
                )
                settle_by_places_word(proofs={row.pk: proof}, at=at, parts=half)
        run = request_run(business_date=day, entity_id=self.entity.pk, actor=None, at=at)
        work_on_run(run.pk, at=at)
        follow_events()

    def _luck(self, row: Settlement, day: date) -> float:
        """The same for the same settlement in whichever installation."""
        deal = Deal.objects.get(pk=row.source_id)
        what = f"{deal.external_ref}/{row.due_date}/{row.method}/{row.asset_id}/{day}"
        return Random(what).random()
