"""A firm whose statements are reckoned by hand: a week of 2020, long before anything else is in the books."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from ledger.lots.keeping import NewChange, PoolKey, keep_changes
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from ledger.state import AccountKind
from refdata.bonds import lay_out
from refdata.models import (
    Asset,
    BondTerms,
    Entity,
    FxRate,
    Instrument,
    Party,
    Place,
    Price,
    StandingInstruction,
)
from settlements.models import Settlement

# Long before the demonstration begins: nothing else is in the books by then.
MONDAY = date(2020, 3, 2)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
D = Decimal
_numbers = count(1)


class Firm:
    """The accounts of an entity in one book with one bank, one counterparty and one client."""

    def __init__(self) -> None:
        self.entity = Entity.objects.get(code="RUS")
        self.place = Place.objects.get(code="CSDX")
        self.book = self.entity.books.order_by("code")[0]
        self.share = Instrument.objects.filter(kind="SHARE").order_by("pk")[0]
        self.rub, self.usd = (Asset.objects.get(code=code) for code in ("RUB", "USD"))
        self.other = Party.objects.filter(roles__contains=["COUNTERPARTY"]).order_by("pk")[0]
        self.client = Party.objects.filter(roles__contains=["CLIENT"]).order_by("pk")[0]

    def account(self, kind: AccountKind, whose: Party | None = None) -> int:
        owner = whose or self.entity.own_party
        at_place = kind in (AccountKind.CASH, AccountKind.HOLDING)
        of_book = kind in (AccountKind.POSITION, AccountKind.FEES, AccountKind.INTEREST)
        key = AccountKey(
            self.entity.pk, kind.value, owner.pk, place_id=self.place.pk if at_place else None,
            counterparty_id=self.other.pk if kind == AccountKind.SETTLEMENT else None,
            book_id=self.book.pk if of_book else None,
        )  # fmt: skip
        return account_ids([key])[key]

    def deal(self, number: int, day: date, quantity: int, gross: int) -> None:
        """Buy so many shares (below zero: sell) for so many rubles: lots and entry, and nothing has settled."""
        pool = PoolKey(self.entity.pk, self.entity.own_party_id, self.share.pk)
        at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
        change = NewChange(
            pool, self.book.pk, quantity > 0, D(abs(quantity)), D(gross), D(0), "RUB", day, at, number,
            "deal", number,
        )  # fmt: skip
        keep_changes([change], at=timezone.now())
        self.post(
            day, *self._both_ways(SETTLEMENT, POSITION, quantity, gross), source=("deal", number)
        )

    def settle(self, number: int, day: date, quantity: int, gross: int) -> None:
        ssi = StandingInstruction.objects.select_related("place")[0]
        row = Settlement.objects.create(
            entity=self.entity, owner_id=self.entity.own_party_id, counterparty=self.other,
            source_type="deal", source_id=number, place=ssi.place, ssi=ssi, method="DVP",
            delivers=quantity < 0, asset_id=self.share.pk, quantity=abs(quantity),
            money_asset=self.rub, amount=gross, due_date=day,
        )  # fmt: skip
        securities, money = self._both_ways(HOLDING, SETTLEMENT, quantity, gross)
        at_bank = [CASH if account == HOLDING else account for account in money[:2]]
        self.post(day, securities, (*at_bank, *money[2:]), source=("settlement", row.pk))

    def _both_ways(self, one: Any, other: Any, quantity: int, gross: int) -> list[tuple[Any, ...]]:
        """Securities from the other to the one, and money the other way; below zero all of it back."""
        if quantity > 0:
            return [(one, other, self.share, quantity), (other, one, self.rub, gross)]
        return [(other, one, self.share, -quantity), (one, other, self.rub, gross)]

    def post(
        self, day: date, *moves: tuple[Any, ...], source: tuple[str, int] | None = None
    ) -> int:
        postings = [
            NewPosting(self._of(debit), self._of(credit), getattr(asset, "asset_id", asset.pk), D(quantity))
            for debit, credit, asset, quantity in moves
        ]  # fmt: skip
        type, number = source or ("stage", next(_numbers))
        entry = NewEntry(
            entity_id=self.entity.pk, source_type=type, source_id=number,
            kind="settlement.settle" if type == "settlement" else "stage",
            effective_date=day, postings=postings,
        )  # fmt: skip
        return post_entries([entry], at=timezone.now())[0]

    def _of(self, what: Any) -> int:
        return self.account(*what) if isinstance(what, tuple) else self.account(what)


CASH, HOLDING, SETTLEMENT, POSITION = (
    AccountKind.CASH, AccountKind.HOLDING, AccountKind.SETTLEMENT, AccountKind.POSITION,
)  # fmt: skip


def a_bond(*, start: date, years: int, nominal: str, rate: str) -> Instrument:
    """A bond of rubles with a coupon a year, its payments laid out."""
    code = "RU000A0JVBS1"
    bond = Instrument.objects.create(
        asset=Asset.objects.create(kind="SECURITY", code=code, name="bond"), isin=code, kind="BOND",
        currency="RUB", market="MISX", nominal=D(nominal), nominal_currency="RUB",
    )  # fmt: skip
    terms = BondTerms.objects.create(
        instrument=bond, start_date=start, maturity_date=start.replace(year=start.year + years),
        coupon_rate=D(rate), frequency=1,
    )  # fmt: skip
    lay_out(bond, terms)
    return bond


def a_week_of_quotes() -> Firm:
    """The share is worth 240, 250 and 260 rubles, the dollar 90, 91 and 95; the firm has 100,000 rubles."""
    firm = Firm()
    for day, value in ((MONDAY, "90"), (TUESDAY, "91"), (WEDNESDAY, "95")):
        FxRate.objects.create(base="USD", quote="RUB", rate_date=day, source="CBR", value=D(value))
    for day, value in ((MONDAY, "240"), (TUESDAY, "250"), (WEDNESDAY, "260")):
        Price.objects.create(
            instrument=firm.share, price_date=day, source="MOEX", value=D(value), currency="RUB"
        )
    firm.post(MONDAY, (CASH, AccountKind.OPENING, firm.rub, 100_000))
    return firm


def a_week() -> Firm:
    """On Monday capital comes in, of both currencies, and a client's money and shares; on Tuesday 100 shares are bought
    at 250 and a fee of 10 dollars is paid; by Wednesday the share is worth 260 and the dollar 95 rubles."""
    firm = a_week_of_quotes()
    of_client = AccountKind.OPENING, firm.client
    firm.post(
        MONDAY, (CASH, AccountKind.OPENING, firm.rub, 900_000), (CASH, AccountKind.OPENING, firm.usd, 1_000),
        ((CASH, firm.client), of_client, firm.rub, 500), ((HOLDING, firm.client), of_client, firm.share, 7),
    )  # fmt: skip
    firm.post(
        TUESDAY, (SETTLEMENT, POSITION, firm.share, 100), (POSITION, SETTLEMENT, firm.rub, 25_000),
        (AccountKind.FEES, CASH, firm.usd, 10),
    )  # fmt: skip
    return firm
