"""What comes through a channel and waits for people: penalties, confirmations of counterparties, allegements."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from backoffice.connectors.formats.mt.trade_confirming import write_mt518
from backoffice.connectors.formats.mt.treasury_writing import write_mt300
from backoffice.connectors.formats.trade_confirmations import Told
from backoffice.connectors.models import InboundFile
from backoffice.connectors.places.models import Allegement
from backoffice.connectors.receiving.services import retake_file, take_file
from backoffice.workflow.models import WorkItem
from deals.models import Confirmation
from refdata.models import DepositoryAccount, Entity, Place
from settlements.fails.computing import compute_penalties
from settlements.fails.statements.models import PenaltyBreak, PenaltyLine, PenaltyStatement
from settlements.models import Settlement
from tests.connectors.channels.playing import answer, channel, clerk, sent, work
from tests.connectors.formats.test_trade_confirmations import FX
from tests.connectors.test_confirmations import ADDRESSES, captured, states, told_of
from tests.flows.products import EQUITY
from tests.following import follow_events
from tests.settlements.fails.stage import MON, NIGHT, PLACE, failing, instrument, price

SAMPLES = Path(__file__).parents[2] / "samples"
MT537 = (SAMPLES / "penalties" / "mt537.fin").read_bytes()
SEMT044 = (SAMPLES / "penalties" / "semt044.xml").read_bytes()
MT586 = (SAMPLES / "statements" / "mt586.fin").read_text()


def file() -> InboundFile:
    return InboundFile.objects.latest("id")


def codes() -> list[str]:
    return [each["code"] for each in file().problems]


@pytest.fixture
def row() -> Settlement:
    """One day that we failed at the place, 52.30 by our own count; its channel and our account there."""
    place = Place.objects.get(code=PLACE)
    channel("NSD-IN", "IN", place=place)
    DepositoryAccount.objects.create(
        place=place, entity=Entity.objects.get(code="EUR"), number="12345", kind="OWN",
        owner=Entity.objects.get(code="EUR").own_party,
    )  # fmt: skip
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    price(share, MON, "52.30")
    settlement = failing(share, "10000")
    compute_penalties(entity_id=Entity.objects.get(code="EUR").pk, day=MON, at=NIGHT)
    return settlement


class TestPenalties:
    def ours(self, raw: bytes, row: Settlement) -> bytes:
        return raw.replace(b"S-12", f"S-{row.pk}".encode()).replace(b"S-13", b"THEIR-13")

    @pytest.mark.parametrize("raw", [MT537, SEMT044], ids=["MT537", "semt.044"])
    def test_become_the_statement_of_their_month_for_an_accountant(
        self, api: Any, row: Settlement, raw: bytes
    ) -> None:
        answer(self.ours(raw, row))
        statement = PenaltyStatement.objects.get()
        assert (statement.month, statement.place.code, statement.received_by, statement.makers) == (
            date(2026, 11, 1), PLACE, None, [],
        )  # fmt: skip
        assert statement.document.startswith(f"{file()} ")
        lines = PenaltyLine.objects.filter(statement=statement).order_by("number")
        assert [(each.their_ref, each.amount) for each in lines] == [
            ("P1", Decimal("52.30")), ("P2", Decimal("52.30")), ("P2", Decimal("51.80")),
            ("P3", Decimal("5.00")), ("P4", Decimal(0)),
        ]  # fmt: skip
        assert {each.what for each in PenaltyBreak.objects.all()} == {"NOT_OURS", "NOT_KNOWN"}
        assert (file().outcome, file().added, codes()) == ("TAKEN", 1, [])
        assert WorkItem.objects.filter(
            subject_type="penaltystatement", closed_at=None, queue="accountant"
        ).exists()
        assert api("accountant").post(f"/penalty-statements/{statement}/book/").status_code == 200
        shown = api("auditor").get(f"/penalty-statements/{statement}/").json()
        assert (shown["received_by"], shown["status"]) == (None, "BOOKED")

    def test_twice_are_one_statement(self, row: Settlement) -> None:
        answer(self.ours(MT537, row))
        answer(self.ours(MT537, row) + b"\r\n", name="again.fin")
        assert PenaltyStatement.objects.count() == 1
        assert (file().added, file().duplicates) == (0, 1)

    def test_of_another_day_are_put_together_with_what_came_before(self, row: Settlement) -> None:
        raw = self.ours(MT537, row)
        answer(raw)
        later = raw.replace(b"SEME//PEN202611", b"SEME//PEN202612").replace(
            b":20C::PREF//P1", b":20C::PREF//P9"
        )
        assert later != raw
        answer(later, name="later.fin")
        last = PenaltyStatement.objects.latest("number")
        assert last.number == 2
        references = PenaltyLine.objects.filter(statement=last).values_list("their_ref", flat=True)
        assert {"P1", "P9"} <= set(references)
        answer(raw + b"\r\n\r\n", name="old.fin")
        assert (file().duplicates, PenaltyStatement.objects.count()) == (1, 2)

    def test_on_an_account_that_is_not_ours_are_a_problem_until_it_is(
        self, row: Settlement
    ) -> None:
        DepositoryAccount.objects.filter(number="12345").update(number="STRANGE")
        answer(self.ours(MT537, row))
        assert (codes(), file().outcome) == (["unknown-account"], "REFUSED")
        DepositoryAccount.objects.filter(number="STRANGE").update(number="12345")
        retake_file(file_id=file().pk, actor=clerk(), at=timezone.now())
        assert (file().outcome, PenaltyStatement.objects.count()) == ("TAKEN", 1)


class TestConfirmations:
    @pytest.fixture(autouse=True)
    def _channel(self) -> None:
        channel("NSD-IN", "IN")

    def test_of_a_trade_confirms_the_deal_by_itself(self, api: Any) -> None:
        deal = captured(api, EQUITY)
        answer(write_mt518(told_of(deal), ADDRESSES))
        assert (states(), codes()) == (["MATCHED"], [])
        assert Confirmation.objects.get(deal=deal).how == "matched"
        shown = api("auditor").get("/confirmations/").json()["results"][0]
        assert shown["received_by"] is None
        assert (file().added, file().entity) == (1, deal.book.entity)

    def test_twice_is_one_and_another_price_is_work(self, api: Any) -> None:
        deal = captured(api, EQUITY)
        raw = write_mt518(told_of(deal), ADDRESSES)
        answer(raw)
        answer(raw + b"\r\n", name="again.fin")
        assert (len(states()), file().duplicates) == (1, 1)

    def test_taken_back_is_withdrawn_and_once_only(self, api: Any) -> None:
        told = told_of(captured(api, EQUITY))
        gone = replace(told, told=Told.CANCELLED, reference="T-2", previous=told.reference)
        back = write_mt518(gone, ADDRESSES)
        answer(back)
        assert codes() == ["never-confirmed"]
        answer(write_mt518(told, ADDRESSES), name="b.fin")
        answer(back + b"\r\n", name="c.fin")
        assert (states(), file().added) == (["WITHDRAWN"], 1)
        answer(back + b"\r\n\r\n", name="d.fin")
        assert (file().added, file().duplicates) == (0, 1)

    def test_of_an_exchange_of_currencies_by_somebody_unknown_is_a_problem(self) -> None:
        answer(write_mt300(FX, ADDRESSES))
        assert file().format == "MT3xx"
        assert codes()[0].startswith("unknown-")

    def test_a_clerk_may_bring_one_and_a_bringer_of_statements_alone_may_not(
        self, api: Any
    ) -> None:
        deal = captured(api, EQUITY)
        raw = write_mt518(told_of(deal), ADDRESSES)
        other = api("accountant").user
        taken = take_file(raw, name="a.fin", actor=other, at=timezone.now())
        assert [each["code"] for each in taken.problems] == ["may-not-bring"]
        taken = retake_file(file_id=taken.pk, actor=clerk(), at=timezone.now())
        follow_events()
        assert (taken.outcome, states()) == ("TAKEN", ["MATCHED"])


class TestAllegements:
    def test_a_statement_of_them_is_taken_one_by_one(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        channel()
        channel("NSD-IN", "IN")
        sent(api, sample)
        work()
        answer(MT586.replace("12345", "NSD-RUS-DEPO"))
        assert codes() == []
        count = Allegement.objects.count()
        assert count > 0
        answer(MT586.replace("12345", "NSD-RUS-DEPO") + "\r\n", name="again.fin")
        assert Allegement.objects.count() == count
