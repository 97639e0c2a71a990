"""What places say of securities in SWIFT's messages: MT544 to 548, 578 and 535, with rules.md section 2's cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.connectors.formats.holdings import Holdings, SubBalance
from backoffice.connectors.formats.mt.securities import read_each_mt, read_mt_securities
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.securities import Allegement, Confirmation
from backoffice.connectors.formats.statuses import Axis, Reason, StatusAdvice
from backoffice.connectors.formats.terms import (
    Direction,
    Function,
    Party,
    Price,
    Quantity,
    QuantityKind,
)
from backoffice.kernel.money import Money

SAMPLES = Path(__file__).parents[3] / "samples" / "securities"
MOSCOW = timezone(timedelta(hours=3))


def confirmations() -> list[Confirmation]:
    found = read_mt_securities((SAMPLES / "mt544-547.fin").read_bytes(), zone=MOSCOW)
    return [each for each in found if isinstance(each, Confirmation)]


def advices() -> list[StatusAdvice]:
    found = read_mt_securities((SAMPLES / "mt548.fin").read_bytes())
    return [each for each in found if isinstance(each, StatusAdvice)]


def refused(raw: bytes, kind: str = "") -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        read_mt_securities(raw, kind=kind)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


class TestConfirmation:
    def test_what_settled_and_when_by_the_places_own_time(self) -> None:
        whole = confirmations()[0]
        assert (whole.format, whole.instruction) == ("MT545", "D20261123000017")
        assert whole.is_final
        assert whole.settled_at == datetime(2026, 11, 24, 11, 3, 12, tzinfo=MOSCOW)
        assert whole.settled_on == date(2026, 11, 24)
        terms = whole.terms
        assert (terms.direction, terms.against_payment) == (Direction.RECEIVE, True)
        assert terms.quantity == Quantity(QuantityKind.FACE, Decimal(2_000_000))
        assert terms.money == Money(Decimal(2_042_500), "EUR")
        assert (terms.isin, terms.account, whole.cash_account) == (
            "XS2320031383",
            "12345",
            "12345EUR",
        )
        assert (terms.agent, terms.counterparty) == (
            Party(bic="DEUTDEFFXXX"),
            Party(bic="TESTBIC1XXX"),
        )
        assert whole.references.infrastructure == "MI00000000000017"
        assert (whole.in_parts, whole.left) == ("", None)

    def test_rules_2_l2_a_part_of_900_and_100_left(self) -> None:
        part = confirmations()[1]
        assert (part.format, part.in_parts) == ("MT547", "PAIN")
        assert (part.terms.quantity.amount, part.left, part.settled_before) == (
            Decimal(900), Decimal(100), Decimal(0),
        )  # fmt: skip
        assert (part.terms.money, part.money_left) == (
            Money(Decimal(270_000), "RUB"), Money(Decimal(30_000), "RUB"),
        )  # fmt: skip
        assert part.settled_at == datetime(2026, 11, 24, 16, 5, tzinfo=timezone(timedelta(hours=3)))
        assert part.terms.agent == Party(code="MC0012300000", scheme="NSDR", account="ML0000000099")
        assert part.terms.counterparty == Party(name="OOO ROMASHKA\nMOSKVA")

    def test_free_with_a_day_alone_and_without_an_isin(self) -> None:
        free = confirmations()[2]
        assert (free.format, free.terms.against_payment, free.terms.money) == ("MT544", False, None)
        assert (free.settled_on, free.settled_at) == (date(2026, 11, 24), None)
        assert (free.terms.isin, free.terms.account) == ("", "54321")
        assert free.terms.description == "/XX/LOCAL-77\nA SECURITY WITHOUT AN ISIN"
        assert free.terms.settlement_date is None  # told as a code: open

    def test_one_that_is_taken_back_is_not_final(self) -> None:
        back = confirmations()[3]
        assert (back.function, back.previous) == (Function.REVERSE, "CB26112300071")
        assert not back.is_final

    def test_what_nothing_is_taken_from_is_kept(self) -> None:
        kept = {each.path: each.value for each in confirmations()[0].kept}
        assert kept["TRADDET/:94B:"] == ":TRAD//EXCH/XLUX"
        assert kept["FIAC/:94F:"] == ":SAFE//ICSD/CEDELULLXXX"

    def test_our_reference_may_stand_in_a_link_of_a_kind(self) -> None:
        text = (SAMPLES / "mt544-547.fin").read_text()
        raw = text.replace(":13A::LINK//541\n", ":22F::LINK//INFO\n", 1).encode()
        found = read_mt_securities(raw)[0]
        assert isinstance(found, Confirmation)
        assert found.instruction == "D20261123000017"

    def test_of_the_money_alone_it_is_no_finality(self) -> None:
        raw = (
            (SAMPLES / "mt544-547.fin")
            .read_bytes()
            .replace(b":22F::PARS//PAIN", b":22H::PREC//PRCA")
        )
        (before,) = [each for each in read_mt_securities(raw) if each.format == "MT547"]
        assert isinstance(before, Confirmation)
        assert not before.is_final

    @pytest.mark.parametrize(
        ("old", "new", "problem"),
        [
            (":20C::RELA//D20261123000017", ":20C::COMM//D20261123000017", ("missing-field", "line 2, :20C::RELA")),
            (":98C::ESET//20261124110312", ":98C::ESET//20261324110312", ("wrong-field", "line 18, :98C:")),
            (":98C::ESET//20261124110312", ":98C::ESET//20261124250312", ("wrong-field", "line 18, :98C:")),
            (":98C::ESET//20261124110312", ":98B::ESET//OPEN", ("wrong-field", "line 18, :98B:")),
            (":98C::ESET//20261124110312", ":98A::TRAX//20261124", ("missing-field", "line 14, :98::ESET")),
            ("FAMT/2000000,", "FAMT/2000000", ("wrong-field", "line 24, :36B:")),
            ("FAMT/2000000,", "FAMT/N2000000,", ("wrong-field", "line 24, :36B:")),
            ("FAMT/2000000,", "WHAT/2000000,", ("wrong-field", "line 24, :36B:")),
            (":19A::ESTT//EUR2042500,", ":19A::ESTT//NEUR2042500,", ("wrong-field", "line 44, :19A:")),
            (":19A::ESTT//EUR2042500,", ":19A::DEAL//EUR2042500,", ("missing-field", "line 29, :19A::ESTT")),
            (":95P::DEAG//DEUTDEFFXXX", ":95P::DEAG//DEUT", ("wrong-field", "line 32, :95P:")),
            (":23G:NEWM", ":23G:WHAT", ("wrong-code", "line 4, :23G:")),
            (":97A::SAFE//12345\n", "", ("missing-field", "line 23, :97::SAFE")),
            (":16R:FIAC", ":16R:FIAX", ("misplaced", "line 28, :16S:")),
            (":98A::SETT//20261124\n", ":98A::SETT//20261124\n" * 2, ("repeated-field", "line 17, :98A:")),
        ],
    )  # fmt: skip
    def test_a_proof_that_is_wrong_is_refused_at_its_line(
        self, old: str, new: str, problem: tuple[str, str]
    ) -> None:
        text = (SAMPLES / "mt544-547.fin").read_text()
        assert old in text
        found = refused(text.replace(old, new, 1).encode())
        assert found[0] == problem

    def test_nothing_of_a_file_is_taken_when_one_message_is_wrong(self) -> None:
        text = (SAMPLES / "mt544-547.fin").read_text()
        assert len(refused(text.replace("UNIT/25,", "UNIT/25").encode())) == 1


class TestStatusAdvice:
    def test_rules_2_l1_unmatched_with_no_word_on_settlement(self) -> None:
        advice = advices()[0]
        assert (advice.about, advice.code(Axis.MATCHING), advice.code(Axis.SETTLEMENT)) == (
            "D20261123000021", "NMAT", "",
        )  # fmt: skip
        assert advice.told_at == datetime(2026, 11, 24, 17, 4, tzinfo=UTC)
        assert advice.reasons == ("CMIS",)
        assert advice.text == "NO COUNTER INSTRUCTION OF YOUR COUNTERPARTY"
        status = advice.status(Axis.MATCHING)
        assert status is not None
        assert status.reasons[1] == Reason("7A01", scheme="CEDE")

    def test_rules_2_l2_the_rest_is_pending_for_lack_of_securities(self) -> None:
        advice = advices()[1]
        assert [(each.axis, each.code) for each in advice.statuses] == [
            (Axis.PROCESSING, "PACK"), (Axis.MATCHING, "MACH"), (Axis.SETTLEMENT, "PEND"),
        ]  # fmt: skip
        assert advice.reasons == ("LACK", "MINO")
        assert (advice.references.infrastructure, advice.references.common) == (
            "MI00000000000018", "COMMON0000000018",
        )  # fmt: skip

    def test_rules_2_l4_the_other_side_asks_to_cancel_and_it_still_fails_for_them(self) -> None:
        advice = advices()[2]
        assert (advice.code(Axis.PROCESSING), advice.code(Axis.SETTLEMENT)) == ("CPRC", "PENF")
        assert advice.reasons == ("CLAC",)

    def test_rules_2_l4_our_request_to_cancel_is_denied(self) -> None:
        advice = advices()[3]
        assert (advice.about, advice.instruction) == ("C20261124000001", "D20261123000022")
        assert (advice.code(Axis.CANCELLATION), advice.reasons) == ("DEND", ("DCAN",))

    def test_a_command_is_taken_and_the_places_own_status_is_known_as_such(self) -> None:
        advice = advices()[4]
        assert advice.code(Axis.COMMAND) == "PACK"
        status = advice.status(Axis.PROCESSING)
        assert status is not None
        assert (status.code, status.scheme) == ("HLD1", "CEDE")

    @pytest.mark.parametrize(
        "code", ["PACK", "PPRC", "REJT", "REPR", "CAND", "CANP", "CPRC", "MPRC", "CGEN"]
    )
    def test_rules_2_every_code_of_processing(self, code: str) -> None:
        text = (
            (SAMPLES / "mt548.fin").read_text().replace(":25D::IPRC//PACK", f":25D::IPRC//{code}")
        )
        found = read_mt_securities(text.encode())[1]
        assert isinstance(found, StatusAdvice)
        assert found.code(Axis.PROCESSING) == code

    @pytest.mark.parametrize(
        ("old", "new", "problem"),
        [
            (":20C::RELA//D20261123000021", ":20C::PREV//A", ("missing-field", "line 2, :20C::RELA")),
            (":24B::NMAT//CMIS", ":70E::SPRO//A", ("missing-field", "line 12, :24B:")),
            (":25D::MTCH//NMAT", ":25D:MTCH//NMAT", ("wrong-field", "line 11, :25D:")),
            (":25D::MTCH//MACH", ":25D::IPRC//REJT", ("repeated-field", "line 24, :25D::IPRC")),
        ],
    )  # fmt: skip
    def test_an_advice_that_is_wrong_is_refused_at_its_line(
        self, old: str, new: str, problem: tuple[str, str]
    ) -> None:
        text = (SAMPLES / "mt548.fin").read_text()
        assert old in text
        assert problem in refused(text.replace(old, new, 1).encode())


class TestAllegement:
    def test_what_is_alleged_is_seen_from_our_side(self) -> None:
        found = read_mt_securities((SAMPLES / "mt578.fin").read_bytes())
        alleged, withdrawn = [each for each in found if isinstance(each, Allegement)]
        terms = alleged.terms
        assert (terms.direction, terms.quantity.amount) == (Direction.RECEIVE, Decimal(400))
        assert terms.money == Money(Decimal(75_000), "USD")
        assert terms.price == Price(Decimal("187.5"), "USD")
        assert (terms.settlement_date, terms.trade_date) == (date(2026, 11, 25), date(2026, 11, 23))
        assert (terms.agent, terms.counterparty, terms.place) == (
            Party(bic="IRVTUS3NXXX", account="901234"), Party(bic="BARCGB22XXX"), Party(bic="DTCYUS33XXX"),
        )  # fmt: skip
        assert (withdrawn.function, withdrawn.previous) == (Function.CANCEL, "AL26112300009")
        assert (withdrawn.terms.direction, withdrawn.terms.money) == (Direction.DELIVER, None)

    def test_without_its_direction_it_is_refused(self) -> None:
        raw = (SAMPLES / "mt578.fin").read_bytes().replace(b":22H::REDE//RECE\n", b"")
        assert refused(raw) == [("missing-field", "line 10, :22H::REDE")]


class TestHoldings:
    def pages(self) -> list[Holdings]:
        found = read_mt_securities((SAMPLES / "mt535.fin").read_bytes())
        return [each for each in found if isinstance(each, Holdings)]

    def test_pages_of_one_statement(self) -> None:
        first, second = self.pages()
        assert (first.page, first.continuation, second.page, second.continuation) == (
            1,
            "MORE",
            2,
            "LAST",
        )
        assert {(each.number, each.account, each.basis) for each in (first, second)} == {
            ("228", "12345", "SETT")
        }
        assert first.as_of_at == datetime(2026, 11, 24, 19, tzinfo=UTC)
        assert not first.is_update

    def test_what_is_held_and_what_of_it_is_available(self) -> None:
        bond, short = self.pages()[0].lines
        assert bond.quantity == Quantity(QuantityKind.FACE, Decimal(2_000_000))
        blocked = Quantity(QuantityKind.FACE, Decimal(500_000))
        assert SubBalance("BLOK", blocked, "NAVL") in bond.balances
        assert (bond.price, bond.value) == (
            Price(Decimal("101.1")),
            Money(Decimal(2_022_000), "EUR"),
        )
        assert (short.isin, short.quantity.amount) == ("US0378331005", Decimal(-40))
        assert short.value == Money(Decimal(-7_500), "USD")

    def test_a_sub_account_has_its_own_lines(self) -> None:
        (held,) = self.pages()[1].lines
        assert (held.account, held.isin, held.quantity.amount) == (
            "12345/2", "RU0009029540", Decimal(1000),
        )  # fmt: skip

    def test_an_account_that_holds_nothing_has_no_lines(self) -> None:
        text = (SAMPLES / "mt535.fin").read_text()
        at, end = text.index(":16R:SUBSAFE"), text.index("-}")
        (empty,) = read_mt_securities(
            f"{text[:at]}{text[end : end + 2]}".replace("1/MORE", "1/ONLY").encode()
        )
        assert isinstance(empty, Holdings)
        assert empty.lines == ()

    @pytest.mark.parametrize(
        ("old", "new", "problem"),
        [
            ("28E:1/MORE", "28E:0/MORE", ("wrong-field", "line 3, :28E:")),
            (":93B::AGGR//UNIT/N40,\n", "", ("missing-field", "line 34, :93::AGGR")),
            (":98C::STAT//20261124190000", ":98C::STAT//20261124", ("wrong-field", "line 8, :98C:")),
            (":93C::TAVI//FAMT/AVAI/1500000,", ":93C::TAVI//FAMT/1500000,", ("wrong-field", "line 27, :93C:")),
        ],
    )  # fmt: skip
    def test_a_statement_that_is_wrong_is_refused_at_its_line(
        self, old: str, new: str, problem: tuple[str, str]
    ) -> None:
        text = (SAMPLES / "mt535.fin").read_text()
        assert old in text
        assert problem in refused(text.replace(old, new, 1).encode())


class TestFile:
    def test_without_a_header_the_fields_tell_where_only_one_kind_has_them(self) -> None:
        text = (SAMPLES / "mt548.fin").read_text()
        body = text[text.index(":16R:GENL") : text.index("\n-}")]
        (advice,) = read_mt_securities(body.encode())
        assert isinstance(advice, StatusAdvice)

    def test_else_the_kind_has_to_be_given(self) -> None:
        text = (SAMPLES / "mt544-547.fin").read_text()
        body = text[text.index(":16R:GENL") : text.index("\n-}")].encode()
        assert refused(body) == [("unknown-kind", "line 1")]
        (found,) = read_mt_securities(body, kind="545")
        assert found.format == "MT545"

    def test_another_kind_of_message_is_refused_as_such(self) -> None:
        raw = (SAMPLES / "mt548.fin").read_bytes().replace(b"{2:O548", b"{2:O599", 1)
        assert refused(raw) == [("wrong-code", "line 1")]

    def test_a_message_that_was_cut_off_is_refused(self) -> None:
        raw = (SAMPLES / "mt548.fin").read_bytes()
        assert refused(raw[:300])[0][0] == "cut-off"

    @pytest.mark.parametrize(("raw", "code"), [(b"", "empty-file"), (b"hello", "no-message")])
    def test_what_is_no_message_is_refused(self, raw: bytes, code: str) -> None:
        assert refused(raw)[0][0] == code


def test_a_zero_byte_is_told_and_keeps_no_other_message() -> None:
    """The database could not keep it: an account with one in it broke the taking of the whole file."""
    raw = (SAMPLES / "mt535.fin").read_bytes()
    wrong = raw.replace(b":97A::SAFE//12345", b":97A::SAFE//1\x002345", 1)
    first, *others = read_each_mt(wrong)
    assert isinstance(first, Refused)
    assert first.codes == ["wrong-characters"]
    assert not any(isinstance(each, Refused) for each in others)
