"""A letter names the deal as the counterparty does, where it told us how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backoffice.connectors.letters.failing import failing_of
from settlements.models import Settlement
from tests.flows.test_confirmations import deal as deal
from tests.flows.test_confirmations import send, theirs
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")


def test_the_reference_of_their_confirmation_is_told(
    api: Any, deal: Callable[..., dict[str, Any]]
) -> None:
    ours, unconfirmed = deal(), deal(price="313")
    sent = theirs(ours)
    send(api, sent)
    api("clerk").post(f"/deals/{unconfirmed['reference']}/confirm/", {"how": "manual"})
    api("checker").post(f"/deals/{unconfirmed['reference']}/approve/")
    follow_events()

    rows = {row.source_id: row for row in Settlement.objects.filter(source_type="deal")}
    told = failing_of({row.pk: row.due_date for row in rows.values()})
    by_deal = {f"D-{id}": told[row.pk].theirs for id, row in rows.items()}
    assert by_deal == {ours["reference"]: sent["their_ref"], unconfirmed["reference"]: ""}
