"""A year of one client, twenty operations reckoned by hand: what is withheld when, and what the reports say of it.

`tests/expected/ndfl_year.csv` has the operations with what is withheld of each payment, what is paid out and by when
the tax is transferred. The sums below were reckoned from it on paper (money moves a day after a deal; a dollar was
90.00 rubles on 8 April, 80.00 on 13 May):

    Sberbank     38,400.00 - 19.20 - (30,000.00 + 15.00 + 6,200.00 + 3.10)   =  2,162.70
                  8,700.00 -  4.35 - (9,300.00 + 4.65)                       =   -609.00
    Lukoil      104,000.00 - 104.00 - (90,000.00 + 90.00)                    = 13,806.00
    Sberbank     11,000.00 -  5.50 - (10,000.00 + 5.00)                      =    989.50
    Gazprom       4,500.00 - 6,000.00                                        = -1,500.00   traded: 14,849.20
    Nornickel     9,000.00 - 10,000.00                                       = -1,000.00   untraded
    Tatneft       1,500.00 - 1,000.00                                        =    500.00   investment account
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backoffice.access.models import User
from ledger.lots.keeping import PoolKey
from ledger.models import NdflWithholding
from ledger.services import prepare_months
from refdata.models import Asset, Entity, Instrument, Party
from settlements.models import Settlement
from settlements.withdrawing.models import Withdrawal
from settlements.withdrawing.services import (
    NewWithdrawal,
    approve_withdrawals,
    propose_withdrawal,
)
from tests.flows.corporate_actions import ANNA, applied, brought, dividend
from tests.ledger.lots.market import Deal
from tests.reporting.test_ndfl_register import (
    cells,
    certificates,
    form,
    received,
    register,
    unlisted,
)
from tests.reporting.test_realised_result import keep, official, settle
from tests.settlements.withdrawing.test_withdrawing import BANK, bank

pytestmark = pytest.mark.usefixtures("own_database")
TABLE = Path(__file__).resolve().parents[1] / "expected" / "ndfl_year.csv"
D = Decimal
ISIN = {
    "SBER": "RU0009029540", "LKOH": "RU0009024277", "GMKN": "RU0007288411", "TATN": "RU0009033591",
    "GAZP": "RU0007661625",
}  # fmt: skip
__all__ = ["bank"]  # the fixture: a client with an account of its own and money at the bank


def operations() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def dealt(row: dict[str, str]) -> None:
    """A deal of the client's, paid on the day after."""
    code, _, kind = row["security"].partition(" ")
    entity, client = Entity.objects.get(code="RUS"), Party.objects.get(code=ANNA)
    asset = Asset.objects.get(code=ISIN[code])
    account = "IIS" if kind == "investment account" else "GENERAL"
    day = date.fromisoformat(row["day"])
    deal = Deal(
        int(row["number"]), PoolKey(entity.pk, client.pk, asset.pk, account), row["what"] == "buy",
        D(row["quantity"]), int(D(row["quantity"]) * D(row["price"]) * 100), int(D(row["fee"]) * 100), day, 0,
        row["currency"],
    )  # fmt: skip
    keep([deal])
    settle([(deal, day + timedelta(days=1))])


def withdrawn(row: dict[str, str]) -> Withdrawal:
    """Money that the client takes out on a day, by two people."""
    at = datetime.combine(date.fromisoformat(row["day"]), time(9), UTC)
    new = NewWithdrawal(
        entity="RUS", client=ANNA, place=BANK, currency=row["currency"], amount=D(row["amount"]),
        order=f"Order {row['number']}",
    )  # fmt: skip
    made = propose_withdrawal(new=new, actor=User.objects.get(username="clerk"), at=at)
    checker = User.objects.get(username="checker")
    approve_withdrawals(ids=[made.pk], actor=checker, at=at).raise_single()
    return Withdrawal.objects.get(pk=made.pk)


def told_of(made: Withdrawal) -> tuple[str, str, str]:
    """What was kept back of it, what goes out, and by when the tax is transferred."""
    payment = Settlement.objects.get(source_type="withdrawal", source_id=made.pk)
    row = NdflWithholding.objects.filter(source_type="withdrawal", source_id=made.pk).first()
    if row is None:
        return "0", f"{payment.amount:.0f}", ""
    return f"{row.withheld:.0f}", f"{payment.amount:.0f}", f"{row.transfer_by}"


@pytest.fixture
def year(api: Any, bank: None) -> dict[str, tuple[str, str, str]]:
    """The year is done; by operation what was withheld of it, paid out and by when it is due."""
    prepare_months(date(2026, 1, 1), months=12)
    Instrument.objects.filter(isin=ISIN["GMKN"]).update(market=unlisted())
    official("USD", date(2026, 4, 8), "90.00")
    official("USD", date(2026, 5, 13), "80.00")
    found = {}
    for row in operations():
        if row["what"] in ("buy", "sell"):
            dealt(row)
            continue
        if row["what"] == "dividend":
            brought(ANNA, int(row["quantity"]))
            event = dividend(api, row["price"])
            applied(event)
            received(api, event)
            kept = NdflWithholding.objects.filter(taxpayer__code=ANNA).latest("pk")
            paid = D(row["amount"]) - kept.withheld
            found[row["number"]] = (f"{kept.withheld:.0f}", f"{paid:.0f}", f"{kept.transfer_by}")
        else:
            found[row["number"]] = told_of(withdrawn(row))
    return found


