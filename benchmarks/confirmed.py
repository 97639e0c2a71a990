"""Many deals and the confirmations of them, some planted wrong; what must become of each is known.

The oracle knows nothing of the product: it planted every difference, and says which state, which deal
and which fields that has to come to.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

EVERY = 50  # one deal in so many is planted
RUB_SHARES = ("RU0009029540", "RU0007661625", "RU0009024277", "RU0007288411", "RU000A0JR4A1")
EUR_SHARES = ("DE0007164600", "DE0007236101")
RUB_BANKS = ("999900DEMOBANKONE097", "999900DEMOBANKTWO062", "999900DEMOFUND3RD047")
EUR_BANKS = ("999900DEMOBANKFIVE78",)
MONDAY = date(2026, 11, 23)
CENT = Decimal("0.01")
AT = "2026-11-24T12:00:00+00:00"


@dataclass(frozen=True)
class Terms:
    """Of a deal as we have it, or of a confirmation from our side of it."""

    entity: str
    party: str
    side: str
    share: str
    quantity: Decimal
    price: Decimal
    currency: str
    amount: Decimal
    trade_date: date
    due_date: date
    ref: str = ""
    uti: str = ""
    place: str = ""


@dataclass
class Deal:
    terms: Terms
    gross: Decimal
    id: int = 0
    state: str = "CAPTURED"


class Expected(NamedTuple):
    state: str
    deal: Deal | None = None
    off: frozenset[str] = frozenset()
    cause: str = ""


@dataclass
class Sent:
    terms: Terms
    expected: Expected
    their_ref: str
    kind: str
    id: int = 0


@dataclass
class Feed:
    deals: list[Deal] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)


def generate(count: int, *, seed: int = 8, places: dict[str, str] | None = None) -> Feed:
    """`count` deals, three in five named by our reference, one by UTI, one by nothing but its terms."""
    chance, feed = random.Random(seed), Feed()
    for number in range(count):
        deal = _deal(number, chance)
        feed.deals.append(deal)
        if number % EVERY:
            _send(feed, number, _named(deal.terms, number), Expected("MATCHED", deal), "right")
        else:
            turn, kind = divmod(number // EVERY, len(PLANTED))
            name = list(PLANTED)[kind]
            PLANTED[name](feed, number, deal, bool(turn % 2), places or {})
    return feed


def _deal(number: int, chance: random.Random) -> Deal:
    european = number % 7 == 3
    share = chance.choice(EUR_SHARES if european else RUB_SHARES)
    quantity, price = (
        Decimal(chance.randint(100, 900_000)),
        Decimal(chance.randint(2_000, 99_999)) / 100,
    )
    gross = (quantity * price).quantize(CENT)
    fee = (gross / 2_000).quantize(CENT)
    side = chance.choice(("buy", "sell"))
    traded = MONDAY + timedelta(days=number % 3)
    return Deal(Terms(
        entity="EUR" if european else "RUS", party=chance.choice(EUR_BANKS if european else RUB_BANKS),
        side=side, share=share, quantity=quantity, price=price, currency="EUR" if european else "RUB",
        amount=gross + fee if side == "buy" else gross - fee, trade_date=traded,
        due_date=traded + timedelta(days=1), ref=f"M-{number:07d}",
        uti=f"UTI{number:09d}" if number % 5 == 1 else "",
    ), gross)  # fmt: skip


def _named(terms: Terms, number: int) -> Terms:
    """What they tell of whose it is: our reference, the UTI alone, or nothing."""
    if number % 5 == 1:
        return replace(terms, ref="")
    return replace(terms, ref="", uti="") if number % 5 == 2 else terms


def _send(
    feed: Feed, number: int, terms: Terms, expected: Expected, kind: str, more: str = ""
) -> None:
    feed.sent.append(Sent(terms, expected, f"T-{number:07d}{more}", kind))


def told(deal: Deal, loose: bool, **changes: Any) -> Terms:
    """What they tell of a deal, by our reference or by nothing but its terms."""
    ref = "" if loose else deal.terms.ref
    return replace(deal.terms, uti="", ref=ref, **changes)


Plant = Callable[[Feed, int, Deal, bool, dict[str, str]], None]
PLANTED: dict[str, Plant] = {}


def planted(name: str) -> Callable[[Plant], Plant]:
    def keep(plant: Plant) -> Plant:
        PLANTED[name] = plant
        return plant

    return keep


def _differs(
    name: str, change: Callable[[Deal], dict[str, Any]], *off: str, cause: str = ""
) -> None:
    """A kind that differs in some fields; every other time it does not name the deal."""

    def plant(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
        terms = told(deal, loose, **change(deal))
        _send(feed, number, terms, Expected("MISMATCHED", deal, frozenset(off), cause), name)

    PLANTED[name] = plant


def _money(quantity: Decimal, price: Decimal) -> dict[str, Any]:
    return {"quantity": quantity, "price": price, "amount": (quantity * price).quantize(CENT)}


def _without_fee(deal: Deal) -> dict[str, Any]:
    """Their amount leaves our fee out; where that would be tolerated, it is another slip."""
    is_told = abs(deal.gross - deal.terms.amount) > 25
    return {"amount": deal.gross if is_told else deal.gross + 100}


def _other_share(share: str) -> str:
    shares = EUR_SHARES if share in EUR_SHARES else RUB_SHARES
    return shares[(shares.index(share) + 1) % len(shares)]


_differs("amount", lambda d: {"amount": d.terms.amount + 30}, "amount")
_differs("fee", _without_fee, "amount")
_differs(
    "price", lambda d: _money(d.terms.quantity, d.terms.price + Decimal("1.00")), "price", "amount"
)
_differs(
    "hundredths",
    lambda d: _money(d.terms.quantity, d.terms.price * 100),
    "price",
    "amount",
    cause="price-in-hundredths",
)
_differs(
    "quantity",
    lambda d: _money(d.terms.quantity * 10, d.terms.price),
    "quantity",
    "amount",
    cause="quantity-in-lots",
)
_differs(
    "side",
    lambda d: {"side": "sell" if d.terms.side == "buy" else "buy"},
    "side",
    cause="side-mirrored",
)
_differs(
    "share", lambda d: {"share": _other_share(d.terms.share)}, "instrument", cause="other-line"
)
_differs("currency", lambda d: {"currency": "USD"}, "currency", cause="other-currency")
_differs("traded", lambda d: {"trade_date": d.terms.trade_date - timedelta(days=7)}, "trade_date")
_differs("due", lambda d: {"due_date": d.terms.due_date + timedelta(days=1)}, "settlement_date")


@planted("place")
def _place(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    ours = places.get(deal.terms.party, "")
    terms = told(deal, loose, place="ELSEWHERE")
    if ours:
        _send(
            feed,
            number,
            terms,
            Expected("MISMATCHED", deal, frozenset({"place"}), "other-place"),
            "place",
        )
    else:
        _send(feed, number, terms, Expected("MATCHED", deal), "place")


@planted("same place")
def _same_place(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    ours = places.get(deal.terms.party, "")
    terms = told(deal, loose, place=ours)
    _send(feed, number, terms, Expected("MATCHED", deal), "same place")


@planted("tolerated")
def _tolerated(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    within = Decimal(2) if deal.terms.amount <= 100_000 else Decimal(25)
    terms = told(deal, loose, amount=deal.terms.amount + within)
    if deal.terms.currency == "EUR":
        expected = Expected("MATCHED", deal, frozenset())
    else:
        expected = Expected("MISMATCHED", deal, frozenset({"amount"}))
    _send(feed, number, terms, expected, "tolerated")


@planted("a cent beyond")
def _beyond(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    within = Decimal(2) if deal.terms.amount <= 100_000 else Decimal(25)
    amount = deal.terms.amount + within + CENT
    terms = told(deal, loose, amount=amount)
    _send(feed, number, terms, Expected("MISMATCHED", deal, frozenset({"amount"})), "a cent beyond")


@planted("other uti")
def _other_uti(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    deal.terms = replace(deal.terms, uti=f"OURS{number}")
    _send(
        feed,
        number,
        replace(deal.terms, uti=f"THEIRS{number}"),
        Expected("MATCHED", deal),
        "other uti",
    )


@planted("alleged")
def _alleged(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    """They have a deal that we have not; and of ours there is no word."""
    terms = replace(
        deal.terms, ref="" if loose else f"NONE-{number}", uti="", quantity=deal.terms.quantity * 3 + 1,
        price=deal.terms.price * 2, amount=deal.terms.amount * 6,
    )  # fmt: skip
    _send(feed, number, terms, Expected("ALLEGED", cause="no-deal"), "alleged")


@planted("silent")
def _silent(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    """No confirmation comes."""


@planted("cancelled")
def _cancelled(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    deal.state = "CANCELLED"
    terms = told(deal, loose)
    _send(feed, number, terms, Expected("ALLEGED", cause="no-deal"), "cancelled")


@planted("sent twice")
def _twice(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    """Under two references: named, the first has the deal; by terms alone a person says which."""
    terms = told(deal, loose)
    if loose:
        for more in "ab":
            _send(
                feed, number, terms, Expected("AMBIGUOUS", cause="several-fit"), "sent twice", more
            )
    else:
        _send(feed, number, terms, Expected("MATCHED", deal), "sent twice", "a")
        _send(feed, number, terms, Expected("ALLEGED", cause="already-matched"), "sent twice", "b")


@planted("dealt twice")
def _dealt_twice(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    """Two deals with the same terms, and one confirmation that says no more."""
    twin = replace(deal.terms, ref=f"{deal.terms.ref}-twin", uti="")
    feed.deals.append(Deal(twin, deal.gross))
    terms = replace(deal.terms, ref="", uti="")
    _send(feed, number, terms, Expected("AMBIGUOUS", cause="several-fit"), "dealt twice")


@planted("unknown reference")
def _unknown(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    terms = replace(deal.terms, ref=f"UNKNOWN-{number}", uti="")
    _send(feed, number, terms, Expected("MATCHED", deal), "unknown reference")


@planted("wrong reference")
def _wrong(feed: Feed, number: int, deal: Deal, loose: bool, places: dict[str, str]) -> None:
    """It names the deal before, which has a confirmation of its own; its terms say which is meant."""
    terms = replace(deal.terms, ref=feed.deals[-2].terms.ref, uti="")
    same = (feed.deals[-2].terms.party, feed.deals[-2].terms.entity) == (terms.party, terms.entity)
    _send(
        feed,
        number,
        terms,
        Expected("MATCHED", deal),
        f"wrong reference{' of theirs' if same else ''}",
    )
