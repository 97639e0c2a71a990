"""Settlement-day limits and netting: what is agreed counts by its net, and as before once it is open again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backoffice.access.models import User
from deals.models import Deal
from limits.models import Limit, Reservation
from refdata.models import Entity, Party
from settlements.changing.services import cancel_deals
from settlements.exposures import recompute_exposures
from settlements.models import NettingSet, Settlement
from tests.flows.test_fx import BANK_FIVE, fx  # noqa: F401 - the sample
from tests.flows.test_netting_sets import AT, agreed, formed, nets, signed, three  # noqa: F401
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture(autouse=True)
def limit(own_database: None) -> None:
    entity, party = Entity.objects.get(code="RUS"), Party.objects.get(code=BANK_FIVE)
    Limit.objects.exclude(cap=0).update(cap=10**13)
    Limit.objects.update_or_create(
        entity=entity, kind="COUNTERPARTY_SETTLEMENT", party=party,
        defaults={"name": "Settlement day", "currency": "EUR", "cap": 10**12},
    )  # fmt: skip


def counted() -> dict[int, Decimal]:
    rows = Reservation.objects.filter(source_type="settlement", state="COMMITTED")
    return dict(rows.values_list("source_id", "amount"))


def released(api: Any, rows: Any) -> None:
    for row in rows:
        answer = api("checker").post(f"/settlements/{row}/release/")
        assert answer.status_code in (200, 409), answer.content  # the other leg went with it
    follow_events()


class TestLimitsOfNettingSets:
    def test_they_follow_the_net_and_come_back_with_a_late_cancel(
        self,
        api: Any,
        three: list[str],  # noqa: F811
    ) -> None:
        released(api, Settlement.objects.order_by("id"))
        gross = counted()
        received = Settlement.objects.filter(pk__in=gross, delivers=True)
        assert (len(gross), received.count()) == (3, 3)
        assert gross[received.get(money_asset__code="EUR").pk] == 100_000

        agreed(*formed().values())
        assert counted() == {}  # nothing of the net has left yet, and nothing of its members will
        released(api, nets().values())
        assert counted() == {nets()["EUR"].pk: Decimal(15_000)}
        again = recompute_exposures(business_date=AT.date(), at=AT)
        assert (again.changed, again.alarms) == (0, 0)

        clerk = User.objects.get(username="clerk")
        late = Deal.objects.get(pk=int(three[2].removeprefix("D-")))
        cancel_deals(ids=[late.pk], reason="wrong", actor=clerk, at=AT, evidence="MSG-1")
        answer = api("checker").post(f"/deals/{three[2]}/approve-cancel/")
        assert answer.status_code == 200, answer.content
        follow_events()
        assert set(NettingSet.objects.values_list("state", flat=True)) == {"REOPENED"}
        gone = set(Settlement.objects.filter(source_id=late.pk).values_list("pk", flat=True))
        assert counted() == {id: amount for id, amount in gross.items() if id not in gone}
        again = recompute_exposures(business_date=AT.date(), at=AT)
        assert (again.changed, again.alarms) == (0, 0)

    def test_a_limit_stops_a_net_whole_and_its_members_wait_within_it(
        self,
        api: Any,
        three: list[str],  # noqa: F811
    ) -> None:
        """Of 100,000 bought and 85,000 sold 15,000 leave: the net is looked at, and nothing but the net."""
        agreed(*formed().values())
        net = nets()["EUR"]
        day_limit = Limit.objects.filter(kind="COUNTERPARTY_SETTLEMENT", party__code=BANK_FIVE)
        day_limit.update(cap=Decimal("14999.99"))
        answer = api("checker").post(f"/settlements/{net}/release/")
        assert (answer.status_code, answer.json()["code"]) == (409, "limit-exceeded"), (
            answer.content
        )
        members = Settlement.objects.filter(netted_by__isnull=False)
        assert set(members.values_list("approval", "settlement")) == {("PREPARED", "PENDING")}
        assert {row.approval for row in nets().values()} == {"PREPARED"}
        assert counted() == {}

        day_limit.update(cap=15_000)
        released(api, [net])
        assert counted() == {net.pk: Decimal(15_000)}
        assert set(members.values_list("approval", flat=True)) == {"PREPARED"}
