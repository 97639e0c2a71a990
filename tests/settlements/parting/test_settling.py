"""Settlements that become final in parts: books, evidence, limits, and what is left (rules, section 2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from backoffice.connectors.tasks import exchange_files
from deals.models import Deal
from ledger.lots.models import LotChange
from ledger.lots.selectors import prove_lots
from ledger.models import JournalEntry, LedgerAccount
from ledger.selectors import balances
from limits.models import Reservation
from settlements.exposures import recompute_exposures
from settlements.models import Evidence, Settlement, SettlementPart
from settlements.services import Proof, settle_settlements
from settlements.settling import MoreThanLeft, PartNotAllowed, ProvedAlready
from settlements.tasks import continue_runs
from tests.answering import answer_all
from tests.flows.test_changing import (
    OUTSIDE,
    answer,
    captured,
    confirmed,
    last_problems,
    own_folder,
    released,
    sent,
    settlements,
)
from tests.following import follow_events

__all__ = ["own_folder"]  # a fixture
pytestmark = pytest.mark.usefixtures("own_database", "own_folder")
D = Decimal
AMOUNT = D("312606.23")  # the sample's: 1,000 at 312.45, with a fee of 0.05 %


def inside(api: Any, sample: dict[str, Any], **terms: Any) -> Settlement:
    """A purchase of 1,000 inside our own books, released and matched."""
    reference = released(api, confirmed(api, captured(api, sample)))
    Settlement.objects.filter(pk=reference[2:]).update(partial_allowed=True, **terms)
    return Settlement.objects.get(pk=reference[2:])


def settle(row: Settlement, part: str = "", *, run: str = "R-1", why: str = "CLAC") -> Any:
    at = timezone.now()
    parts = {row.pk: D(part)} if part else {}
    proof = Proof(kind="run", reference=run, settled_at=at)
    return settle_settlements(
        proofs={row.pk: proof}, parts=parts, reasons={row.pk: why},
        settled_date=row.due_date, at=at,
    )  # fmt: skip


def held(row: Settlement) -> dict[str, Decimal]:
    """What the owner holds and has paid at its place, and what is open with the counterparty."""
    found: dict[str, Decimal] = {}
    accounts = LedgerAccount.objects.filter(owner_id=row.owner_id)
    kinds = dict(accounts.values_list("pk", "kind"))
    for each in balances(account_ids=sorted(kinds)):
        if each.asset_id in (row.asset_id, row.money_asset_id):
            asset = "money" if each.asset_id == row.money_asset_id else "shares"
            key = f"{kinds[each.account_id]} {asset}"
            found[key] = found.get(key, D(0)) + each.amount
    return found


def entries(row: Settlement) -> list[tuple[str, int]]:
    rows = JournalEntry.objects.filter(source_type="settlement", source_id=row.pk)
    return list(rows.order_by("id").values_list("kind", "part"))


class TestSettleInParts:
    def test_l2_900_of_1000_settle_and_100_are_left_pending_lack(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = inside(api, sample, minimum=500)
        before = held(row)

        outcome = settle(row, "900", why="LACK")

        assert outcome.done == [row.pk]
        row.refresh_from_db()
        assert (row.status, row.settlement, row.reason) == ("PARTIALLY_SETTLED", "PARTIAL", "LACK")
        assert (row.settled_quantity, row.settled_amount) == (D(900), D("281345.61"))
        assert row.settled_date is None
        part = SettlementPart.objects.get()
        assert (part.number, part.quantity, part.amount) == (1, D(900), D("281345.61"))
        assert str(part.evidence.reference) == "R-1"
        after = held(row)
        assert after["HOLDING shares"] - before["HOLDING shares"] == 900
        assert after["CASH money"] - before["CASH money"] == D("-281345.61")
        assert entries(row) == [("settlement.settle_part", 1)]
        assert Deal.objects.get(pk=row.source_id).state == "SETTLING"

        assert settle(row, run="R-2").done == [row.pk]

        row.refresh_from_db()
        assert (row.status, row.reason, row.settled_amount) == ("SETTLED", "", AMOUNT)
        assert [p.amount for p in SettlementPart.objects.order_by("number")] == [
            D("281345.61"), D("31260.62"),
        ]  # fmt: skip
        assert held(row)["HOLDING shares"] - before["HOLDING shares"] == 1000
        assert entries(row)[1:] == [("settlement.settle", 2)]
        assert Deal.objects.get(pk=row.source_id).state == "SETTLED"
        shown = api("clerk").get(f"/settlements/S-{row.pk}/").json()
        assert [part["quantity"] for part in shown["parts"]] == ["900", "100"]
        assert shown["settled"] == {
            "quantity": "1000", "amount": {"amount": "312606.23", "currency": "RUB"},
        }  # fmt: skip

    def test_l3_below_its_minimum_nothing_settles(self, api: Any, sample: dict[str, Any]) -> None:
        row = inside(api, sample, minimum=950)
        refused = settle(row, "900").refused[row.pk]
        assert isinstance(refused, PartNotAllowed)
        row.refresh_from_db()
        assert (row.settlement, row.settled_quantity) == ("PENDING", D(0))
        assert not entries(row)

    def test_what_settles_whole_has_no_parts(self, api: Any, sample: dict[str, Any]) -> None:
        row = inside(api, sample)
        assert settle(row).done == [row.pk]
        row.refresh_from_db()
        assert (row.status, row.settled_quantity) == ("SETTLED", D(1000))
        assert (SettlementPart.objects.count(), entries(row)) == (0, [("settlement.settle", 0)])

    def test_the_same_evidence_twice_and_more_than_is_left_write_nothing(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = inside(api, sample)
        settle(row, "900")
        assert isinstance(settle(row, "50").refused[row.pk], ProvedAlready)
        assert isinstance(settle(row, "101", run="R-2").refused[row.pk], MoreThanLeft)
        assert (Evidence.objects.count(), len(entries(row))) == (1, 1)

    def test_of_one_held_by_us_what_was_released_settles(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = inside(api, sample)
        Settlement.objects.update(hold="OURS", released_quantity=300)
        api("clerk").post("/settlement-runs/", {"business_date": row.due_date.isoformat()})
        continue_runs()
        row.refresh_from_db()
        assert (row.settled_quantity, row.settlement, row.hold) == (D(300), "PARTIAL", "OURS")

    @pytest.mark.parametrize(
        "change",
        [
            {"settled_quantity": 1001}, {"settled_quantity": -1}, {"settlement": "PARTIAL"},
            {"settled_amount": 10**9},
            {"lot": 0}, {"released_quantity": 1000}, {"priority": 10},
        ],
    )  # fmt: skip
    def test_the_database_holds_what_parts_must_keep(
        self, api: Any, sample: dict[str, Any], change: dict[str, Any]
    ) -> None:
        confirmed(api, captured(api, sample))
        with pytest.raises(IntegrityError), transaction.atomic():
            Settlement.objects.update(**change)

    def test_a_part_is_a_fact(self, api: Any, sample: dict[str, Any]) -> None:
        settle(inside(api, sample), "900")
        with pytest.raises(Exception, match="are facts"), transaction.atomic():
            SettlementPart.objects.update(quantity=901)


class TestPartsOfAnOutsidePlace:
    def test_parts_are_told_one_by_one_and_the_last_closes(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        reference = sent(api, confirmed(api, captured(api, sample, counterparty=OUTSIDE)))
        answer_all(part=90)
        exchange_files()
        follow_events()
        row = Settlement.objects.get(pk=reference[2:])
        assert last_problems() == []
        assert row.status == "SETTLED"
        parts = SettlementPart.objects.order_by("number").values_list("quantity", flat=True)
        assert list(parts) == [900, 100]
        assert Deal.objects.get(pk=row.source_id).state == "SETTLED"

    def test_a_document_shows_a_part(self, api: Any, sample: dict[str, Any]) -> None:
        deal = confirmed(api, captured(api, sample, counterparty=OUTSIDE))
        reference = sent(api, deal, "matched")
        body = {"document": "Report 7", "settled_at": "2026-11-24T12:00:00+03:00"}
        path = f"/settlements/{reference}/evidence/"
        too_much = api("clerk").post(path, body | {"quantity": "1001"})
        assert (too_much.status_code, too_much.json()["code"]) == (409, "more-than-left")
        claim = api("clerk").post(path, body | {"quantity": "400"})
        assert (claim.status_code, claim.json()["quantity"]) == (201, "400")
        assert (
            api("checker").post(f"/evidence/{claim.json()['reference']}/accept/").status_code == 200
        )
        (shown,) = settlements(api, deal)
        assert (shown["status"], shown["settled"]["quantity"]) == ("PARTIALLY_SETTLED", "400")

    def test_the_rest_is_cancelled_and_what_is_settled_stays(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample, counterparty=OUTSIDE))
        reference = sent(api, deal, "matched")
        answer(reference, "settled", quantity="900")
        asked = api("clerk").post(f"/settlements/{reference}/cancel/", {"reason": "Agreed."})
        assert asked.status_code == 202, asked.content
        answer(reference, "cancelled")
        follow_events()
        row = Settlement.objects.get(pk=reference[2:])
        assert (row.status, row.settlement, row.settled_quantity) == (
            "CANCELLED",
            "PARTIAL",
            D(900),
        )
        assert api("clerk").get(f"/deals/{deal}/").json()["status"] == "SETTLING"

        again = api("clerk").post(f"/deals/{deal}/reinstruct/", {"reason": "Once more."})

        assert again.status_code == 200, again.content
        follow_events()
        (rest,) = settlements(api, deal)
        assert (rest["quantity"], rest["amount"]["amount"]) == ("100", "31260.62")
        assert recompute_exposures(business_date=row.due_date, at=timezone.now()).alarms == 0
        prove_lots()

    def test_the_rest_is_settled_no_more_by_agreement(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample, counterparty=OUTSIDE))
        reference = sent(api, deal, "matched")
        answer(reference, "settled", quantity="900")
        api("clerk").post(f"/settlements/{reference}/cancel/")
        answer(reference, "cancelled")
        follow_events()
        body = {"reason": "No more.", "evidence": "L-9"}
        assert api("clerk").post(f"/deals/{deal}/cancel/", body).status_code == 202
        ended = api("checker").post(f"/deals/{deal}/approve-cancel/")
        assert (ended.status_code, ended.json()["status"]) == (200, "SETTLED")
        follow_events()
        assert not Reservation.objects.filter(state="COMMITTED").exists()
        change = LotChange.objects.order_by("-id").first()
        assert change is not None
        assert change.quantity == 900
        row = Settlement.objects.get(pk=reference[2:])
        assert held(row).get("SETTLEMENT shares", D(0)) == 0
        assert held(row).get("SETTLEMENT money", D(0)) == 0
        prove_lots()


class TestCancelTheRestInside:
    def test_with_the_counterparty_s_document_and_other_eyes_it_is_owed_anew(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = inside(api, sample, minimum=500)
        settle(row, "900", why="LACK")
        follow_events()
        asked = api("clerk").post(f"/settlements/{row}/cancel/", {"reason": "we have no more"})
        assert asked.status_code == 202, asked.content
        follow_events()
        row.refresh_from_db()
        assert (row.cancellation, row.settlement) == ("REQUESTED", "PARTIAL")
        api("clerk").post("/settlement-runs/", {"business_date": row.due_date.isoformat()})
        continue_runs()
        row.refresh_from_db()
        assert row.settled_quantity == 900  # nothing settles while it is asked

        body = {
            "document": "L-1",
            "says": "CANCEL_AGREED",
            "settled_at": timezone.now().isoformat(),
        }
        claim = api("clerk").post(f"/settlements/{row}/evidence/", body).json()["reference"]
        assert api("checker").post(f"/evidence/{claim}/accept/").status_code == 200
        follow_events()
        row.refresh_from_db()
        assert (row.status, row.settled_quantity) == ("CANCELLED", D(900))

        again = api("clerk").post(f"/deals/D-{row.source_id}/reinstruct/", {"reason": "the rest"})
        assert again.status_code == 200, again.content
        follow_events()
        new = Settlement.objects.filter(source_id=row.source_id).exclude(pk=row.pk).get()
        assert (new.quantity, new.amount) == (D(100), D("31260.62"))
        owed = {
            (each.asset_id == new.asset_id, each.direction): each.quantity
            for each in new.obligations.all()
        }
        assert owed[True, "RECEIVE"] == 100
        money = sum(each.quantity for each in new.obligations.exclude(asset_id=new.asset_id))
        assert money == new.amount

    def test_of_one_of_which_nothing_settled_nothing_is_asked(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = inside(api, sample)
        refused = api("clerk").post(f"/settlements/{row}/cancel/", {"reason": "no"})
        assert refused.json()["code"] == "matched-inside"
        body = {
            "document": "L-1",
            "says": "CANCEL_AGREED",
            "settled_at": timezone.now().isoformat(),
        }
        proof = api("clerk").post(f"/settlements/{row}/evidence/", body)
        assert proof.json()["code"] == "nothing-to-prove"
