"""Payment netting: sets are formed, agreed, released and settled as a whole; a late cancel opens them again."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.utils import timezone

from backoffice.access.models import User
from backoffice.workflow.models import WorkItem
from deals.models import Deal
from ledger.models import Posting
from refdata.firm_days import firm_day
from refdata.models import Agreement, DatedRule, Entity, Party
from refdata.selectors import forget_reference_data
from settlements.board.selectors import board_of
from settlements.changing.services import cancel_deals
from settlements.filters import SettlementFilter
from settlements.models import NettingMember, NettingSet, Settlement
from settlements.netting.forming import form_sets
from settlements.netting.services import agree_sets, settle_nothing
from settlements.running.queueing import candidates
from settlements.services import Proof, settle_by_places_word, settle_settlements
from settlements.tasks import continue_runs
from tests.flows.test_fx import BANK_FIVE, fx  # noqa: F401 - the sample
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")
AT = datetime.fromisoformat("2026-11-20T12:00:00+03:00")
DUE = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def signed(own_database: None) -> None:
    """Payments with the bank are netted."""
    entity, party = Entity.objects.get(code="RUS"), Party.objects.get(code=BANK_FIVE)
    Agreement.objects.filter(entity=entity, party=party).update(payment_netting=False)
    Agreement.objects.create(
        entity=entity, party=party, kind="OTHER", number="NET-1", signed_on=date(2026, 1, 1),
        valid_from=date(2026, 1, 1), payment_netting=True, products=["fx_spot"],
    )  # fmt: skip
    forget_reference_data()


def dealt(api: Any, document: dict[str, Any], **more: str) -> str:
    answer = api("dealer").post("/deals/", document | more)
    assert answer.status_code == 201, answer.content
    deal: str = answer.json()["reference"]
    assert api("clerk").post(f"/deals/{deal}/confirm/").status_code == 200
    assert api("checker").post(f"/deals/{deal}/approve/").status_code == 200
    return deal


@pytest.fixture
def three(api: Any, fx: dict[str, Any]) -> list[str]:  # noqa: F811
    """EUR: +100,000 -60,000 -25,000 = +15,000. USD: -115,700 +69,600 +29,000 = -17,100."""
    deals = [
        dealt(api, fx, external_ref="FX-1"),
        dealt(api, fx, external_ref="FX-2", side="sell", quantity="60000.00", price="1.16"),
        dealt(api, fx, external_ref="FX-3", side="sell", quantity="25000.00", price="1.16"),
    ]
    follow_events()
    return deals


def formed(at: datetime = AT) -> dict[str, NettingSet]:
    form_sets(business_date=firm_day(at), at=at)
    follow_events()
    rows = NettingSet.objects.filter(state="OPEN").select_related("money_asset")
    return {row.money_asset.code: row for row in rows}


def agreed(*sets: NettingSet, by: str = "clerk") -> None:
    actor = User.objects.get(username=by)
    outcome = agree_sets(ids=[row.pk for row in sets], actor=actor, at=AT, evidence="MT300 net")
    assert not outcome.refused, outcome.refused
    follow_events()


def nets() -> dict[str, Settlement]:
    rows = Settlement.objects.filter(source_type="set").exclude(cancellation="AGREED")
    return {row.money_asset.code: row for row in rows.select_related("money_asset")}


def moved() -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in Posting.objects.filter(entry__kind="settlement.settle").select_related(
        "asset", "debit_account", "credit_account"
    ):
        for account, quantity in (
            (row.debit_account, row.quantity), (row.credit_account, -row.quantity),
        ):  # fmt: skip
            key = f"{account.kind} {row.asset.code}"
            found[key] = found.get(key, Decimal(0)) + quantity
    return {key: value for key, value in found.items() if value}


class TestFormSets:
    def test_each_currency_is_one_set_and_a_second_look_changes_nothing(
        self, three: list[str]
    ) -> None:
        sets = formed()
        assert {code: (row.count, row.amount, row.gross_amount) for code, row in sets.items()} == {
            "EUR": (3, Decimal(15_000), Decimal(185_000)),
            "USD": (3, Decimal(-17_100), Decimal(214_300)),
        }
        assert form_sets(business_date=AT.date(), at=AT) == (0, 0, 0)
        items = WorkItem.objects.filter(kind="netting-agree", closed_at=None)
        assert set(items.values_list("amount", "currency")) == {
            (Decimal(170_000), "EUR"), (Decimal(197_200), "USD"),
        }  # fmt: skip

    def test_only_what_the_agreement_covers_on_its_dates(self, api: Any, three: list[str]) -> None:
        Agreement.objects.filter(number="NET-1").update(currencies=["EUR"])
        assert formed().keys() == {"EUR"}
        Agreement.objects.filter(number="NET-1").update(valid_until=DUE)
        assert formed().keys() == set()
        assert NettingSet.objects.get().state == "REOPENED"

    def test_after_the_cut_off_all_settles_gross(self, api: Any, three: list[str]) -> None:
        (row, *_) = formed().values()
        late = datetime.fromisoformat("2026-11-24T17:00:00+03:00")
        assert row.cut_off_at == late  # by the rule with this bank
        answer = api("clerk").post(f"/netting-sets/{row}/agree/")
        assert (answer.status_code, answer.json()["code"]) == (409, "netting-too-late")
        assert formed(late) == {}
        assert set(NettingSet.objects.values_list("state", flat=True)) == {"REOPENED"}
        assert not WorkItem.objects.filter(kind="netting-agree", closed_at=None).exists()

    def test_what_joins_makes_another_version_which_has_to_be_seen(
        self,
        api: Any,
        three: list[str],
        fx: dict[str, Any],  # noqa: F811
    ) -> None:
        sets = formed()
        dealt(api, fx, external_ref="FX-4", side="sell", quantity="15000.00", price="1.16")
        follow_events()
        clerk = User.objects.get(username="clerk")
        outcome = agree_sets(ids=[sets["EUR"].pk], actor=clerk, at=AT)
        assert [why.code for why in outcome.refused.values()] == ["netting-set-changed"]
        assert Settlement.objects.filter(netted_by__isnull=False).count() == 0
        again = formed()["EUR"]
        assert (again.pk, again.version, again.count) == (sets["EUR"].pk, 2, 4)
        assert again.amount == 0


class TestAgreeNettingSet:
    def test_the_net_takes_the_place_of_its_members(self, api: Any, three: list[str]) -> None:
        agreed(*formed().values())
        eur, usd = nets()["EUR"], nets()["USD"]
        assert (eur.delivers, eur.amount, eur.method) == (True, Decimal(15_000), "PFOD")
        assert (usd.delivers, usd.amount, usd.approval) == (False, Decimal(17_100), "PREPARED")
        told = api("clerk").get(f"/settlements/{eur}/").json()
        assert told["linked"] == [{"settlement": str(usd), "kind": "WITH"}]
        assert told["netting_set"] == f"NT-{eur.source_id}"
        answer = api("checker").post("/settlements/{}/release/".format(
            f"S-{NettingMember.objects.order_by('id').first().settlement_id}"))  # type: ignore[union-attr]  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (409, "netted-already")
        answer = api("clerk").post(f"/settlements/{eur}/release/")
        assert answer.status_code == 403
        assert api("checker").post(f"/settlements/{eur}/release/").status_code == 200
        follow_events()
        assert set(NettingSet.objects.values_list("state", flat=True)) == {"INSTRUCTED"}
        rows = candidates(business_date=DUE, entity_id=None)
        assert {row.id for row in rows} == {eur.pk, usd.pk}
        by_itself = SettlementFilter(
            {"open": "true", "netted": "false"}, Settlement.objects.all()
        ).qs
        assert set(by_itself) == {eur, usd}
        assert board_of(Settlement.objects.all(), today=DUE).whole.count == 2
        with pytest.raises(DatabaseError), transaction.atomic():
            NettingMember.objects.update(amount=1)

    def test_nothing_is_said_of_a_member_alone(self, api: Any, three: list[str]) -> None:
        agreed(*formed().values())
        member = Settlement.objects.filter(netted_by__isnull=False).order_by("id")[0]
        for step, body in (
            ("prioritise", {"priority": 1}), ("allow-parts", {"allowed": False}),
        ):  # fmt: skip
            answer = api("clerk").post(f"/settlements/{member}/{step}/", body)
            assert (answer.status_code, answer.json()["code"]) == (409, "netted-already"), step
        assert (
            api("clerk")
            .post(f"/settlements/{nets()['EUR']}/prioritise/", {"priority": 1})
            .status_code
            == 200
        )

    def test_the_net_settles_everything_once_and_nothing_but_the_net_moves(
        self, api: Any, three: list[str]
    ) -> None:
        agreed(*formed().values())
        for row in nets().values():
            api("checker").post(f"/settlements/{row}/release/")
        follow_events()
        api("clerk").post("/settlement-runs/", {"business_date": DUE.isoformat()})
        continue_runs()
        follow_events()
        proofs = {
            row.pk: Proof(kind="camt.054", reference=f"M-{row.pk}", settled_at=timezone.now())
            for row in nets().values()
        }
        for _ in range(2):  # the same word twice
            settle_by_places_word(proofs=proofs, at=timezone.now())
        follow_events()
        assert set(NettingSet.objects.values_list("state", flat=True)) == {"SETTLED"}
        assert set(Settlement.objects.values_list("settlement", flat=True)) == {"SETTLED"}
        assert set(Deal.objects.values_list("state", flat=True)) == {"SETTLED"}
        found = moved()
        assert {key: value for key, value in found.items() if not key.startswith("SETTLEMENT")} == {
            "CASH EUR": Decimal(15_000), "CASH USD": Decimal(-17_100),
        }  # fmt: skip
        assert found["SETTLEMENT EUR"] == -15_000
        member = Settlement.objects.filter(netted_by__isnull=False).first()
        assert member is not None
        told = api("clerk").get(f"/settlements/{member}/").json()
        assert [(e["kind"], e["reference"]) for e in told["evidence"]] == [
            ("netting", f"NT-{member.netted_by_id}")
        ]

    def test_a_net_of_nothing_settles_on_its_date(
        self,
        api: Any,
        fx: dict[str, Any],  # noqa: F811
    ) -> None:
        dealt(api, fx, external_ref="FX-1")
        dealt(api, fx, external_ref="FX-2", side="sell")
        follow_events()
        agreed(*formed().values())
        assert nets() == {}
        assert settle_nothing(business_date=DUE - timedelta(days=1), at=AT) == 0
        assert settle_nothing(business_date=DUE, at=timezone.now()) == 2
        assert settle_nothing(business_date=DUE, at=timezone.now()) == 0
        assert set(Deal.objects.values_list("state", flat=True)) == {"SETTLED"}
        assert {key for key in moved() if key.startswith(("CASH", "NETTING"))} == set()


class TestLateCancel:
    def test_the_set_is_open_again_and_nothing_is_lost(self, api: Any, three: list[str]) -> None:
        agreed(*formed().values())
        clerk = User.objects.get(username="clerk")
        late = Deal.objects.get(pk=int(three[2].removeprefix("D-")))
        cancel_deals(ids=[late.pk], reason="wrong", actor=clerk, at=AT, evidence="MSG-1")
        answer = api("checker").post(f"/deals/{three[2]}/approve-cancel/")
        assert answer.status_code == 200, answer.content
        follow_events()
        assert set(NettingSet.objects.values_list("state", flat=True)) == {"REOPENED"}
        assert nets() == {}
        live = Settlement.objects.exclude(cancellation="AGREED")
        assert (live.count(), live.filter(netted_by__isnull=True).count()) == (4, 4)
        again = formed()
        assert {code: (row.count, row.amount) for code, row in again.items()} == {
            "EUR": (2, Decimal(40_000)), "USD": (2, Decimal(-46_100)),
        }  # fmt: skip
        agreed(*again.values())
        assert nets()["EUR"].amount == 40_000

    def test_with_its_place_the_net_is_asked_back_first(self, api: Any, three: list[str]) -> None:
        agreed(*formed().values())
        for row in nets().values():
            api("checker").post(f"/settlements/{row}/release/")
        follow_events()
        api("clerk").post("/settlement-runs/", {"business_date": DUE.isoformat()})
        continue_runs()
        follow_events()
        assert set(nets()["USD"].__class__.objects.filter(source_type="set").values_list(
            "transmission", flat=True)) == {"SENT"}  # fmt: skip
        answer = api("clerk").post(
            f"/netting-sets/NT-{nets()['EUR'].source_id}/reopen/", {"reason": "x"}
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "net-with-place")
        clerk = User.objects.get(username="clerk")
        late = int(three[2].removeprefix("D-"))
        cancel_deals(ids=[late], reason="wrong", actor=clerk, at=AT, evidence="MSG-1")
        answer = api("checker").post(f"/deals/{three[2]}/approve-cancel/")
        assert answer.status_code in (200, 202), answer.content
        follow_events()
        rows = nets()
        assert {row.cancellation for row in rows.values()} == {"REQUESTED"}
        from backoffice.workflow.transitions import Step
        from settlements.changing.instructions import take_cancelled

        for row in rows.values():
            outcome = take_cancelled(answers={row.pk: Step(row.pk, "", {"message": "m"})}, at=AT)
            assert not outcome.refused, outcome.refused
        follow_events()
        assert set(NettingSet.objects.values_list("state", flat=True)) == {"REOPENED"}
        assert Deal.objects.get(pk=late).state == "CANCELLED"
        live = Settlement.objects.exclude(cancellation="AGREED")
        assert (live.count(), live.filter(netted_by__isnull=True).count()) == (4, 4)

    def test_a_cancel_that_comes_while_the_set_is_agreed(self, api: Any, three: list[str]) -> None:
        """Whoever is first: either the cancelled deal is not in the set, or the set is open again."""
        sets = formed()
        clerk, checker = (User.objects.get(username=name) for name in ("clerk", "checker"))
        late = int(three[2].removeprefix("D-"))
        cancel_deals(ids=[late], reason="wrong", actor=clerk, at=AT, evidence="MSG-1")
        Deal.objects.filter(pk=late)  # asked for, and not approved: it is no member any more
        assert formed()["EUR"].count == 2
        from settlements.changing.services import approve_cancels

        barrier = threading.Barrier(2)
        failed: list[BaseException] = []

        def together(work: Any) -> None:
            try:
                barrier.wait(10)
                work()
            except BaseException as error:  # noqa: BLE001 - told by the test
                failed.append(error)
            finally:
                connection.close()
                close_old_connections()

        ids = [row.pk for row in sets.values()]
        works = (
            lambda: agree_sets(ids=ids, actor=clerk, at=AT),
            lambda: approve_cancels(ids=[late], actor=checker, at=AT),
        )
        threads = [threading.Thread(target=together, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert failed == []
        assert Deal.objects.get(pk=late).state == "CANCELLED"
        bound = Settlement.objects.filter(netted_by__isnull=False)
        assert not bound.filter(source_id=late).exists()
        for row in NettingSet.objects.filter(state="AGREED"):
            members = bound.filter(netted_by=row)
            total = sum(m.amount if m.delivers else -m.amount for m in members)
            assert (members.count(), total) == (row.count, row.amount)


class TestPairOff:
    """Bought 1,000 at 312.45 and sold 600 at 320: 400 are delivered, and the difference is paid."""

    @pytest.fixture
    def two(self, api: Any, sample: dict[str, Any]) -> list[Settlement]:
        dealt(api, sample)
        dealt(api, sample, external_ref="FO-2", side="sell", quantity="600", price="320")
        follow_events()
        return list(Settlement.objects.order_by("id"))

    def test_it_is_agreed_by_evidence_and_settles_both(
        self, api: Any, two: list[Settlement]
    ) -> None:
        bought, sold = two
        answer = api("clerk").post("/netting-sets/", {"settlements": [str(bought), str(sold)]})
        assert answer.status_code == 201, answer.content
        reference = answer.json()["reference"]
        assert (answer.json()["quantity"], answer.json()["gross_quantity"]) == ("400", "1600")
        assert Settlement.objects.filter(netted_by__isnull=False).count() == 0
        answer = api("clerk").post(f"/netting-sets/{reference}/agree/")
        assert (answer.status_code, answer.json()["code"]) == (422, "pair-off-unproved")
        body = {"evidence": "MSG-9"}
        assert api("clerk").post(f"/netting-sets/{reference}/agree/", body).status_code == 200
        (net,) = Settlement.objects.filter(source_type="set")
        assert (net.method, net.delivers, net.quantity) == ("DVP", False, Decimal(400))
        assert net.amount == bought.amount - sold.amount
        assert api("checker").post(f"/settlements/{net}/release/").status_code == 200
        follow_events()
        api("clerk").post("/settlement-runs/", {"business_date": "2026-11-24"})
        continue_runs()
        follow_events()
        assert set(Settlement.objects.values_list("settlement", flat=True)) == {"SETTLED"}
        assert set(Deal.objects.values_list("state", flat=True)) == {"SETTLED"}
        assert NettingSet.objects.get().state == "SETTLED"
        assert {key for key in moved() if key.startswith("NETTING")} == set()
        rows = Posting.objects.filter(
            entry__kind="settlement.settle", debit_account__kind="HOLDING"
        )
        assert [row.quantity for row in rows] == [Decimal(400)]

    def test_only_what_settles_against_each_other(
        self, api: Any, two: list[Settlement], sample: dict[str, Any]
    ) -> None:
        dealt(api, sample, external_ref="FO-3", quantity="5")
        follow_events()
        more = Settlement.objects.order_by("id").last()
        answer = api("clerk").post("/netting-sets/", {"settlements": [str(two[0]), str(more)]})
        assert (answer.status_code, answer.json()["code"]) == (409, "no-pair")
        assert api("dealer").post("/netting-sets/", {"settlements": ["S-1"]}).status_code == 403

    def test_a_pair_of_which_one_goes_another_way_lapses(
        self, api: Any, two: list[Settlement]
    ) -> None:
        api("clerk").post("/netting-sets/", {"settlements": [str(row) for row in two]})
        api("clerk").post(f"/settlements/{two[0]}/hold/", {"reason": "x"})
        form_sets(business_date=AT.date(), at=AT)
        assert NettingSet.objects.get().state == "REOPENED"


class TestShapeSettlements:
    def test_a_large_one_is_instructed_in_shapes_that_sum_to_it(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        rule = {"most": "400"}
        DatedRule.objects.create(
            kind="settlement.shapes", key="HOUSE", value=rule, state="IN_FORCE",
            born_state="IN_FORCE", valid_from=date(2026, 1, 1), source="test", vectors=[],
        )  # fmt: skip
        forget_reference_data()
        dealt(api, sample)
        follow_events()
        (parent,) = Settlement.objects.filter(source_type="deal")
        children = list(Settlement.objects.filter(source_type="set").order_by("shape"))
        assert [(row.shape, row.quantity) for row in children] == [
            (1, Decimal(400)), (2, Decimal(400)), (3, Decimal(200)),
        ]  # fmt: skip
        assert sum(row.amount for row in children) == parent.amount
        for row in children:
            assert api("checker").post(f"/settlements/{row}/release/").status_code == 200
        proof = Proof(kind="run", reference="R-1", settled_at=timezone.now())
        settle_settlements(proofs={children[0].pk: proof}, settled_date=DUE, at=timezone.now())
        parent.refresh_from_db()
        assert parent.settlement == "PENDING"
        rest = {row.pk: proof for row in children[1:]}
        settle_settlements(proofs=rest, settled_date=DUE, at=timezone.now())
        follow_events()
        parent.refresh_from_db()
        assert (parent.settlement, Deal.objects.get().state) == ("SETTLED", "SETTLED")
        assert {key for key in moved() if key.startswith("NETTING")} == set()
