"""Rivals at a file: it is approved by one of them, and its parts change one after the other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from limits.models import Opening
from onboarding.deciding import approve_files
from onboarding.keeping import set_stake
from onboarding.models import FileStake, PartyFile
from refdata.models import Party
from tests.guards.test_rivals import at_once
from tests.onboarding import filing

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 6


def test_one_of_many_approves_it_and_the_party_is_there_once(api: Any) -> None:
    filing.submitted(api)
    id, at = PartyFile.objects.get().pk, timezone.now()
    checkers = [User.objects.create_user(f"checker-{n}", password="-") for n in range(RIVALS)]
    for user in checkers:
        user.groups.add(Group.objects.get(name="checker"))

    def approves(number: int) -> Refusal | None:
        return approve_files(ids=[id], actor=checkers[number], at=at).refused.get(id)

    found = at_once(approves, RIVALS)

    assert found.count(None) == 1
    assert {each.code for each in found if each} == {"transition-not-allowed"}
    assert Party.objects.filter(code="NEWCO").count() == 1
    assert Opening.objects.filter(party__code="NEWCO").count() == 2


def test_shares_set_at_once_never_come_to_more_than_the_whole(api: Any) -> None:
    file = filing.opened(api)
    owners = [filing.person(api, file, name=f"Owner {n}") for n in range(RIVALS)]
    id, clerk, at = PartyFile.objects.get().pk, api("clerk").user, timezone.now()

    def sets(number: int) -> str:
        try:
            set_stake(
                id=id, owner_id=owners[number], owned_id=None, share=Decimal("0.3"), actor=clerk, at=at
            )  # fmt: skip
        except Refusal as refusal:
            return refusal.code
        return ""

    found = at_once(sets, RIVALS)

    assert (found.count(""), found.count("shares-over-whole")) == (3, 3)
    assert FileStake.objects.filter(withdrawn_at=None).count() == 3
