"""What is posted about netting, record dates, claims and buy-ins: examples that the served schema shows.

By address and by what each is about; a test posts or reads every one of them.
"""

from __future__ import annotations

from typing import Any

_EVENT = {
    "instrument": "RU0009029540", "record_date": "2026-11-25", "payment_date": "2026-12-01",
    "document": "NSD 17",
}  # fmt: skip
RECORD_EVENTS: dict[str, dict[str, Any]] = {
    "dividend": _EVENT | {"kind": "CASH", "rate": "33.30", "currency": "RUB"},
    "bonus shares": _EVENT | {
        "kind": "STOCK", "outturn": "RU0009029540", "new": "1", "old": "10", "ex_date": "2026-11-24",
    },
    "exchange, fractions paid": _EVENT | {
        "kind": "EXCHANGE", "outturn": "RU0007661625", "new": "3", "old": "2", "rate": "150.00", "currency": "RUB",
    },
    "redemption": _EVENT | {"kind": "REDEMPTION", "rate": "320.00", "currency": "RUB"},
    "split": _EVENT | {"action": "SPLIT", "new": "4", "old": "1"},
    "spin-off": _EVENT | {
        "action": "SPIN_OFF", "outturn": "RU0007661625", "new": "1", "old": "5", "cost_share": "0.2",
    },
    "tender offer": _EVENT | {
        "action": "TENDER", "participation": "VOLUNTARY", "deadline_at": "2026-11-27T12:00:00+03:00",
        "options": [
            {"kind": "CASH", "takes": True, "rate": "330.00", "currency": "RUB"},
            {"kind": "LAPSE", "default": True},
        ],
    },
}  # fmt: skip
BODIES: dict[str, dict[str, dict[str, Any]]] = {
    "/api/v1/netting-sets/": {"pair-off": {"settlements": ["S-900000101", "S-900000102"]}},
    "/api/v1/netting-sets/{reference}/agree/": {
        "payments under an agreement": {},
        "pair-off": {"evidence": "MT599 of 24 November, their reference PO-7"},
    },
    "/api/v1/netting-sets/{reference}/reopen/": {"a deal is void": {"reason": "The deal was captured twice."}},
    "/api/v1/interest-claims/": {
        "ours, as computed": {"settlement": "S-900000101", "claimant": "US", "document": "IC letter 12"},
        "theirs, as they wrote": {
            "settlement": "S-900000102", "claimant": "THEM", "amount": "150.00",
            "document": "Their letter of 1 December",
        },
    },
    "/api/v1/interest-claims/{reference}/pay/": {
        "credited": {"place": "CORR", "document": "MT910 of 3 December"},
    },
    "/api/v1/buy-ins/": {"delivery that fails": {"settlement": "S-900000101", "execute_by": "2026-12-04"}},
    "/api/v1/buy-ins/{reference}/execute/": {
        "bought": {"price": "318.20", "document": "Contract note 5"},
    },
    "/api/v1/record-events/{reference}/payments/": {"a dividend": {
        "entity": "RUS", "place": "NSD", "amount": "28971.00", "settled_at": "2026-12-01T12:00:00+03:00",
        "document": "Report of the depository 21",
    }},
    "/api/v1/elections/{reference}/choose/": {"a part is tendered": {
        "quantities": {"1": "400"}, "evidence": "The client's letter of 26 November",
    }},
    "/api/v1/asset-uses/": {"shares of a client": {
        "entity": "RUS", "client": "CLIENT-1", "place": "NSD", "asset": "RU0009029540", "quantity": "100",
        "document": "Order of 24 November",
    }},
    "/api/v1/tax-years/": {"the year before": {"entity": "RUS", "year": 2025}},
    "/api/v1/withdrawals/": {"a client's money": {
        "entity": "RUS", "client": "CLIENT-1", "place": "BANK", "currency": "RUB", "amount": "50000.00",
        "order": "Order of 24 November",
    }},
    "/api/v1/asset-uses/{reference}/give-back/": {
        "given back": {"document": "Report of the depository 9"},
    },
}  # fmt: skip
