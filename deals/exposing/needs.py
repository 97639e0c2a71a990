"""Which limits a deal uses, and how much of each: one table, for capture and for recomputation. Pure.

What a limit caps says its kind: each has its line in TABLE with the columns that say what the limit
is about, and the rule that names for a deal what it takes of which (domain-decisions 19). No rule
knows products; they ask what is dealt, for how much, which way money flows and how long it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from limits.add_ons import GOLD, WHOLE, Step, rate_of, tenor_of
from limits.rules import presettlement_amount
from limits.state import LimitKind

_NOTHING = Decimal(0)
Key = tuple[Any, ...]


class FlowFacts(Protocol):
    """What is due of one asset."""

    @property
    def direction(self) -> str: ...
    @property
    def asset_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def due_date(self) -> date: ...


class DealFacts(NamedTuple):
    """What of a deal its needs are made from. `on` is the day from which what still runs is counted."""

    entity_id: int
    book_id: int
    trader: str
    counterparty_id: int
    counterparty_group_id: int | None
    instrument_id: int | None
    issuer_id: int | None
    issuer_group_id: int | None
    asset_class: str
    method: str
    own: bool
    on: date
    matures_on: date
    currency: str
    gross: Decimal
    flows: Sequence[FlowFacts]
    asset_currency: str = ""  # of the security that is dealt


class Wanted(NamedTuple):
    """So much under each limit of a key, before rates; `moves` where prices make it more."""

    key: Key
    amount: Decimal
    currency: str
    basis: str
    moves: bool = False
    buys: bool = False  # where prices move it: whether a rise is against us
    quantity: Decimal | None = None  # where it counts at the last price: so much of what is dealt


class AddOnRow(NamedTuple):
    """The add-ons of an asset class from a day until another, the second excluded."""

    valid_from: date
    until: date | None
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the rules ask beside the deal: add-ons by asset class, currencies by their asset."""

    add_ons: Mapping[str, Sequence[AddOnRow]] = field(default_factory=dict)
    currency_of: Mapping[int, str] = field(default_factory=dict)
    minor_units: Mapping[str, int] = field(default_factory=dict)
    home_of: Mapping[int, str] = field(
        default_factory=dict
    )  # in which an entity's total is counted

    def add_on(self, asset_class: str, on: date, matures_on: date) -> Decimal:
        """The share of the notional that counts before settlement; without a rule all of it."""
        for row in self.add_ons.get(asset_class, ()):
            if row.valid_from <= on and (row.until is None or on < row.until):
                return rate_of(row.steps, on=on, matures_on=matures_on)
        return WHOLE


Wants = Callable[[DealFacts, Parameters], Iterable[Wanted]]


class Line(NamedTuple):
    """A kind of limit: what of a limit says whom it is about, and what a deal takes of which."""

    columns: tuple[str, ...]
    wants: Wants


def _notional(deal: DealFacts, *keys: Key) -> Iterator[Wanted]:
    for key in keys:
        yield Wanted(key, deal.gross, deal.currency, "notional")


def _dealer(deal: DealFacts, _: Parameters) -> Iterable[Wanted]:
    """Of a book, of a trader in any book, of a trader in one book."""
    return _notional(
        deal, (deal.book_id, ""), (None, deal.trader), (deal.book_id, deal.trader)
    )  # fmt: skip


def _book(deal: DealFacts, _: Parameters) -> Iterable[Wanted]:
    return _notional(deal, (deal.book_id,))


def _instrument(deal: DealFacts, _: Parameters) -> Iterable[Wanted]:
    return _held(deal, (deal.instrument_id,))


def _issuer(deal: DealFacts, _: Parameters) -> Iterable[Wanted]:
    """Of whoever issued it, whichever of its instruments; and of the group it belongs to."""
    return _held(deal, *_party_keys(deal.issuer_id, deal.issuer_group_id))


