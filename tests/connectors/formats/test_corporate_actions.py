"""Corporate actions: MT564 to 568 and seev say the same of the same dividend; elections go out and come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from backoffice.connectors.formats.corporate_actions import (
    Announcement,
    Balance,
    CashMovement,
    Election,
    EventConfirmation,
    EventNarrative,
    EventStatus,
    Notice,
    Participation,
    Ratio,
)
from backoffice.connectors.formats.mt.electing import write_mt_election
from backoffice.connectors.formats.mt.event_narrating import write_mt_narrative
from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.recognising import read_securities
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.securities import Securities
from backoffice.connectors.formats.seev.electing import write_seev_election
from backoffice.connectors.formats.sese.writing import Header
from backoffice.connectors.formats.statuses import Axis, Reason
from backoffice.connectors.formats.terms import Function, Quantity, QuantityKind
from backoffice.kernel.money import Money
from tests.connectors.formats.instructions import ACCOUNTS, DAYS, ISINS, _amounts, _references
from tests.connectors.formats.mt_rules import wrong_in
from tests.connectors.formats.samples import expected_files
from tests.connectors.formats.schemas import FOLDER, schema
from tests.sizes import EXAMPLES

SAMPLES = Path(__file__).parents[2] / "samples" / "corporate-actions"
FILES = expected_files("messages/corporate-actions/")
SEEV = (SAMPLES / "seev.xml").read_bytes()
ADDRESSES = Addresses("SABRRUMMXXX", "CEDELULLXXX")


def read(name: str) -> list[Securities]:
    return read_securities((SAMPLES / name).read_bytes())


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def units(amount: int) -> Quantity:
    return Quantity(QuantityKind.UNIT, Decimal(amount))


def refused(raw: bytes) -> list[str]:
    with pytest.raises(Refused) as caught:
        read_securities(raw)
    assert all(problem.detail % problem.facts for problem in caught.value.problems)
    return caught.value.codes


@pytest.mark.skipif(not FOLDER.exists(), reason=f"the schemas are not there: {FOLDER}")
def test_the_samples_are_valid_where_their_schema_is_there() -> None:
    checked = []
    for each in etree.fromstring(SEEV).iter("{*}Document"):
        name = str(etree.QName(each).namespace).rpartition(":")[2]
        if (FOLDER / f"{name}.xsd").exists():
            schema(name).assertValid(etree.fromstring(etree.tostring(each)))
            checked.append(name[:8])
    assert checked == ["seev.031", "seev.035", "seev.036"]


class TestAnnouncement:
    def test_both_standards_say_the_same(self) -> None:
        assert read("mt564.fin")[0] == read_securities(SEEV)[0]

    def test_what_who_and_when(self) -> None:
        found = read("mt564.fin")[0]
        assert isinstance(found, Announcement)
        assert (found.event, found.official, found.kind) == ("CA26001", "US26DV00001", "DVOP")
        assert (found.participation, found.notice) == (Participation.CHOICE, Notice.NEW)
        assert (found.isin, found.complete, found.confirmed) == ("US0378331005", True, True)
        assert found.dates.record_date == date(2026, 11, 10)
        assert found.dates.ex_date == date(2026, 11, 9)
        (account,) = found.accounts
        assert account.account == "12345"
        assert account.balance("ELIG") == units(1000)
        assert (
            account.balances[-1] == Balance("LOAN", units(200))
            or account.balances[1].code == "LOAN"
        )
        assert found.text == "WHO DOES NOT CHOOSE IS PAID IN\nMONEY"

    def test_what_can_be_chosen_until_when(self) -> None:
        found = read("mt564.fin")[0]
        assert isinstance(found, Announcement)
        money, shares = found.options
        assert (money.number, money.type, money.is_default) == ("001", "CASH", True)
        assert money.respond_by_at == datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
        assert (money.respond_by, money.market_deadline) == (date(2026, 11, 18), date(2026, 11, 20))
        assert money.cash == (
            CashMovement(
                credit=True, gross=usd("500"), net=usd("425"), tax=usd("75"), per_unit=usd("0.5"),
                tax_rate=Decimal(15), account="12345USD", paid_on=date(2026, 11, 25),
                value_on=date(2026, 11, 25),
            ),
        )  # fmt: skip
        (move,) = shares.securities
        assert (move.credit, move.ratio, move.fractions) == (
            True, Ratio("ADEX", Decimal(1), Decimal(20)), "CINL",
        )  # fmt: skip
        assert (move.quantity, move.available_on) == (units(50), date(2026, 11, 26))

    def test_what_is_withdrawn_is_said_to_be(self) -> None:
        found = read("mt564.fin")[1]
        assert isinstance(found, Announcement)
        assert (found.notice, found.previous) == (Notice.WITHDRAWN, "CN26110200009")
        assert (found.complete, found.confirmed) == (False, False)
        assert found.dates.record_date is None  # a code in its place
        (split,) = found.options
        assert [(each.credit, each.isin) for each in split.securities] == [
            (False, "RU0009029540"), (True, "RU000A0JX0J2"),
        ]  # fmt: skip
        other = read_securities(SEEV)[-1]
        assert isinstance(other, Announcement)
        assert (other.notice, other.event, other.kind) == (Notice.WITHDRAWN, "CA26002", "SPLF")
        assert other.text == "The meeting did not agree"

    def test_what_will_be_booked_is_no_announcement(self) -> None:
        found = read_securities(SEEV)[1]
        assert isinstance(found, Announcement)
        assert found.preliminary
        assert found.options[0].cash[0].net == usd("425")

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (":20C::CORP//CA26001\r\n", "", "missing-field"),
            (":22F::CAMV//CHOS", ":22F::CAMV//SOME", "wrong-code"),
            (":22F::CAEV//DVOP\r\n", "", "missing-field"),
            (":13A::CAON//002", ":13A::CAON//001", "repeated-field"),
            (":13A::CAON//001", ":13A::CAON//1", "wrong-field"),
            (":92D::ADEX//1,/20,", ":92D::ADEX//1,/0,", "wrong-field"),
            (":92D::ADEX//1,/20,", ":92D::ADEX//1,20", "wrong-field"),
            (":22H::CRDB//CRED", ":22H::CRDB//BOTH", "wrong-code"),
            (":19B::GRSS//USD500,", ":19B::GRSS//USD500", "wrong-field"),
            (":93B::ELIG//UNIT/1000,", ":93B::ELIG//1000,", "wrong-field"),
            (":17B::DFLT//Y", ":17B::DFLT//1", "wrong-code"),
            (":25D::PROC//COMP", ":25D::PROC//DONE", "wrong-code"),
            (":98C::RDDT//20261118150000", ":98C::RDDT//20261118250000", "wrong-field"),
            (":69A::PWAL//20261111/20261120", ":69A::PWAL//20261111/", "wrong-field"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_in_mt564(self, old: str, new: str, code: str) -> None:
        raw = (SAMPLES / "mt564.fin").read_bytes()
        assert old.encode() in raw
        assert code in refused(raw.replace(old.encode(), new.encode(), 1))

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("<CorpActnEvtId>CA26001</CorpActnEvtId>", "", "missing-element"),
            ("<Cd>CHOS</Cd>", "<Cd>SOME</Cd>", "wrong-code"),
            ("<EvtTp><Cd>DVOP</Cd></EvtTp>", "", "missing-element"),
            ("<OptnNb>002</OptnNb>", "<OptnNb>001</OptnNb>", "repeated-field"),
            ("<Qty2>20</Qty2>", "<Qty2>0</Qty2>", "wrong-value"),
            ("<CdtDbtInd>CRDT</CdtDbtInd>", "", "missing-element"),
            ('<GrssCshAmt Ccy="USD">', "<GrssCshAmt>", "wrong-currency"),
            ("<ShrtLngPos>LONG</ShrtLngPos>", "<ShrtLngPos>FLAT</ShrtLngPos>", "wrong-code"),
            ("<Dt>2026-11-10</Dt>", "<Dt>2026-11-40</Dt>", "wrong-date"),
            ("seev.031.001.14\"", "seev.031.001.44\"", "unknown-version"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_in_seev(self, old: str, new: str, code: str) -> None:
        assert old.encode() in SEEV
        assert code in refused(SEEV.replace(old.encode(), new.encode(), 1))


class TestConfirmation:
    def test_both_standards_say_the_same(self) -> None:
        one, other = (
            [at_no_time(each) for each in found]
            for found in (read("mt566.fin"), read_securities(SEEV)[2:4])
        )
        assert one == other

    def test_what_was_booked_and_what_withheld(self) -> None:
        found = read("mt566.fin")[0]
        assert isinstance(found, EventConfirmation)
        (paid,) = found.cash
        assert (paid.booked, paid.gross, paid.tax) == (usd("425"), usd("500"), usd("75"))
        assert paid.booked_on == date(2026, 11, 25)
        assert (found.account, found.balance) == ("12345", units(1000))

    def test_a_reversal_names_what_it_takes_back(self) -> None:
        found = read("mt566.fin")[1]
        assert isinstance(found, EventConfirmation)
        assert (found.function, found.previous) == (Function.REVERSE, "CC26112400007")
        assert not found.securities[0].credit

    @pytest.mark.parametrize("gone", [b":19B::PSTA//USD425,\r\n", b":98A::POST//20261125\r\n"])
    def test_what_does_not_say_what_or_when_proves_nothing(self, gone: bytes) -> None:
        raw = (SAMPLES / "mt566.fin").read_bytes()
        assert refused(raw.replace(gone, b"", 1)) == ["missing-field"]

    @pytest.mark.parametrize(
        "gone", [b'<PstngAmt Ccy="USD">425</PstngAmt>', b"<PstngDt><Dt>2026-11-25</Dt></PstngDt>"]
    )
    def test_so_in_seev(self, gone: bytes) -> None:
        assert gone in SEEV
        assert refused(SEEV.replace(gone, b"", 1)) == ["missing-element"]


def at_no_time(each: Securities) -> EventConfirmation:
    """Without the moment of its header, which is another in each sample."""
    assert isinstance(each, EventConfirmation)
    return replace(each, told_at=None)


class TestStatus:
    @pytest.mark.parametrize(
        "raw", [(SAMPLES / "mt567.fin").read_bytes(), SEEV], ids=["MT567", "seev.034"]
    )
    def test_how_an_election_stands_and_why(self, raw: bytes) -> None:
        found = next(each for each in read_securities(raw) if isinstance(each, EventStatus))
        assert (found.event, found.about) == ("CA26001", "E-77")
        (status,) = found.statuses
        assert (status.axis, status.code) == (Axis.PROCESSING, "REJT")
        assert status.reasons == (Reason("LACK", "ONLY 900 SHARES ARE HELD"),)
        assert (found.option, found.option_type, found.quantity) == ("002", "SECU", units(1000))

    def test_the_status_of_an_event_is_about_no_election(self) -> None:
        found = read("mt567.fin")[1]
        assert isinstance(found, EventStatus)
        assert (found.about, found.statuses[0].axis) == ("", Axis.EVENT)

    def test_of_an_election_it_must_say_which(self) -> None:
        raw = (SAMPLES / "mt567.fin").read_bytes().replace(b":20C::RELA//E-77", b":20C::PREV//E-77")
        assert refused(raw) == ["missing-field"]


ELECTION = Election(
    reference="E-77", event="CA26001", kind="DVOP", account="12345", isin="US0378331005",
    option="002", option_type="SECU", quantity=units(1000), announcement="CN26110300001",
    official="US26DV00001", prepared_on=date(2026, 11, 12), text="We hold them since the spring",
)  # fmt: skip


def header(reference: str) -> Header:
    return Header("SABRRUMMXXX", "CEDELULLXXX", reference, datetime(2026, 11, 12, 9, 0, tzinfo=UTC))


@st.composite
def elections(draw: Any) -> Election:
    kind = draw(st.sampled_from((QuantityKind.UNIT, QuantityKind.FACE)))
    return Election(
        reference=draw(_references()), event=draw(_references()), kind=draw(st.sampled_from(("DVOP", "TEND"))),
        account=draw(ACCOUNTS), isin=draw(st.sampled_from(ISINS)),
        option=f"{draw(st.integers(1, 999)):03d}", option_type=draw(st.sampled_from(("CASH", "SECU", "LAPS"))),
        quantity=Quantity(kind, draw(_amounts(3, least="0.001"))),
        announcement=draw(st.just("") | _references()), official=draw(st.just("") | _references()),
        prepared_on=draw(st.none() | DAYS), text=draw(st.sampled_from(("", "As agreed", "x" * 40))),
    )  # fmt: skip


class TestWriteElection:
    def test_is_written_in_both_standards(self) -> None:
        raw = write_mt_election(ELECTION, ADDRESSES)
        assert wrong_in(raw) == []
        assert read_securities(raw) == [ELECTION]
        assert b":36B::QINS//UNIT/1000," in raw
        written = write_seev_election(ELECTION, header("E-77"))
        assert read_securities(written) == [ELECTION]

    def test_a_request_to_cancel_names_what_it_cancels(self) -> None:
        cancel = replace(ELECTION, reference="E-78", function=Function.CANCEL, previous="E-77")
        raw = write_mt_election(cancel, ADDRESSES)
        assert wrong_in(raw) == []
        assert read_securities(raw) == [cancel]
        with pytest.raises(Refused) as refusal:
            write_seev_election(cancel, header("E-78"))
        assert refusal.value.codes == ["not-permitted"]

    @given(elections())
    @settings(max_examples=EXAMPLES, deadline=None)
    def test_whatever_is_written_comes_back(self, election: Election) -> None:
        raw = write_mt_election(election, ADDRESSES)
        assert wrong_in(raw) == []
        (found,) = read_securities(raw)
        assert isinstance(found, Election)
        assert replace(found, text="".join(found.text.split("\n"))) == election
        (other,) = read_securities(write_seev_election(election, header(election.reference)))
        assert isinstance(other, Election)
        assert replace(other, prepared_on=election.prepared_on) == election

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"option": "2"}, "wrong-value"), ({"option": "000"}, "wrong-value"),
            ({"option_type": "cash"}, "wrong-value"), ({"kind": ""}, "wrong-value"),
            ({"quantity": units(0)}, "wrong-amount"), ({"isin": "US0378331006"}, "wrong-value"),
            ({"quantity": Quantity(QuantityKind.AMORTISED, Decimal(1))}, "wrong-code"),
            ({"reference": "R" * 17}, "too-long"), ({"event": ""}, "wrong-value"),
            ({"account": ""}, "required"), ({"previous": "E-1"}, "not-permitted"),
            ({"function": Function.CANCEL}, "required"), ({"function": Function.REVERSE}, "wrong-code"),
        ],
    )  # fmt: skip
    def test_what_no_place_could_take_is_refused(self, changes: dict[str, Any], code: str) -> None:
        wrong = replace(ELECTION, **changes)
        for write in (
            lambda: write_mt_election(wrong, ADDRESSES),
            lambda: write_seev_election(wrong, header(wrong.reference)),
        ):
            with pytest.raises(Refused) as refusal:
                write()
            assert code in refusal.value.codes


NARRATIVE = EventNarrative(
    reference="CW-1", event="CA26001", text="Please tell us the rate of conversion.", kind="DVOP",
    isin="US0378331005", account="12345", about="CN26110300001", prepared_on=date(2026, 11, 12),
)  # fmt: skip


class TestNarrative:
    def test_is_read(self) -> None:
        (found,) = read("mt568.fin")
        assert isinstance(found, EventNarrative)
        assert found.text.startswith("HOLDERS OUTSIDE")
        assert (found.about, found.account) == ("CN26110300001", "12345")

    def test_is_written_and_comes_back(self) -> None:
        raw = write_mt_narrative(NARRATIVE, ADDRESSES)
        assert wrong_in(raw) == []
        assert read_securities(raw) == [NARRATIVE]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"text": " "}, "required"), ({"text": "5 €"}, "wrong-characters"), ({"notice": Notice.REMINDS}, "wrong-code"),
         ({"text": "x" * 8001}, "too-long")],
    )  # fmt: skip
    def test_what_cannot_be_said_is_refused(self, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(Refused) as refusal:
            write_mt_narrative(replace(NARRATIVE, **changes), ADDRESSES)
        assert code in refusal.value.codes


@pytest.mark.parametrize("expected", FILES, ids=lambda each: each.file.rpartition("/")[2])
def test_every_shared_file_says_what_was_written_down(expected: Any, shared_data: Path) -> None:
    (found,) = read_securities((shared_data / expected.file).read_bytes())
    assert isinstance(found, Announcement)
    outcome, count, sums = expected.statements[1]
    assert (outcome, count) == ("ACCEPTED", len(found.options))
    cash = [move for option in found.options for move in option.cash]
    assert sums == {
        "cash": Decimal(len(cash)),
        "securities": Decimal(sum(len(option.securities) for option in found.options)),
        "per_unit": sum((move.per_unit.amount for move in cash if move.per_unit), Decimal(0)),
        "default": Decimal(next(each.number for each in found.options if each.is_default)),
    }
