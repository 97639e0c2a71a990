"""One file of several products: a column says which, and each row is read by the members of its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from backoffice.desk.mapped_columns import typed_members, written_constants
from deals.importing.mapping import WrongMapping, lacking, mapping_of
from deals.importing.members import members_of
from deals.importing.row_reading import MappedRow, RowReader

HEADER = ["Kind", "Side", "What", "Amount", "Price or rate", "Ccy", "Until", "Day"]
MAPPING: dict[str, Any] = {
    "rows": {"columns": ["Kind"], "values": {"Акции": "equity", "МБК": "deposit", "FX": "fx"}},
    "members": [
        {"member": "side", "columns": ["Side"], "values": {"B": "buy", "S": "sell"}, "only": ["equity", "fx"]},
        {"member": "side", "columns": ["Side"], "values": {"B": "take", "S": "place"}, "only": ["deposit"]},
        {"member": "instrument", "columns": ["What"]},
        {"member": "pair", "columns": ["What"], "reads": "pair"},
        {"member": "currency", "columns": ["What"], "reads": "quote", "only": ["fx"]},
        {"member": "quantity", "columns": ["Amount"]},
        {"member": "price", "columns": ["Price or rate"], "only": ["equity", "fx"]},
        {"member": "rate", "columns": ["Price or rate"], "reads": "percent", "only": ["deposit"]},
        {"member": "currency", "columns": ["Ccy"], "only": ["equity", "deposit"]},
        {"member": "far_date", "columns": ["Until"]},
        {"member": "day_count", "default": "ACT/365F"},
        {"member": "traded_at", "columns": ["Day"]},
        {"member": "counterparty", "default": "BANK"},
    ],
}  # fmt: skip


def read(*cells: str) -> MappedRow:
    return RowReader(mapping_of(MAPPING), HEADER).read(cells)


def said(row: MappedRow) -> dict[str, Any]:
    beside = ("stage", "origin", "external_ref", "traded_at", "counterparty")
    return {name: value for name, value in row.document.items() if name not in beside}


def test_each_row_is_read_by_the_members_of_its_product() -> None:
    share = read("Акции", "B", "GME", "10", "14.75", "USD", "", "2026-11-23")
    money = read("мбк", "S", "", "1000000", "15.5", "RUB", "2026-11-30", "2026-11-23")
    pair = read("FX", "S", "eurusd", "100", "1.08", "", "", "2026-11-23")

    assert said(share) == {
        "product": "equity", "side": "buy", "instrument": "GME", "quantity": "10", "price": "14.75",
        "currency": "USD",
    }  # fmt: skip
    assert said(money) == {
        "product": "deposit", "side": "place", "quantity": "1000000", "rate": "0.155",
        "currency": "RUB", "far_date": "2026-11-30", "day_count": "ACT/365F",
    }  # fmt: skip
    assert said(pair) == {
        "product": "fx_spot", "side": "sell", "pair": "EUR/USD", "currency": "USD", "quantity": "100",
        "price": "1.08",
    }  # fmt: skip
    assert [each.problems for each in (share, money, pair)] == [[], [], []]


def test_a_cell_for_a_member_that_the_product_lacks_is_told_beside_it_and_not_read() -> None:
    row = read("Акции", "B", "GME", "10", "14.75", "USD", "2026-11-30", "2026-11-23")

    assert "far_date" not in row.document
    # What stands in `What` is read for its instrument, and for no pair; `Until` for nothing.
    told = [(each.column, each.problem.facts["member"]) for each in row.warnings]
    assert told == [(2, "pair"), (6, "far_date")]


@pytest.mark.parametrize(
    ("only", "member", "what"),
    [(["equity"], "rate", "equity: rate"), (["bitcoin"], "rate", "bitcoin")],
    ids=["a member of another product", "no product"],
)
def test_a_mapping_says_products_that_have_the_member(
    only: list[str], member: str, what: str
) -> None:
    wrong = {"member": member, "columns": ["Price or rate"], "only": only}
    with pytest.raises(WrongMapping) as refused:
        mapping_of(MAPPING | {"members": [wrong]})

    (problem,) = refused.value.problems
    assert (problem.pointer, problem.facts["value"]) == ("/members/0/only", what)


def test_what_nothing_gives_is_told_for_each_product() -> None:
    left = [each for each in MAPPING["members"] if each["member"] not in ("day_count", "price")]

    assert lacking(mapping_of(MAPPING)) == {}
    assert lacking(mapping_of(MAPPING | {"members": left})) == {
        "deposit": ["day_count"], "equity": ["price"], "fx": ["price"]
    }  # fmt: skip


def test_members_are_those_of_the_terms_and_what_stands_beside_them() -> None:
    assert {"rate", "day_count", "settlement.date", "fee"} <= members_of("deposit")
    assert not {"price", "instrument", "pair"} & members_of("deposit")


def test_meanings_are_typed_line_by_line_and_constants_for_products() -> None:
    post = QueryDict(mutable=True)
    post.update({
        "member-0": "side", "words-0": "B = buy", "only-0": "equity, fx",
        "member-0-1": "side", "words-0-1": "B = take", "only-0-1": "deposit",
        "member-1": "quantity", "member-2": "quantity",
        "constants": "currency = USD\ndeposit: day_count = ACT/360",
    })  # fmt: skip

    found = typed_members(post, ["Side", "Amount", "Notional"])

    assert [(m["member"], m.get("columns"), m["only"]) for m in found] == [
        ("side", ["Side"], ["equity", "fx"]), ("side", ["Side"], ["deposit"]),
        ("quantity", ["Amount", "Notional"], []), ("currency", None, []),
        ("day_count", None, ["deposit"]),
    ]  # fmt: skip
    assert written_constants(found) == "currency = USD\ndeposit: day_count = ACT/360"


def test_columns_that_mean_two_things_by_one_word_stay_apart_in_their_order() -> None:
    post = QueryDict(mutable=True)
    post.update({
        "member-0": "side", "words-0": "1 = buy\n2 = sell", "member-1": "side", "words-1": "2 = buy",
        "member-2": "side", "words-2": "2 = buy\nX = sell", "constants": "side = sell",
    })  # fmt: skip

    found = typed_members(post, ["A", "B", "C"])

    assert [(m["columns"], m["values"], m["default"]) for m in found] == [
        (["A"], {"1": "buy", "2": "sell"}, ""), (["B", "C"], {"2": "buy", "X": "sell"}, "sell"),
    ]  # fmt: skip
    mapping = {"rows": {"otherwise": "equity"}, "members": found}
    reader = RowReader(mapping_of(mapping), ["A", "B", "C"])
    cells = (["2", "", ""], ["", "2", ""], ["", "", "2"], ["", "", ""])
    assert [reader.read(each).document["side"] for each in cells] == ["sell", "buy", "buy", "sell"]


FX: dict[str, Any] = {
    "rows": {"otherwise": "fx"},
    "members": [
        {"member": "price", "columns": ["Spot"], "only": ["fx_spot"]},
        {"member": "price", "columns": ["Outright"], "only": ["fx_forward"]},
        {"member": "settlement.date", "columns": ["Value"], "only": ["fx_forward"]},
        {"member": "tenor", "columns": ["Tenor"], "only": ["fx_forward"]},
    ],
}  # fmt: skip


def test_what_is_meant_for_forwards_is_read_of_rows_that_may_be_one() -> None:
    reader = RowReader(mapping_of(FX), ["Spot", "Outright", "Value", "Tenor"])
    cells = ["1.1", "1.2", "2026-12-30", ""]

    row = reader.read(cells)
    forward = reader.as_forward(row, cells)
    only_outright, tenor = reader.read(["", "1.3", "", ""]), reader.read(["1.1", "1.4", "", "3M"])

    told = [
        (each.document["product"], each.document["price"])
        for each in (row, forward, only_outright, tenor)
    ]
    assert told == [
        ("fx_spot", "1.1"), ("fx_forward", "1.2"), ("fx_spot", "1.3"), ("fx_forward", "1.4")
    ]  # fmt: skip
    assert row.document["settlement"] == forward.document["settlement"] == {"date": "2026-12-30"}
    assert row.document["external_ref"] == forward.document["external_ref"]


def test_what_only_forwards_are_given_is_not_told_as_lacking() -> None:
    outright = {"rows": FX["rows"], "members": FX["members"][1:]}

    assert "price" not in lacking(mapping_of(outright))["fx"]
