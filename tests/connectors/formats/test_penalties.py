"""Lists of penalties: MT537 and semt.044 say the same, to the last field of the model."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.connectors.formats.paging import joined
from backoffice.connectors.formats.penalties import Contents, PenaltyDay, PenaltyStatement
from backoffice.connectors.formats.recognising import read_securities
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.statuses import Reason
from backoffice.connectors.formats.terms import Party, Price
from backoffice.kernel.money import Money
from tests.connectors.formats.samples import expected_files

SAMPLES = Path(__file__).parents[2] / "samples" / "penalties"
MT = (SAMPLES / "mt537.fin").read_bytes()
MX = (SAMPLES / "semt044.xml").read_bytes()
BOTH = pytest.mark.parametrize("raw", [MT, MX], ids=["MT537", "semt.044"])
FILES = expected_files("messages/penalties/")


def read(raw: bytes) -> PenaltyStatement:
    (found,) = read_securities(raw)
    assert isinstance(found, PenaltyStatement)
    return found


def changed(raw: bytes, old: str, new: str) -> bytes:
    assert old.encode() in raw
    return raw.replace(old.encode(), new.encode(), 1)


def refused(raw: bytes) -> list[str]:
    with pytest.raises(Refused) as caught:
        read_securities(raw)
    assert all(problem.detail % problem.facts for problem in caught.value.problems)
    return caught.value.codes


class TestRead:
    @BOTH
    def test_the_list_and_its_period(self, raw: bytes) -> None:
        found = read(raw)
        assert (found.reference, found.account, found.frequency) == ("PEN202611", "12345", "MNTH")
        assert (found.from_day, found.until_day) == (date(2026, 11, 1), date(2026, 11, 30))
        assert (found.contents, found.page, found.continuation) == (Contents.BOTH, 1, "ONLY")
        assert found.told_at == datetime(2026, 12, 2, 7, 1, tzinfo=UTC)
        assert found.remarks == ()

    @BOTH
    def test_who_pays_whom_how_much_for_which_days(self, raw: bytes) -> None:
        first, late, switched, removed = read(raw).lines
        assert (first.reference, first.common, first.kind) == ("P1", "CP1", "SEFP")
        assert (first.we_pay, first.amount) == (True, Money(Decimal("52.3"), "EUR"))
        assert (first.status, first.reasons) == ("ACTV", (Reason("LACK"),))
        assert first.days == (
            PenaltyDay(
                date(2026, 11, 23), Money(Decimal("52.3"), "EUR"),
                Price(Decimal("52.3"), "EUR"), (("PDRA", Decimal("0.5")),),
            ),
        )  # fmt: skip
        assert (first.instruction, first.references.infrastructure) == ("S-12", "MI1")
        assert first.counterparty == Party(bic="DEUTDEFFXXX")
        assert (first.isin, first.description) == ("XS2320031383", "EXAMPLE BANK 4 PCT 2031")
        assert (late.kind, late.day_count) == ("LMFP", 2)
        assert [each.day.day for each in late.days] == [19, 20]
        assert (switched.we_pay, switched.status, switched.signed) == (False, "SWIC", Decimal(5))
        assert (removed.status, removed.counts) == ("REMO", False)

    def test_both_say_the_same(self) -> None:
        one, other = (
            [replace(each, source_line=0) for each in read(raw).lines] for raw in (MT, MX)
        )
        assert one == other
        assert read(MT).nets == read(MX).nets

    @BOTH
    def test_a_net_that_its_penalties_do_not_make_is_remarked(self, raw: bytes) -> None:
        stated = "AGNT//NEUR151,4" if raw is MT else '<AggtdNetAmt><Amt Ccy="EUR">151.4'
        found = read(changed(raw, stated, stated.replace("151", "158")))
        (remark,) = found.remarks
        assert (remark.code, remark.facts["stated"], remark.facts["listed"]) == (
            "nets-differ", Decimal("-158.4"), Decimal("-151.4"),
        )  # fmt: skip

    def test_what_the_place_leaves_out_of_its_nets_is_not_in_them(self) -> None:
        raw = changed(MT, ":25D::PNST//SWIC", ":17B::CMPU//N\r\n:25D::PNST//SWIC")
        raw = changed(raw, "AGNT//NEUR151,4", "AGNT//NEUR156,4")
        assert read(raw).remarks == ()
        assert not read(raw).lines[2].aggregated

    def test_amendments_alone_make_no_net(self) -> None:
        raw = changed(MT, ":22F::CODE//CURR", ":22F::CODE//FWAM")
        assert read(changed(raw, "AGNT//NEUR151,4", "AGNT//NEUR1,")).remarks == ()


class TestRefuse:
    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (":20C::PCOM//CP1", ":20C::PPCM//CP1", "missing-field"),
            (":22H::PNTP//SEFP", ":22H::PNTP//XXXX", "wrong-code"),
            (":22H::PNTP//SEFP\r\n", "", "missing-field"),
            (":25D::PNST//ACTV", ":25D::PNST//GONE", "wrong-code"),
            ("AMCO//NEUR52,3", "AMCO//NEUR52.3", "wrong-field"),
            (":19A::AMCO//NEUR52,3\r\n", "", "missing-field"),
            (":99A::DAAC//001", ":99A::DAAC//1X", "wrong-field"),
            ("PEDA//20261123", "PEDA//20261131", "wrong-field"),
            (":69A::STAT//20261101/20261130", ":69A::STAT//20261101", "wrong-field"),
            (":17B::ACTI//Y", ":17B::ACTI//Y\r\n:97A::SAFE//2", "repeated-field"),
            (":92A::PDRA//0,5", ":92A::PDRA//0.5", "wrong-field"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_in_mt537(self, old: str, new: str, code: str) -> None:
        assert code in refused(changed(MT, old, new))

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("<MktInfrstrctrId>CP1</MktInfrstrctrId>", "", "missing-element"),
            ("<Tp>SEFP</Tp>", "<Tp>XXXX</Tp>", "wrong-code"),
            ("<CdtDbt>DBIT</CdtDbt></CmptdAmt>", "<CdtDbt>DEBT</CdtDbt></CmptdAmt>", "wrong-code"),
            ('<Amt Ccy="EUR">52.3</Amt><CdtDbt>', '<Amt Ccy="EUR">N52.3</Amt><CdtDbt>', "wrong-amount"),
            ('<Amt Ccy="EUR">52.3</Amt><CdtDbt>', '<Amt>52.3</Amt><CdtDbt>', "wrong-currency"),
            ("<Dt>2026-11-23</Dt>", "<Dt>2026-11-31</Dt>", "wrong-date"),
            ("<PgNb>1</PgNb>", "<PgNb>none</PgNb>", "wrong-value"),
            ("semt.044.001.02\"", "semt.044.001.09\"", "unknown-version"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_in_semt044(self, old: str, new: str, code: str) -> None:
        assert code in refused(changed(MX, old, new))


class TestPages:
    def test_pages_are_joined_and_counted_through(self) -> None:
        first = read(changed(MT, "28E:1/ONLY", "28E:1/MORE"))
        second = read(changed(MT, "28E:1/ONLY", "28E:2/LAST"))
        (whole,) = joined([second, first])
        assert [each.position for each in whole.lines] == [1, 2, 3, 4, 5, 6, 7, 8]
        assert [each.penalties for each in whole.nets] == [(1, 2, 3, 4), (5, 6, 7, 8)]

    def test_a_page_that_is_missing_is_told(self) -> None:
        with pytest.raises(Refused) as caught:
            joined([read(changed(MT, "28E:1/ONLY", "28E:2/LAST"))])
        assert caught.value.codes == ["cut-off"]


@pytest.mark.parametrize("expected", FILES, ids=lambda each: each.file.rpartition("/")[2])
def test_every_shared_file_says_what_was_written_down(expected: object, shared_data: Path) -> None:
    told = next(each for each in FILES if each is expected)
    found = read((shared_data / told.file).read_bytes())
    outcome, count, sums = told.statements[1]
    codes = "+".join(remark.code for remark in found.remarks)
    assert f"ACCEPTED({codes})" == outcome
    assert len(found.lines) == count == told.lines
    assert sums == {
        "received": sum(each.amount.amount for each in found.lines if not each.we_pay),
        "paid": sum(each.amount.amount for each in found.lines if each.we_pay),
        "removed": Decimal(sum(each.status == "REMO" for each in found.lines)),
        "nets": sum(each.net.amount for each in found.nets),
    }
