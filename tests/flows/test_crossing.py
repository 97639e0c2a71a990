"""Internal crossing: two sides that are both ours settle in our books, each from its owner's own."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from backoffice.access.models import User
from ledger.models import Posting
from refdata.models import AccountMember, DepositoryAccount, Party, Place, Restriction
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

    def test_a_restriction_stops_both_sides(
        self, api: Any, sides: tuple[Settlement, Settlement]
    ) -> None:
        row = formed()
        api("clerk").post(f"/netting-sets/{row}/agree/")
        Restriction.objects.create(
            act="NO_DELIVER", asset_id=sides[0].asset_id, document="Order 7",
            valid_from=date(2026, 11, 1),
        )  # fmt: skip
        outcome = cross_sets(ids=[row.pk], actor=User.objects.get(username="checker"), at=AT)
        assert [why.code for why in outcome.refused.values()] == ["restricted"]
        assert set(Settlement.objects.values_list("settlement", flat=True)) == {"PENDING"}


class TestCrossPart:
    """They sell 1,000, of which we buy 600: 600 cross, and 400 of theirs are left."""

    @pytest.fixture
    def unequal(self, sides: tuple[Settlement, Settlement]) -> tuple[Settlement, Settlement]:
        ours, theirs = sides
        amount = (theirs.amount * 6 / 10).quantize(Decimal("0.01"), ROUND_HALF_UP)
        Settlement.objects.filter(pk=ours.pk).update(quantity=600, amount=amount)
        Settlement.objects.filter(pk=theirs.pk).update(partial_allowed=True, lot=100)
        ours.refresh_from_db()
        return ours, theirs

    def test_so_much_crosses_as_both_have_and_the_rest_goes_on(
        self, api: Any, unequal: tuple[Settlement, Settlement]
    ) -> None:
        ours, theirs = unequal
        row = formed()
        assert (row.gross_quantity, row.gross_amount) == (Decimal(1200), 2 * ours.amount)
        assert set(row.members.values_list("quantity", "amount")) == {
            (Decimal(600), -ours.amount), (Decimal(-600), ours.amount),
        }  # fmt: skip
        assert api("clerk").post(f"/netting-sets/{row}/agree/").status_code == 200
        checker = User.objects.get(username="checker")
        outcome = cross_sets(ids=[row.pk], actor=checker, at=AT)
        assert not outcome.refused, outcome.refused
        follow_events()
        for each in (ours, theirs):
            each.refresh_from_db()
        assert (ours.settlement, ours.settled_quantity) == ("SETTLED", Decimal(600))
        assert (theirs.settlement, theirs.settled_quantity) == ("PARTIAL", Decimal(600))
        assert (theirs.settled_amount, theirs.netted_by_id) == (ours.amount, None)
        moved = Posting.objects.filter(entry__source_type="settlement", asset__kind="SECURITY")
        moved = moved.filter(entry__kind__startswith="settlement.settle")
        assert sorted((p.debit_account.kind, p.quantity) for p in moved) == [
            ("HOLDING", Decimal(600)), ("SETTLEMENT", Decimal(600)),
        ]  # fmt: skip
        assert form_sets(business_date=AT.date(), at=AT) == (0, 0, 0)

    @pytest.mark.parametrize(
        "otherwise",
        [
            {"partial_allowed": False},
            {"lot": 500},
            {"minimum": 700},
            {"amount": Decimal("312450.02")},  # another price: it is no side of the same deal
        ],
    )
    def test_only_a_part_that_its_terms_allow_for_its_share_of_the_money(
        self, unequal: tuple[Settlement, Settlement], otherwise: dict[str, Any]
    ) -> None:
        Settlement.objects.filter(pk=unequal[1].pk).update(**otherwise)
        assert form_sets(business_date=AT.date(), at=AT).new == 0

    def test_what_changed_before_it_was_agreed_on_lapses_and_is_put_together_anew(
        self, unequal: tuple[Settlement, Settlement]
    ) -> None:
        row = formed()
        Settlement.objects.filter(pk=unequal[1].pk).update(quantity=600, amount=unequal[0].amount)
        Settlement.objects.filter(pk=unequal[0].pk).update(
            quantity=300, amount=unequal[0].amount / 2
        )
        assert form_sets(business_date=AT.date(), at=AT) == (1, 0, 1)
        row.refresh_from_db()
        assert row.state == "REOPENED"


class TestOutsidePlace:
    """Between two accounts of an outside place only its word moves anything; behind one account ours does."""

    def test_two_clients_cross_only_while_both_are_behind_the_same_account(
        self, api: Any, sides: tuple[Settlement, Settlement]
    ) -> None:
        ours, theirs = sides
        Place.objects.filter(pk=ours.place_id).update(finality="EXTERNAL")
        assert form_sets(business_date=AT.date(), at=AT).new == 0
        one, two = ours.counterparty, Party.objects.create(code="C2", name="Two", roles=["CLIENT"])
        Settlement.objects.filter(pk=ours.pk).update(owner=two)
        Settlement.objects.filter(pk=theirs.pk).update(counterparty=two)
        DepositoryAccount.objects.filter(place_id=ours.place_id, owner=one).delete()
        for owner, account in ((one, "OMNI"), (two, "OTHER")):
            AccountMember.objects.create(
                entity=ours.entity, place=ours.place, account=account, owner=owner, document="D",
                valid_from=date(2026, 1, 1),
            )  # fmt: skip
        assert form_sets(business_date=AT.date(), at=AT).new == 0
        AccountMember.objects.create(
            entity=ours.entity, place=ours.place, account="OMNI", owner=two, document="D",
            valid_from=date(2026, 1, 1),
        )  # fmt: skip
        assert form_sets(business_date=AT.date(), at=AT).new == 0  # in which of two is not known
        AccountMember.objects.filter(account="OTHER").update(valid_until=date(2026, 11, 1))
        row = formed()
        assert api("clerk").post(f"/netting-sets/{row}/agree/").status_code == 200
        AccountMember.objects.filter(account="OMNI", owner=one).update(valid_until=AT.date())
        outcome = cross_sets(ids=[row.pk], actor=User.objects.get(username="checker"), at=AT)
        assert [why.code for why in outcome.refused.values()] == ["crossing-kept-apart"]
