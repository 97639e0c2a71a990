"""Accept theirs: the amendment of our deal, filled in as their confirmation tells it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backoffice.access.models import User
from deals.models import Deal, ReceivedConfirmation
from tests.flows.test_confirmations import deal, send, theirs
from tests.following import follow_events

__all__ = ["deal"]  # a fixture
pytestmark = pytest.mark.usefixtures("own_database")


def browser(name: str, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(User.objects.get(username=name))
    return client


def values(page: Any) -> dict[str, str]:
    return {each.name: each.value for each in page.context["inputs"]}


def test_their_values_stand_in_the_form_and_sending_it_matches(api: Any, deal: Any) -> None:
    ours = deal()
    told = send(api, theirs(ours, quantity="900", price="313.00", amount="281840.85", uti="UTI-9"))
    assert told["status"] == "MISMATCHED"
    clerk = browser("clerk")
    shown = clerk.get(f"/confirmations/{told['reference']}/")
    address = f"/deals/{ours['reference']}/amend/?confirmation={told['reference']}"
    assert f'href="{address}"' in shown.content.decode()

    page = clerk.get(address)

    found = values(page)
    assert (found["quantity"], found["price"]) == ("900", "313")
    assert found["evidence"] == told["reference"]
    assert found["counterparty"] == ours["counterparty"]  # what agrees is as it was
    assert "Amount" in page.context["explanation"]
    assert values(clerk.get(f"/deals/{ours['reference']}/amend/"))["quantity"] == "1000"
    done = clerk.post(address, found | {"seen": page.context["seen"]})
    assert done.status_code == 302, done.context["refusal"]
    follow_events()
    row = ReceivedConfirmation.objects.get()
    assert (row.state, row.deal_version) == ("MATCHED", 2)
    assert Deal.objects.get().version == 2
    assert clerk.get(address).status_code == 404  # nothing is left to accept


def test_dates_and_the_other_side_are_taken_as_we_say_them(api: Any, deal: Any) -> None:
    ours = deal()
    told = send(api, theirs(ours, settlement_date="2026-11-25", trade_date="2026-11-24"))
    found = values(
        browser("clerk").get(f"/deals/{ours['reference']}/amend/?confirmation={told['reference']}")
    )
    assert found["settlement.date"] == "2026-11-25"
    assert found["traded_at"] == "2026-11-24T10:15:00"
    assert found["side"] == ours["side"]


def test_only_of_its_own_deal_and_by_who_may_amend(api: Any, deal: Any) -> None:
    ours, other = deal(), deal(quantity="7777")
    told = send(api, theirs(ours, price="313.00", amount="313156.50"))
    reference = told["reference"]
    clerk = browser("clerk", "ru")
    assert (
        clerk.get(f"/deals/{other['reference']}/amend/?confirmation={reference}").status_code == 404
    )
    assert clerk.get(f"/deals/{ours['reference']}/amend/?confirmation=RC-999").status_code == 404
    assert b"accept-theirs" in clerk.get(f"/confirmations/{reference}/").content
    assert b"accept-theirs" not in browser("auditor").get(f"/confirmations/{reference}/").content
