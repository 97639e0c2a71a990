"""A row read by a mapping: members, words, references, and what is refused by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from deals.importing.mapping import WrongMapping, header_in, mapping_of, names_of, signature_of
from deals.importing.members import Kind, members
from deals.importing.presets import presets
from deals.importing.row_reading import MappedRow, RowReader

HEADER = ["Что", "ISIN", "Кол-во", "Цена", "Дата", "Комиссия"]
MAPPING: dict[str, Any] = {
    "rows": {
        "columns": ["Что"],
        "values": {"Покупка": "equity", "Продажа": "equity", "Дивиденд": "not-a-deal-dividend",
                   "Итого": "left-out"},
    },
    "members": [
        {"member": "side", "columns": ["Что"], "values": {"Покупка": "buy", "Продажа": "sell"}},
        {"member": "instrument", "columns": ["ISIN"]},
        {"member": "quantity", "columns": ["Кол-во"], "reads": "magnitude"},
        {"member": "price", "columns": ["Цена"]},
        {"member": "currency", "default": "RUB"},
        {"member": "fee", "columns": ["Комиссия"]},
        {"member": "traded_at", "columns": ["Дата"]},
    ],
    "decimal": ",", "dates": ["DD.MM.YYYY"], "zone": "Europe/Moscow", "time": "10:00", "blanks": ["н/д"],
}  # fmt: skip
BUY = ["ПОКУПКА", "RU0009029540", "-1 000", "312,45 ₽", "23.11.2026", "н/д"]


def reader(**more: Any) -> RowReader:
    return RowReader(mapping_of(MAPPING | more), HEADER)


def test_cells_become_members_of_a_deal() -> None:
    row = reader().read(BUY)

    assert (row.what, row.refused, row.problems) == ("equity", "", [])
    reference = row.document.pop("external_ref")
    assert row.document == {
        "product": "equity", "stage": "executed", "origin": "IMPORT", "side": "buy",
        "instrument": "RU0009029540", "quantity": "1000", "price": "312.45", "currency": "RUB",
        "traded_at": "2026-11-23T10:00:00+03:00",
    }  # fmt: skip
    assert reference.endswith("-1")
    assert row.beside == {}
    assert row.column_of("/price") == 3


def test_every_wrong_cell_is_named_with_its_column() -> None:
    row = reader().read(["Покупка", "X", "много", "1.5", "вчера", "2,5"])

    found = [(each.column, each.problem.pointer, each.problem.code) for each in row.problems]
    assert found == [
        (2, "/quantity", "not-a-number"), (3, "/price", "not-a-number"),
        (4, "/traded_at", "not-a-date"),
    ]  # fmt: skip
    assert all(each.problem.hint for each in row.problems)
    assert row.beside == {"fee": Decimal("2.5")}


@pytest.mark.parametrize(
    ("word", "refused"),
    [
        ("Дивиденд", "not-a-deal-dividend"), ("итого", "left-out"), ("Опцион", "unknown-product"),
        ("", "unknown-product"),
    ],
)  # fmt: skip
def test_what_is_no_deal_of_ours_is_refused_by_name(word: str, refused: str) -> None:
    row = reader().read([word, *BUY[1:]])

    assert row.refused == refused
    if word == "Опцион":
        (told,) = row.problems
        assert (told.column, told.problem.facts) == (0, {"value": "Опцион"})


def references(rows: list[list[str]], **more: Any) -> list[str]:
    read = reader(**more)
    return [str(read.read(cells).document["external_ref"]) for cells in rows]


def test_equal_rows_are_two_deals_and_the_same_two_again() -> None:
    other = [*BUY[:2], "5", *BUY[3:]]
    first = references([BUY, other, BUY])

    assert len(set(first)) == 3
    assert references([BUY, BUY, other])[:2] == [first[0], first[2]]
    assert all(len(each) <= 64 for each in first)


def test_a_reference_of_the_file_is_taken_with_its_prefix_unless_it_is_missing() -> None:
    named = {"reference": {"prefix": "BR-", "columns": ["ISIN", "Дата"]}}
    first, second = references([BUY, [*BUY[:4], "", ""]], **named)

    assert first == "BR-RU0009029540/23.11.2026"
    assert (second[:3], second[-2:]) == ("BR-", "-1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": {"values": {"x": "no-such-product"}}}, {"dates": ["YY"]}, {"zone": "Mars/X"},
        {"time": "noon"}, {"members": [{"member": "no_such_member"}]}, {"unknown": 1},
        {"members": [{"member": "external_ref", "columns": ["ISIN"]}]}, {"decimal": ":"},
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_hold_together_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(WrongMapping) as refused:
        mapping_of(MAPPING | wrong)
    assert refused.value.problems


def test_columns_that_the_file_lacks_are_named() -> None:
    assert RowReader(mapping_of(MAPPING), ["Что", "Цена"]).missing() == [
        "ISIN", "Дата", "Кол-во", "Комиссия"
    ]  # fmt: skip


def test_a_header_is_known_by_its_names_whatever_their_case() -> None:
    known = {signature_of(HEADER): "ours"}
    rows = [["Отчёт брокера"], [], [name.upper() for name in HEADER], BUY]

    assert header_in(rows, known) == (2, signature_of(HEADER))
    assert header_in(rows, {})[0] == 2
    assert header_in([["# a", "b", "c"], ["x", "y"], ["1", "2"]], {})[0] == 1


def test_columns_without_a_name_or_with_one_twice_can_be_told_apart() -> None:
    assert names_of(["A", "", "A", "a  b"]) == ["A", "(B)", "A #2", "a b"]


def test_members_are_those_of_every_product() -> None:
    found = members()

    kinds = [found[n] for n in ("quantity", "settlement.date", "traded_at", "execution.venue")]
    assert kinds == [Kind.NUMBER, Kind.DAY, Kind.MOMENT, Kind.TEXT]
    assert {"instrument", "pair", "net_amount"} <= found.keys()
    assert not {"external_ref", "product", "stage"} & found.keys()


def test_known_formats_hold_together_and_read_no_column_they_lack() -> None:
    assert len(presets()) >= 8
    for preset in presets().values():
        assert RowReader(preset.terms, preset.header).missing() == [], preset.title


def test_a_pair_and_its_currency_are_read_from_one_cell() -> None:
    mapping = {
        "rows": {"otherwise": "fx_spot"},
        "members": [
            {"member": "pair", "columns": ["Pair"], "reads": "pair"},
            {"member": "currency", "columns": ["Pair"], "reads": "quote"},
            {"member": "side", "columns": ["Amount"], "reads": "sign"},
        ],
    }
    read = RowReader(mapping_of(mapping), ["Pair", "Amount"])

    def members_of(row: MappedRow) -> tuple[str, ...]:
        return tuple(row.document[name] for name in ("pair", "currency", "side"))

    assert members_of(read.read(["EUR.USD", "-5"])) == ("EUR/USD", "USD", "sell")
    assert members_of(read.read(["eurusd", "5"])) == ("EUR/USD", "USD", "buy")


def test_a_percentage_is_a_fraction_and_one_word_may_stand_for_spot_and_forward() -> None:
    mapping = {
        "rows": {"columns": ["What"], "values": {"Depo": "deposit", "FX": "fx"}},
        "members": [
            {"member": "rate", "columns": ["Rate"], "reads": "percent", "only": ["deposit"]},
            {"member": "price", "columns": ["Rate"], "only": ["fx"]},
        ],
    }
    read = RowReader(mapping_of(mapping), ["What", "Rate"])

    deposit, fx = read.read(["Depo", "0.23"]), read.read(["FX", "1.1"])
    assert (deposit.document["product"], deposit.document["rate"]) == ("deposit", "0.0023")
    assert (fx.what, fx.document["product"], fx.document["price"]) == ("fx", "fx_spot", "1.1")
