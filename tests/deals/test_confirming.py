"""Two confirmations held against each other: T1 to T4, each field at its border, and the likely cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from deals.confirming.causes import WORDS, likely_causes
from deals.confirming.clocks import CutOffs, Stage
from deals.confirming.kinds import ByItself, Match, StraightThrough, confirms_by_itself
from deals.confirming.reading import due_by
from deals.confirming.rules import (
    FIELDS,
    HARD_FIELDS,
    Document,
    Tolerated,
    Verdict,
    Weight,
    compare,
    tolerance_of,
    verdict_of,
)
from refdata.base.loading_rules import FILE
from refdata.dated_rules.kinds import kind_named
from refdata.dated_rules.vectors import try_vectors, value_of, vectors_of

EU = (Tolerated(Decimal(100_000), Decimal(2)), Tolerated(None, Decimal(25)))
OURS = Document(
    side="buy", instrument="DE0007164600", quantity=Decimal(1000), currency="EUR",
    trade_date=date(2026, 11, 24), settlement_date=date(2026, 11, 26), price=Decimal(100),
    amount=Decimal("100030.00"), place="CSDX", uti="UTI1", gross=Decimal("100000.00"),
    fee=Decimal("30.00"),
)  # fmt: skip


def verdict(ours: str, theirs: str, *, quantities: tuple[str, str] = ("1000", "1000")) -> Verdict:
    one = replace(OURS, amount=Decimal(ours), quantity=Decimal(quantities[0]), price=None)
    other = replace(OURS, amount=Decimal(theirs), quantity=Decimal(quantities[1]), price=None)
    return verdict_of(compare(one, other, EU))


def test_t1_two_euros_are_tolerated_up_to_100000() -> None:
    assert verdict("100000.00", "100002.00") is Verdict.WITHIN


def test_t2_one_cent_more_is_not() -> None:
    assert verdict("100000.00", "100002.01") is Verdict.DIFFERENT


def test_t3_above_it_25_euros_are() -> None:
    assert verdict("2042500.00", "2042525.00") is Verdict.WITHIN
    assert verdict("2042500.00", "2042525.01") is Verdict.DIFFERENT


def test_t4_a_quantity_is_never_tolerated() -> None:
    found = verdict("2042500.00", "2042500.00", quantities=("1000", "1000.0001"))
    assert found is Verdict.DIFFERENT


def test_the_borders_of_the_table() -> None:
    assert tolerance_of(Decimal("100000.00"), EU) == 2
    assert tolerance_of(Decimal("100000.01"), EU) == 25
    assert tolerance_of(Decimal(1), ()) == 0
    assert verdict("0.03", "0.03") is Verdict.EXACT


OTHER: dict[str, Any] = {
    "side": "sell", "instrument": "DE0007236101", "quantity": Decimal("1000.00000001"),
    "currency": "USD", "trade_date": date(2026, 11, 25), "settlement_date": date(2026, 11, 27),
    "place": "NSD",
}  # fmt: skip


@pytest.mark.parametrize("field", sorted(HARD_FIELDS))
def test_every_hard_field_decides(field: str) -> None:
    findings = compare(OURS, replace(OURS, **{field: OTHER[field]}), EU)
    assert verdict_of(findings) is Verdict.DIFFERENT
    assert [f.field for f in findings if f.weight is Weight.DIFFERENT] == [field]
    assert [f.field for f in findings] == list(FIELDS)


def test_what_one_side_does_not_tell_is_not_compared() -> None:
    silent = replace(OURS, price=None, amount=None, place="", uti="")
    findings = compare(OURS, silent, EU)
    untold = [f.field for f in findings if f.weight is Weight.UNTOLD]
    assert untold == ["price", "amount", "place", "uti"]
    assert verdict_of(findings) is Verdict.EXACT


def test_another_uti_is_noted_and_keeps_a_match_from_confirming_by_itself() -> None:
    assert verdict_of(compare(OURS, replace(OURS, uti="UTI2"), EU)) is Verdict.WITHIN
    assert likely_causes(
        OURS, replace(OURS, uti="UTI2"), compare(OURS, replace(OURS, uti="UTI2"), EU)
    ) == ["other-uti"]


@pytest.mark.parametrize(
    ("price", "found"), [("100.025", Verdict.WITHIN), ("100.025000000001", Verdict.DIFFERENT)]
)
def test_a_price_may_differ_by_what_it_comes_to_in_money(price: str, found: Verdict) -> None:
    assert verdict_of(compare(OURS, replace(OURS, price=Decimal(price)), EU)) is found


CAUSES: list[tuple[dict[str, Any], str]] = [
    ({"side": "sell"}, "side-mirrored"),
    ({"amount": Decimal("100000.00")}, "fee-in-amount"),
    ({"amount": Decimal("99970.00")}, "fee-in-amount"),
    ({"amount": Decimal("100030.40")}, "rounding"),
    ({"amount": Decimal("103000.00")}, "digits-swapped"),
    ({"amount": Decimal("1000.30"), "price": Decimal(1)}, "price-in-hundredths"),
    ({"price": Decimal(10_000)}, "price-in-hundredths"),
    ({"quantity": Decimal(100)}, "quantity-in-lots"),
    ({"quantity": Decimal(100), "amount": Decimal("10003.00")}, "quantity-in-lots"),
    ({"settlement_date": date(2026, 11, 27)}, "one-cycle-off"),
    ({"settlement_date": date(2026, 11, 25)}, "one-cycle-off"),
    ({"trade_date": date(2026, 11, 25)}, "trade-date-next-session"),
    ({"trade_date": date(2026, 11, 26), "settlement_date": date(2026, 11, 24)}, "dates-swapped"),
    ({"instrument": "DE0007236101"}, "other-line"),
    ({"currency": "USD"}, "other-currency"),
    ({"place": "NSD"}, "other-place"),
    ({"quantity": Decimal("100030.00"), "amount": Decimal(1000)}, "pair-inverted"),
    ({"amount": Decimal("123456.78")}, "unexplained"),
    ({"settlement_date": date(2027, 3, 1)}, "unexplained"),
]


@pytest.mark.parametrize(("change", "cause"), CAUSES)
def test_the_likely_cause(change: dict[str, Any], cause: str) -> None:
    ours = OURS if cause != "rounding" else replace(OURS, fee=Decimal(0))
    theirs = replace(OURS, **change)
    found = likely_causes(ours, theirs, compare(ours, theirs, ()))
    assert found[0] == cause
    assert set(found) <= set(WORDS)


def test_nothing_that_agrees_has_a_cause() -> None:
    assert likely_causes(OURS, OURS, compare(OURS, OURS, EU)) == []


def test_the_difference_is_told_in_numbers_and_days() -> None:
    theirs = replace(OURS, amount=Decimal("99970.00"), settlement_date=date(2026, 11, 25))
    told = {f.field: f.difference for f in compare(OURS, theirs, EU)}
    assert (told["amount"], told["settlement_date"], told["side"]) == (Decimal("-60.00"), -1, None)


def test_every_row_of_the_base_data_computes_what_its_vectors_expect() -> None:
    rows = [
        row for row in msgspec.json.decode(FILE.read_bytes()) if row["kind"].startswith("confirm.")
    ]
    assert len(rows) == 9
    for row in rows:
        kind = kind_named(row["kind"])
        assert kind.takes(row["key"])
        tried = try_vectors(kind, value_of(kind, row["value"]), vectors_of(kind, row["vectors"]))
        assert [each for each in tried if not each.passes] == []
    drafts = [row["key"] for row in rows if row["state"] == "DRAFT"]
    assert drafts == ["XETR"]  # 23:00 CET is not in force


@pytest.mark.parametrize("key", ["MISXX", "misx", "MIS", "ПИСЬ", "MISX\n"])
def test_a_market_is_named_by_its_mic(key: str) -> None:
    assert not kind_named("confirm.cut_offs").takes(key)
    assert not kind_named("confirm.tolerance").takes("MISX")


@pytest.mark.parametrize(
    "value",
    [
        {"zone": "Europe/Nowhere", "stages": {s: {"by": "19:00"} for s in Stage}},
        {"zone": "../etc/passwd", "stages": {s: {"by": "19:00"} for s in Stage}},
        {"zone": "Europe/Berlin", "stages": {"allocation": {"by": "19:00"}}},
        {"zone": "Europe/Berlin", "stages": {s: {"by": "24:00"} for s in Stage}},
        {"zone": "Europe/Berlin", "stages": {s: {"by": "19:00", "days": 31} for s in Stage}},
    ],
)
def test_cut_offs_that_say_no_time_are_refused(value: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(value, CutOffs)


def test_the_first_row_that_fits_says_what_confirms_by_itself() -> None:
    rule = StraightThrough([
        ByItself(entity="EUR", exact=False), ByItself(product="equity", within=True), ByItself(),
    ])  # fmt: skip
    for facts, found in (
        ({"entity": "EUR", "product": "equity"}, False),
        ({"entity": "RUS", "product": "equity", "verdict": "WITHIN"}, True),
        ({"entity": "RUS", "product": "fx_spot", "verdict": "WITHIN"}, False),
        ({"entity": "RUS", "product": "fx_spot"}, True),
        ({"entity": "RUS", "product": "equity", "verdict": "DIFFERENT"}, False),
    ):
        assert confirms_by_itself(rule, msgspec.convert(facts, Match)) is found


@pytest.mark.django_db
def test_cut_offs_are_of_the_market_in_its_own_time_and_by_its_calendar() -> None:
    friday = date(2026, 11, 27)

    def by(market: str, stage: Stage, at: str | None = None) -> str:
        dealt_at = datetime.fromisoformat(at) if at else None
        found = due_by(stage, market=market, trade_date=friday, dealt_at=dealt_at)
        assert found is not None
        return found.isoformat()

    assert by("MISX", Stage.CONFIRMATION) == "2026-11-27T19:00:00+03:00"
    assert by("", Stage.AFFIRMATION) == "2026-11-30T12:00:00+03:00"
    assert (
        by("XETR", Stage.CONFIRMATION, "2026-11-27T16:30:00+01:00") == "2026-11-30T12:00:00+01:00"
    )
    assert by("XNYS", Stage.AFFIRMATION) == "2026-11-27T21:00:00-05:00"
    assert due_by(Stage.CONFIRMATION, market="MISX", trade_date=date(1999, 12, 31)) is None
