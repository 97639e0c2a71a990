"""Internal crossing: two sides that are both ours settle in our books, each from its owner's own."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from backoffice.access.models import User
from ledger.models import Posting
from refdata.models import Place
from settlements.models import NettingSet, Settlement
from settlements.netting.crossings import cross_sets
from settlements.netting.forming import form_sets
from tests.flows.test_netting_sets import dealt
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")
AT = datetime.fromisoformat("2026-11-24T12:00:00+03:00")


@pytest.fixture
def sides(api: Any, sample: dict[str, Any]) -> tuple[Settlement, Settlement]:
    """What we buy of a bank whose account we keep, and the bank's own side of it."""
    dealt(api, sample)
    dealt(api, sample, external_ref="FO-2")
    follow_events()
    ours, theirs = Settlement.objects.order_by("id")
    ours.counterparty.roles = [*ours.counterparty.roles, "CLIENT"]
    ours.counterparty.save()
    Settlement.objects.filter(pk=theirs.pk).update(
        owner_id=ours.counterparty_id, counterparty_id=ours.owner_id, delivers=True
    )
    theirs.refresh_from_db()
    return ours, theirs


def formed() -> NettingSet:
    form_sets(business_date=AT.date(), at=AT)
    follow_events()
    return NettingSet.objects.get(mode="CROSSING", state="OPEN")


class TestCrossNettingSet:
    def test_both_sides_are_final_at_once_by_two_people(
        self, api: Any, sides: tuple[Settlement, Settlement]
    ) -> None:
        row = formed()
        assert form_sets(business_date=AT.date(), at=AT) == (0, 0, 0)
        assert api("clerk").post(f"/netting-sets/{row}/agree/").status_code == 200
        assert not Settlement.objects.filter(source_type="set").exists()
        assert api("clerk").post(f"/netting-sets/{row}/cross/").status_code == 403
        checker = User.objects.get(username="checker")
        outcome = cross_sets(ids=[row.pk], actor=checker, at=AT)
        assert not outcome.refused, outcome.refused
        again = cross_sets(ids=[row.pk], actor=checker, at=AT)
        assert [why.code for why in again.refused.values()] == ["transition-not-allowed"]
        follow_events()
        assert set(Settlement.objects.values_list("settlement", flat=True)) == {"SETTLED"}
        rows = Posting.objects.filter(entry__kind="settlement.settle", asset__kind="SECURITY")
        assert sorted((p.debit_account.kind, p.credit_account.kind, p.quantity) for p in rows) == [
            ("HOLDING", "SETTLEMENT", Decimal(1000)),
            ("SETTLEMENT", "HOLDING", Decimal(1000)),
        ]

    def test_an_owner_that_has_not_enough_is_told_and_nobody_elses_is_taken(
        self, api: Any, sides: tuple[Settlement, Settlement]
    ) -> None:
        Settlement.objects.filter(pk__in=[each.pk for each in sides]).update(quantity=10**9)
        row = formed()
        api("clerk").post(f"/netting-sets/{row}/agree/")
        checker = User.objects.get(username="checker")
        outcome = cross_sets(ids=[row.pk], actor=checker, at=AT)
        assert [why.code for why in outcome.refused.values()] == ["crossing-short"]
        assert not Posting.objects.filter(entry__kind="settlement.settle").exists()

    def test_in_two_accounts_of_an_outside_place_they_do_not_cross(
        self, api: Any, sides: tuple[Settlement, Settlement]
    ) -> None:
        Place.objects.filter(pk=sides[0].place_id).update(finality="EXTERNAL")
        form_sets(business_date=date(2026, 11, 24), at=AT)
        assert not NettingSet.objects.filter(mode="CROSSING").exists()