def test_a_year_of_one_client_is_what_was_reckoned_by_hand(
    year: dict[str, tuple[str, str, str]],
) -> None:
    expected = {
        row["number"]: (row["withheld"], row["paid"], row["transfer_by"])
        for row in operations()
        if row["withheld"]
    }
    assert len(operations()) == 20
    assert year == expected
    the_register()
    the_form()
    the_certificate()


def the_register() -> None:
    """The register, whose incomes by month and code are those of the certificate: each cell."""
    found = register()
    who = ("owner", "status", "taxable", "tax", "withheld", "left", "missing")
    assert [cells(row, *who) for row in found["taxpayers"]] == [
        (ANNA, "RESIDENT", "16049.20", "2086.00", "2216.00", "-130.00", None)
    ]
    what = ("tax_base", "income", "costs", "result", "lowered", "taxable", "free")
    assert [cells(row, *what) for row in found["bases"]] == [
        ("DIVIDEND", "700.00", "0.00", "700.00", "0.00", "700.00", None),
        ("IIS", "1500.00", "1000.00", "500.00", "0.00", "500.00", None),
        ("TRADED", "166600.00", "151750.80", "14849.20", "0.00", "14849.20", None),
        ("UNTRADED", "9000.00", "10000.00", "-1000.00", "0.00", "0.00", None),
    ]
    how = ("month", "tax_base", "kind", "code", "income", "deduction", "costs", "withheld")
    assert [cells(row, *how) for row in found["incomes"]] == [
        ("2026-02", "TRADED", "SALE", "1530", "38400.00", "201", "36237.30", "0.00"),
        ("2026-03", "TRADED", "SALE", "1530", "8700.00", "201", "9309.00", "0.00"),
        ("2026-05", "TRADED", "SALE", "1530", "104000.00", "201", "90194.00", "0.00"),
        ("2026-07", "UNTRADED", "SALE", "1531", "9000.00", "202", "10000.00", "0.00"),
        ("2026-08", "TRADED", "SALE", "1530", "11000.00", "201", "10010.50", "0.00"),
        ("2026-09", "IIS", "SALE", None, "1500.00", None, "1000.00", "0.00"),
        ("2026-10", "TRADED", "SALE", "1530", "4500.00", "201", "6000.00", "0.00"),
        ("2026-11", "DIVIDEND", "DIVIDEND", "1010", "700.00", None, "0.00", "91.00"),
    ]


def the_form() -> None:
    found = form()
    assert [cells(row, "transfer_by", "withheld") for row in found["due"]] == [
        ("2026-04-28", "202.00"), ("2026-05-28", "65.00"), ("2026-09-07", "1858.00"),
        ("2026-12-07", "91.00"),
    ]  # fmt: skip
    assert [cells(row, "rate", "people", "base", "tax") for row in found["rates"]] == [
        ("0.13", "1", "16049.20", "2086.00")
    ]
    names = ("people", "income", "costs", "base", "tax", "withheld", "unwithheld", "excess")
    assert [cells(row, *names) for row in found["sums"]] == [
        ("1", "177800.00", "161750.80", "16049.20", "2086.00", "2216.00", "0.00", "130.00")
    ]
    assert {row["holds"] for row in found["ratios"]} == {"true"}


def the_certificate() -> None:
    """Of the unlisted shares no more is deducted than they brought: their loss of 1,000.00 is told nowhere."""
    found = certificates()
    names = (
        "status",
        "rate",
        "income",
        "deducted",
        "base",
        "tax",
        "withheld",
        "unwithheld",
        "excess",
    )
    assert [cells(row, "owner", *names) for row in found["certificates"]] == [
        (
            ANNA,
            "RESIDENT",
            "0.13",
            "177800.00",
            "161750.80",
            "16049.20",
            "2086.00",
            "2216.00",
            "0.00",
            "130.00",
        )
    ]
    how = ("month", "kind", "code", "income", "deduction", "deducted")
    assert [cells(row, *how) for row in found["incomes"]] == [
        ("2026-02", "SALE", "1530", "38400.00", "201", "36237.30"),
        ("2026-03", "SALE", "1530", "8700.00", "201", "9309.00"),
        ("2026-05", "SALE", "1530", "104000.00", "201", "90194.00"),
        ("2026-07", "SALE", "1531", "9000.00", "202", "9000.00"),
        ("2026-08", "SALE", "1530", "11000.00", "201", "10010.50"),
        ("2026-09", "SALE", None, "1500.00", None, "1000.00"),
        ("2026-10", "SALE", "1530", "4500.00", "201", "6000.00"),
        ("2026-11", "DIVIDEND", "1010", "700.00", None, "0.00"),
    ]
    assert {row["ratio"]: row["holds"] for row in found["ratios"]} == {
        "BASE": "true", "TAX": "true", "WITHHELD": "true",
    }  # fmt: skip
