"""Deals in the shares of the real files: settled and reported to the kopeck, valued where there is a price."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from refdata.loading import moex, moex_prices
from refdata.models import Entity, Instrument, Party, Place
from reporting.tasks import compute_reports
from settlements.tasks import continue_runs
from tests.following import follow_events, until_known

pytestmark = pytest.mark.usefixtures("own_database")
FILES = ("collection_securities_page1.json", "shares_market_security_market_data.json")
BANK = "999900DEMOBANKONE097"


@pytest.fixture
def loaded(shared_data: Path) -> list[Instrument]:
    folder = shared_data / "reference" / "moex"
    for name in FILES:
        moex.load_instruments(folder / name)
    for name in ("security_history_page1.json", FILES[1]):
        moex_prices.load_prices(folder / name)
    lines = [row for name in FILES for row in moex.parse_instruments(folder / name)]
    isins = {row.isin for row in lines if isinstance(row, moex.InstrumentLine)}
    return list(Instrument.objects.filter(isin__in=isins).order_by("isin"))


def give_the_bank(instruments: list[Instrument]) -> None:
    """The bank holds 1,000 of each with us, so that it can deliver."""
    entity, bank = Entity.objects.get(code="RUS"), Party.objects.get(code=BANK)
    house = Place.objects.get(code="HOUSE")
    holding = AccountKey(entity.pk, "HOLDING", bank.pk, place_id=house.pk)
    opening = AccountKey(entity.pk, "OPENING", bank.pk)
    ids = account_ids([holding, opening])
    entry = NewEntry(
        entity_id=entity.pk, kind="opening", source_type="test", source_id=1,
        effective_date=date(2026, 1, 1),
        postings=[
            NewPosting(ids[holding], ids[opening], i.pk, Decimal(1000)) for i in instruments
        ],
    )  # fmt: skip
    post_entries([entry], at=timezone.now())


def report(api: Any, name: str, **parameters: str) -> list[dict[str, str]]:
    asked = api("accountant").post(f"/reports/{name}/runs/", {"parameters": parameters}).json()
    until_known()
    compute_reports()
    content = api("accountant").get(f"/report-runs/{asked['reference']}/file.csv").getvalue()
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_deal_in_each_share_is_settled_and_reported(
    api: Any, sample: dict[str, Any], loaded: list[Instrument]
) -> None:
    assert len(loaded) == 21
    give_the_bank(loaded)
    expected = {}
    for number, instrument in enumerate(loaded):
        quantity, price = 7 + number, Decimal("100.37") + number
        body = sample | {
            "external_ref": f"REAL-{number}", "instrument": instrument.isin,
            "quantity": str(quantity), "price": str(price),
        }  # fmt: skip
        answer = api("dealer").post("/deals/", body)
        assert answer.status_code == 201, answer.content
        deal = answer.json()["reference"]
        api("clerk").post(f"/deals/{deal}/confirm/")
        api("checker").post(f"/deals/{deal}/approve/")
        gross = quantity * price
        expected[deal] = (
            f"{gross + (gross * Decimal('0.0005')).quantize(Decimal('0.01'), 'ROUND_HALF_UP')}"
        )
    follow_events()
    for row in api("clerk").get("/settlements/", page_size=100).json()["results"]:
        api("checker").post(f"/settlements/{row['reference']}/release/")
    api("clerk").post("/settlement-runs/", {"business_date": "2026-11-24"})
    continue_runs()
    follow_events()

    rows = report(api, "settled-deals", settled_from="2026-11-24", settled_until="2026-11-24")
    assert {row["deal"]: row["net_amount"] for row in rows} == expected
    priced = {"MOEX", "GAZP", "GMKN", "SBER", "LKOH", "TATN"}  # by the files or the demonstration
    names = {i.isin: i.ticker for i in loaded}
    without = {names[r["isin"]] for r in rows if not r["market_price"]}
    assert without == set(names.values()) - priced
    assert all(r["market_value"] == "" for r in rows if not r["market_price"])


def test_positions_are_valued_at_the_price_of_the_files(api: Any, loaded: list[Instrument]) -> None:
    give_the_bank(loaded)
    rows = report(api, "settlement-and-positions", business_date="2026-06-30")
    moscow = [r for r in rows if r["isin"] == "RU000A0JR4A1" and r["owner"] == BANK]
    (row,) = moscow
    assert (row["price_date"], row["price_state"]) == ("2017-06-23", "OLDER")
    value = Decimal(row["settled_quantity"]) * Decimal(row["price"])
    assert Decimal(row["market_value"]) == value.quantize(Decimal("0.01"))
    others = [r for r in rows if r["isin"] == "RU0009062285"]
    assert {(r["price"], r["price_state"], r["market_value"]) for r in others} == {("", "NONE", "")}
