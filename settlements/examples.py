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
    "/api/v1/asset-uses/": {"shares of a client": {
        "entity": "RUS", "client": "CLIENT-1", "place": "NSD", "asset": "RU0009029540", "quantity": "100",
        "document": "Order of 24 November",
    }},
    "/api/v1/asset-uses/{reference}/give-back/": {
        "given back": {"document": "Report of the depository 9"},
    },
}  # fmt: skip
