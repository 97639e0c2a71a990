"""A generator of many deals, and an oracle that says what must become of each.

The oracle knows nothing of the product: it keeps balances in dictionaries and settles in order until
a pass settles nothing. Integers only: money in kopecks.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

CASH = "RUB"
OWN = "999900DEMOSEVERRU017"
CLIENTS = ("CL-ANNA", "CL-BORIS", "999900DEMOCLFUND0041")
BANKS = ("BANK-A", "BANK-B", "BANK-C", "BANK-D")
REVOKED, LIMITED = "BANK-REVOKED", "BANK-LIMITED"
SHARES = (
    "RU0009029540", "RU0007661625", "RU0009024277", "RU0007288411", "RU000A0JR4A1", "RU0009033591",
)  # fmt: skip
CASH_SHARE, SECURITIES_SHARE = Decimal("0.30"), Decimal("0.77")


@dataclass(frozen=True, eq=False)
class Made:
    """One generated deal: what is posted, and what moves between whom when it settles."""

    document: dict[str, Any]
    owner: str
    counterparty: str
    share: str
    quantity: int
    kopecks: int

    @property
    def giver_and_taker(self) -> tuple[str, str]:
        parties = (self.owner, self.counterparty)
        return parties if self.document["side"] == "sell" else parties[::-1]


@dataclass
class Market:
    """Many deals, and the balances that cover only a part of what they need."""

    deals: list[Made]
    opening: dict[tuple[str, str], int] = field(default_factory=dict)

    def fund(self) -> None:
        """Every party gets 30 % of the cash and 77 % of the securities that it has to give."""
        need: defaultdict[tuple[str, str], int] = defaultdict(int)
        for deal in self.deals:
            giver, taker = deal.giver_and_taker
            need[giver, deal.share] += deal.quantity
            need[taker, CASH] += deal.kopecks
        for key, amount in sorted(need.items()):
            share = CASH_SHARE if key[1] == CASH else SECURITIES_SHARE
            self.opening[key] = int(amount * share)

    def expected(self) -> Counter[str]:
        """How many deals end in which state where nothing is chosen: first in, first out with recycling."""
        settled = self.first_in_first_out()
        counts = Counter("SETTLED" if deal in settled else "SETTLING" for deal in self.deals)
        revoked = sum(deal.counterparty == REVOKED for deal in self.deals)
        return counts + Counter(CONFIRMED=revoked, SETTLING=-revoked)

    def counts_for(self, references: Collection[str]) -> int:
        """What these deals count for the objective of the base rules: kopecks, a client's a tenth more."""
        return sum(
            deal.kopecks * (100 if deal.owner == OWN else 110)
            for deal in self.deals
            if deal.document["external_ref"] in references
        )

    def left_after(self, references: Collection[str]) -> dict[tuple[str, str], int]:
        """What each party has once these deals settled, all at once: by plain sums, pieces and kopecks."""
        left = defaultdict(int, self.opening)
        for deal in self.deals:
            if deal.document["external_ref"] in references:
                giver, taker = deal.giver_and_taker
                left[giver, deal.share] -= deal.quantity
                left[taker, deal.share] += deal.quantity
                left[taker, CASH] -= deal.kopecks
                left[giver, CASH] += deal.kopecks
        return dict(left)

    def first_in_first_out(self) -> set[Made]:
        at_hand = defaultdict(int, self.opening)
        waiting = [deal for deal in self.deals if deal.counterparty != REVOKED]
        found: set[Made] = set()
        settled_one = True
        while settled_one:
            settled_one, later = False, []
            for deal in waiting:
                giver, taker = deal.giver_and_taker
                if (
                    at_hand[giver, deal.share] < deal.quantity
                    or at_hand[taker, CASH] < deal.kopecks
                ):
                    later.append(deal)
                    continue
                at_hand[giver, deal.share] -= deal.quantity
                at_hand[taker, deal.share] += deal.quantity
                at_hand[taker, CASH] -= deal.kopecks
                at_hand[giver, CASH] += deal.kopecks
                found.add(deal)
                settled_one = True
            waiting = later
        return found


def generate(count: int, *, seed: int, sample: dict[str, Any]) -> Market:
    """`count` deals: 5 % with a party whose instruction is revoked, 2 % executed over a limit."""
    chance = random.Random(seed)
    market = Market([_deal(n, chance, sample) for n in range(count)])
    market.fund()
    return market


def _deal(number: int, chance: random.Random, sample: dict[str, Any]) -> Made:
    kind = number % 100
    counterparty = REVOKED if kind < 5 else LIMITED if kind < 7 else chance.choice(BANKS)
    quantity, price = chance.randint(1, 500), Decimal(chance.randint(100, 99_999)) / 100
    document = sample | {
        "external_ref": f"M-{number:06d}", "side": chance.choice(["buy", "sell"]),
        "counterparty": counterparty, "instrument": chance.choice(SHARES),
        "quantity": str(quantity), "price": str(price),
        "stage": "executed" if counterparty == LIMITED else "proposed",
    }  # fmt: skip
    owner = OWN
    if chance.random() < 0.4:
        owner = chance.choice(CLIENTS)
        document |= {"capacity": "CLIENT", "client": owner, "account": "1", "book": "EQ-CL"}
    gross = int(quantity * price * 100)
    fee = (gross * 5 + 5_000) // 10_000  # 0.05 %, half up
    net = gross + fee if document["side"] == "buy" else gross - fee
    return Made(document, owner, counterparty, document["instrument"], quantity, net)


def as_ndjson(deals: list[Made]) -> Iterator[bytes]:
    import json

    for deal in deals:
        yield json.dumps(deal.document).encode() + b"\n"
