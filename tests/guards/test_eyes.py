"""Four eyes: whoever worked on a deal or an instruction may not approve or release it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from backoffice.access.models import User
from backoffice.kernel.lifecycle import OtherEyesRequired
from deals.models import Deal
from deals.services import approve_deals, confirm_deals
from settlements.models import Settlement
from settlements.services import InstructionToucher, release_settlements
from settlements.standing import InstructionRevoked
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def everybody() -> User:
    """One person with every role: only the other eyes can stop them."""
    user = User.objects.create_user("everybody", password="x")
    user.groups.set(Group.objects.all())
    return user


def refused(outcome: Any) -> type:
    (refusal,) = outcome.refused.values()
    return type(refusal)


def test_who_confirmed_may_not_approve(api: Any, sample: dict[str, Any], everybody: User) -> None:
    api("dealer").post("/deals/", sample)
    id, at = Deal.objects.get().pk, timezone.now()
    confirm_deals(ids=[id], actor=everybody, at=at)
    assert refused(approve_deals(ids=[id], actor=everybody, at=at)) is OtherEyesRequired
    assert Deal.objects.get().state == "PENDING_APPROVAL"
    dealer = User.objects.get(username="dealer")
    assert refused(approve_deals(ids=[id], actor=dealer, at=at)) is OtherEyesRequired


def prepared(api: Any, sample: dict[str, Any]) -> int:
    deal = api("dealer").post("/deals/", sample).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/")
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    return Settlement.objects.get().pk


def test_who_confirmed_may_not_release(api: Any, sample: dict[str, Any]) -> None:
    id = prepared(api, sample)
    clerk = User.objects.get(username="clerk")
    outcome = release_settlements(ids=[id], actor=clerk, at=timezone.now())
    assert outcome.done == []
    assert Settlement.objects.get().approval == "PREPARED"


def test_who_touched_the_instruction_may_not_release_its_first_payment(
    api: Any, sample: dict[str, Any]
) -> None:
    id = prepared(api, sample)
    manager = User.objects.get(username="manager")
    outcome = release_settlements(ids=[id], actor=manager, at=timezone.now())
    assert refused(outcome) is InstructionToucher


def test_a_revoked_instruction_stops_the_release(api: Any, sample: dict[str, Any]) -> None:
    id = prepared(api, sample)
    Settlement.objects.get().ssi.__class__.objects.filter(
        pk=Settlement.objects.get().ssi_id
    ).update(status="REVOKED")
    checker = User.objects.get(username="checker")
    outcome = release_settlements(ids=[id], actor=checker, at=timezone.now())
    assert refused(outcome) is InstructionRevoked