def _held(deal: DealFacts, *keys: Key) -> Iterator[Wanted]:
    """What our own position gets more of, or less: what comes back under the deal is no change of it.

    It counts with what is paid for it until somebody looks at the last price (decision 0150).
    """
    quantity = changes_hands(deal) if deal.own else _NOTHING
    if quantity:
        amount = deal.gross if quantity > 0 else -deal.gross
        for key in keys:
            yield Wanted(key, amount, deal.currency, "net position", quantity=quantity)


def _tenor(deal: DealFacts, _: Parameters) -> Iterable[Wanted]:
    return _notional(deal, (tenor_of(deal.on, deal.matures_on),))


def _presettlement(deal: DealFacts, known: Parameters) -> Iterable[Wanted]:
    """The add-on; of a free delivery and of money lent all of it, of money borrowed nothing.

    What is added to by prices is below the whole.
    """
    lends = lent(deal)
    if lends is False:
        return
    whole = deal.method == "FOP" or bool(lends)
    rate = WHOLE if whole else known.add_on(deal.asset_class, deal.on, deal.matures_on)
    unit = known.minor_units[deal.currency]
    share = presettlement_amount(deal.gross, rate=rate, minor_unit=unit)
    basis = "lent" if lends else f"{(rate * 100).normalize():f} % add-on, {deal.method}"
    for key in _party_keys(deal.counterparty_id, deal.counterparty_group_id):
        yield Wanted(key, share, deal.currency, basis, rate < 1, ends_receiving(deal))


def changes_hands(deal: DealFacts) -> Decimal:
    """How much of the instrument comes to stay, below nothing where it leaves; of a repo nothing."""
    if deal.instrument_id is None:
        return _NOTHING
    moved = (
        f.quantity if f.direction == "RECEIVE" else -f.quantity
        for f in deal.flows
        if f.asset_id == deal.instrument_id
    )
    return sum(moved, _NOTHING)


def ends_receiving(deal: DealFacts) -> bool:
    """Whether the instrument comes in last: who receives it loses when it has to be bought for more."""
    ways = [f.direction for f in deal.flows if f.asset_id == deal.instrument_id]
    return bool(ways) and ways[-1] == "RECEIVE"


def lent(deal: DealFacts) -> bool | None:
    """Whether money of one currency goes out and comes back; None where something else is dealt."""
    if deal.instrument_id is not None or len({f.asset_id for f in deal.flows}) != 1:
        return None
    return deal.flows[0].direction == "PAY"


def _nostro(deal: DealFacts, known: Parameters) -> Iterable[Wanted]:
    """What leaves our own account: of each currency and day what is paid beyond what is received."""
    if deal.own:
        for currency, amount in paid_by(deal.flows, known.currency_of).items():
            yield Wanted((currency,), amount, currency, "net amount")


def _settlement(deal: DealFacts, known: Parameters) -> Iterable[Wanted]:
    """What we are to receive, in full unless it comes against payment (domain-decisions 14)."""
    for key in _party_keys(deal.counterparty_id, deal.counterparty_group_id):
        if deal.method == "DVP":
            yield Wanted(key, _NOTHING, deal.currency, "price move, DVP")
            continue
        for flow in deal.flows:
            if flow.direction == "RECEIVE":
                code = known.currency_of.get(flow.asset_id)
                amount = deal.gross if code is None else flow.quantity
                yield Wanted(key, amount, code or deal.currency, f"receives in full, {deal.method}")


def _position(deal: DealFacts, known: Parameters) -> Iterable[Wanted]:
    """What it adds to our position in each currency, with its sign; a security is its currency's."""
    if not deal.own:
        return
    for (of, currency), amount in _opened(deal, known).items():
        if amount:
            yield Wanted((of,), amount, currency, "net position")


