"""Rivals at the steps of a deal: a step is taken by one of them, whoever comes at the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from deals.models import Deal
from deals.processing.steps import take_step_deals
from deals.services import approve_deals
from refdata.models import CaseStep, ProcessCase
from tests.flows.test_processes import BIG, SECOND_LOOK, confirmed, in_force
from tests.flows.test_processes import deal_of as deal_of
from tests.guards.test_rivals import at_once

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 6


def others(role: str) -> list[User]:
    """People of one role, none of whom has worked on anything yet."""
    found = [User.objects.create_user(f"{role}-{n}", password="-") for n in range(RIVALS)]
    for user in found:
        user.groups.add(Group.objects.get(name=role))
    return found


def test_each_step_is_taken_once_by_one_of_many(api: Any, deal_of: Callable[..., str]) -> None:
    in_force(SECOND_LOOK)
    big = deal_of(BIG)
    confirmed(api, big)
    id, at = int(big[2:]), timezone.now()
    checkers, managers = others("checker"), others("manager")

    def approves(number: int) -> Refusal | None:
        outcome = approve_deals(ids=[id], actor=checkers[number], at=at)
        return outcome.refused.get(id)

    def takes(number: int) -> Refusal | None:
        return take_step_deals(ids=[id], actor=managers[number], at=at).refused.get(id)

    approved = at_once(approves, RIVALS)
    assert approved.count(None) == 1
    assert Deal.objects.get(pk=id).state == "PENDING_APPROVAL"
    took = at_once(takes, RIVALS)
    assert took.count(None) == 1
    assert Deal.objects.get(pk=id).state == "CONFIRMED"
    keys = CaseStep.objects.order_by("position").values_list("key", flat=True)
    assert list(keys) == ["confirm", "approve", "second-look"]
    assert ProcessCase.objects.get().state == "DONE"
