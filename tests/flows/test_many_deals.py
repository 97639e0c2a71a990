"""Many deals in one call are captured, prepared and run; the final counts are the oracle's."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from deals.models import Deal
from ledger.folding import fold_postings
from ledger.selectors import prove_movements, trial_balance
from limits.models import Breach, Limit
from tests.flows.market import CASH, LIMITED, generate
from tests.flows.stage import capture_all, set_the_stage, take_them_all_the_way
from tests.sizes import MANY_DEALS, PLAIN_DEALS, SOAK

pytestmark = [pytest.mark.usefixtures("own_database"), pytest.mark.slow]


def test_final_counts_are_the_oracles(api: Any, sample: dict[str, Any]) -> None:
    market = generate(MANY_DEALS, seed=20261124, sample=sample)
    set_the_stage(market)
    capture_all(market, api)
    take_them_all_the_way(api, "FIFO")

    states = Counter(Deal.objects.values_list("state", flat=True))
    assert states == +market.expected()
    assert Breach.objects.count() == sum(d.counterparty == LIMITED for d in market.deals)
    open_deals = Deal.objects.exclude(state="SETTLED")
    dealer = Limit.objects.filter(kind="DEALER")
    assert sum(row.used for row in dealer) == sum(
        amount for amount in open_deals.values_list("versions__gross_amount", flat=True)
    )
    fold_postings()
    assert prove_movements() == []
    assert all(line.amount >= 0 for line in trial_balance() if line.kind in ("HOLDING", "CASH"))


def test_what_a_run_chooses_counts_for_more_and_nobody_is_below_zero(
    api: Any, sample: dict[str, Any]
) -> None:
    """The oracle keeps its own sums: what settled is judged by them, whatever was chosen."""
    market = generate(PLAIN_DEALS, seed=20261125, sample=sample)
    set_the_stage(market)
    capture_all(market, api)
    take_them_all_the_way(api)

    settled = set(Deal.objects.filter(state="SETTLED").values_list("external_ref", flat=True))
    fifo = {deal.document["external_ref"] for deal in market.first_in_first_out()}
    gained = market.counts_for(settled) - market.counts_for(fifo)
    assert gained > 0 or (SOAK and gained == 0)  # of very many nothing is short for long
    left = market.left_after(settled)
    assert min(left.values()) >= 0
    booked = {
        (line.owner, line.asset): line.amount
        for line in trial_balance()
        if line.kind in ("HOLDING", "CASH")
        and line.place == "HOUSE"
        and (line.owner, line.asset) in left
    }
    wanted = {
        key: Decimal(amount) / 100 if key[1] == CASH else Decimal(amount)
        for key, amount in left.items()
        if amount
    }
    assert booked == wanted
