"""A place's list of penalties, from its message to the statement that is compared and booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.connectors.formats.penalties import PenaltyStatement
from backoffice.connectors.formats.recognising import read_securities
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.penalties import Row, rows_in_file, rows_of
from refdata.models import Entity
from settlements.fails.computing import compute_penalties
from settlements.fails.statements.models import PenaltyBreak, PenaltyLine
from settlements.fails.statements.models import PenaltyStatement as Kept
from settlements.models import Settlement
from tests.pages.test_pages import browser
from tests.settlements.fails.stage import MON, NIGHT, PLACE, failing, instrument, price

SAMPLES = Path(__file__).parents[1] / "samples" / "penalties"
MT = (SAMPLES / "mt537.fin").read_bytes()
MX = (SAMPLES / "semt044.xml").read_bytes()
NOVEMBER = date(2026, 11, 1)


def listed(raw: bytes = MT) -> PenaltyStatement:
    (found,) = read_securities(raw)
    assert isinstance(found, PenaltyStatement)
    return found


def shown(rows: list[Row]) -> list[tuple[str, ...]]:
    names = ("their_ref", "settlement", "day", "kind", "payer", "amount", "status")
    return [tuple(row[name] for name in names) for row in rows]


class TestRowsOf:
    @pytest.mark.parametrize("raw", [MT, MX], ids=["MT537", "semt.044"])
    def test_each_day_is_a_line_and_who_pays_is_told(self, raw: bytes) -> None:
        assert shown(rows_in_file(raw, month=NOVEMBER)) == [
            ("P1", "S-12", "2026-11-23", "SEFP", "OURS", "52.3", "ACTV"),
            ("P2", "S-12", "2026-11-19", "LMFP", "OURS", "52.3", "ACTV"),
            ("P2", "S-12", "2026-11-20", "LMFP", "OURS", "51.8", "ACTV"),
            ("P3", "S-13", "2026-11-24", "SEFP", "THEIRS", "5", "SWIC"),
            ("P4", "", "2026-11-25", "SEFP", "OURS", "7", "REMO"),
        ]

    def test_another_month_is_left_out(self) -> None:
        assert rows_in_file(MT, month=date(2026, 12, 1)) == []

    def test_late_days_of_the_month_before_go_with_the_month_of_their_list(self) -> None:
        raw = MT.replace(b"PEDA//20261119", b"PEDA//20261030")
        days = [row["day"] for row in rows_in_file(raw, month=NOVEMBER)]
        assert days[1:3] == ["2026-10-30", "2026-11-20"]

    def test_days_without_their_amounts_are_one_line_with_the_whole(self) -> None:
        raw = MT.replace(b":19A::SECU//NEUR51,8\r\n", b"")
        assert ("P2", "S-12", "2026-11-19", "LMFP", "OURS", "104.1", "ACTV") in shown(
            rows_in_file(raw, month=NOVEMBER)
        )

    def test_what_a_later_list_says_takes_the_place_of_what_an_earlier_said(self) -> None:
        first = listed()
        changed = replace(first.lines[0], status="REMO")
        later = replace(first, lines=(changed,))
        rows = rows_of([first, later], month=NOVEMBER)
        assert len(rows) == 5
        assert shown(rows)[0][-1] == "REMO"

    def test_what_was_reallocated_is_gone(self) -> None:
        first = listed()
        new = replace(first.lines[0], reference="P9", previous="P1", status="RLOC")
        references = {
            row["their_ref"]
            for row in rows_of([first, replace(first, lines=(new,))], month=NOVEMBER)
        }
        assert references == {"P2", "P3", "P4", "P9"}

    def test_twins_of_one_list_are_both_kept(self) -> None:
        first = listed()
        twice = replace(first, lines=(first.lines[0], first.lines[0]))
        assert len(rows_of([twice], month=NOVEMBER)) == 2

    def test_a_file_of_something_else_is_refused(self) -> None:
        raw = (SAMPLES.parent / "securities" / "mt548.fin").read_bytes()
        with pytest.raises(Refused) as refused:
            rows_in_file(raw, month=NOVEMBER)
        assert refused.value.codes == ["wrong-kind"]


@pytest.fixture
def row() -> Settlement:
    """One day that we failed, 52.30 by our own count."""
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    price(share, MON, "52.30")
    settlement = failing(share, "10000")
    compute_penalties(entity_id=Entity.objects.get(code="EUR").pk, day=MON, at=NIGHT)
    return settlement


def bring(name: str, raw: bytes) -> Any:
    body = {"entity": "EUR", "place": PLACE, "month": "2026-11", "document": "PEN202611",
            "file": SimpleUploadedFile(name, raw)}  # fmt: skip
    return browser("clerk").post("/fails/statements/", body)


@pytest.mark.usefixtures("own_database")
class TestBring:
    @pytest.mark.parametrize("raw", [MT, MX], ids=["MT537", "semt.044"])
    def test_a_message_is_compared_with_what_we_counted(self, raw: bytes, row: Settlement) -> None:
        ours = raw.replace(b"S-12", f"S-{row.pk}".encode()).replace(b"S-13", b"THEIR-13")
        bring("statement", ours)

        lines = PenaltyLine.objects.filter(statement=Kept.objects.get()).order_by("number")
        assert [(each.their_ref, each.settlement_id, each.amount) for each in lines] == [
            ("P1", row.pk, Decimal("52.30")), ("P2", row.pk, Decimal("52.30")),
            ("P2", row.pk, Decimal("51.80")), ("P3", None, Decimal("5.00")), ("P4", None, Decimal(0)),
        ]  # fmt: skip
        told = {(each.kind, each.their_ref, each.what) for each in PenaltyBreak.objects.all()}
        assert told == {("LMFP", "", "NOT_OURS"), ("SEFP", "P3", "NOT_KNOWN")}

        bring("again", ours)
        assert Kept.objects.count() == 1

    def test_a_message_that_is_broken_takes_nothing_and_says_where(self, row: Settlement) -> None:
        client = browser("clerk")
        body = {"entity": "EUR", "place": PLACE, "month": "2026-11", "document": "PEN",
                "file": SimpleUploadedFile("s", MT.replace(b"NEUR52,3\r\n:99A", b"NEUR52.3\r\n:99A"))}  # fmt: skip
        client.post("/fails/statements/", body)
        page = client.get("/fails/statements/").content.decode()
        assert ":19A:" in page
        assert not Kept.objects.exists()
