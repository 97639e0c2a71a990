"""A small market for tests: places that keep two accounts of money and two of securities each, and a day there."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backoffice.connectors.simulator.place import PlayedPlace

DAY = datetime(2026, 11, 27, 15, tzinfo=UTC)
EVENING_BEFORE = datetime(2026, 11, 26, 20, tzinfo=UTC)
SHARES = ("RU0009029540", "RU0007661625", "RU0009024277")
FORMATS = {"PA": "camt.053.001.08", "PB": "MT940", "PC": "1C", "PD": "camt.053.001.02"}
CLIENTS = ("CL-ANNA", "CL-BORIS")
THEIRS = "40702810000000000077"


def account(place: str, kind: str) -> str:
    return f"40701810{list(FORMATS).index(place) * 10 + (kind == 'CLIENTS'):012d}"


def open_place(folder: Path, code: str) -> PlayedPlace:
    for name in ("out", "in", "answered"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    balances, accounts = folder / f"{code}.balances.csv", folder / f"{code}.accounts.csv"
    rows = [
        f"{party},{asset},{quantity},"
        for party in ("US", *CLIENTS, "BANK")
        for asset, quantity in [("RUB", "100000000.00"), *((share, "100000") for share in SHARES)]
    ]
    balances.write_text("\n".join(["party,asset,quantity,cycle", *rows]) + "\n")
    served = [
        f"{account(code, 'OWN')},{FORMATS[code]},RUB,US,",
        f"{account(code, 'CLIENTS')},{FORMATS[code]},RUB,{';'.join(CLIENTS)},",
        f"{code}-OWN,MT535,,US,",
        f"{code}-CLIENTS,MT535,,{';'.join(f'{each}={n}' for n, each in enumerate(CLIENTS, 1))},",
    ]
    accounts.write_text("\n".join(["account,format,currency,parties,bank", *served]) + "\n")
    return PlayedPlace(folder, code, balances=balances, accounts=accounts)


def instructions(code: str, count: int, seed: int) -> list[dict[str, Any]]:
    """Deliveries and payments of us and our clients, amounts to the cent."""
    chance = random.Random(f"{seed}/{code}")
    first = list(FORMATS).index(code) * 100_000
    found = []
    for number in range(count):
        is_payment = chance.random() < 0.2
        found.append({
            "reference": f"S-{first + number}", "function": "NEWM", "counterparty": "BANK",
            "owner": chance.choice(("US", *CLIENTS)), "delivers": chance.random() < 0.5,
            "isin": None if is_payment else chance.choice(SHARES), "currency": "RUB",
            "quantity": "0" if is_payment else str(chance.randint(1, 500)),
            "amount": f"{chance.randint(10_000, 9_999_999) / 100:.2f}", "cash_account": THEIRS,
        })  # fmt: skip
    return found


def play_a_day(folder: Path, *, count: int = 60, seed: int = 3) -> Path:
    """Every place opens, works through a day, and closes; the folder with the statements of the day."""
    day = folder / "day"
    day.mkdir(parents=True)
    for code in FORMATS:
        open_place(folder, code).work(at=EVENING_BEFORE, is_last=True)
        lines = [json.dumps(each) + "\n" for each in instructions(code, count, seed)]
        (folder / "out" / f"{code}-000001.jsonl").write_text("".join(lines))
        open_place(folder, code).work(at=DAY, is_last=True)
    for path in sorted((folder / "in").glob("*-20261127.*")):
        path.rename(day / path.name)
    return day
