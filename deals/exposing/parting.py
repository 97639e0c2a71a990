"""What a deal leaves in positions when it is settled in part and its rest is cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from deals.exposing.exposure import definitions, need_of
from deals.exposing.live import LiveFlow, facts_of, flows_by_deal, live_deals
from limits.rules import LimitRequest
from limits.state import POSITIONS
from refdata.selectors import reference_data

Gone = Mapping[
    int, Mapping[tuple[int, date], Decimal]
]  # by deal: how much of which asset on which date


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
        kept = _kept(flows.get(deal.id, ()), gone[deal.id])
        wanted = definitions().wanted(facts_of(deal, kept, deal.trade_date)) if kept else ()
        needs = [
            need_of(limit, want, deal.trade_date, reference).as_need()
            for limit, want in wanted
            if limit.kind in POSITIONS
        ]
        found[deal.id] = LimitRequest(needs, binding=True)
    return found


def _kept(flows: Sequence[LiveFlow], gone: Mapping[tuple[int, date], Decimal]) -> list[LiveFlow]:
    """What of the flows is settled: all of it, nothing, or in proportion where a part was."""
    due: dict[tuple[int, date], Decimal] = {}
    for flow in flows:
        signed = flow.quantity if flow.direction == "RECEIVE" else -flow.quantity
        key = flow.asset_id, flow.due_date
        due[key] = due.get(key, Decimal(0)) + signed
    kept = []
    for flow in flows:
        key = flow.asset_id, flow.due_date
        left = due[key] - gone.get(key, Decimal(0))
        if key not in gone:
            kept.append(flow)
        elif left and due[key]:
            kept.append(flow._replace(quantity=flow.quantity * left / due[key]))
    return kept
