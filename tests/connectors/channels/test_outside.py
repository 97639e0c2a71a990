"""When a channel is down: sent outside by two people, frozen, and after a restore everything is in doubt."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from backoffice.connectors.channels.models import ChannelLine
from backoffice.workflow.models import WorkItem
from settlements.models import Settlement
from tests.connectors.channels.playing import (
    answer,
    channel,
    messages,
    mt548,
    sent,
    work,
    written,
)


@pytest.fixture(autouse=True)
def _channels() -> None:
    channel()
    channel("NSD-IN", "IN")


class TestFrozen:
    def test_lets_nothing_leave_until_another_person_thaws_it(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        assert api("clerk").post("/channels/NSD-OUT/freeze/", {"reason": "fire"}).status_code == 200
        sent(api, sample)
        work()
        assert written() == []
        assert api("clerk").post("/channels/NSD-OUT/thaw/").status_code == 403
        assert api("checker").post("/channels/NSD-OUT/thaw/").json()["state"] == "OPEN"
        work()
        assert len(written()) == 1


class TestOutside:
    def test_is_said_by_one_and_confirmed_by_another(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        api("clerk").post("/channels/NSD-OUT/freeze/", {"reason": "fire"})
        row = sent(api, sample)
        (message,) = messages("QUEUED")
        told = f"/outbound-messages/{message}"
        assert (
            api("clerk").post(f"{told}/mark-outside/", {"reason": "by courier"}).status_code == 200
        )
        work()
        assert WorkItem.objects.filter(kind="message-outside", queue="checker").exists()
        assert api("clerk").post(f"{told}/confirm-outside/").status_code == 403
        assert api("checker").post(f"{told}/confirm-outside/").json()["state"] == "OUTSIDE"

        api("checker").post("/channels/NSD-OUT/thaw/")
        work()
        assert written() == []
        answer(mt548(f"S{row.pk}", "MTCH//MACH"))
        row.refresh_from_db()
        assert row.matching == "MATCHED"
        assert len(messages("ACKNOWLEDGED")) == 1


class TestRestore:
    def test_doubts_what_was_under_way_until_the_place_has_said(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        rows = [sent(api, sample | {"external_ref": f"FO-{n}"}) for n in range(3)]
        work()
        last = Settlement.objects.latest("pk").pk
        call_command("freeze_channels", restored_to=timezone.now().isoformat())
        assert len(messages("DOUBTED")) == 3
        assert ChannelLine.objects.get(code="NSD-OUT").state == "FROZEN"
        later = sent(api, sample | {"external_ref": "FO-later"})
        assert later.pk > last + 1_000  # what was given out since then is not given out again

        refused = api("checker").post("/channels/NSD-OUT/thaw/")
        assert refused.status_code == 409
        assert refused.json()["type"].endswith("messages-not-matched")

        answer(mt548(f"S{rows[0].pk}", "IPRC//PACK"))
        second, third = messages("DOUBTED")
        before = {path.name for path in written()}
        api("clerk").post(f"/outbound-messages/{second}/miss/", {"reason": "they have it not"})
        api("clerk").post(f"/outbound-messages/{third}/mark-outside/", {"reason": "by courier"})
        api("checker").post(f"/outbound-messages/{third}/confirm-outside/")
        assert api("checker").post("/channels/NSD-OUT/thaw/").status_code == 200
        work()
        second.refresh_from_db()
        assert (second.state, second.sequence) == ("SENT", 2)
        assert len({path.name for path in written()} - before) == 1  # the later one
