"""A small firm as another system would hand it over: its folder, written by hand, a file as a text each."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from backoffice.demonstration.instructions import BANK_ONE
from refdata.models import Party, StandingInstruction

DAY = date(2026, 11, 19)
LOTS = "entity,owner,account,asset,book,incoming,quantity,gross,fee,currency,trade_date,executed_at,sequence,cost_base"
OWN, ANNA, SBER = "999900DEMOSEVERRU017", "CL-ANNA", "RU0009029540"


def files() -> dict[str, str]:
    """We have 100 shares (what 40 of them cost nobody knows) and bought 10 that have not settled; Anna has 7, and sold
    some in spring, of which 78 rubles of tax were kept back."""
    ssi = StandingInstruction.objects.get(
        party=Party.objects.get(code=BANK_ONE), place__code="HOUSE", approved_by__isnull=False
    )
    settlement = {
        "number": 77, "place": "HOUSE", "method": "DVP", "delivers": False, "asset": SBER, "quantity": "10",
        "instruction": {
            "depository_account": ssi.depository_account, "cash_account": ssi.cash_account,
            "valid_from": ssi.valid_from.isoformat(),
        },
        "money_asset": "RUB", "amount": "3001.5", "due_date": "2026-11-20", "approval": "APPROVED",
        "matching": "MATCHED",
        "obligations": [
            {"kind": "PRINCIPAL", "direction": "RECEIVE", "asset": SBER, "quantity": "10", "due_date": "2026-11-20"},
            {"kind": "PRINCIPAL", "direction": "PAY", "asset": "RUB", "quantity": "3000", "due_date": "2026-11-20"},
            {"kind": "FEE", "direction": "PAY", "asset": "RUB", "quantity": "1.5", "due_date": "2026-11-20"},
        ],
    }  # fmt: skip
    deal = {
        "number": 40, "state": "SETTLING", "captured_at": "2026-11-19T10:16:00+03:00",
        "terms": {
            "external_ref": "OLD-40", "product": "equity", "side": "buy", "book": "EQ-RU",
            "counterparty": BANK_ONE, "instrument": SBER, "quantity": "10", "price": "300", "currency": "RUB",
            "traded_at": "2026-11-19T10:15:00+03:00", "stage": "executed",
            "settlement": {"method": "DVP", "date": "2026-11-20"},
        },
        "settlements": [settlement],
    }  # fmt: skip
    return {
        "books.json": json.dumps(
            {"format": 1, "day": DAY.isoformat(), "system": "Old Office", "entities": ["RUS"], "numbers": {"deal": 41}}
        ),
        "accounts.csv": f"""entity,account,owner,place,counterparty,book
RUS,CASH-1,{OWN},NSD,,
RUS,HOLDING-2,{OWN},NSD,,
RUS,OPENING-3,{OWN},,,
RUS,SETTLEMENT-4,{OWN},,{BANK_ONE},
RUS,POSITION-5,{OWN},,,EQ-RU
RUS,FEES-6,{OWN},,,EQ-RU
RUS,CASH-7,{ANNA},NSD,,
RUS,HOLDING-8,{ANNA},NSD,,
RUS,OPENING-9,{ANNA},,,
RUS,CASH-10,{BANK_ONE},HOUSE,,
RUS,HOLDING-11,{BANK_ONE},HOUSE,,
RUS,OPENING-12,{BANK_ONE},,,
RUS,CASH-13,{OWN},HOUSE,,
""",
        "balances.csv": f"""account,asset,day,amount
CASH-1,RUB,2026-11-19,100000.00
CASH-13,RUB,2026-11-19,5000
OPENING-3,RUB,2026-11-19,-105000
HOLDING-2,{SBER},2026-11-19,100
OPENING-3,{SBER},2026-11-19,-100
SETTLEMENT-4,{SBER},2026-11-19,10
POSITION-5,{SBER},2026-11-19,-10
SETTLEMENT-4,RUB,2026-11-19,-3001.50
POSITION-5,RUB,2026-11-19,3000
FEES-6,RUB,2026-11-19,1.5
CASH-7,RUB,2026-11-19,500
OPENING-9,RUB,2026-11-19,-500
HOLDING-8,{SBER},2026-11-19,7
OPENING-9,{SBER},2026-11-19,-7
HOLDING-11,{SBER},2026-11-19,1000
OPENING-12,{SBER},2026-11-19,-1000
""",
        "pools.csv": f"pool,entity,owner,asset,account\n5,RUS,{ANNA},{SBER},GENERAL\n",
        "lots.csv": f"""{LOTS}
RUS,{OWN},GENERAL,{SBER},EQ-RU,yes,60,15000,7.50,RUB,2026-01-12,2026-01-12T11:00:00+03:00,1,15000
RUS,{OWN},GENERAL,{SBER},,yes,40,,,,2026-11-19,2026-11-19T00:00:00+03:00,0,
RUS,{ANNA},GENERAL,{SBER},EQ-CL,yes,7,1400,0,RUB,2026-02-02,2026-02-02T11:00:00+03:00,2,
""",
        "taxes.csv": f"""entity,taxpayer,year,day,payment,tax,before,withheld,transfer_by
RUS,{ANNA},2026,2026-04-10,1000,78,0,78,2026-04-28
""",
        "incomes.csv": f"""entity,taxpayer,base,kind,day,income,costs,withheld,full_years
RUS,{ANNA},TRADED,SALE,2026-04-06,1000,400,0,0
""",
        "depository.csv": f"""entity,place,owner,asset,quantity
RUS,NSD,{OWN},{SBER},100
RUS,NSD,{ANNA},{SBER},7
RUS,HOUSE,{BANK_ONE},{SBER},1000
""",
        "bank.csv": f"""entity,place,owner,currency,amount
RUS,NSD,{OWN},RUB,100000
RUS,HOUSE,{OWN},RUB,5000
RUS,NSD,{ANNA},RUB,500
""",
        "accruals.csv": "entity,owner,asset,accrued,currency\n",
        "deals.ndjson": json.dumps(deal) + "\n",
    }  # fmt: skip


def write(root: Path, told: dict[str, str]) -> Path:
    root.mkdir()
    for name, text in told.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def deal_in(told: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told["deals.ndjson"])
    return found
