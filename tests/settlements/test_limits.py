"""Settlement-day limits: taken when our side can no longer be called back, given back with the receipt."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from limits.changes import approve_overrides, propose_override
from limits.models import Breach, Limit, Reservation
from limits.services import LimitExceeded
from refdata.firm_days import firm_day
from refdata.models import Entity, Party
from settlements.enriching import enrich_settlements
from settlements.exposures import recompute_exposures, take_passed_deadlines
from settlements.models import LinkEnd, PaymentDeadline, RunDecision, Settlement, SettlementLink
from settlements.services import release_settlements, send_settlements
from settlements.standing import LinkedRefused
from settlements.tasks import continue_runs
from tests.flows.test_exposures import price, rate
from tests.flows.test_fx import BANK_FIVE, DEALT, prepared, prove
from tests.following import follow_events
from tests.instructing import new_ssi, revoke
from tests.pages.test_pages import browser

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def fx() -> dict[str, Any]:
    """EUR 1,000,000.00 bought against USD: what we are to receive are euros."""
    return {
        "external_ref": "FX-1", "product": "fx_spot", "side": "buy", "book": "FX-RU",
        "counterparty": BANK_FIVE, "pair": "EUR/USD", "quantity": "1000000.00", "price": "1.157",
        "currency": "USD", "traded_at": DEALT,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def limit(own_database: None) -> Limit:
    """EUR 1,500,000 may be outstanding with Demo Bank Five; its other limits are wide."""
    Limit.objects.exclude(cap=0).update(cap=10**13)
    entity, party = Entity.objects.get(code="RUS"), Party.objects.get(code=BANK_FIVE)
    row, _ = Limit.objects.update_or_create(
        entity=entity, kind="COUNTERPARTY_SETTLEMENT", party=party,
        defaults={"name": "Settlement day", "currency": "EUR", "cap": 1_500_000},
    )  # fmt: skip
    return row


def used() -> Any:
    return Limit.objects.get(kind="COUNTERPARTY_SETTLEMENT", entity__code="RUS").used


def counted() -> list[Any]:
    """What the reservations say: which receipt, how much, of which settlement date."""
    rows = Reservation.objects.filter(source_type="settlement", state="COMMITTED")
    return list(rows.order_by("source_id").values_list("source_id", "amount", "day"))


def at_stake(*documents: dict[str, Any]) -> list[int]:
    return [int(each["reference"][2:]) for each in documents]


def release(api: Any, document: dict[str, Any]) -> Any:
    return api("checker").post(f"/settlements/{document['reference']}/release/")


def recomputed(day: date | None = None, at: datetime | None = None) -> tuple[int, int]:
    now = at or timezone.now()
    found = recompute_exposures(business_date=day or now.date(), at=now)
    return found.changed, found.alarms


def a_run(api: Any, due: str = "2026-11-24") -> dict[str, Any]:
    run = api("clerk").post("/settlement-runs/", {"business_date": due}).json()["reference"]
    continue_runs()
    follow_events()
    document: dict[str, Any] = api("clerk").get(f"/settlement-runs/{run}/").json()
    return document


class TestTakeSettlementLimit:
    def test_all_that_we_are_to_receive_counts_from_release_until_it_is_proved(
        self, api: Any, fx: Any
    ) -> None:
        _, out, into = prepared(api, fx)
        assert used() == 0
        assert release(api, out).status_code == 200
        assert used() == 1_000_000
        assert counted() == [(*at_stake(into), Decimal(1_000_000), date(2026, 11, 24))]
        a_run(api)
        prove(api, out["reference"], "MT900-1")  # our money is gone: all of it counts on
        assert (used(), recomputed()) == (1_000_000, (0, 0))
        prove(api, into["reference"], "MT910-1")
        assert (used(), counted(), recomputed()) == (0, [], (0, 0))

    def test_what_does_not_fit_is_refused_with_all_that_risk_needs_to_know(
        self, api: Any, fx: Any, limit: Limit
    ) -> None:
        _, first, _ = prepared(api, fx)
        _, second, into = prepared(api, fx | {"external_ref": "FX-2", "quantity": "600000.00"})
        release(api, first)
        for asked in (second, into):  # both are released, or neither
            refused = release(api, asked)
            assert refused.status_code == 409
        problem = release(api, second).json()
        assert problem["code"] == "limit-exceeded"
        names = ("limit", "cap", "used", "needed", "short", "currency")
        assert [problem[name] for name in names] == [
            f"L-{limit.pk}", "1500000", "1000000", "600000", "100000", "EUR",
        ]  # fmt: skip
        assert set(
            Settlement.objects.filter(pk__in=at_stake(second, into)).values_list(
                "status", flat=True
            )
        ) == {"PREPARED"}
        assert used() == 1_000_000
        follow_events()
        item = WorkItem.objects.get(kind="settlement-limit", closed_at=None)
        assert (item.queue, item.subject_id, item.amount, item.currency) == (
            "risk", *at_stake(second), Decimal(100_000), "EUR",
        )  # fmt: skip

    def test_an_override_by_two_people_lets_it_go_and_ends_the_work_of_risk(
        self, api: Any, fx: Any, limit: Limit
    ) -> None:
        _, out, _ = prepared(api, fx | {"quantity": "1500000.01"})
        assert release(api, out).status_code == 409
        at = timezone.now()
        override = propose_override(
            limit_id=limit.pk, amount=Decimal("0.01"), valid_from=None,
            valid_until=at + timedelta(days=1), reason="Agreed with the bank.", document="",
            actor=User.objects.get(username="risk"), at=at,
        )  # fmt: skip
        manager = User.objects.get(username="manager")
        assert approve_overrides(ids=[override.pk], actor=manager, at=at).done
        follow_events()
        assert WorkItem.objects.filter(kind="settlement-limit", closed_at=None).count() == 1
        assert release(api, out).status_code == 200
        follow_events()
        assert not WorkItem.objects.filter(kind="settlement-limit", closed_at=None).exists()
        assert used() == Decimal("1500000.01")

    def test_of_many_released_at_once_those_that_fit_go(self, api: Any, fx: Any) -> None:
        pairs = [
            prepared(api, fx | {"external_ref": f"FX-{n}", "quantity": quantity})[1:]
            for n, quantity in enumerate(("900000.00", "700000.00", "600000.00"))
        ]
        ids = [id for pair in pairs for id in at_stake(*pair)]
        checker = User.objects.get(username="checker")
        outcome = release_settlements(ids=ids, actor=checker, at=timezone.now())
        first, second, third = (set(at_stake(*pair)) for pair in pairs)
        assert set(outcome.done) == first | third
        codes = {id: why.code for id, why in outcome.refused.items()}
        assert codes == dict(
            zip(at_stake(*pairs[1]), ("limit-exceeded", "linked-refused"), strict=True)
        )
        assert used() == 1_500_000
        assert set(codes) == second

    def test_the_amount_is_in_the_currency_of_the_limit_by_the_last_rate(
        self, api: Any, fx: Any, limit: Limit
    ) -> None:
        Limit.objects.filter(pk=limit.pk).update(currency="RUB", cap=10**9)
        _, out, _ = prepared(api, fx | {"side": "sell"})  # we are to receive 1,157,000 dollars
        today = firm_day(timezone.now())
        rate("USD", "RUB", "80", today)
        release(api, out)
        assert used() == 1_157_000 * 80
        rate("USD", "RUB", "81", today + timedelta(days=1))
        assert recomputed(today + timedelta(days=1)) == (1, 0)
        assert used() == 1_157_000 * 81

    def test_without_a_limit_nothing_is_taken(self, api: Any, fx: Any) -> None:
        Limit.objects.filter(kind="COUNTERPARTY_SETTLEMENT").delete()
        _, out, _ = prepared(api, fx)
        assert release(api, out).status_code == 200
        assert (counted(), recomputed()) == ([], (0, 0))

    def test_free_of_payment_the_other_side_counts_from_our_own_delivery(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        terms = {"counterparty": BANK_FIVE, "settlement": {"method": "FOP", "date": None}}
        for side, ref in (("sell", "F-1"), ("buy", "F-2")):
            answer = api("dealer").post(
                "/deals/", sample | terms | {"side": side, "external_ref": ref}
            )
            deal = answer.json()["reference"]
            api("clerk").post(f"/deals/{deal}/confirm/")
            api("checker").post(f"/deals/{deal}/approve/")
            follow_events()
            rows = {
                row["method"]: row
                for row in api("clerk").get("/settlements/", deal=deal).json()["results"]
            }
            ours, theirs = ("FOP", "PFOD") if side == "sell" else ("PFOD", "FOP")
            assert release(api, rows[theirs]).status_code == 200  # what we wait for takes nothing
            assert not Reservation.objects.filter(
                source_type="settlement", source_id__in=at_stake(rows[theirs])
            ).exists()
            assert release(api, rows[ours]).status_code == 200
            row = Reservation.objects.get(
                source_type="settlement", source_id__in=at_stake(rows[theirs])
            )
            net = Decimal(rows["PFOD"]["amount"]["amount"])
            rubles = net if side == "sell" else Decimal("312450.00")
            basis = row.basis or ""
            assert basis.startswith("R")
            assert abs(row.amount * Decimal("92.4") - rubles) < rubles / 10
        assert used() == sum(amount for _, amount, _ in counted())


class TestSendUnderSettlementLimit:
    def released_over(self, api: Any, fx: Any, limit: Limit) -> tuple[Any, Any]:
        """Released within the cap, which was then lowered below what is used."""
        _, out, into = prepared(api, fx)
        assert release(api, out).status_code == 200
        Limit.objects.filter(pk=limit.pk).update(cap=400_000, excess=600_000)
        return out, into

    def test_a_run_leaves_out_what_a_limit_stops_and_says_why(
        self, api: Any, fx: Any, limit: Limit
    ) -> None:
        out, into = self.released_over(api, fx, limit)
        run = a_run(api)
        assert run["counts"] == {"decided": 2, "settled": 0, "sent": 1, "left_out": 1}
        row = Settlement.objects.get(pk__in=at_stake(out))
        assert (row.transmission, row.reason) == ("NONE", "LIMT")
        assert Settlement.objects.get(pk__in=at_stake(into)).transmission == "SENT"
        decision = RunDecision.objects.get(settlement=row)
        assert (decision.outcome, decision.reason, decision.facts) == (
            "LEAVE", "LIMT", {"short": "600000"},
        )  # fmt: skip
        (explained,) = (
            api("clerk").get(f"/settlement-runs/{run['reference']}/explanations/").json()["results"]
        )
        assert (explained["settlement"], explained["reason"]) == (out["reference"], "LIMT")
        assert WorkItem.objects.get(kind="settlement-limit").closed_at is None
        Limit.objects.filter(pk=limit.pk).update(cap=1_000_000, excess=0)
        assert a_run(api)["counts"]["sent"] == 1
        assert WorkItem.objects.get(kind="settlement-limit").closed_at is not None

    def test_what_would_leave_by_a_link_with_what_a_limit_stops_waits_and_what_comes_in_does_not(
        self, api: Any, fx: Any, limit: Limit
    ) -> None:
        out, into = self.released_over(api, fx, limit)
        stopped = Settlement.objects.get(pk__in=at_stake(out))
        tied = Settlement.objects.get(pk=stopped.pk)
        tied.pk, tied.source_type, tied.source_id = None, "test", 1
        tied.save(force_insert=True)
        link = SettlementLink.objects.create(first=stopped, second=tied, kind="WITH")
        refused = send_settlements(ids=[stopped.pk, tied.pk], at=timezone.now()).refused
        assert [type(refused[row.pk]) for row in (stopped, tied)] == [LimitExceeded, LinkedRefused]

        assert a_run(api)["counts"] == {"decided": 3, "settled": 0, "sent": 1, "left_out": 2}

        rows = {row.pk: row for row in Settlement.objects.all()}
        assert (rows[tied.pk].transmission, rows[tied.pk].reason) == ("NONE", "LAAW")
        assert rows[at_stake(into)[0]].transmission == "SENT"
        LinkEnd.objects.create(link=link, reason="apart")
        assert a_run(api)["counts"]["sent"] == 1

    def test_what_was_released_before_there_was_a_limit_takes_its_room_when_it_is_sent(
        self, api: Any, fx: Any, limit: Limit
    ) -> None:
        Reservation.objects.all().delete()
        Limit.objects.filter(pk=limit.pk).delete()
        _, out, into = prepared(api, fx)
        release(api, out)
        made = Limit.objects.create(
            entity=limit.entity, kind="COUNTERPARTY_SETTLEMENT", party=limit.party, name="Later",
            currency="EUR", cap=1_000_000,
        )  # fmt: skip
        outcome = send_settlements(ids=at_stake(out, into), at=timezone.now())
        assert sorted(outcome.done) == sorted(at_stake(out, into))
        made.refresh_from_db()
        assert made.used == 1_000_000

    def test_the_night_takes_it_with_a_reason_and_what_lacks_one_is_an_alarm(
        self, api: Any, fx: Any, limit: Limit
    ) -> None:
        _, out, _ = prepared(api, fx)
        release(api, out)
        Reservation.objects.filter(source_type="settlement").update(state="RELEASED")
        Limit.objects.filter(pk=limit.pk).update(used=0)
        assert recomputed() == (1, 1)  # it was released under this limit: somebody took it away
        assert used() == 1_000_000
        Reservation.objects.filter(source_type="settlement").update(state="RELEASED")
        Limit.objects.filter(pk=limit.pk).update(used=0, defined_at=timezone.now(), cap=300_000)
        assert recomputed() == (1, 0)  # the limit is younger than the release
        row: Any = Limit.objects.get(pk=limit.pk)
        assert (row.used, row.excess) == (1_000_000, 700_000)
        assert Breach.objects.get(limit=row).cause == "RECOMPUTE"
        kinds = Event.objects.filter(kind__startswith="limit.", subject_id=limit.pk).order_by("id")
        assert list(kinds.values_list("kind", flat=True)) == ["limit.alarm", "limit.revalue"]


class TestEnrichUnderSettlementLimit:
    def test_what_goes_back_to_be_released_again_gives_its_room_back(
        self, api: Any, fx: Any
    ) -> None:
        PaymentDeadline.objects.all().delete()
        _, out, _ = prepared(api, fx)
        release(api, out)
        assert used() == 1_000_000
        revoke(Settlement.objects.get(pk__in=at_stake(out)).ssi_id)
        new_ssi(BANK_FIVE, "CORR")
        clerk = User.objects.get(username="clerk")
        outcome = enrich_settlements(ids=at_stake(out), actor=clerk, at=timezone.now())
        assert at_stake(out)[0] in outcome.done
        assert (used(), recomputed()) == (0, (0, 0))
        assert release(api, out).status_code == 200
        assert used() == 1_000_000

    def test_what_can_no_longer_be_stopped_counts_on(self, api: Any, fx: Any) -> None:
        _, out, _ = prepared(api, fx)  # its deadline has passed
        release(api, out)
        revoke(Settlement.objects.get(pk__in=at_stake(out)).ssi_id)
        new_ssi(BANK_FIVE, "CORR")
        clerk = User.objects.get(username="clerk")
        enrich_settlements(ids=at_stake(out), actor=clerk, at=timezone.now())
        assert (used(), recomputed()) == (1_000_000, (0, 0))


class TestDeadlines:
    def test_c7_what_nobody_released_counts_from_its_last_moment_to_be_stopped(
        self, api: Any, fx: Any
    ) -> None:
        _, out, _ = prepared(api, fx)
        deadline = datetime.fromisoformat(out["stop_by"])
        moment = timedelta(microseconds=1)
        for at, expected in ((deadline - moment, 0), (deadline, 1_000_000), (deadline, 1_000_000)):
            take_passed_deadlines(business_date=date(2026, 11, 24), at=at)
            assert used() == expected
        assert recomputed(at=deadline) == (0, 0)
        assert release(api, out).status_code == 200  # counted already, and within the limit
        assert used() == 1_000_000

    def test_it_is_never_dropped_for_want_of_room(self, api: Any, fx: Any, limit: Limit) -> None:
        _, out, _ = prepared(api, fx | {"quantity": "2000000.00"})
        deadline = datetime.fromisoformat(out["stop_by"])
        take_passed_deadlines(business_date=date(2026, 11, 24), at=deadline)
        row: Any = Limit.objects.get(pk=limit.pk)
        assert (row.used, row.excess) == (2_000_000, 500_000)
        assert Breach.objects.filter(limit=row, state="OPEN").exists()
        refused = release(api, out)
        assert (refused.status_code, refused.json()["short"]) == (409, "500000")

    def test_a_rejected_one_is_stopped(self, api: Any, fx: Any) -> None:
        _, out, _ = prepared(api, fx)
        api("checker").post(
            f"/settlements/{out['reference']}/reject/", {"reason": "Wrong account."}
        )
        deadline = datetime.fromisoformat(out["stop_by"])
        take_passed_deadlines(business_date=date(2026, 11, 24), at=deadline)
        assert used() == 0

    def test_without_a_deadline_it_counts_from_its_release(self, api: Any, fx: Any) -> None:
        PaymentDeadline.objects.all().delete()
        _, out, _ = prepared(api, fx)
        take_passed_deadlines(business_date=date(2026, 12, 24), at=timezone.now())
        assert used() == 0
        release(api, out)
        assert used() == 1_000_000


class TestAgainstPayment:
    def test_only_the_price_move_counts_and_it_ends_with_the_settlement(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        """1,000 bought at 312.45: at 320.00 replacing them costs 7,550.00 more than was agreed."""
        limit = Limit.objects.get(kind="COUNTERPARTY_SETTLEMENT", entity__code="RUS")
        Limit.objects.filter(pk=limit.pk).update(
            currency="RUB", party=Party.objects.get(code=sample["counterparty"])
        )
        deal = api("dealer").post("/deals/", sample).json()["reference"]
        api("clerk").post(f"/deals/{deal}/confirm/")
        api("checker").post(f"/deals/{deal}/approve/")
        follow_events()
        (row,) = api("clerk").get("/settlements/", deal=deal).json()["results"]
        assert release(api, row).status_code == 200
        assert used() == 0
        today = firm_day(timezone.now())
        price("320.00", today + timedelta(days=1))
        assert recomputed(today + timedelta(days=1)) == (1, 0)
        assert used() == Decimal("7550.00")
        price("300.00", today + timedelta(days=2))
        assert recomputed(today + timedelta(days=2)) == (1, 0)
        assert (used(), counted()) == (0, [])
        assert recomputed(today + timedelta(days=1)) == (1, 0)
        a_run(api)
        assert Settlement.objects.get().status == "SETTLED"
        assert (used(), recomputed(today + timedelta(days=1))) == (0, (0, 0))
        total = Reservation.objects.filter(state="COMMITTED").aggregate(all=Sum("amount"))["all"]
        assert total is None


class TestShowSettlementLimits:
    def test_a_settlement_says_what_it_would_take_what_it_takes_and_what_is_left(
        self, api: Any, fx: Any, limit: Limit
    ) -> None:
        _, out, into = prepared(api, fx)
        for row in (out, into):
            assert row["limits"] == [
                {"limit": f"L-{limit.pk}", "taken": None, "needs": euros("1000000.00"),
                 "available": euros("1500000.00")},
            ]  # fmt: skip
        page = browser("clerk").get(f"/settlements/{out['reference']}/").content.decode()
        assert "would take 1,000,000.00 EUR" in page
        release(api, out)
        (use,) = api("clerk").get(f"/settlements/{out['reference']}/").json()["limits"]
        assert (use["taken"], use["available"]) == (euros("1000000.00"), euros("500000.00"))
        page = browser("clerk").get(f"/settlements/{into['reference']}/").content.decode()
        assert "takes 1,000,000.00 EUR" in page
        assert "500,000.00 EUR left" in page
        assert f"/limits/L-{limit.pk}/" in page

    def test_a_limit_is_shown_by_settlement_date(self, api: Any, fx: Any, limit: Limit) -> None:
        _, first, _ = prepared(api, fx | {"quantity": "100000.00"})
        early = {
            "external_ref": "FX-2",
            "settlement": {"date": "2026-11-23"},
            "quantity": "50000.00",
        }
        _, second, _ = prepared(api, fx | early)
        for row in (first, second):
            assert release(api, row).status_code == 200
        document = api("risk").get(f"/limits/L-{limit.pk}/").json()
        assert document["kind"] == "COUNTERPARTY_SETTLEMENT"
        assert document["days"] == [
            {"day": "2026-11-23", "used": euros("50000.00"), "settlements": 1},
            {"day": "2026-11-24", "used": euros("100000.00"), "settlements": 1},
        ]  # fmt: skip
        page = browser("risk").get(f"/limits/L-{limit.pk}/").content.decode()
        assert "By settlement date" in page
        assert "50,000.00" in page


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}
