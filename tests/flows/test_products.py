"""Products from POST to SETTLED, one story each: what is due, what settles, and what the books say."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.demonstration.bonds import OFZ
from backoffice.demonstration.instructions import BANK_ONE
from backoffice.openapi import EXAMPLES
from deals.models import Deal
from ledger.lots.models import LotChange
from ledger.models import Posting
from limits.models import Limit
from reporting.tasks import compute_reports
from settlements.models import Obligation, Settlement, SettlementLink
from settlements.tasks import continue_runs
from tests.following import follow_events, until_known

pytestmark = pytest.mark.usefixtures("own_database")
BANK_FIVE = "999900DEMOBANKFIVE78"
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
    """Released, and taken up by a run on the day it is due: inside our own books it settles there."""
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

    days = {"settled_from": "2026-11-01", "settled_until": "2026-12-31"}
    run = api("accountant").post("/reports/settled-deals/runs/", {"parameters": days}).json()
    until_known()
    compute_reports()
    file = api("accountant").get(f"/report-runs/{run['reference']}/file.json")
    (told,) = json.loads(file.getvalue())
    assert [told[name] for name in ("gross_amount", "accrued", "fees", "net_amount")] == [
        "153075.00", "8462.50", "30.62", "161568.12",
    ]  # fmt: skip


def prove(api: Any, row: dict[str, Any]) -> None:
    """An outside place says that it is final, by a document that two people take for evidence."""
    at = (timezone.now() - timedelta(minutes=1)).isoformat()
    claim = api("clerk").post(
        f"/settlements/{row['reference']}/evidence/",
        {"document": f"MT9-{row['reference']}", "settled_at": at},
    )
    assert claim.status_code == 201, claim.content
    accepted = api("checker").post(f"/evidence/{claim.json()['reference']}/accept/")
    assert accepted.status_code == 200, accepted.content
    follow_events()


def test_a_deposit_goes_out_and_comes_back_and_interest_is_booked_when_paid(api: Any) -> None:
    """1,000,000 x 15.5 % x 7 / 365 = 2,972.60."""
    used = dict(Limit.objects.values_list("id", "used"))
    deal = post(
        api, product="deposit", side="place", quantity="1000000.00", rate="0.155",
        day_count="ACT/365F", far_date="2026-11-30", book="FX-RU",
    )  # fmt: skip
    assert (deal["trade_date"], deal["settlement"]["date"]) == ("2026-11-23", "2026-11-23")
    assert deal["figures"] == {"far_date": "2026-11-30", "interest_amount": "2972.6"}
    lent = next(r for r in deal["limits"] if r["kind"] == "COUNTERPARTY_PRESETTLEMENT")
    assert (lent["reserved"]["amount"], lent["basis"]) == ("1000000.00", "lent")
    read = api("dealer").get(f"/deals/{deal['reference']}/").json()
    assert (read["rate"], "price" in read) == ("0.155", False)

    out, back = prepared(api, deal["reference"])
    assert [(r["due_date"], r["delivers"], r["amount"]["amount"]) for r in (out, back)] == [
        ("2026-11-23", False, "1000000.00"), ("2026-11-30", True, "1002972.60"),
    ]  # fmt: skip
    settle(api, out)
    assert status(api, deal["reference"]) == "SETTLING"
    assert moved("deal.trade") == {}
    assert moved("settlement.settle") == {"CASH RUB": "-1000000", "SETTLEMENT RUB": "1000000"}
    settle(api, back)
    assert status(api, deal["reference"]) == "SETTLED"
    assert moved("settlement.settle") == {"CASH RUB": "2972.6", "INTEREST RUB": "-2972.6"}
    assert dict(Limit.objects.values_list("id", "used")) == used


def test_a_deposit_below_zero_comes_back_with_less_and_the_interest_is_booked_as_paid(
    api: Any,
) -> None:
    """1,000,000 x -0.5 % x 7 / 365 = -95.89; in the books as what we paid, not what we earned."""
    deal = post(
        api, product="deposit", side="place", quantity="1000000.00", rate="-0.005",
        day_count="ACT/365F", far_date="2026-11-30", book="FX-RU",
    )  # fmt: skip
    assert (deal["rate"], deal["figures"]["interest_amount"]) == ("-0.005", "-95.89")
    out, back = prepared(api, deal["reference"])
    assert (out["amount"]["amount"], back["amount"]["amount"]) == ("1000000.00", "999904.11")
    settle(api, out)
    settle(api, back)
    assert status(api, deal["reference"]) == "SETTLED"
    assert moved("settlement.settle") == {"CASH RUB": "-95.89", "INTEREST RUB": "95.89"}


def test_a_repo_is_no_disposal_and_its_securities_leave_and_return(api: Any) -> None:
    """1,000 x 312.45 less 15 %: 265,582.50; 16 % for seven days of 365: 814.94."""
    deal = post(
        api, product="repo", side="sell", instrument="RU0009029540", quantity="1000",
        price="312.45", haircut="0.15", rate="0.16", day_count="ACT/365F", tenor="1W",
    )  # fmt: skip
    assert deal["figures"]["far_amount"] == "266397.44"
    near, far = prepared(api, deal["reference"])
    assert [(r["method"], r["delivers"], r["quantity"], r["due_date"]) for r in (near, far)] == [
        ("DVP", True, "1000", "2026-11-24"), ("DVP", False, "1000", "2026-12-01"),
    ]  # fmt: skip
    settle(api, near)
    held = {
        "CASH RUB": "265582.5", "HOLDING RU0009029540": "-1000",
        "SETTLEMENT RU0009029540": "1000", "SETTLEMENT RUB": "-265582.5",
    }  # fmt: skip
    assert (moved("settlement.settle"), moved("deal.trade")) == (held, {})
    settle(api, far)
    assert status(api, deal["reference"]) == "SETTLED"
    assert moved("settlement.settle") == {"CASH RUB": "-814.94", "INTEREST RUB": "814.94"}
    assert not LotChange.objects.exists()


def test_a_forward_is_paid_at_its_price_on_its_day(api: Any) -> None:
    deal = post(
        api, product="fx_forward", pair="EUR/USD", quantity="10000.00", price="1.1605",
        currency="USD", tenor="3M", book="FX-RU", counterparty=BANK_FIVE,
        traded_at="2026-11-20T10:15:00+03:00",
    )  # fmt: skip
    assert deal["settlement"] == {"method": "PFOD", "date": "2027-02-24"}
    rows = prepared(api, deal["reference"])
    assert sorted((r["due_date"], r["amount"]["amount"], r["delivers"]) for r in rows) == [
        ("2027-02-24", "10000.00", True), ("2027-02-24", "11605.00", False),
    ]  # fmt: skip
    settle(api, rows[0])
    for row in rows:
        prove(api, row)
    assert status(api, deal["reference"]) == "SETTLED"
    assert moved("deal.trade") == {
        "POSITION EUR": "-10000", "POSITION USD": "11605", "SETTLEMENT EUR": "10000",
        "SETTLEMENT USD": "-11605",
    }  # fmt: skip


def test_of_a_swap_each_date_is_a_pair_of_its_own(api: Any) -> None:
    deal = post(
        api, product="fx_swap", pair="EUR/USD", quantity="10000.00", price="1.1605",
        far_price="1.1620", tenor="1M", currency="USD", book="FX-RU", counterparty=BANK_FIVE,
        traded_at="2026-11-20T10:15:00+03:00",
    )  # fmt: skip
    rows = prepared(api, deal["reference"])
    assert [row["due_date"] for row in rows] == ["2026-11-24"] * 2 + ["2026-12-24"] * 2
    dates = dict(Settlement.objects.values_list("id", "due_date"))
    links = SettlementLink.objects.values_list("first_id", "second_id")
    assert [dates[a] == dates[b] for a, b in links] == [True, True]
    near, far = rows[:2], rows[2:]
    settle(api, near[0])
    approved = Settlement.objects.filter(approval="APPROVED").values_list("due_date", flat=True)
    assert {day.isoformat() for day in approved} == {"2026-11-24"}
    for row in near:
        prove(api, row)
    assert status(api, deal["reference"]) == "SETTLING"
    settle(api, far[0])
    for row in far:
        prove(api, row)
    assert status(api, deal["reference"]) == "SETTLED"
    # What is left of it is the difference of the two prices.
    assert moved("deal.trade") == {"POSITION USD": "-15", "SETTLEMENT USD": "15"}
    assert moved("settlement.settle") == {"CASH USD": "15", "SETTLEMENT USD": "-15"}


@pytest.mark.parametrize("kind", ["text/csv", "application/x-ndjson"])
def test_one_file_brings_deals_of_every_product(api: Any, kind: str) -> None:
    deals = [
        {k: v for k, v in example.items() if isinstance(v, str)} | {"external_ref": f"B-{product}"}
        for product, example in EXAMPLES.items()
    ]
    if kind == "text/csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, sorted({name for deal in deals for name in deal}))
        writer.writeheader()
        writer.writerows(deals)
        body = text.getvalue()
    else:
        body = "\n".join(json.dumps(deal) for deal in deals)
    answer = api("dealer").post("/deals/bulk/", body, content_type=kind)
    counts = {"accepted": len(EXAMPLES), "refused": 0, "duplicates": 0, "repair": 0}
    assert answer.json()["counts"] == counts, answer.json()["rows"]
    assert set(Deal.objects.values_list("product", flat=True)) == set(EXAMPLES)
