"""What a deal leaves in positions when it is settled in part and its rest is cancelled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from deals.exposing.exposure import definitions, need_of
from deals.exposing.live import facts_of, flows_by_deal, live_deals
from limits.rules import LimitRequest
from limits.state import POSITIONS
from refdata.selectors import reference_data

Gone = Mapping[int, Collection[tuple[int, date]]]  # by deal: of which asset on which date


def kept_positions(gone: Gone) -> dict[int, LimitRequest]:
    """What live deals go on adding to positions without what of them is gone, by deal. Raises NoRate.

    Nobody can refuse it any more: it has settled.
    """
    reference = reference_data()
    ids = sorted(gone)
    flows = flows_by_deal(ids)
    found = {}
    for deal in live_deals({"ids": ids, "all": True, "instruments": [], "rates": False,
                            "most": len(ids), "day": date.max, "after": 0}):  # fmt: skip
        kept = [f for f in flows.get(deal.id, ()) if (f.asset_id, f.due_date) not in gone[deal.id]]
        wanted = definitions().wanted(facts_of(deal, kept, deal.trade_date)) if kept else ()
        needs = [
            need_of(limit, want, deal.trade_date, reference).as_need()
            for limit, want in wanted
            if limit.kind in POSITIONS
        ]
        found[deal.id] = LimitRequest(needs, binding=True)
    return found
