"""Messages leave once, in order, as the same bytes: whoever died, whoever else wrote, whoever asks again."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.connectors.channels.models import Channel, ChannelLine
from backoffice.connectors.channels.services import resend_messages, retry_messages
from backoffice.connectors.channels.writing import write_messages
from backoffice.connectors.formats.recognising import read_securities
from backoffice.connectors.models import OutboundMessage
from backoffice.connectors.tasks import exchange_files, exchange_folder, work_on_channel
from backoffice.workflow.models import WorkItem
from refdata.firm_days import firm_day
from refdata.models import PartyIdentifier, Place
from tests.connectors.channels.playing import (
    THEY,
    channel,
    clerk,
    messages,
    sent,
    work,
    written,
)
from tests.dying import die_at
from tests.following import follow_events


def three(api: Any, sample: dict[str, Any]) -> list[Any]:
    return [sent(api, sample | {"external_ref": f"FO-{n}"}) for n in range(3)]


class TestWriting:
    def test_numbers_messages_without_gaps_and_keeps_their_bytes(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        channel()
        three(api, sample)
        work()
        rows = messages()
        assert [(row.sequence, row.state) for row in rows] == [(n, "SENT") for n in (1, 2, 3)]
        assert [bytes(row.content or b"") for row in rows] == [p.read_bytes() for p in written()]

    @pytest.mark.parametrize("point", ["message.numbered", "message.left"])
    def test_killed_goes_on_with_the_same_messages(
        self, api: Any, sample: dict[str, Any], point: str
    ) -> None:
        channel()
        rows = three(api, sample)
        die_at(point, lambda: work_on_channel(code="NSD-OUT"))
        before = {path.name: path.read_bytes() for path in written()}
        work()
        after = {path.name: path.read_bytes() for path in written()}
        assert len(after) == len(rows)
        assert before.items() <= after.items()
        assert [row.sequence for row in messages()] == [1, 2, 3]

    def test_by_two_at_once_writes_each_once(self, api: Any, sample: dict[str, Any]) -> None:
        channel()
        three(api, sample)
        gate = threading.Barrier(2)

        def write() -> None:
            gate.wait()
            try:
                for _ in range(20):
                    write_messages(code="NSD-OUT", at=timezone.now(), limit=1)
            finally:
                connection.close()

        writers = [threading.Thread(target=write) for _ in range(2)]
        for each in writers:
            each.start()
        for each in writers:
            each.join()
        assert [row.sequence for row in messages()] == [1, 2, 3]
        assert ChannelLine.objects.get().number == 3

    def test_of_what_lacks_something_stops_it_and_asks_a_clerk(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        channel()
        PartyIdentifier.objects.filter(scheme="BIC").delete()
        Place.objects.filter(code="NSD").update(bic="")
        row = sent(api, sample)
        work()

        assert written() == []
        (message,) = messages("STOPPED")
        assert {each["where"] for each in message.problems} == {"agent", "place"}
        item = WorkItem.objects.get(kind="message-stopped", closed_at=None)
        assert (item.queue, item.subject_id, item.entity_id) == ("clerk", message.pk, row.entity_id)

        Place.objects.filter(code="NSD").update(bic=THEY)
        PartyIdentifier.objects.create(party=row.counterparty, scheme="BIC", value="IRVTUS3NXXX")
        retry_messages(ids=[message.pk], actor=clerk(), at=timezone.now())
        work()
        assert len(written()) == 1
        assert not WorkItem.objects.filter(kind="message-stopped", closed_at=None).exists()
        assert messages()[0].sequence == 1

    def test_takes_the_format_that_is_valid_on_the_day(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        today = firm_day(timezone.now())
        old = channel(valid_until=today)
        channel(format="ISO20022", valid_from=today)
        sent(api, sample)
        work()
        assert [path.suffix for path in written()] == [".xml"]

        Channel.objects.exclude(pk=old.pk).update(valid_from=today + timedelta(days=1))
        Channel.objects.filter(pk=old.pk).update(valid_until=today + timedelta(days=1))
        sent(api, sample | {"external_ref": "FO-next"})
        work()
        assert [path.suffix for path in written()] == [".xml", ".fin"]

    def test_stops_what_no_terms_are_valid_for_any_more(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        channel(valid_until=date(2026, 1, 1))
        sent(api, sample)
        work()
        (message,) = messages("STOPPED")
        assert [each["code"] for each in message.problems] == ["channel-ended"]
        exchange_files()
        assert list((exchange_folder() / "out").glob("*")) == []

    def test_of_a_place_without_a_channel_is_as_it_was(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        sent(api, sample)
        exchange_files()
        assert len(list((exchange_folder() / "out").glob("NSD-*.jsonl"))) == 1
        (message,) = messages("SENT")
        assert (message.channel, message.sequence, message.content) == ("", None, None)


class TestResending:
    def test_lets_the_same_leave_with_the_mark_of_a_duplicate(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        channel()
        sent(api, sample)
        work()
        (path,) = written()
        first = path.read_bytes()
        (message,) = messages("SENT")

        resend_messages(ids=[message.pk], reason="they ask", actor=clerk(), at=timezone.now())
        work()

        assert path.read_bytes() == first + b"{5:{PDE:}}"
        assert read_securities(path.read_bytes()) == read_securities(first)
        message.refresh_from_db()
        assert (message.state, message.resends, message.sequence) == ("SENT", 1, 1)
        assert bytes(message.content or b"") == first


class TestAcknowledging:
    def test_by_a_file_beside_ours_moves_message_and_settlement(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        channel()
        row = sent(api, sample)
        work()
        (path,) = written()
        path.with_name(f"{path.name}.ack").write_text("taken at 10:00")
        work()
        (message,) = messages("ACKNOWLEDGED")
        assert message.answer == "taken at 10:00"
        row.refresh_from_db()
        assert row.transmission == "ACKNOWLEDGED"
        assert written() == []

    def test_that_refuses_is_work_for_a_clerk(self, api: Any, sample: dict[str, Any]) -> None:
        channel()
        row = sent(api, sample)
        work()
        (path,) = written()
        path.with_name(f"{path.name}.nak").write_text("bad checksum")
        work()
        assert len(messages("REFUSED")) == 1
        row.refresh_from_db()
        assert row.transmission == "REJECTED"
        assert WorkItem.objects.filter(kind="message-refused", queue="clerk").count() == 1


class TestReceiving:
    def test_leaves_a_file_alone_that_still_grows(self) -> None:
        from backoffice.connectors.models import InboundFile

        channel("NSD-IN", "IN")
        folder = exchange_folder() / "nsd" / "in"
        folder.mkdir(parents=True)
        path = folder / "growing.fin"
        path.write_text("{1:F01")
        work("NSD-IN")
        path.write_text("{1:F01SABRRUMM")
        work("NSD-IN")
        assert InboundFile.objects.count() == 0
        work("NSD-IN")
        assert InboundFile.objects.get().outcome == "REFUSED"
        assert [each.name for each in (folder / "done").iterdir()] == ["growing.fin"]
        follow_events()

    def test_does_not_read_what_is_still_being_written(self) -> None:
        channel("NSD-IN", "IN")
        folder = exchange_folder() / "nsd" / "in"
        folder.mkdir(parents=True)
        for name in ("a.fin.part", ".hidden", "b.tmp"):
            (folder / name).write_text("x")
        work("NSD-IN")
        work("NSD-IN")
        assert len(written("nsd/in")) == 3
        assert OutboundMessage.objects.count() == 0
