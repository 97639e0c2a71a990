"""What parties confirm to each other: MT515 and 518, MT300 and MT320, written and read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.mt.trade_confirming import write_mt518
from backoffice.connectors.formats.mt.treasury_writing import write_mt300, write_mt320
from backoffice.connectors.formats.recognising import read_securities, read_treasury, recognise
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.terms import Party, Price, Quantity, QuantityKind
from backoffice.connectors.formats.trade_confirmations import (
    FxConfirmation,
    LoanConfirmation,
    Role,
    Side,
    Told,
    TradeConfirmation,
)
from backoffice.kernel.money import Money
from tests.connectors.formats import mt3_rules
from tests.connectors.formats.instructions import (
    ACCOUNTS,
    BICS,
    DAYS,
    ISINS,
    PARTIES,
    PRICES,
    _amounts,
    _references,
)
from tests.connectors.formats.mt_rules import wrong_in
from tests.connectors.formats.samples import expected_files
from tests.sizes import EXAMPLES

ADDRESSES = Addresses("DEUTDEFFXXX", "SABRRUMMXXX")
FILES = expected_files("messages/confirmations/")
WHOLE = tuple(bic for bic in BICS if len(bic) == 11)

TRADE = TradeConfirmation(
    reference="T-1", side=Side.SELL, quantity=Quantity(QuantityKind.UNIT, Decimal(1000)),
    trade_date=date(2026, 11, 23), settlement_date=date(2026, 11, 24), isin="RU0009029540",
    price=Price(Decimal("312.45"), "RUB"), money=Money(Decimal("312606.23"), "RUB"),
    gross=Money(Decimal("312450"), "RUB"), buyer=Party(bic="SABRRUMMXXX"),
    seller=Party(bic="DEUTDEFFXXX", account="777"), place=Party(bic="CEDELULLXXX"), our_reference="FO-1",
    common="C-1", sender="DEUTDEFFXXX", receiver="SABRRUMMXXX", prepared_on=date(2026, 11, 23),
)  # fmt: skip
FX = FxConfirmation(
    reference="F-1", party_a=Party(bic="DEUTDEFFXXX"), party_b=Party(bic="SABRRUMMXXX"),
    trade_date=date(2026, 11, 23), value_date=date(2026, 11, 25), rate=Decimal("1.157"),
    bought=Money(Decimal("10000"), "EUR"), sold=Money(Decimal("11570"), "USD"),
    common="DEUTFF1157SABRMM", a_receives_at=Party(bic="DEUTDEFFXXX", account="1"),
    b_receives_at=Party(name="OUR BANK IN NEW YORK"), sender="DEUTDEFFXXX", receiver="SABRRUMMXXX",
)  # fmt: skip
LENT = LoanConfirmation(
    reference="L-1", party_a=Party(bic="DEUTDEFFXXX"), party_b=Party(bic="SABRRUMMXXX"),
    role=Role.LENDS, trade_date=date(2026, 11, 23), value_date=date(2026, 11, 24),
    maturity=date(2026, 12, 24), principal=Money(Decimal("1000000"), "EUR"), rate=Decimal("-0.5"),
    day_count="ACT/360", common="DEUTFF0005SABRMM", interest=Money(Decimal("-416.67"), "EUR"),
    interest_date=date(2026, 12, 24), a_receives_at=Party(bic="DEUTDEFFXXX"),
    b_receives_at=Party(bic="SABRRUMMXXX", account="40702"), sender="DEUTDEFFXXX", receiver="SABRRUMMXXX",
)  # fmt: skip


def refused(read: Any, raw: bytes) -> list[str]:
    with pytest.raises(Refused) as caught:
        read(raw)
    assert all(problem.detail % problem.facts for problem in caught.value.problems)
    return caught.value.codes


def changed(raw: bytes, old: str, new: str) -> bytes:
    assert old.encode() in raw
    return raw.replace(old.encode(), new.encode(), 1)


class TestMt518:
    def test_is_written_and_comes_back(self) -> None:
        raw = write_mt518(TRADE, ADDRESSES)
        assert wrong_in(raw) == []
        assert read_securities(raw) == [TRADE]

    def test_a_cancellation_names_what_it_cancels(self) -> None:
        cancel = replace(TRADE, reference="T-2", told=Told.CANCELLED, previous="T-1")
        raw = write_mt518(cancel, ADDRESSES)
        assert wrong_in(raw) == []
        assert read_securities(raw) == [cancel]
        assert "missing-field" in refused(read_securities, changed(raw, ":20C::PREV", ":20C::TRRF"))

    def test_mt515_is_read_by_the_same_fields(self) -> None:
        raw = changed(write_mt518(TRADE, ADDRESSES), "{2:I518", "{2:I515")
        (found,) = read_securities(raw)
        assert isinstance(found, TradeConfirmation)
        assert (found.format, found.buyer) == ("MT515", Party(bic="SABRRUMMXXX"))

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (":22H::BUSE//SELL", ":22H::BUSE//GIVE", "wrong-code"),
            (":98A::SETT//20261124", ":98B::SETT//OPEN", "wrong-field"),
            (":98A::TRAD//20261123\r\n", "", "missing-field"),
            (":36B::CONF//UNIT/1000,\r\n", "", "missing-field"),
            (":90B::DEAL//ACTU/RUB312,45\r\n", "", "missing-field"),
            (":23G:NEWM", ":23G:AMND", "wrong-code"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_in_it(self, old: str, new: str, code: str) -> None:
        assert code in refused(read_securities, changed(write_mt518(TRADE, ADDRESSES), old, new))

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"price": None}, "required"), ({"buyer": None}, "required"), ({"money": None}, "required"),
            ({"told": Told.AMENDED}, "wrong-code"), ({"isin": "RU0009029541"}, "wrong-value"),
            ({"quantity": Quantity(QuantityKind.UNIT, Decimal(0))}, "wrong-amount"),
            ({"reference": "/T"}, "wrong-value"), ({"told": Told.CANCELLED}, "required"),
        ],
    )  # fmt: skip
    def test_what_nobody_could_take_is_refused(self, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(Refused) as refusal:
            write_mt518(replace(TRADE, **changes), ADDRESSES)
        assert code in refusal.value.codes

    @given(st.data())
    @settings(max_examples=EXAMPLES, deadline=None)
    def test_whatever_is_written_comes_back(self, data: st.DataObject) -> None:
        draw = data.draw
        trade = TradeConfirmation(
            reference=draw(_references()), side=draw(st.sampled_from(Side)),
            quantity=Quantity(QuantityKind.UNIT, draw(_amounts(3, least="0.001"))),
            trade_date=draw(DAYS), settlement_date=draw(DAYS), isin=draw(st.sampled_from(ISINS)),
            price=draw(PRICES), money=Money(draw(_amounts(2)), "EUR"), buyer=draw(PARTIES),
            seller=draw(PARTIES), place=draw(st.none() | st.builds(Party, bic=st.sampled_from(WHOLE))),
            our_reference=draw(st.just("") | _references()), sender="DEUTDEFFXXX",
            receiver="SABRRUMMXXX",
        )  # fmt: skip
        raw = write_mt518(trade, ADDRESSES)
        assert wrong_in(raw) == []
        assert read_securities(raw) == [trade]


class TestMt300:
    def test_is_written_and_comes_back(self) -> None:
        raw = write_mt300(FX, ADDRESSES)
        assert recognise(raw).name == "MT3xx"
        assert mt3_rules.wrong_in(raw) == []
        assert read_treasury(raw) == [FX]

    def test_an_amendment_names_what_it_amends(self) -> None:
        amended = replace(FX, reference="F-2", told=Told.AMENDED, previous="F-1")
        raw = write_mt300(amended, ADDRESSES)
        assert mt3_rules.wrong_in(raw) == []
        assert read_treasury(raw) == [amended]
        assert refused(read_treasury, changed(raw, ":21:F-1\r\n", "")) == ["missing-field"]

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (":33B:USD11570,", ":33B:11570,", "wrong-field"), (":33B:USD11570,", ":33B:EUR11570,", "wrong-currency"),
            (":36:1,157", ":36:1.157", "wrong-field"), (":22A:NEWT", ":22A:OLDT", "wrong-code"),
            (":30V:20261125", ":30V:20261131", "wrong-field"), (":87A:SABRRUMMXXX\r\n", "", "missing-field"),
            (":82A:DEUTDEFFXXX", ":82A:DEUTDEFFXXX1", "wrong-field"),
            (":15B:", ":15A:", "repeated-field"), (":32B:EUR10000,\r\n", "", "missing-field"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_in_it(self, old: str, new: str, code: str) -> None:
        assert code in refused(read_treasury, changed(write_mt300(FX, ADDRESSES), old, new))

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"sold": Money(Decimal(1), "EUR")}, "wrong-currency"), ({"rate": Decimal(0)}, "wrong-amount"),
            ({"party_a": Party(name="X")}, "required"), ({"common": "X"}, "wrong-value"),
            ({"told": Told.CANCELLED}, "required"), ({"bought": Money(Decimal(-1), "EUR")}, "wrong-amount"),
        ],
    )  # fmt: skip
    def test_what_nobody_could_take_is_refused(self, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(Refused) as refusal:
            write_mt300(replace(FX, **changes), ADDRESSES)
        assert code in refusal.value.codes

    @given(
        _references(), DAYS, DAYS, _amounts(4, least="0.0001"), _amounts(2, least="0.01"),
        _amounts(2, least="0.01"), st.sampled_from(WHOLE), ACCOUNTS.filter(lambda text: len(text) < 35),
    )  # fmt: skip
    @settings(max_examples=EXAMPLES, deadline=None)
    def test_whatever_is_written_comes_back(
        self, reference: str, traded: date, value: date, rate: Decimal, bought: Decimal, sold: Decimal,
        bic: str, account: str,
    ) -> None:  # fmt: skip
        rate = rate % 100000 or Decimal("0.0001")
        told = replace(
            FX, reference=reference, trade_date=traded, value_date=value, rate=rate, common="",
            bought=Money(bought, "EUR"), sold=Money(sold, "USD"), party_a=Party(bic=bic),
            a_receives_at=Party(bic=bic, account=account),
        )  # fmt: skip
        raw = write_mt300(told, ADDRESSES)
        assert mt3_rules.wrong_in(raw) == []
        (found,) = read_treasury(raw)
        assert replace(found, common="") == told


class TestMt320:
    def test_is_written_and_comes_back(self) -> None:
        raw = write_mt320(LENT, ADDRESSES)
        assert mt3_rules.wrong_in(raw) == []
        assert b":34E:NEUR416,67" in raw
        assert read_treasury(raw) == [LENT]

    @pytest.mark.parametrize("months", [1, 12])
    def test_of_any_length(self, months: int) -> None:
        until = LENT.value_date + timedelta(days=30 * months)
        told = replace(LENT, maturity=until, interest_date=until)
        assert read_treasury(write_mt320(told, ADDRESSES)) == [told]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"maturity": date(2026, 11, 24)}, "wrong-date"), ({"day_count": "ACT/361"}, "wrong-code"),
            ({"interest": None}, "required"), ({"event": "PAID"}, "wrong-code"),
            ({"principal": Money(Decimal(0), "EUR")}, "wrong-amount"),
        ],
    )  # fmt: skip
    def test_what_nobody_could_take_is_refused(self, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(Refused) as refusal:
            write_mt320(replace(LENT, **changes), ADDRESSES)
        assert code in refusal.value.codes

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (":17R:L", ":17R:X", "wrong-code"), (":37G:N0,5", ":37G:0.5", "wrong-field"),
            (":30P:20261224\r\n", "", "missing-field"), (":22B:CONF", ":22B:DONE", "wrong-code"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_in_it(self, old: str, new: str, code: str) -> None:
        assert code in refused(read_treasury, changed(write_mt320(LENT, ADDRESSES), old, new))


@pytest.mark.parametrize("expected", FILES, ids=lambda each: each.file.rpartition("/")[2])
def test_every_shared_file_says_what_was_written_down(expected: Any, shared_data: Path) -> None:
    raw = (shared_data / expected.file).read_bytes()
    if expected.outcome != "ACCEPTED":
        codes = refused(read_treasury, raw)
        assert f"REFUSED({codes[0]})" == expected.outcome
        return
    (found,) = read_treasury(raw)
    assert isinstance(found, LoanConfirmation)
    _, _, sums = expected.statements[1]
    assert found.interest is not None
    assert sums == {
        "principal": found.principal.amount, "interest": found.interest.amount, "rate": found.rate,
    }  # fmt: skip
