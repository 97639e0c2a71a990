"""What a deal takes of which limits: the definitions cached, the amounts worked out. Read-only."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Unavailable
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.money import Money
from deals.rules import ResolvedDeal
from limits.models import AddOn, Limit
from limits.rules import Need, presettlement_amount
from limits.state import LimitKind
from refdata.quotes import Rate, rate_on, stale_check
from refdata.selectors import ReferenceData, reference_data


class NoRate(Unavailable):
    code = "no-rate"
    title = gettext_noop("There is no exchange rate to check the limit with")
    detail = gettext_noop("No rate from %(currency)s to %(into)s is stored for %(day)s or before.")
    hint = gettext_noop("Load the rates of that day, then send the deal again.")


class LimitRow(NamedTuple):
    """A limit's definition; its counters are read under its lock, never from here."""

    id: int
    entity_id: int
    kind: str
    name: str
    book_id: int | None
    party_id: int | None
    nostro_currency: str
    currency: str
    defined_at: datetime


class AddOnRow(NamedTuple):
    product: str
    method: str
    rate: Decimal
    valid_from: date
    valid_until: date | None


class DealNeed(NamedTuple):
    """One limit a deal needs, and in which words its basis is explained."""

    limit: LimitRow
    amount: Decimal
    basis: str

    def as_need(self) -> Need:
        return Need(self.limit.id, self.amount)


@dataclass(slots=True)
class Definitions:
    """All limits by what they are about, and the add-ons in force at any date."""

    by_key: dict[tuple[int, str, int | str | None], list[LimitRow]]
    add_ons: list[AddOnRow]
    version: int


_definitions: Definitions | None = None
_reading = threading.Lock()


def definitions() -> Definitions:
    """The limits' definitions: of the same version as the reference data, whose counter they share."""
    global _definitions
    version = reference_data().version
    known = _definitions
    if known is None or known.version != version:
        with _reading:
            known = _definitions
            if known is None or known.version != version:
                known = _definitions = _read(version)
    return known


def forget_definitions() -> None:
    """Read them anew next time; tests change limits between two requests."""
    global _definitions
    _definitions = None


def _read(version: int) -> Definitions:
    by_key: dict[tuple[int, str, int | str | None], list[LimitRow]] = {}
    for values in Limit.objects.order_by("id").values_list(*LimitRow._fields):
        row = LimitRow(*values)
        key = {
            LimitKind.DEALER.value: row.book_id,
            LimitKind.COUNTERPARTY_PRESETTLEMENT.value: row.party_id,
            LimitKind.COUNTERPARTY_SETTLEMENT.value: row.party_id,
            LimitKind.NOSTRO.value: row.nostro_currency,
        }[row.kind]
        by_key.setdefault((row.entity_id, row.kind, key), []).append(row)
    add_ons = [AddOnRow(*v) for v in AddOn.objects.values_list(*AddOnRow._fields)]
    return Definitions(by_key, add_ons, version)


def needs_of(deal: ResolvedDeal, reference: ReferenceData) -> list[DealNeed]:
    """Every limit the deal needs, each in the limit's own currency.

    DEALER takes the notional, COUNTERPARTY_PRESETTLEMENT the add-on (a free delivery all of it),
    NOSTRO the net amount that we pay (domain-decisions 19).
    """
    known = definitions()
    entity_id, gross = deal.book.entity_id, deal.amounts.gross
    rate = add_on_rate(
        known.add_ons, deal.terms.product, deal.terms.settlement.method, deal.trade_date
    )
    share = presettlement_amount(gross, rate=rate, minor_unit=deal.currency.minor_unit)
    basis = f"{(rate * 100).normalize():f} % add-on, {deal.terms.settlement.method}"
    wanted: list[tuple[str, int | str | None, Decimal, str]] = [
        (LimitKind.DEALER.value, deal.book.id, gross, "notional"),
        (LimitKind.COUNTERPARTY_PRESETTLEMENT.value, deal.counterparty.id, share, basis),
    ]
    code, on = deal.currency.code, deal.trade_date
    needs = [
        need_of(limit, Money(amount, code), text, on, reference)
        for kind, key, amount, text in wanted
        for limit in known.by_key.get((entity_id, kind, key), ())
    ]  # fmt: skip
    paid = paid_by(deal) if deal.terms.capacity == "OWN" else None
    if paid is not None:
        key = entity_id, LimitKind.NOSTRO.value, paid.currency
        needs += [
            need_of(limit, paid, "net amount", on, reference) for limit in known.by_key.get(key, ())
        ]
    return needs


def paid_by(deal: ResolvedDeal) -> Money | None:
    """What leaves our nostro: the net amount of a purchase, or the currency that is sold."""
    if deal.terms.side == "buy":
        return Money(deal.amounts.net, deal.currency.code)
    return Money(deal.quantity, deal.traded.code) if deal.traded.is_money else None


def add_on_rate(rows: Sequence[AddOnRow], product: str, method: str, on: date) -> Decimal:
    """The add-on in force on a day; without a row the whole notional counts."""
    for row in rows:
        in_force = row.valid_from <= on and (row.valid_until is None or on < row.valid_until)
        if row.product == product and row.method == method and in_force:
            return row.rate
    return Decimal(1)


def need_of(
    limit: LimitRow, money: Money, basis: str, on: date, reference: ReferenceData
) -> DealNeed:
    """What it takes of a limit, in the limit's currency, at the last stored rate. Raises NoRate.

    The basis names the rates it was converted with, so that the amount can be worked out again.
    """
    if money.currency == limit.currency:
        return DealNeed(limit, money.amount, basis)
    rate = rate_on(money.currency, limit.currency, on)
    if rate is None:
        raise NoRate(currency=money.currency, into=limit.currency, day=on.isoformat())
    unit = reference.currencies[limit.currency].minor_unit
    amount = money.converted(rate.value, limit.currency, unit).amount
    return DealNeed(limit, amount, "; ".join([basis, *described(rate, on)]))


def described(rate: Rate, on: date) -> Iterator[str]:
    """Each stored rate as `USD/RUB 79.85 of 2026-11-20 (CBR)`, with `stale` where it is."""
    is_stale = stale_check(on)
    for each in rate.made_of:
        stale = ", stale" if is_stale(each.source, each.day) else ""
        value = plain(each.value)
        yield f"{each.base}/{each.quote} {value} of {each.day} ({each.source}{stale})"
