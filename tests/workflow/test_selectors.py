"""States as they were known: random histories of deals, read back at every moment of them."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Watermark
from backoffice.events.selectors import known_at
from backoffice.workflow.selectors import states_as_known_at
from deals.models import Deal
from deals.services import affirm_deals, approve_deals, cancel_deals, confirm_deals, reject_deals
from deals.state import DEAL_LIFECYCLE
from tests.following import until_known
from tests.sizes import SOAK

pytestmark = pytest.mark.usefixtures("own_database")
STEPS = 200 if SOAK else 30


class TestStatesAsKnownAt:
    def step(self, chance: random.Random, people: dict[str, User]) -> None:
        """A step of some deals: legal or not, the lifecycle decides."""
        ids = list(Deal.objects.order_by("id").values_list("id", flat=True))
        some, at = sorted(chance.sample(ids, min(3, len(ids)))), timezone.now()
        name = chance.choice(["confirm", "approve", "reject", "cancel", "affirm"])
        if name == "confirm":
            confirm_deals(ids=some, actor=people["clerk"], at=at)
        elif name == "approve":
            approve_deals(ids=some, actor=people["checker"], at=at)
        elif name == "reject":
            reject_deals(ids=some, reason="no", actor=people["checker"], at=at)
        elif name == "cancel":
            cancel_deals(ids=some[:1], reason="no", actor=people["checker"], at=at)
        else:
            affirm_deals(evidence=dict.fromkeys(some[:1], "m"), how="matched", at=at)

    @pytest.mark.parametrize("seed", range(3))
    def test_every_moment_reads_as_it_was_then(
        self, api: Any, sample: dict[str, Any], seed: int
    ) -> None:
        chance = random.Random(seed)
        people = {name: User.objects.get(username=name) for name in ("clerk", "checker")}
        moments = []
        for number in range(STEPS):
            if number < 4 or chance.random() < 0.3:
                body = sample | {"external_ref": f"K-{number}", "quantity": "1"}
                assert api("dealer").post("/deals/", body).status_code == 201
            self.step(chance, people)
            if chance.random() < 0.3 or number == STEPS - 1:
                until_known()
                mark = Watermark.objects.order_by("-id")[0]
                moments.append((mark.at, dict(Deal.objects.values_list("id", "state"))))
        everything = list(Deal.objects.values_list("id", flat=True))
        for at, states in moments:
            known = known_at(at)
            found = states_as_known_at(DEAL_LIFECYCLE, everything, known, created_by=("capture",))
            assert found == states
            for id in everything:
                answer = api("auditor").get(f"/deals/D-{id}/", known_at=at.isoformat())
                assert answer.status_code == (200 if id in states else 404)
                if id in states:
                    assert answer.json()["status"] == states[id]
                    assert answer.json()["watermark"] == known.number
