"""A played place answers in the tongue in which it is asked, and says the same in each."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.connectors.formats.recognising import read_cash, read_securities
from backoffice.connectors.formats.securities import Command, Confirmation
from backoffice.connectors.formats.terms import Direction, Partial
from tests.connectors.formats.schemas import against_schemas
from tests.connectors.simulator.messages import (
    AT,
    CASH,
    ISO,
    MT,
    OWN,
    Place,
    free,
    instruction,
    send,
)

TAKEN = ["S1 IPRC PACK", "S1 MTCH MACH"]
SETTLED = "S1 settled 100 31245.00"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("tongue", [MT, ISO])
class TestAnswers:
    def test_what_both_sides_have_settles_against_money(self, place: Place, tongue: str) -> None:
        send(place, tongue, instruction())
        assert place.cycle() == [*TAKEN, SETTLED]
        (path,) = (place.folder / "in").glob("answer-*")
        confirmation = read_securities(path.read_bytes())[-1]
        assert isinstance(confirmation, Confirmation)
        assert confirmation.settled_at == AT
        assert (confirmation.terms.account, confirmation.cash_account) == (OWN, CASH)
        assert confirmation.terms.direction is Direction.DELIVER
        assert place.cycle() == []
        assert not list((place.folder / "out").iterdir())

    def test_what_moves_free_has_no_money(self, place: Place, tongue: str) -> None:
        send(place, tongue, free())
        assert place.cycle() == [*TAKEN, "S1 settled 100"]

    def test_what_we_lack_waits_and_fails_at_the_end_of_the_day(
        self, place: Place, tongue: str
    ) -> None:
        send(place, tongue, instruction(isin="RU0007661625"))
        assert place.cycle() == [*TAKEN, "S1 MTCH MACH SETT PEND LACK"]
        assert place.cycle(is_last=True) == ["S1 MTCH MACH SETT PENF LACK"]

    def test_before_its_day_it_waits(self, place: Place, tongue: str) -> None:
        send(place, tongue, instruction(settlement_date=date(2026, 11, 25)))
        assert place.cycle() == [*TAKEN, "S1 MTCH MACH SETT PEND FUTU"]
        assert place.cycle(is_last=True) == []
        assert place.cycle(at=AT.replace(day=25)) == [SETTLED]

    def test_a_request_to_cancel_is_answered_under_its_own_reference(
        self, place: Place, tongue: str
    ) -> None:
        later = instruction(settlement_date=date(2026, 11, 25))
        send(place, tongue, later)
        place.cycle()
        send(place, tongue, later.cancelling("C1S1"))
        assert place.cycle() == ["C1S1 CPRC CAND"]
        send(place, tongue, later.cancelling("C2S1"))
        assert place.cycle() == ["C2S1 CPRC DEND DSET"]

    def test_what_is_held_settles_when_it_is_let_go(self, place: Place, tongue: str) -> None:
        send(place, tongue, instruction(on_hold=True))
        assert place.cycle() == [*TAKEN, "S1 MTCH MACH SETT PEND PREA"]
        send(place, tongue, Command("R1S1", OWN, "S1", hold=False))
        assert place.cycle() == ["R1S1 TPRC COMP", SETTLED]
        send(place, tongue, Command("H1S1", OWN, "S1", hold=True))
        assert place.cycle() == ["H1S1 TPRC DEND"]

    @pytest.mark.parametrize(
        ("script", "first", "second"),
        [
            ("late-match=1/1", ["S1 IPRC PACK", "S1 MTCH NMAT CMIS"], ["S1 MTCH MACH", SETTLED]),
            ("cent=1/1", ["S1 IPRC PACK", "S1 MTCH NMAT DMON"], ["S1 MTCH MACH", SETTLED]),
            ("wrong-ssi=1/1", ["S1 IPRC PACK", "S1 MTCH NMAT SAFE"], []),
            ("closed-account=1/1", ["S1 IPRC REJT SAFE"], []),
            ("duplicate-file=1/1", [*TAKEN, SETTLED, *TAKEN, SETTLED], []),
            ("lost-file=1/1", [], []),
            (
                "partial=1/1",
                [*TAKEN, "S1 settled 50 15622.50 PAIN"], ["S1 settled 50 15622.50 PARC"],
            ),
        ],
    )  # fmt: skip
    def test_each_thing_goes_wrong_in_its_way(
        self, tmp_path: Path, tongue: str, script: str, first: list[str], second: list[str]
    ) -> None:
        place = Place(tmp_path, script=script)
        send(place, tongue, instruction(partial=Partial.ALLOWED))
        assert [place.cycle(), place.cycle(), place.cycle()] == [first, second, []]

    def test_what_breaks_off_comes_again_whole(self, tmp_path: Path, tongue: str) -> None:
        place = Place(tmp_path, script="malformed=1/1")
        send(place, tongue, instruction())
        said = place.cycle()
        assert "?" in said
        assert said[-3:] == [*TAKEN, SETTLED]


def test_what_it_says_in_iso_is_valid_against_the_schemas(tmp_path: Path) -> None:
    place = Place(tmp_path, script="late-match=2/6,closed-account=3/6,partial=4/6", reports=True)
    send(
        place, ISO, instruction(), instruction("S2"), instruction("S3"),
        instruction("S4", partial=Partial.ALLOWED), instruction("S5", isin="RU0007661625"),
        instruction("S6", on_hold=True),
    )  # fmt: skip
    place.cycle()
    send(place, ISO, instruction("S5").cancelling("C1S5"), instruction().cancelling("C1S1"))
    send(place, ISO, Command("R1S6", OWN, "S6", hold=False), Command("H1S1", OWN, "S1", hold=True))
    place.cycle(is_last=True)
    files = sorted((place.folder / "in").glob("*.xml"))
    names = [name for path in files for name in against_schemas(path.read_bytes())]
    wanted = ("sese.024", "sese.025", "sese.027", "sese.031", "camt.052", "camt.053", "head.001")
    assert all(any(name.startswith(each) for name in names) for each in wanted)


class TestMoney:
    def test_of_a_cycle_is_reported_once_and_stated_at_the_end_of_the_day(
        self, tmp_path: Path
    ) -> None:
        place = Place(tmp_path, reports=True)
        send(place, MT, instruction())
        place.cycle()
        place.cycle()
        (path,) = (place.folder / "in").glob("*.xml")
        (report,) = read_cash(path.read_bytes())
        assert (report.kind, report.format) == ("INTRADAY", "camt.052.001.08")
        (line,) = report.lines
        assert (line.amount, line.our_reference) == (Decimal("31245.00"), "S1")

        place.cycle(is_last=True)
        (stated,) = read_cash(next((place.folder / "in").glob("*-20261124.xml")).read_bytes())
        assert len(list((place.folder / "in").glob("*.xml"))) == 2
        (again,) = stated.lines
        assert (again.amount, again.our_reference, again.bank_reference, again.value_date) == (
            line.amount, line.our_reference, line.bank_reference, line.value_date,
        )  # fmt: skip
        assert stated.closing is not None
        assert stated.closing.amount == Decimal("1031245.00")

    def test_days_on_which_nobody_played_are_ended(self, place: Place) -> None:
        place.played.close(AT.replace(day=19, hour=18))
        place.played.catch_up(time(18), AT)
        days = sorted(path.stem[-8:] for path in (place.folder / "in").glob("*.xml"))
        assert days == ["20261119", "20261120", "20261123"]  # no weekend, and not today
        assert place.played.is_due(time(10), AT)


class TestNobody:
    def test_can_read_it_is_said_beside_the_file(self, place: Place) -> None:
        place.mail(b"no message at all", "DEPO-OUT-1.fin")
        assert place.cycle() == []
        assert (place.folder / "out" / "DEPO-OUT-1.fin.nak").exists()
