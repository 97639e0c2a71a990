"""A deal as the API answers it: just captured (from memory) or read back (from the database)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from backoffice.access.problems import field_problem
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money
from deals.capturing.candidates import Answer, CapturedDeal
from deals.confirming.clocks import Stage
from deals.confirming.reading import due_by
from deals.state import DealState
from deals.terms import posted_members
from refdata.selectors import money_document

MEDIA_TYPE = "application/json"


def render_captured(captured: CapturedDeal) -> Answer:
    """The answer to a capture, complete before it is stored: 201, the deal, what it reserved."""
    reference = f"D-{captured.id}"
    location = f"/api/v1/deals/{reference}/"
    body = msgspec.json.encode(captured_document(captured, reference)).decode()
    return Answer(201, location, MEDIA_TYPE, body)


def captured_document(captured: CapturedDeal, reference: str) -> dict[str, Any]:
    deal = captured.candidate.deal
    terms = deal.terms
    by = due_by(
        Stage.CONFIRMATION, market=deal.traded.market, trade_date=deal.trade_date,
        dealt_at=deal.traded_at,
    )  # fmt: skip
    document: dict[str, Any] = {
        "reference": reference,
        "version": 1,
        "status": DealState.CAPTURED.value,
        **posted_members(terms),
        "trade_date": deal.trade_date.isoformat(),
        "settlement": {"method": terms.settlement.method, "date": deal.due_date.isoformat()},
        "gross_amount": money_document(Money(deal.amounts.gross, terms.currency)),
        "net_amount": money_document(Money(deal.amounts.net, terms.currency)),
        **({"figures": deal.figures} if deal.figures else {}),
        "breaches": [
            {"limit": f"L-{id}", "short": plain(short)}
            for id, short in captured.allotment.short.items()
        ],
        "warnings": [field_problem(problem) for problem in deal.warnings],
        "limits": [_limit(captured, need) for need in captured.candidate.needs],
        "next_steps": [
            {
                "action": "confirm",
                "by": by.isoformat() if by else None,
                "who": "clerk",
                "reason": "The counterparty's agreement is not recorded yet.",
            }
        ],
        "links": links_of(reference),
    }
    return document


def _limit(captured: CapturedDeal, need: Any) -> dict[str, Any]:
    currency = need.limit.currency
    return {
        "limit": f"L-{need.limit.id}",
        "kind": need.limit.kind,
        "name": need.limit.name,
        "reserved": money_document(Money(need.amount, currency)),
        "basis": need.basis,
        "available": money_document(Money(captured.available[need.limit.id], currency)),
    }


def links_of(reference: str) -> Mapping[str, str]:
    base = f"/api/v1/deals/{reference}/"
    return {"self": base, "history": f"{base}history/", "flows": f"{base}flows/"}