def _total(deal: DealFacts, known: Parameters) -> Iterable[Wanted]:
    """What it can move the total by at most: one of its sides, since both are worth the same.

    Of gold against another currency it is both: gold is added to the larger side, whichever way it goes.
    How far it does move it, only all positions together say (deals.exposing.totals).
    """
    home = known.home_of.get(deal.entity_id)
    if not deal.own or home is None:
        return
    opened = {key: amount for key, amount in _opened(deal, known).items() if amount}
    moved = {of for of, _ in opened} - {home}
    if moved:
        sums = [(amount, each) for (of, each), amount in opened.items() if of in moved]
        amount, currency = max(sums)  # what comes in, where anything does
        sides = 2 if GOLD in moved and len(moved) > 1 else 1
        yield Wanted((), sides * abs(amount), currency, "position in total, at most")


def _opened(deal: DealFacts, known: Parameters) -> dict[tuple[str, str], Decimal]:
    """What a deal adds to our position in each currency, and in which currency that is said."""
    net: dict[tuple[str, str], Decimal] = {}
    for flow in deal.flows:
        code = known.currency_of.get(flow.asset_id)
        of, amount = (code, flow.quantity) if code else (deal.asset_currency, deal.gross)
        key = (of or deal.currency, code or deal.currency)
        signed = amount if flow.direction == "RECEIVE" else -amount
        net[key] = net.get(key, _NOTHING) + signed
    return net


def _stop_loss(deal: DealFacts, _: Parameters) -> Iterable[Wanted]:
    """Nothing is taken: what was lost on the day says whether more may be risked (deals.exposing.losses)."""
    if deal.own:
        for key in ((deal.book_id, ""), (None, deal.trader), (deal.book_id, deal.trader)):
            yield Wanted(key, _NOTHING, deal.currency, "result of the day")


def _party_keys(party_id: int | None, group_id: int | None) -> Iterator[Key]:
    """A limit is of a party, or of a group and thereby of each of its members."""
    if party_id is not None:
        yield party_id, None
    if group_id is not None:
        yield None, group_id


def paid_by(flows: Iterable[FlowFacts], currency_of: Mapping[int, str]) -> dict[str, Decimal]:
    """What we pay of each currency, less what we receive of it on the same day; never below nothing."""
    net: dict[tuple[str, date], Decimal] = {}
    for flow in flows:
        currency = currency_of.get(flow.asset_id)
        if currency is not None:
            amount = -flow.quantity if flow.direction == "RECEIVE" else flow.quantity
            key = currency, flow.due_date
            net[key] = net.get(key, _NOTHING) + amount
    paid: dict[str, Decimal] = {}
    for (currency, _), amount in net.items():
        if amount > 0:
            paid[currency] = paid.get(currency, _NOTHING) + amount
    return paid


_PARTY = ("party_id", "group_id")
TABLE: Mapping[str, Line] = {
    LimitKind.DEALER.value: Line(("book_id", "trader"), _dealer),
    LimitKind.BOOK.value: Line(("book_id",), _book),
    LimitKind.INSTRUMENT.value: Line(("instrument_id",), _instrument),
    LimitKind.ISSUER.value: Line(_PARTY, _issuer),
    LimitKind.TENOR.value: Line(("tenor",), _tenor),
    LimitKind.COUNTERPARTY_PRESETTLEMENT.value: Line(_PARTY, _presettlement),
    LimitKind.NOSTRO.value: Line(("nostro_currency",), _nostro),
    LimitKind.OPEN_CURRENCY_POSITION.value: Line(("nostro_currency",), _position),
    LimitKind.OPEN_CURRENCY_TOTAL.value: Line((), _total),
    LimitKind.STOP_LOSS.value: Line(("book_id", "trader"), _stop_loss),
}
# What a deal takes at the release of what it gives, worked out from its settlements then.
LATER: Mapping[str, Line] = {
    LimitKind.COUNTERPARTY_SETTLEMENT.value: Line(_PARTY, _settlement),
}
# What a deal takes of these follows from reference data that may be completed after it.
BY_REFERENCE = frozenset({LimitKind.ISSUER.value, LimitKind.TENOR.value})
