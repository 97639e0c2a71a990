"""Products from POST to SETTLED, one story each: what is due, what settles, and what the books say."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from backoffice.demonstration.bonds import OFZ
from backoffice.demonstration.instructions import BANK_ONE
from ledger.lots.models import LotChange
from ledger.models import Posting
from limits.models import Limit
from settlements.models import Obligation
from settlements.tasks import continue_runs
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")
FEE = [{"kind": "BROKERAGE", "amount": "30.62", "currency": "RUB"}]
DEALT = "2026-11-23T10:15:00+03:00"


def post(api: Any, **members: Any) -> dict[str, Any]:
    document = {
        "external_ref": "P-1", "side": "buy", "book": "EQ-RU", "counterparty": BANK_ONE,
        "currency": "RUB", "traded_at": DEALT,
    }  # fmt: skip
    answer = api("dealer").post("/deals/", document | members)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def prepared(api: Any, deal: str) -> list[dict[str, Any]]:
    """The settlements of a deal that the counterparty agreed to, by due date."""
    assert api("clerk").post(f"/deals/{deal}/confirm/").status_code == 200
    assert api("checker").post(f"/deals/{deal}/approve/").status_code == 200
    follow_events()
    rows: list[dict[str, Any]] = api("clerk").get("/settlements/", deal=deal).json()["results"]
    return sorted(rows, key=lambda row: (row["due_date"], row["reference"]))


def settle(api: Any, row: dict[str, Any]) -> None:
    """Inside our own books a run settles it, on the day it is due."""
    released = api("checker").post(f"/settlements/{row['reference']}/release/")
    assert released.status_code == 200, released.content
    api("clerk").post("/settlement-runs/", {"business_date": row["due_date"]})
    continue_runs()
    follow_events()


def status(api: Any, deal: str) -> str:
    return str(api("dealer").get(f"/deals/{deal}/").json()["status"])


def moved(kind: str, owner: str = "999900DEMOSEVERRU017") -> dict[str, str]:
    """What entries of a kind moved in our own accounts, debits less credits, nothing left out."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in Posting.objects.filter(entry__kind=kind).select_related(
        "asset", "debit_account__owner", "credit_account__owner"
    ):
        for account, sign in ((row.debit_account, 1), (row.credit_account, -1)):
            if account.owner.code == owner:
                found[f"{account.kind} {row.asset.code}"] += sign * row.quantity
    return {name: f"{amount.normalize():f}" for name, amount in sorted(found.items()) if amount}


def test_a_bond_settles_with_its_accrued_interest(api: Any) -> None:
    """174 days of 7.1 % on 1,000 are 33.85; 250 bonds at 61.23 % and a fee: 161,568.12."""
    used = dict(Limit.objects.values_list("id", "used"))
    deal = post(api, product="bond", instrument=OFZ, quantity="250", price="61.23", fees=FEE)
    assert deal["settlement"] == {"method": "DVP", "date": "2026-11-24"}
    assert deal["gross_amount"]["amount"] == "153075.00"
    assert deal["net_amount"]["amount"] == "161568.12"
    assert deal["figures"] == {"accrued": "8462.5", "outstanding": "1000"}
    read = api("dealer").get(f"/deals/{deal['reference']}/").json()
    assert (read["figures"], read["price_kind"]) == (deal["figures"], "clean")

    (row,) = prepared(api, deal["reference"])
    assert (row["quantity"], row["amount"]["amount"]) == ("250", "161568.12")
    assert Obligation.objects.filter(settlement_id=row["reference"][2:]).count() == 4
    settle(api, row)
    assert status(api, deal["reference"]) == "SETTLED"
    assert dict(Limit.objects.values_list("id", "used")) == used
    assert moved("deal.trade") == {
        "FEES RUB": "30.62", "INTEREST RUB": "8462.5", f"POSITION {OFZ}": "-250",
        "POSITION RUB": "153075", f"SETTLEMENT {OFZ}": "250", "SETTLEMENT RUB": "-161568.12",
    }  # fmt: skip
    (lot,) = LotChange.objects.filter(source_type="deal")
    assert (lot.quantity, lot.gross, lot.fee) == (Decimal(250), Decimal("153075"), Decimal("30.62"))
