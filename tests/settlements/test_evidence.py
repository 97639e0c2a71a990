"""Evidence by hand: one person records the document, another accepts it, and only then it is settled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from backoffice.access.models import User
from backoffice.kernel.lifecycle import OtherEyesRequired
from backoffice.workflow.models import WorkItem
from ledger.models import JournalEntry
from settlements.evidence import accept_evidence, propose_evidence
from settlements.models import EvidenceClaim, Settlement
from tests.flows.test_outside_place import own_folder, sent
from tests.following import follow_events

__all__ = ["own_folder"]  # a fixture: places' files stay in the test's own folder
pytestmark = pytest.mark.usefixtures("own_database", "own_folder")
FINAL_AT = "2026-11-24T00:30:00+03:00"  # a day earlier in UTC: the place's own time decides


def recorded(api: Any, settlement: str, **changes: Any) -> Any:
    body = {"document": "Report 17", "settled_at": FINAL_AT} | changes
    return api("clerk").post(f"/settlements/{settlement}/evidence/", body)


def entries() -> int:
    return JournalEntry.objects.filter(kind="settlement.settle").count()


def test_nothing_is_settled_before_other_eyes_accept(api: Any, sample: dict[str, Any]) -> None:
    settlement = sent(api, sample)
    answer = recorded(api, settlement)
    assert answer.status_code == 201, answer.content
    claim = answer.json()["reference"]
    follow_events()
    assert WorkItem.objects.filter(kind="evidence", closed_at=None).count() == 1
    assert (entries(), api("clerk").get(f"/settlements/{settlement}/").json()["evidence"]) == (
        0,
        [],
    )
    assert api("clerk").post(f"/evidence/{claim}/accept/").status_code == 403

    accepted = api("checker").post(f"/evidence/{claim}/accept/")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "ACCEPTED")
    row = api("clerk").get(f"/settlements/{settlement}/").json()
    assert (row["status"], row["settled_date"], entries()) == ("SETTLED", "2026-11-24", 1)
    assert [(e["kind"], e["reference"]) for e in row["evidence"]] == [("document", "Report 17")]
    follow_events()
    assert not WorkItem.objects.filter(kind="evidence", closed_at=None).exists()
    assert recorded(api, settlement).json()["code"] == "nothing-to-prove"


def test_who_recorded_it_may_not_accept_it_whatever_their_roles(
    api: Any, sample: dict[str, Any]
) -> None:
    everybody = User.objects.create_user("everybody", password="x")
    everybody.groups.set(Group.objects.all())
    id, at = int(sent(api, sample)[2:]), timezone.now()
    claim = propose_evidence(settlement_id=id, document="x", settled_at=at, actor=everybody, at=at)
    (refusal,) = accept_evidence(ids=[claim.pk], actor=everybody, at=at).refused.values()
    assert isinstance(refusal, OtherEyesRequired)
    assert entries() == 0


def test_a_declined_document_makes_room_for_another(api: Any, sample: dict[str, Any]) -> None:
    settlement = sent(api, sample)
    first = recorded(api, settlement).json()["reference"]
    assert recorded(api, settlement, document="Report 18").json()["code"] == "already-claimed"
    declined = api("checker").post(f"/evidence/{first}/decline/", {"reason": "not ours"})
    assert declined.json()["status"] == "DECLINED"
    assert recorded(api, settlement, document="Report 18").status_code == 201
    again = api("checker").post(f"/evidence/{first}/accept/")
    assert again.json()["code"] == "transition-not-allowed"
    assert entries() == 0


def test_what_was_settled_meanwhile_takes_the_acceptance_back(
    api: Any, sample: dict[str, Any]
) -> None:
    settlement = sent(api, sample)
    claim = recorded(api, settlement).json()["reference"]
    Settlement.objects.update(settlement="SETTLED", settled_date="2026-11-24")
    answer = api("checker").post(f"/evidence/{claim}/accept/")
    assert answer.json()["code"] == "transition-not-allowed"
    assert EvidenceClaim.objects.get().state == "PROPOSED"
    assert entries() == 0


def test_only_what_was_sent_outside_and_not_in_the_future(api: Any, sample: dict[str, Any]) -> None:
    deal = api("dealer").post("/deals/", sample).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/")
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    assert recorded(api, str(Settlement.objects.get())).json()["code"] == "nothing-to-prove"
    outside = sent(api, sample | {"external_ref": "OUT"})
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    assert recorded(api, outside, settled_at=tomorrow).json()["code"] == "settled-in-future"
    assert recorded(api, outside, document="").status_code == 400


def test_the_database_keeps_one_open_document(api: Any, sample: dict[str, Any]) -> None:
    recorded(api, sent(api, sample))
    claim = EvidenceClaim.objects.get()
    claim.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        claim.save()
