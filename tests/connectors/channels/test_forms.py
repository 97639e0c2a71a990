"""A message as a numbered form, for the day on which its channel is down."""

from __future__ import annotations

import json
from typing import Any

from backoffice.documents.models import Document
from tests.connectors.channels.playing import channel, messages, sent, work


class TestForm:
    def test_is_numbered_and_carries_the_message_as_it_would_leave(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        channel()
        row = sent(api, sample)
        work()
        (message,) = messages()
        first = api("clerk").post(f"/outbound-messages/{message}/form/", {"language": "ru"})
        again = api("clerk").post(f"/outbound-messages/{message}/form/", {"language": "ru"})
        assert first.status_code == 201, first.content
        assert first.json()["number"] == again.json()["number"]
        form = Document.objects.get(kind="MESSAGE_FORM")
        told = json.loads(form.data)["message"]
        assert (told["called"], told["settlement"]) == (f"S{row.pk}", str(row))
        assert "\r\n".join(told["lines"]).encode() == bytes(message.content or b"")
        assert bytes(form.pdf).startswith(b"%PDF")
