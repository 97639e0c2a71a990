"""Loaders: a bad row is named and loses no good one; the real files load to the last row, once."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from refdata.loading import calendars, ecb, iso4217, moex, moex_prices
from refdata.models import (
    CalendarDay,
    Currency,
    FxRate,
    Instrument,
    Party,
    PartyIdentifier,
    Price,
)
from refdata.selectors import business_days

pytestmark = pytest.mark.django_db


def test_the_twenty_moscow_shares_and_the_receipt(shared_data: Path) -> None:
    before = set(Instrument.objects.values_list("isin", flat=True))
    folder = shared_data / "reference" / "moex"
    files = ["collection_securities_page1.json", "shares_market_security_market_data.json"]
    found = [moex.load_instruments(folder / name) for name in files]
    assert [row.problems for row in found] == [[], []]
    assert sum(row.added + row.unchanged for row in found) == 21
    receipt = Instrument.objects.get(ticker="AGRO")
    assert (receipt.kind, receipt.currency, receipt.market) == ("DEPOSITARY_RECEIPT", "RUB", "MISX")
    listed = [row for name in files for row in moex.parse_instruments(folder / name)]
    kinds = Counter(row.kind for row in listed if isinstance(row, moex.InstrumentLine))
    assert kinds == {"SHARE": 20, "DEPOSITARY_RECEIPT": 1}
    assert sum(row.added for row in found) == 21 - len({r.isin for r in listed} & before)  # type: ignore[union-attr]
    assert [moex.load_instruments(folder / name).added for name in files] == [0, 0]


def test_a_hundred_closes_and_the_quotes_of_june(shared_data: Path) -> None:
    folder = shared_data / "reference" / "moex"
    closes = moex_prices.load_prices(folder / "security_history_page1.json")
    assert (closes.added, closes.problems) == (100, [])
    first = Price.objects.filter(source="MOEX TQBR").earliest("price_date")
    assert (first.price_date, first.value) == (date(2014, 1, 6), Decimal("62.92"))
    quotes = moex_prices.load_prices(folder / "shares_market_security_market_data.json")
    assert quotes.added == 2
    assert moex_prices.load_prices(folder / "security_history_page1.json").added == 0


def test_all_days_of_the_ecb(shared_data: Path) -> None:
    found = ecb.load_rates(shared_data / "rates" / "eurofxref-hist.zip")
    assert found.problems == []
    rates = FxRate.objects.filter(source="ECB")
    assert rates.values("rate_date").distinct().count() == 6_983
    rubles = rates.filter(quote="RUB").order_by("rate_date")
    assert (rubles.first().rate_date, rubles.last().rate_date) == (  # type: ignore[union-attr]
        date(2005, 4, 1), date(2022, 3, 1),
    )  # fmt: skip


def test_three_holiday_calendars_and_two_session_lists(shared_data: Path) -> None:
    folder = shared_data / "calendars"
    for name, code in (("RU_COMMON", "RU"), ("XECB", "TARGET"), ("XNYS", "NYSE")):
        path = folder / f"{name}.json"
        found = calendars.load_calendar(path, code=code, name="", kind="WORKING", timezone="UTC")
        early = [v for v in json.loads(path.read_text()).values() if "markets close at" in v]
        assert found.problems == []
        assert found.added + found.unchanged == len(json.loads(path.read_text())) - len(early)
        assert len(early) == (435 if name == "XNYS" else 0)
    for name, code in (("sessions_xmos", "MISX"), ("sessions_xnys", "XNYS")):
        found = calendars.load_calendar(
            folder / f"{name}.csv", code=code, name="", kind="SESSION", timezone="UTC"
        )
        assert found.problems == []
    moscow = business_days("MISX")
    assert moscow.is_open(date(2024, 1, 3))  # Moscow trades while Russia rests
    assert not business_days("RU").is_open(date(2024, 1, 3))
    assert not moscow.is_open(date(2024, 5, 9))
    assert moscow.is_open(date(2026, 11, 28))  # our own row, which no file has


def test_both_tables_of_currencies(shared_data: Path) -> None:
    for name in ("iso4217_codes-all.csv", "iso4217_table_a1.xml"):
        assert iso4217.load_currencies(shared_data / "reference" / name).problems == []
    units = dict(Currency.objects.values_list("code", "minor_unit"))
    assert (units["JPY"], units["RUB"], units["KWD"]) == (0, 2, 3)
    assert Currency.objects.get(code="RUB").numeric == "643"


def written(path: Path, content: Any) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def load(command: str, path: str, **options: Any) -> tuple[str, str]:
    said, complained = io.StringIO(), io.StringIO()
    call_command(command, path, stdout=said, stderr=complained, **options)
    return said.getvalue(), complained.getvalue()


def test_an_issuer_is_named_once_by_its_tax_number(tmp_path: Path) -> None:
    columns = ["secid", "shortname", "name", "isin", "type", "emitent_title", "emitent_inn"]
    rows = [
        ["SBERP", "x", "x", "RU0009029557", "preferred_share", "Сбербанк", "7707083893"],
        ["TRNFP", "x", "x", "RU0009091573", "preferred_share", "Транснефть", "7706061801"],
        ["TATNP", "x", "x", "RU0006944147", "preferred_share", "Татнефть", "1644003839"],
    ]  # the last tax number is none: its check digit is wrong
    file = tmp_path / "moex.json"
    document = {"securities": {"columns": columns, "data": rows}}
    file.write_text(json.dumps(document), encoding="utf-8")
    own = Party.objects.create(code="TRANSNEFT", name="Transneft", roles=["COUNTERPARTY"])
    PartyIdentifier.objects.create(party=own, scheme="INN", value="7706061801")
    for _ in range(2):
        moex.load_instruments(file)
    found = dict(Instrument.objects.filter(isin__in=[r[3] for r in rows]).values_list(
        "ticker", "issuer__code"
    ))  # fmt: skip
    assert found == {"SBERP": "INN-7707083893", "TRNFP": "TRANSNEFT", "TATNP": None}
    assert Party.objects.get(code="INN-7707083893").roles == ["ISSUER"]


def test_a_bad_rate_is_named_and_loses_no_good_one(tmp_path: Path) -> None:
    text = "Date,USD,JPY,\n2026-11-20,1.16,N/A,\n2026-11-21,abc,180.5,\nyesterday,1,2,\n"
    said, complained = load("load_ecb_rates", written(tmp_path / "r.csv", text))
    assert "2 added, 0 changed, 0 unchanged, 2 wrong" in said
    assert "r.csv, row 3, USD: 'abc' is not a number" in complained
    assert "r.csv, row 4, Date: 'yesterday' is not a date" in complained


def test_a_bad_instrument_is_named_and_loses_no_good_one(tmp_path: Path) -> None:
    columns = ["SECID", "NAME", "LATNAME", "ISIN", "TYPE", "FACEUNIT"]
    data = [
        ["AFLT", "Аэрофлот", "Aeroflot", "RU0009062285", "common_share", "SUR"],
        ["BAD", "Бад", "Bad", "RU0009062286", "common_share", "SUR"],
        ["FUT", "Фьючерс", "Future", "RU000A0DQZE3", "futures", "SUR"],
    ]
    document = {"securities": {"columns": columns, "data": data}}
    said, complained = load("load_moex_instruments", written(tmp_path / "i.json", document))
    assert "1 added, 0 changed, 0 unchanged, 2 wrong" in said
    assert "i.json, row 2, ISIN: 'RU0009062286' is not an ISIN" in complained
    assert "row 3, TYPE" in complained


def test_prices_of_the_unknown_and_of_nothing_are_named(tmp_path: Path) -> None:
    columns = ["BOARDID", "TRADEDATE", "SECID", "CLOSE"]
    data = [
        ["TQBR", "2026-11-20", "SBER", 310.10], ["TQBR", "2026-11-21", "SBER", -1],
        ["TQBR", "2026-11-20", "NOSUCH", 5], ["TQBR", "someday", "SBER", 5],
    ]  # fmt: skip
    document = {"history": {"columns": columns, "data": data}}
    said, complained = load("load_moex_prices", written(tmp_path / "p.json", document))
    assert "1 added, 0 changed, 0 unchanged, 3 wrong" in said
    assert "row 2, CLOSE: -1 is not above zero" in complained
    assert "NOSUCH is not known. Load the instruments first." in complained
    assert Price.objects.get(source="MOEX TQBR").value == Decimal("310.1")


def test_bad_days_and_currencies_are_named(tmp_path: Path) -> None:
    days = {
        "2030-01-01": "New Year",
        "2030-13-01": "Never",
        "2030-07-03": "x (markets close at 1pm)",
    }
    said, complained = load("load_calendar", written(tmp_path / "d.json", days), calendar="TEST")
    assert "1 added, 0 changed, 0 unchanged, 1 wrong" in said
    assert "'2030-13-01' is not a date" in complained
    assert CalendarDay.objects.get(calendar__code="TEST").is_open is False
    head = "Entity,Currency,AlphabeticCode,NumericCode,MinorUnit,WithdrawalDate\n"
    text = f"{head}X,New,QQQ,1,2,\nY,Bad,q,2,2,\nZ,Odd,ZZZ,3,x,\n"
    said, complained = load("load_currencies", written(tmp_path / "c.csv", text))
    assert "1 added, 0 changed, 0 unchanged, 2 wrong" in said
    assert "row 3, AlphabeticCode" in complained
    assert Currency.objects.get(code="QQQ").numeric == "001"


@pytest.mark.parametrize(
    "command", ["load_ecb_rates", "load_moex_instruments", "load_moex_prices", "load_currencies"]
)
def test_another_file_altogether_is_refused(tmp_path: Path, command: str) -> None:
    with pytest.raises(CommandError):
        load(command, written(tmp_path / "other.csv", "hello\nworld\n"))
    with pytest.raises(CommandError):
        load(command, str(tmp_path / "absent"))
