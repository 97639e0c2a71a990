"""Many deals in one call are captured, prepared and run; the final counts are the oracle's."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from deals.models import Deal
from ledger.folding import fold_postings
from ledger.selectors import prove_movements, trial_balance
from limits.models import Breach, Limit
from tests.flows.market import LIMITED, generate
from tests.flows.stage import capture_all, set_the_stage, take_them_all_the_way
from tests.sizes import MANY_DEALS

pytestmark = [pytest.mark.usefixtures("own_database"), pytest.mark.slow]


def test_final_counts_are_the_oracles(api: Any, sample: dict[str, Any]) -> None:
    market = generate(MANY_DEALS, seed=20261124, sample=sample)
    set_the_stage(market)
    capture_all(market, api)
    take_them_all_the_way(api)

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
