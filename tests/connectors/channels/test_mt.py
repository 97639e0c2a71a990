"""A settlement at a place with an MT channel: instructed, matched and settled by messages alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backoffice.connectors.channels.models import ChannelLine
from backoffice.connectors.formats.securities import Command, Instruction
from backoffice.connectors.formats.terms import Direction, QuantityKind
from backoffice.connectors.models import InboundFile
from backoffice.workflow.models import WorkItem
from ledger.models import JournalEntry
from tests.connectors.channels.playing import (
    BANK,
    THEY,
    answer,
    channel,
    confirmed,
    messages,
    mt548,
    read,
    sent,
    work,
    written,
)
from tests.connectors.formats.mt_rules import wrong_in


@pytest.fixture(autouse=True)
def _channels() -> None:
    channel()
    channel("NSD-IN", "IN")


class TestSettlement:
    def test_leaves_as_an_instruction_that_a_network_would_carry(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = sent(api, sample)
        work()

        (path,) = written()
        told = read(path)

        assert path.name == "NSD-OUT-000000001.fin"
        assert wrong_in(path.read_bytes()) == []
        assert isinstance(told, Instruction)
        assert (told.reference, told.format) == (f"S{row.pk}", "MT541")
        assert told.terms.direction is Direction.RECEIVE
        assert (told.terms.isin, told.terms.account) == ("RU0009029540", "NSD-RUS-DEPO")
        assert (told.terms.quantity.kind, told.terms.quantity.amount) == (
            QuantityKind.UNIT,
            Decimal(1000),
        )
        assert told.terms.money is not None
        assert (told.terms.money.amount, told.terms.money.currency) == (row.amount, "RUB")
        assert told.terms.place is not None
        assert told.terms.agent is not None
        assert (told.terms.place.bic, told.terms.agent.bic) == (THEY, BANK)
        assert told.terms.trade_date is not None
        assert told.terms.price is not None
        assert told.terms.price.amount == Decimal("312.45")

    def test_of_a_sale_is_a_delivery(self, api: Any, sample: dict[str, Any]) -> None:
        sent(api, sample, side="sell")
        work()
        (path,) = written()
        assert read(path).format == "MT543"
        assert wrong_in(path.read_bytes()) == []

    def test_is_matched_and_settled_by_what_the_place_says(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = sent(api, sample)
        work()
        told = read(written()[0])
        assert isinstance(told, Instruction)

        answer(mt548(told.reference, "IPRC//PACK", "MTCH//MACH", "SETT//PEND FUTU"))
        row.refresh_from_db()
        assert (row.transmission, row.matching, row.settlement) == (
            "ACKNOWLEDGED",
            "MATCHED",
            "PENDING",
        )
        assert messages("ACKNOWLEDGED")
        assert JournalEntry.objects.filter(kind="settlement.settle").count() == 0

        answer(confirmed(told), name="confirmed.fin")
        row.refresh_from_db()
        assert row.settlement == "SETTLED"
        (evidence,) = row.evidence.all()
        assert (evidence.kind, evidence.reference) == ("place-message", "MT545:CF1")
        assert JournalEntry.objects.filter(kind="settlement.settle").count() == 1
        assert [each.outcome for each in InboundFile.objects.all()] == ["TAKEN", "TAKEN"]
        assert not WorkItem.objects.filter(closed_at=None, subject_type="settlement").exists()

    def test_settles_part_by_part(self, api: Any, sample: dict[str, Any]) -> None:
        row = sent(api, sample)
        work()
        told = read(written()[0])
        assert isinstance(told, Instruction)
        share = (row.amount * 400 / 1000).quantize(Decimal("0.01"))

        answer(confirmed(told, quantity=Decimal(400), amount=share, part="PAIN"))
        row.refresh_from_db()
        assert (row.settlement, row.settled_quantity) == ("PARTIAL", Decimal(400))

        answer(
            confirmed(told, reference="CF2", quantity=Decimal(600), amount=row.amount - share, part="PARC"),
            name="rest.fin",
        )  # fmt: skip
        row.refresh_from_db()
        assert row.settlement == "SETTLED"
        assert [part.quantity for part in row.parts.order_by("number")] == [400, 600]


class TestWord:
    def settled(self, row: Any) -> bool:
        row.refresh_from_db()
        return bool(row.settlement == "SETTLED")

    def test_of_other_money_is_work_for_a_clerk_and_books_nothing(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = sent(api, sample)
        work()
        told = read(written()[0])
        assert isinstance(told, Instruction)
        assert told.terms.money is not None

        answer(confirmed(told, amount=told.terms.money.amount - Decimal("0.01")))

        assert not self.settled(row)
        (problem,) = InboundFile.objects.get().problems
        assert problem["code"] == "money-differs"
        item = WorkItem.objects.get(kind="place-differs", closed_at=None)
        assert (item.queue, item.subject_id) == ("clerk", row.pk)

        answer(confirmed(told, reference="CF2"), name="right.fin")
        assert self.settled(row)
        assert not WorkItem.objects.filter(kind="place-differs", closed_at=None).exists()

    def test_about_nothing_of_ours_is_a_problem_and_the_other_messages_are_taken(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = sent(api, sample)
        work()
        told = read(written()[0])
        assert isinstance(told, Instruction)
        unknown = confirmed(told, reference="CF9").replace(
            f"RELA//{told.reference}", "RELA//S99999"
        )
        broken = confirmed(told, reference="CF8").replace(":36B::ESTT//", ":36B::ESTT//X")

        answer(unknown + broken + confirmed(told))

        assert self.settled(row)
        file = InboundFile.objects.get()
        assert (file.lines, file.added, file.outcome) == (3, 1, "PARTLY")
        told_of = {each["position"].partition(",")[0]: each["code"] for each in file.problems}
        assert told_of.keys() == {"message 1", "message 2"}
        assert told_of["message 1"] == "unknown-reference"

    def test_said_twice_is_booked_once(self, api: Any, sample: dict[str, Any]) -> None:
        row = sent(api, sample)
        work()
        told = read(written()[0])
        assert isinstance(told, Instruction)

        word = confirmed(told)  # once: a second later it has another time of its own
        answer(word)
        answer(word, name="again.fin")
        answer(word + mt548(told.reference, "MTCH//MACH"), name="more.fin")

        assert self.settled(row)
        assert JournalEntry.objects.filter(kind="settlement.settle").count() == 1
        files = InboundFile.objects.order_by("id")
        assert [(each.added, each.duplicates, each.problems) for each in files] == [
            (1, 0, []), (1, 1, []),
        ]  # fmt: skip

    def test_of_another_place_is_about_nothing_there(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        from refdata.models import Place

        row = sent(api, sample)
        work()
        told = read(written()[0])
        assert isinstance(told, Instruction)
        channel("ABROAD-IN", "IN", place=Place.objects.get(code="CSDX"), address="abroad/in")

        answer(confirmed(told), folder="abroad/in")
        work("ABROAD-IN")
        work("ABROAD-IN")

        assert not self.settled(row)
        assert InboundFile.objects.get().problems[0]["code"] == "unknown-reference"

    def test_brought_by_a_person_is_no_evidence(self, api: Any, sample: dict[str, Any]) -> None:
        from django.utils import timezone

        from backoffice.connectors.receiving.services import take_file
        from tests.connectors.channels.playing import clerk

        row = sent(api, sample)
        work()
        told = read(written()[0])
        assert isinstance(told, Instruction)

        file = take_file(
            confirmed(told).encode(), name="mine.fin", actor=clerk(), at=timezone.now()
        )

        assert not self.settled(row)
        assert file.problems[0]["code"] == "not-by-hand"


class TestRequest:
    def test_to_cancel_repeats_the_instruction_and_its_answer_cancels(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = sent(api, sample)
        work()
        api("clerk").post(f"/settlements/{row}/cancel/", {"reason": "wrong price"})
        work()

        path = written()[1]
        told = read(path)
        assert wrong_in(path.read_bytes()) == []
        assert isinstance(told, Instruction)
        assert (told.function, told.reference, told.previous) == (
            "CANC",
            f"C1S{row.pk}",
            f"S{row.pk}",
        )

        answer(mt548(told.reference, "CPRC//CAND", function="CAST"))
        row.refresh_from_db()
        assert row.cancellation == "AGREED"
        assert [each.state for each in messages()][:2] == ["SENT", "ACKNOWLEDGED"]

    def test_that_is_denied_leaves_it_alive_and_may_come_again(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = sent(api, sample)
        work()
        api("clerk").post(f"/settlements/{row}/cancel/", {"reason": "wrong price"})
        work()
        answer(mt548(f"C1S{row.pk}", "CPRC//DEND DCAN", function="CAST"))
        row.refresh_from_db()
        assert row.cancellation == "DENIED"

        api("clerk").post(f"/settlements/{row}/cancel/", {"reason": "once more"})
        work()
        assert read(written()[2]).reference == f"C2S{row.pk}"

    def test_to_hold_and_to_let_go_is_a_command_each_time(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = sent(api, sample)
        work()
        api("clerk").post(f"/settlements/{row}/hold/", {"reason": "wait"})
        work()
        api("checker").post(f"/settlements/{row}/release/")
        work()

        told = [read(path) for path in written()[1:]]
        assert [wrong_in(path.read_bytes()) for path in written()] == [[], [], []]
        assert all(isinstance(each, Command) for each in told)
        assert [(each.reference, getattr(each, "hold", None)) for each in told] == [
            (f"H1S{row.pk}", True), (f"R1S{row.pk}", False),
        ]  # fmt: skip
        assert ChannelLine.objects.get(code="NSD-OUT").number == 3
