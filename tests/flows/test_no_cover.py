"""What a place says is settled and our books cannot follow is a break; all else it says is taken."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.connectors.models import InboundFile
from backoffice.connectors.tasks import exchange_files, exchange_folder
from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from ledger.selectors import balances
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from refdata.models import Asset, Entity, Place
from settlements.models import Settlement
from tests.flows.test_changing import OUTSIDE, captured, confirmed, own_folder, sent
from tests.following import follow_events

__all__ = ["own_folder"]  # a fixture: places' files stay in the test's own folder
pytestmark = pytest.mark.usefixtures("own_database", "own_folder")
LEFT = Decimal(1_000)
PLEDGED = Decimal(5_000)  # of ours there, in the demonstration: it is not sent


def leave_ourselves(left: Decimal, number: int) -> int:
    """Bring our own holding of the share at the outside place to so many; its account."""
    entity = Entity.objects.get(code="RUS")
    share, place = Asset.objects.get(code="RU0009029540"), Place.objects.get(code="NSD")
    held = AccountKey(entity.pk, "HOLDING", entity.own_party_id, place_id=place.pk)
    opening = AccountKey(entity.pk, "OPENING", entity.own_party_id)
    ids = account_ids([held, opening])
    rows = balances(account_ids=[ids[held]])
    more = left - sum((row.amount for row in rows if row.asset_id == share.pk), Decimal(0))
    sides = (ids[held], ids[opening]) if more > 0 else (ids[opening], ids[held])
    entry = NewEntry(
        entity_id=entity.pk, kind="test", source_type="test", source_id=number,
        effective_date=date(2026, 11, 2), postings=[NewPosting(*sides, share.pk, abs(more))],
    )  # fmt: skip
    post_entries([entry], at=timezone.now())
    return ids[held]


def say(*settled: str) -> list[dict[str, Any]]:
    """One file in which the place says that these are settled, a second apart; its problems."""
    lines = [
        json.dumps({"reference": reference, "event": "settled", "message": f"M-{reference}",
                    "at": f"2026-11-24T10:00:0{number}+03:00"})
        for number, reference in enumerate(settled)
    ]  # fmt: skip
    (exchange_folder() / "in" / "settled.jsonl").write_text("\n".join(lines))
    exchange_files()
    problems: list[dict[str, Any]] = InboundFile.objects.get(name="settled.jsonl").problems
    return problems


def test_one_line_without_cover_is_a_break_and_the_rest_of_the_file_is_taken(
    api: Any, sample: dict[str, Any]
) -> None:
    leave_ourselves(2 * LEFT + PLEDGED, 1)
    sold = []
    for number, side in enumerate(("sell", "sell", "buy")):
        more = {"side": side, "counterparty": OUTSIDE, "external_ref": f"COVER-{number}"}
        quantity = "1000" if side == "sell" else "300"
        deal = confirmed(api, captured(api, sample, quantity=quantity, **more))
        sold.append(sent(api, deal, "matched"))
    leave_ourselves(LEFT, 2)

    problems = say(*sold)

    assert [(p["reference"], p["code"]) for p in problems] == [(sold[1], "would-be-negative")]
    states = dict(Settlement.objects.values_list("pk", "status"))
    assert [states[int(reference[2:])] for reference in sold] == ["SETTLED", "MATCHED", "SETTLED"]
    facts = Event.objects.get(kind="settlement.lack_cover").facts
    assert (facts["short"], facts["place"], facts["evidence"]) == (
        "700", "NSD", f"place-message:M-{sold[1]}",
    )  # fmt: skip
    follow_events()
    item = WorkItem.objects.get(kind="uncovered", closed_at=None)
    assert (item.queue, f"S-{item.subject_id}") == ("clerk", sold[1])

    # What was missing is found, and the document of the place recorded by two people.
    leave_ourselves(LEFT, 3)
    body = {"document": "Statement 7", "settled_at": "2026-11-24T12:00:00+03:00"}
    claim = api("clerk").post(f"/settlements/{sold[1]}/evidence/", body).json()["reference"]
    assert api("checker").post(f"/evidence/{claim}/accept/").status_code == 200
    follow_events()
    assert Settlement.objects.get(pk=sold[1][2:]).status == "SETTLED"
    assert not WorkItem.objects.filter(kind="uncovered", closed_at=None).exists()


def test_a_document_of_what_is_not_there_is_not_accepted(api: Any, sample: dict[str, Any]) -> None:
    deal = confirmed(api, captured(api, sample, side="sell", counterparty=OUTSIDE))
    reference = sent(api, deal, "matched")
    leave_ourselves(LEFT - 1, 1)
    body = {"document": "Statement 7", "settled_at": "2026-11-24T12:00:00+03:00"}
    claim = api("clerk").post(f"/settlements/{reference}/evidence/", body).json()["reference"]

    refused = api("checker").post(f"/evidence/{claim}/accept/")

    assert (refused.status_code, refused.json()["code"]) == (409, "would-be-negative")
    assert refused.json()["short"] == "1"
    assert Settlement.objects.get(pk=reference[2:]).status == "MATCHED"
